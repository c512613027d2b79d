"""One modem as a line: hears, sends, and knows how it fares. Its process is ``modem_link``'s."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sms_gateway.driver import DriverPorts, sms_key
from sms_gateway.gateway import HearSms, LineState, MissedCall, SmsFailed
from sms_gateway.line import Line
from sms_gateway.modem_inbox import ModemInbox, Slot
from sms_gateway.modem_link import IDLE, ORDINARY, QUICK, URGENT, CallFailed, Json, ModemLink, Patience
from sms_gateway.modem_outbox import Letter, busy_with, failure_of, letter_for, validity_of
from sms_gateway.modem_pin import RefusedPins
from sms_gateway.numbers import sender_of
from sms_gateway.operators import credit_code
from sms_gateway.store import SentPart
from sms_gateway.turns import NotInTime

log = logging.getLogger(__name__)

TOGETHER: Final = 10  # places cleared in one call: between two an urgent SMS may leave
STARVED: Final = 15.0  # seconds after which even urgent SMS let the modem be read
BEGUN: Final = 200  # texts of which another try goes on where the last one ended
NEARLY_FULL: Final = 0.8
DENIED: Final = ("searching", "denied", "none")
HIDDEN: Final = ""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two looks."""

    poll: float = 5.0  # the modem tells when something comes; this is for modems that do not
    soon: float = 1.0  # while something could not be stored, or the SIM fills up
    watch: float = 60.0
    worried: float = 10.0  # the same without a network
    ussd: float = 6 * 3600.0
    waiting: float = 60.0  # whether parts have waited in vain


