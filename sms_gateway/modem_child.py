"""The process that owns one modem: `python -m sms_gateway.modem_child`. The only file that imports Gammu.

Gammu blocks for minutes on a mute modem and a thread cannot be killed, so each modem has a process that can. It speaks
JSON lines: first its settings, then one call at a time in; answers and what it hears out.

    -> {"devices": ["/dev/ttyUSB0", ...], "imei": "", "pin": "", "smsc": "", "refused": [], "log": 7,
        "plain": false}                                    "refused": marks of PINs that are not tried, see modem_pin
    <- {"told": "ready", "device": "/dev/ttyUSB0", "imei": "866...", "model": "huawei E173", "smsc": "+62811..."}
    <- {"told": "failed", "why": "...", "kind": "absent" | "pin" | "start",
        "mark": "..." | null, "sure": true}      and it ends. "mark": of the PIN that was refused, "sure" by the SIM
    -> {"id": 1, "op": "poll"}
    <- {"id": 1, "ok": true, "stored": [[location, "pdu in hexadecimal"], ...], "used": 3, "size": 20}
    -> {"id": 2, "op": "delete", "locations": [1, 2]}           only what this child has listed
    -> {"id": 3, "op": "send", "to": "+62...", "text": "...", "coding": "gsm7", "header": "", "validity": "60M"}
    <- {"id": 3, "ok": true, "reference": 17}
    -> {"id": 4, "op": "watch"}, {"id": 5, "op": "ussd", "code": "*888#"}
    <- {"id": 5, "ok": false, "error": "ERR_UNKNOWN", "text": "...", "code": 331, "left": false, "gone": false}
    <- {"told": "arrived"}  {"told": "direct", "pdu": "..."}  {"told": "ring", "caller": "+62..."}
    <- {"told": "ussd", "text": "..."}

It ends when its input does, whatever Gammu is doing: no orphan keeps a modem.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, BinaryIO, Final

import gammu
import orjson

from sms_gateway.modem_log import (
    LOG_FORMAT,
    Stored,
    WireLog,
    direct_in,
    index_of,
    may_have_left,
    read_in,
    refused_with,
    rows_of,
    stored_in,
)
from sms_gateway.modem_pin import mark_of
from sms_gateway.modem_port import ModemPort, NoModem, find_modem

IDLE: Final = 0.2  # seconds between two looks at what the modem says by itself
RING_AGAIN: Final = 10.0  # seconds within which one telephone's rings are one call
CODINGS: Final = {"gsm7": "Default_No_Compression", "ucs2": "Unicode_No_Compression"}
NETWORKS: Final = {
    "HomeNetwork": "home",
    "RoamingNetwork": "roaming",
    "RequestingNetwork": "searching",
    "RegistrationDenied": "denied",
    "NoNetwork": "none",
}
GONE: Final = (gammu.ERR_DEVICEREADERROR, gammu.ERR_DEVICEWRITEERROR, gammu.ERR_NOTCONNECTED)

SIM_BUSY: Final = 14  # +CME error

Json = dict[str, Any]


class Failed(Exception):
    """This child is of no use: ``absent`` no modem, ``pin`` the SIM is locked, ``start`` Gammu did not get on."""

    def __init__(self, kind: str, why: str, mark: str | None = None, *, sure: bool = False) -> None:
        super().__init__(why)
        self.mark = mark  # of the PIN that did not open the SIM
        self.sure = sure  # it was the PIN's fault
        self.kind = kind
        self.why = why


class Modem:
    """One modem behind Gammu."""

    def __init__(self, port: ModemPort, log: WireLog, tell: Callable[[Json], None], smsc: str, *, plain: bool) -> None:
        self._port, self._log, self._tell, self._smsc = port, log, tell, smsc
        self._plain = plain  # reads the SIM without Gammu: something there kills it
        self._machine = gammu.StateMachine()
        self._listed: dict[int, Stored] = {}
        self._rings: list[str] = []
        self._rang: dict[str, float] = {}

    # ---- the start

    def start(self, pin: str, imei: str, refused: Collection[str]) -> None:
        self._read_config()
        self._port.lend()
        self._machine.Init()
        self._unlock(pin, mark_of(imei, pin), refused)
        self._machine.SetIncomingCallback(self._heard)
        for listen in (
            self._machine.SetIncomingSMS,
            self._machine.SetIncomingCall,
            self._machine.SetIncomingUSSD,
        ):
            _try(listen, True)
        self._smsc = self._smsc or (_try(self._machine.GetSMSC) or {}).get("Number", "")
        model = (_try(self._machine.GetModel) or ("", ""))[0]
        maker = _try(self._machine.GetManufacturer) or ""
        self._tell(
            {
                "told": "ready",
                "device": self._port.device,
                "imei": imei,
                "model": f"{maker} {model}".strip(),
                "smsc": self._smsc,
            }
        )

    def _read_config(self) -> None:
        """By a file: callbacks fail after SetConfig."""
        config = os.memfd_create("gammurc")
        lines = (
            "[gammu]",
            f"device = {self._port.device}",
            "connection = at115200",
            "synctime = no",
            f"logfile = {self._log.path}",
            f"logformat = {LOG_FORMAT}",
        )
        os.write(config, ("\n".join(lines) + "\n").encode())
        self._machine.ReadConfig(Filename=f"/proc/self/fd/{config}")
        os.close(config)

    def _unlock(self, pin: str, mark: str, refused: Collection[str]) -> None:
        """Enter the PIN, once: the third wrong one locks the SIM for good."""
        wanted = _try(self._machine.GetSecurityStatus)
        if not wanted:
            return
        if wanted != "PIN" or not pin:
            raise Failed("pin", f"the SIM wants its {wanted}")
        if mark in refused:
            raise Failed("pin", "the SIM refused this PIN before: write the right one, or take the PIN off the SIM")
        self._begin()
        try:
            self._machine.EnterSecurityCode("PIN", pin)
        except gammu.GSMError as error:
            sure = not isinstance(error, (gammu.ERR_TIMEOUT, *GONE)) and refused_with(self._log.read()) != SIM_BUSY
            raise Failed("pin", "the SIM refused the PIN", mark, sure=sure) from None

    def _begin(self) -> None:
        """Begin the log anew, once what the modem said at once has been taken from it: nothing else keeps that."""
        for pdu in direct_in(self._log.read()):
            self._tell({"told": "direct", "pdu": pdu.hex()})
        self._log.begin()

    # ---- the calls

    def poll(self, _: Json) -> Json:
        """All that is stored, as it stands."""
        found = self._list_plainly() if self._plain else self._list()
        self._listed = {one.location: one for one in found}
        status = _try(self._machine.GetSMSStatus) or {}
        return {
            "stored": [[one.location, one.pdu.hex()] for one in found],
            "used": status.get("SIMUsed", 0) + status.get("PhoneUsed", 0),
            "size": status.get("SIMSize", 0) + status.get("PhoneSize", 0),
        }

    def _list(self) -> list[Stored]:
        """Memory by memory. Gammu lists a whole memory at once, so that one step reads it all from the log."""
        found: dict[int, Stored] = {}
        where: Json = {"Start": True}
        while True:
            self._begin()
            try:
                self._machine.GetNextSMS(Folder=0, **where)
            except gammu.ERR_EMPTY:
                break
            except gammu.GSMError:
                if not stored_in(self._log.read()):
                    raise
            news = [one for one in stored_in(self._log.read()) if one.location not in found]
            if not news:
                break
            found |= {one.location: one for one in news}
            where = {"Location": max(found)}
        return list(found.values())

    def _list_plainly(self) -> list[Stored]:
        answer = (self._port.ask("AT+CMGL=4", 10.0) or "").split("\r\n")
        return [Stored(index, index, pdu) for index, pdu in rows_of(filter(None, answer))]

    def delete(self, call: Json) -> Json:
        """Only what this child has listed: after a change of SIM the same place holds another SMS."""
        for location in call["locations"]:
            one = self._listed.pop(location, None)
            if one is not None:
                self._delete(one)
        return {}

    def _delete(self, one: Stored) -> None:
        """Gammu reads before it deletes, and does not delete what it cannot read: that is deleted without it."""
        if self._plain:
            self._port.ask(f"AT+CMGD={one.index}", 5.0)
            return
        self._begin()
        try:
            self._machine.DeleteSMS(Folder=0, Location=one.location)
        except (gammu.ERR_EMPTY, gammu.ERR_INVALIDLOCATION):
            return  # gone already
        except GONE:
            raise
        except gammu.GSMError:
            index = index_of(self._log.read())
            self._port.ask(f"AT+CMGD={one.index if index is None else index}", 5.0)
        for pdu in read_in(self._log.read()):
            if pdu != one.pdu:  # another stood there than was listed: nobody has heard it
                self._tell({"told": "direct", "pdu": pdu.hex()})

    def send(self, call: Json) -> Json:
        header = bytes.fromhex(call["header"])
        sms = {
            "Number": call["to"],
            "Text": call["text"],
            "Coding": CODINGS[call["coding"]],
            "Class": -1,
            "Type": "Status_Report",  # an SMS-SUBMIT that asks for a report
            "SMSC": {"Number": self._smsc, "Validity": call["validity"]} if self._smsc else {"Location": 1},
        }
        if header:
            sms["UDH"] = {"Type": "UserUDH", "Text": bytes([len(header)]) + header}
        return {"reference": self._machine.SendSMS(sms)}

    def watch(self, _: Json) -> Json:
        signal = _try(self._machine.GetSignalQuality) or {}
        network = _try(self._machine.GetNetworkInfo) or {}
        code = network.get("NetworkCode", "")
        name = gammu.GSMNetworks.get(code) or network.get("NetworkName") or code
        percent = signal.get("SignalPercent", -1)
        return {
            "signal": percent if 0 <= percent <= 100 else None,
            "network": NETWORKS.get(network.get("State", "")),
            "operator": name or None,
        }

    def ussd(self, call: Json) -> Json:
        self._machine.DialService(call["code"])
        return {}

    # ---- what comes by itself

    def listen(self) -> None:
        """Take in what the modem says unasked, and reject who rings."""
        self._machine.ReadDevice()
        self._begin()
        while self._rings:
            caller = self._rings.pop()
            _try(self._machine.CancelCall, 0, True)
            now = time.monotonic()
            if now - self._rang.get(caller, -RING_AGAIN) >= RING_AGAIN:
                self._tell({"told": "ring", "caller": caller})
            self._rang = {who: at for who, at in self._rang.items() if now - at < RING_AGAIN} | {caller: now}

    def _heard(self, _: Any, kind: str, what: Json) -> None:
        """Called by Gammu in the middle of a call: no further call may be made from here."""
        if kind == "SMS":
            self._tell({"told": "arrived"})
        elif kind == "Call" and what.get("Status") == "IncomingCall":
            self._rings.append(str(what.get("Number", "")))
        elif kind == "USSD":
            self._tell({"told": "ussd", "text": str(what.get("Text", ""))})

    def serve(self, call: Json) -> Json:
        """One call. What Gammu refuses is an answer too."""
        operations = {
            "poll": self.poll,
            "delete": self.delete,
            "send": self.send,
            "watch": self.watch,
            "ussd": self.ussd,
        }
        self._begin()
        try:
            return {"id": call["id"], "ok": True, **operations[call["op"]](call)}
        except gammu.GSMError as error:
            told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
            return {
                "id": call["id"],
                "ok": False,
                "error": type(error).__name__,
                "text": told.get("Text", ""),
                "code": refused_with(self._log.read()),
                "left": may_have_left(self._log.read()),
                "gone": isinstance(error, GONE),
            }


def _try(act: Callable[..., Any], *words: Any) -> Any:
    """What many modems lack: None instead of an error."""
    try:
        return act(*words)
    except GONE:
        raise
    except gammu.GSMError:
        return None


def _find(devices: list[str], imei: str) -> tuple[ModemPort, str]:
    try:
        return find_modem(devices, imei)
    except NoModem as error:
        raise Failed("absent", str(error)) from None


def read_calls(stream: BinaryIO, calls: queue.Queue[Json]) -> None:
    """Until the parent is gone: then this process is, too, in the middle of whatever it does."""
    for line in stream:
        calls.put(orjson.loads(line))
    os._exit(0)


def _next(calls: queue.Queue[Json]) -> Json | None:
    """The call that waits, if one comes soon."""
    try:
        return calls.get(timeout=IDLE)
    except queue.Empty:
        return None


def own_output() -> Callable[[Json], None]:
    """A way to the parent that nothing else can write into: C code prints to standard output."""
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def tell(what: Json) -> None:
        stream.write(orjson.dumps(what) + b"\n")

    return tell


def _failed(kind: str, why: str) -> Json:
    return {"told": "failed", "kind": kind, "why": why, "mark": None}


def main() -> int:
    tell = own_output()
    settings = orjson.loads(sys.stdin.buffer.readline())
    calls: queue.Queue[Json] = queue.Queue()
    threading.Thread(target=read_calls, args=(sys.stdin.buffer, calls), daemon=True).start()
    try:
        port, imei = _find(settings["devices"], settings["imei"])
        modem = Modem(port, WireLog(settings["log"]), tell, settings["smsc"], plain=settings["plain"])
        modem.start(settings["pin"], imei, settings["refused"])
        while Path(port.device).exists():
            call = _next(calls)
            # Between two calls as well: when many wait, nobody has time, and a telephone rings all the same. Before the
            # call and not after it, since the parent still reads the log of one that failed.
            modem.listen()
            if call is not None:
                tell(modem.serve(call))
        raise Failed("absent", "unplugged")
    except Failed as failed:
        tell(_failed(failed.kind, failed.why) | {"mark": failed.mark, "sure": failed.sure})
    except (gammu.GSMError, NoModem) as error:
        told = error.args[0] if error.args else ""
        why = told.get("Text", "") if isinstance(told, dict) else str(told)
        tell(_failed("start", f"{type(error).__name__}: {why}"))
    return 1


if __name__ == "__main__":
    sys.exit(main())
