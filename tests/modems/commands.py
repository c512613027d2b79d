"""What the modem answers to each AT command. 3GPP TS 27.005 and 27.007; the words of a Huawei stick."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tests.modems import septets
from tests.modems.sim import REGISTERED

if TYPE_CHECKING:
    from tests.modems.at_modem import AtModem

OK: Final = "\r\nOK\r\n"
ERROR: Final = "\r\nERROR\r\n"
NO_SUCH_SLOT: Final = "\r\n+CMS ERROR: 321\r\n"
SIM_PIN: Final = "\r\n+CMS ERROR: 311\r\n"
SETTERS: Final = (
    r"AT(Z|&F|\+CMEE=|\+CMGF=|\+CSMS|\+CREG=|\+CGREG=|\+CCWA|\+CLIP|\+CRC=|\+CUSD=[012]$|\+CFUN=|\+CSCA=|\+CSDH"
    r"|\+COPS=|\^|\+CSCS=|$)"
)
FIXED: Final = {
    "AT+CMGF=?": "+CMGF: (0,1)",
    "AT+CMGF?": "+CMGF: 0",
    "AT+CGMI": "huawei",
    "AT+CGMM": "E173",
    "AT+CGMR": "11.126.16.04.77",
    "AT+CIMI": "510100000000001",
    "AT+CSCS=?": '+CSCS: ("IRA","GSM","UCS2")',
    "AT+CSCS?": '+CSCS: "GSM"',
    "AT+CBC": "+CBC: 0,100",
    "AT+CSCA?": '+CSCA: "+628115550000",145',
    "AT+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
    "AT+CHUP=?": "",
    "AT+CGATT?": "+CGATT: 1",
}


class Answers:
    """One modem's interpreter, from power on to power off."""

    def __init__(self, modem: AtModem) -> None:
        self._modem = modem
        self.echo = True
        self._announces, self._reports = 0, 0
        self._patterns: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (r"ATE([01])", self._echo),
            (r"AT\+C?GSN", lambda _: _told(modem.imei)),
            (r"AT\+CPIN\?", lambda _: self._lock()),
            (r'AT\+CPIN="?(\w+)', self._unlock),
            (r"AT\+CSQ", lambda _: _told(f"+CSQ: {modem.sim.signal},99")),
            (r"AT\+C(G?)REG\?", self._registered),
            (r"AT\+COPS\?", lambda _: self._operator()),
            (
                r"AT\+CNMI=\?",
                lambda _: _told(f"+CNMI: (0-2),(0-3),(0,2,3),({'0-1' if modem.at_once else '0-2'}),(0,1)"),
            ),
            (r"AT\+CNMI=(\d)(?:,(\d))?(?:,\d?)?(?:,(\d))?", self._announce_as),
            (r"AT\+CPMS", lambda _: self._memory()),
            (r"AT\+CMGL", lambda _: self._list()),
            (r"AT\+CMGR=(\d+)", self._show),
            (r"AT\+CMGD=(\d+)", self._delete),
            (r"AT(H|\+CHUP)$", lambda _: self._hang_up()),
            (r'AT\+CUSD=[01],"([^"]+)"', self._ask_network),
            (SETTERS, lambda _: OK),
        ]

    def to(self, command: str) -> bytes:
        upper = command.upper()
        if upper in FIXED:
            return _told(FIXED[upper]).encode()
        for pattern, answer in self._patterns:
            if found := re.match(pattern, command, re.IGNORECASE):
                return answer(found).encode()
        return ERROR.encode()

    def announce(self, slot: int, pdu: bytes) -> None:
        """Tell of an SMS that came in. What is said at once never stays on the SIM."""
        modem, body = self._modem, pdu[1 + pdu[0] :] if pdu else b""
        is_report = bool(body) and body[0] & 3 == 2
        scheme = body[4 + (body[1] + 1) // 2 :][:1] if len(body) > 3 and body[0] & 3 == 0 else b""
        is_flash = bool(scheme) and scheme[0] & 0xF3 == 0x10
        if is_report and self._reports == 1:
            del modem.sim.stored[slot]
            modem.say(f"+CDS: {_length(pdu)}\r\n{pdu.hex().upper()}")
        elif is_report and self._reports == 2:
            modem.say(f'+CDSI: "SM",{slot}')
        elif is_flash and modem.at_once and self._announces:
            del modem.sim.stored[slot]
            modem.say(f"+CMT: ,{_length(pdu)}\r\n{pdu.hex().upper()}")
        elif not is_report and self._announces == 1:
            modem.say(f'+CMTI: "SM",{slot}')

    def _echo(self, found: re.Match[str]) -> str:
        self.echo = found[1] == "1"
        return OK

    def _lock(self) -> str:
        sim = self._modem.sim
        return _told("+CPIN: " + ("READY" if not sim.locked else "SIM PIN" if sim.tries else "SIM PUK"))

    def _unlock(self, found: re.Match[str]) -> str:
        return OK if self._modem.sim.enter(found[1]) else "\r\n+CME ERROR: 16\r\n"

    def _registered(self, found: re.Match[str]) -> str:
        return _told(f'+C{found[1]}REG: 2,{REGISTERED[self._modem.sim.network]},"1A2B","3C4D"')

    def _operator(self) -> str:
        sim = self._modem.sim
        return _told(f'+COPS: 0,2,"{sim.operator}",2' if sim.reachable else "+COPS: 0")

    def _announce_as(self, found: re.Match[str]) -> str:
        self._announces = int(found[2]) if found[2] else self._announces
        self._reports = int(found[3]) if found[3] else self._reports
        return OK

    def _memory(self) -> str:
        sim = self._modem.sim
        if sim.locked:
            return SIM_PIN
        return _told("+CPMS: " + ",".join([f"{len(sim.stored)},{sim.size}"] * 3))

    def _list(self) -> str:
        if self._modem.sim.locked:
            return SIM_PIN
        rows = [
            f"\r\n+CMGL: {slot},{state},,{_length(pdu)}\r\n{pdu.hex().upper()}"
            for slot, (state, pdu) in sorted(self._modem.sim.stored.items())
        ]
        self._modem.sim.stored = {slot: (1, pdu) for slot, (_, pdu) in self._modem.sim.stored.items()}
        return "".join(rows) + ("\r\n" if rows else "") + OK

    def _show(self, found: re.Match[str]) -> str:
        stored = self._modem.sim.stored.get(int(found[1]))
        if stored is None:
            return NO_SUCH_SLOT
        return _told(f"+CMGR: {stored[0]},,{_length(stored[1])}\r\n{stored[1].hex().upper()}")

    def _delete(self, found: re.Match[str]) -> str:
        gone = self._modem.sim.stored.pop(int(found[1]), None)
        self._modem.after(0.0, self._modem.fetch)  # room for the next
        return OK if gone else NO_SUCH_SLOT

    def _hang_up(self) -> str:
        self._modem.reject()
        return OK

    def _ask_network(self, found: re.Match[str]) -> str:
        """A Huawei stick wants USSD as packed septets, in hexadecimal, and answers in the same way."""
        packed = bytes.fromhex(found[1])
        answer = self._modem.sim.ussd.get(septets.unpack(packed, len(packed) * 8 // 7).rstrip("@\r"))
        if answer is not None and self._modem.sim.reachable:
            told = septets.pack(answer)[1].hex().upper()
            self._modem.after(0.1, lambda: self._modem.say(f'+CUSD: 0,"{told}",15'))
        return OK


def _told(what: str) -> str:
    return f"\r\n{what}\r\n{OK}"


def _length(pdu: bytes) -> int:
    """Octets without the SMSC, as a modem counts them."""
    return max(0, len(pdu) - pdu[0] - 1) if pdu else 0