class Modem:
    """One line. ``listen`` opens the modem; without it nothing can be sent."""

    def __init__(self, line: Line, ports: DriverPorts, patience: Patience, rhythm: Rhythm) -> None:
        self._line, self._store, self._clock, self._rhythm = line, ports.store, ports.clock, rhythm
        pins = RefusedPins(line.city, line.name, ports.store, ports.clock)
        self.link = ModemLink(line.options, self._told, pins, patience)
        self._inbox = ModemInbox(line, ports.store, ports.clock)
        self._arrived, self._worried = asyncio.Event(), asyncio.Event()
        self._calls: deque[MissedCall] = deque(maxlen=100)
        self._direct: dict[int, Slot] = {}  # what the modem did not store, by places below zero
        self._begun: dict[tuple[int, str, str], Letter] = {}
        self._state = LineState(line.name, up=False, detail="not opened", imei=line.options.get("imei"))
        self._known: Json = {}
        self._queued = 0
        self._read_at = self._waited_at = self._asked_at = float("-inf")
        self._last_sent: datetime | None = None

    # ---- state

    def state(self) -> LineState:
        known, inbox = self._known, self._inbox
        up = self.link.up and known.get("network") not in DENIED
        since = self._state.since if self._state.up == up else self._clock.now()
        self._state = LineState(
            self._line.name,
            up,
            self._detail(),
            since,
            operator=known.get("operator"),
            signal=known.get("signal"),
            network=known.get("network"),
            sim_used=known.get("used"),
            sim_size=known.get("size"),
            credit=known.get("credit"),
            device=known.get("device") if self.link.up else None,
            imei=known.get("imei") or self._line.options.get("imei"),
            last_heard=inbox.last_heard,
            last_sent=self._last_sent,
            queued=self._queued,
        )
        return self._state

    def _detail(self) -> str:
        network = self._known.get("network")
        if not self.link.up:
            return self.link.detail
        if network in DENIED:
            return f"no network ({network})"
        if self._inbox.failure:
            return self._inbox.failure
        if self._nearly_full:
            return f"the SIM is nearly full: {self._known['used']} of {self._known['size']}"
        return "reads the SIM without Gammu: something there kills it" if self.link.plain else "in order"

    @property
    def _nearly_full(self) -> bool:
        size = self._known.get("size") or 0
        return bool(size) and self._known.get("used", 0) >= NEARLY_FULL * size

    def _told(self, what: Json) -> None:
        """What the child tells by itself."""
        if what["told"] == "ready":
            self._known = {key: what[key] for key in ("device", "imei", "model", "smsc")} | {
                "credit": self._known.get("credit")
            }
            self._worried.set()
            log.info("line %s: %s at %s", self._line.name, what["model"], what["device"])
        elif what["told"] == "ring":
            now, caller = self._clock.now(), sender_of(what["caller"]) or HIDDEN
            key = sms_key(caller, now, [self._line.name.encode(), str(now).encode()])
            self._calls.append(MissedCall(key, caller, now, self._line.name))
        elif what["told"] == "direct":
            place = min(self._direct, default=0) - 1
            self._direct[place] = Slot(place, bytes.fromhex(what["pdu"]))
        elif what["told"] == "ussd":
            self._known["credit"] = " ".join(what["text"].split())
        self._arrived.set()

    # ---- hear

    async def listen(self, hear: HearSms) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._read_again_and_again(hear))
            tasks.create_task(self._watch_again_and_again())

    async def _read_again_and_again(self, hear: HearSms) -> None:
        while True:
            self._arrived.clear()
            with suppress(CallFailed):  # the link starts again by itself, and says why in the state
                await self._read(hear)
            self.state()
            soon = self._inbox.failure or self._inbox.owes or self._calls or self._direct or self._nearly_full
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rhythm.soon if soon else self._rhythm.poll):
                    await self._arrived.wait()

    async def _read(self, hear: HearSms) -> None:
        """What rang, what is stored, what waits for parts in vain; then clear what was heard."""
        await self._hear_calls(hear)
        await self._take(list(self._direct.values()), hear)
        now = asyncio.get_running_loop().time()
        async with self.link.turns.turn(URGENT if now - self._read_at > STARVED else QUICK):
            told = await self.link.ask("poll")
        self._read_at = asyncio.get_running_loop().time()
        self._known |= {"used": told["used"], "size": told["size"]}
        clear = await self._take([Slot(location, bytes.fromhex(pdu)) for location, pdu in told["stored"]], hear)
        if self._inbox.owes or now - self._waited_at > self._rhythm.waiting:
            self._waited_at = now
            await self._inbox.hear_waiting(hear)
        if self.link.plain and clear:
            self.link.restart("the SIM is clear: Gammu again")

    async def _take(self, slots: list[Slot], hear: HearSms) -> bool:
        """Hand these over, and clear their places; whether none is left."""
        cleared = await self._inbox.take(slots, hear)
        stored = [location for location in cleared if self._direct.pop(location, None) is None]
        for begin in range(0, len(stored), TOGETHER):
            async with self.link.turns.turn(QUICK):
                await self.link.ask("delete", locations=stored[begin : begin + TOGETHER])
        return len(cleared) == len(slots)

    async def _hear_calls(self, hear: HearSms) -> None:
        while self._calls:
            try:
                await hear(self._calls[0])
            except Exception as error:
                log.exception("line %s: a missed call could not be stored", self._line.name, exc_info=error)
                return
            self._calls.popleft()

    # ---- watch

    async def _watch_again_and_again(self) -> None:
        while True:
            self._worried.clear()
            with suppress(CallFailed):
                await self._watch()
            lost = self._known.get("network") in (*DENIED, None)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rhythm.worried if lost else self._rhythm.watch):
                    await self._worried.wait()

    async def _watch(self) -> None:
        async with self.link.turns.turn(IDLE):
            told = await self.link.ask("watch")
        self._known |= {key: told[key] for key in ("signal", "network", "operator")}
        code = credit_code(self._line.options.get("ussd", ""), told["operator"])
        now = asyncio.get_running_loop().time()
        if code and now - self._asked_at > self._rhythm.ussd and not self.link.turns.waits(URGENT):
            self._asked_at = now
            async with self.link.turns.turn(IDLE):
                await self.link.ask("ussd", code=code)

    # ---- send

    async def send(self, to: str, text: str, key: int, *, urgent: bool, valid_for: timedelta) -> str:
        """All parts of ``text``. Another try with the same key goes on behind the parts that left.

        SmsFailed(busy) where the modem has so much to do that the claim on the SMS would end before it left.
        """
        until = self._clock.now() + valid_for
        letter = self._begun.pop((key, to, text), None) or letter_for(key, to, text)
        self._queued += 1
        try:
            await self._send_parts(letter, until, urgent=urgent)
        except NotInTime:
            raise busy_with(self._queued, letter, urgent=urgent) from None
        except CallFailed as error:
            self._worried.set()  # is the network still there?
            raise failure_of(error, letter) from None
        finally:
            self._queued -= 1
            if letter.left and not letter.done:
                self._begun[key, to, text] = letter
                while len(self._begun) > BEGUN:
                    del self._begun[next(iter(self._begun))]
        return letter.reference

    async def _send_parts(self, letter: Letter, until: datetime, *, urgent: bool) -> None:
        """One after the other, each in its turn. Raises NotInTime before one that would come too late."""
        loop, patience = asyncio.get_running_loop(), self.link.patience
        began = loop.time()
        within = patience.first_turn(urgent=urgent)
        while not letter.done:
            async with self.link.turns.turn(URGENT if urgent else ORDINARY, within):
                await self._send_part(letter, until)
            within = began + patience.last_turn - loop.time()
            if within <= 0 and not letter.done:
                raise NotInTime

    async def _send_part(self, letter: Letter, until: datetime) -> None:
        """One part; noted before anybody else has the modem, so that its report finds it."""
        left = until - self._clock.now()
        if left <= timedelta():
            raise SmsFailed("too late to be sent", permanent=True)
        told = await self.link.ask(
            "send",
            to=letter.to,
            text=letter.parts[letter.left],
            coding=letter.encoding,
            header=letter.header.hex(),
            validity=validity_of(left),
        )
        letter.left += 1
        self._last_sent = self._clock.now()
        line, parts = self._line, len(letter.parts)
        sent = SentPart(
            line.city,
            line.name,
            letter.to,
            str(told["reference"]),
            letter.reference,
            letter.left,
            parts,
            self._last_sent,
        )
        try:
            await self._store.note_sent([sent])
        except Exception as error:  # it left: without its report, but it must not be sent again
            log.exception("line %s: a sent SMS could not be noted", line.name, exc_info=error)
