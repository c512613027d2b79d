"""From what stands on a SIM to what was heard: parts joined, reports matched, and which places may be cleared."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from config.clock import Clock
from sms_gateway.driver import sms_key
from sms_gateway.gateway import HearSms, InboundSms
from sms_gateway.line import Line
from sms_gateway.numbers import sender_of
from sms_gateway.pdu import Deliver, StatusReport, is_own, read
from sms_gateway.store import Group, Part, SmsStore
from sms_gateway.user_data import Joint

log = logging.getLogger(__name__)

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # for SMSC times that make no sense: keys must not change
REMEMBERED: Final = 500  # SMS that were heard, should clearing their place fail
FAR: Final = timedelta(days=1)  # a report's time further from ours than this is no time


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the modem's memory, and the octets there."""

    location: int
    pdu: bytes


class ModemInbox:
    """What one modem has stored, handed over; a place is clear to go once its SMS is durable."""

    def __init__(self, line: Line, store: SmsStore, clock: Clock) -> None:
        self._line, self._store, self._clock = line, store, clock
        self._heard: dict[bytes, None] = {}
        self.failure = ""  # why the last SMS could not be handed over
        self.owes = False  # the store keeps a whole SMS that was not handed over
        self.last_heard: datetime | None = None

    async def take(self, slots: Sequence[Slot], hear: HearSms) -> list[int]:
        """Hand over what is new; which places may be cleared. What could not be heard stays, and comes again.

        Senders do not wait for each other, but each one's SMS keep their order: that of the SMSC's clock, for places
        that became free are filled in any order.
        """
        self.failure = ""
        queues: dict[str, list[Slot]] = {}
        read_slots = [(slot, read(slot.pdu)) for slot in slots]
        for slot, message in sorted(read_slots, key=lambda one: _at(one[1])):
            queues.setdefault(message.sender if isinstance(message, Deliver) else "", []).append(slot)
        cleared = await asyncio.gather(*(self._take_queue(queue, hear) for queue in queues.values()))
        return [location for one in cleared for location in one]

    async def hear_waiting(self, hear: HearSms) -> None:
        """What is whole but was not heard, and what has waited in vain for its parts."""
        try:
            for group in await self._store.waiting(self._line.city, self._line.name, self._clock.now()):
                await self._hear_group(group, hear)
            self.owes = False
        except Exception as error:
            self._note(error)

    async def _take_queue(self, queue: Iterable[Slot], hear: HearSms) -> list[int]:
        cleared = []
        for slot in queue:
            try:
                if slot.pdu not in self._heard:
                    await self._take(slot.pdu, hear)
                    self._remember(slot.pdu)
                cleared.append(slot.location)
            except Exception as error:
                self._note(error)
                break  # the next of this sender must not come before this one
        return cleared

    async def _take(self, pdu: bytes, hear: HearSms) -> None:
        message = read(pdu)
        if isinstance(message, StatusReport):
            await self._hear_report(message, hear)
        elif isinstance(message, Deliver):
            if message.joint:
                await self._keep_part(message, message.joint, pdu, hear)
            else:
                await self._hear_one(message, pdu, hear)
        elif is_own(pdu) or not pdu:
            log.warning("line %s: cleared something that nobody sent here", self._line.name)
        else:
            now = self._clock.now()
            key = sms_key("", NEVER, [pdu])
            await hear(InboundSms(key, "", "", now, self._line.name, whole=False, data=pdu))

    async def _hear_one(self, message: Deliver, pdu: bytes, hear: HearSms) -> None:
        sender, now = sender_of(message.sender), self._clock.now()
        key = sms_key(sender, message.at or NEVER, [pdu])
        await hear(
            InboundSms(
                key,
                sender,
                message.text,
                message.at or now,
                self._line.name,
                message.flash,
                data=message.data,
                port=message.port,
            )
        )
        self.last_heard = now

    async def _keep_part(self, message: Deliver, joint: Joint, pdu: bytes, hear: HearSms) -> None:
        """Once the part is kept its place may be cleared, even where handing over the whole SMS fails."""
        sender, at = sender_of(message.sender), message.at or NEVER
        line = self._line
        part = Part(line.city, line.name, sender, at, joint.ref, joint.total, joint.seq, message.text, pdu)
        group = await self._store.keep(part, self._clock.now())
        if group is None:
            return
        try:
            await self._hear_group(group, hear)
        except Exception as error:
            self.owes = True
            self._note(error)

    async def _hear_group(self, group: Group, hear: HearSms) -> None:
        now, first = self._clock.now(), group.parts[0]
        read_again = [message for part in group.parts if isinstance(message := read(part.pdu), Deliver)]
        data = [message.data for message in read_again if message.data is not None]
        await hear(
            InboundSms(
                group.key,
                first.sender,
                "" if data else group.text,
                now if first.smsc_at == NEVER else first.smsc_at,
                self._line.name,
                any(message.flash for message in read_again),
                whole=group.whole,
                data=b"".join(data) if data else None,
                port=next((message.port for message in read_again if message.port is not None), None),
            )
        )
        self.last_heard = now
        await self._store.done(group, now)

    async def _hear_report(self, told: StatusReport, hear: HearSms) -> None:
        now, line = self._clock.now(), self._line
        at = told.at if told.at and abs(told.at - now) < FAR else now
        if told.state is None:
            return
        report = await self._store.note_report(
            line.city, line.name, str(told.reference), sender_of(told.to), told.state, at, told.error
        )
        if report is not None:
            await hear(report)

    def _remember(self, pdu: bytes) -> None:
        self._heard[pdu] = None
        while len(self._heard) > REMEMBERED:
            del self._heard[next(iter(self._heard))]

    def _note(self, error: Exception) -> None:
        self.failure = f"an SMS could not be stored: {type(error).__name__}"
        log.error("line %s: %s", self._line.name, self.failure, exc_info=error)


def _at(message: Deliver | StatusReport | None) -> datetime:
    return (message.at if message else None) or NEVER
