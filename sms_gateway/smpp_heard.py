"""What an SMSC hands over, on its way to whoever listens: parts joined, deliveries told apart, receipts matched.

An SMS in SMPP bears neither the SMSC's time nor an id. Its time is when it came first; and whether the same octets are
the same SMS again is told by whether the SMSC can have read our answer to the first (``_Seen``).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from config.clock import Clock
from sms_gateway.driver import sms_key
from sms_gateway.gateway import HearSms, InboundSms
from sms_gateway.line import Line
from sms_gateway.numbers import sender_of, to_e164
from sms_gateway.smpp_pdu import Address, Pdu, ShortMessage, read_message
from sms_gateway.smpp_receipts import Ids, Receipt, is_receipt, read_receipt
from sms_gateway.smpp_session import OK, Session
from sms_gateway.smpp_text import Alphabet, Said, read_text
from sms_gateway.store import MISSING, Group, Part, SmsStore

log = logging.getLogger(__name__)

AGAIN: Final = timedelta(hours=1)  # the same octets later than this are another SMS
SLOW: Final = timedelta(seconds=5)  # an answer that took longer may have come too late for the SMSC
REMEMBERED: Final = 10_000  # deliveries
SLOT: Final = 300  # seconds: a part that comes again after our restart is known by its slot


@dataclass(slots=True)
class _Seen:
    """One delivery. It comes again where its answer was late, or may not have been read."""

    at: datetime  # when it came first
    number: int  # how many came before: two of one second are two
    session: Session
    begun: datetime  # when it came last
    answered: datetime | None = None
    refused: bool = False  # we asked for it to come again
    place: int = 0  # of our answer among the session's

    def may_come_again(self, session: Session, now: datetime) -> bool:
        if self.refused or now - self.begun > AGAIN:
            return self.refused
        if self.answered is None:
            return session is not self.session or now - self.begun > SLOW
        unread = session is not self.session and self.session.proved < self.place
        return unread or self.answered - self.begun > SLOW


@dataclass(slots=True)
class Ear:
    """The listener's side of one line. It remembers over every bind that the line has."""

    line: Line
    alphabet: Alphabet
    clock: Clock
    store: SmsStore
    again: tuple[float, ...]  # see Patience.unknown
    ids: Ids = field(default_factory=Ids)
    last_heard: datetime | None = None
    _seen: dict[bytes, _Seen] = field(default_factory=dict)
    _count: int = 0
    _told: dict[tuple[str, str], None] = field(default_factory=dict)
    _hearing: set[str] = field(default_factory=set)  # keys of groups
    _searches: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, hear: HearSms, session: Session, pdu: Pdu) -> int:
        """Returns the status of the answer, once what was handed over is durable."""
        self.last_heard = self.clock.now()
        message = read_message(pdu.command, pdu.body)
        if is_receipt(message):
            await self._take_receipt(hear, message)
            return OK
        octets = pdu.command.to_bytes(4) + pdu.body
        seen = self._look_up(octets, session)
        try:
            await self._take_sms(hear, message, octets, seen)
        except BaseException:
            seen.refused = True
            raise
        seen.answered, seen.place = self.clock.now(), session.acknowledged + 1
        return OK

    async def sweep(self, hear: HearSms) -> None:
        """Hear what is whole and was not heard, and what has waited in vain for its other parts."""
        for group in await self.store.waiting(self.line.city, self.line.name, self.clock.now()):
            if group.key not in self._hearing:
                await self._hear_group(hear, group, group.parts[0].smsc_at)

    def close(self) -> None:
        for search in self._searches:
            search.cancel()

    # ---- SMS

    async def _take_sms(self, hear: HearSms, message: ShortMessage, octets: bytes, seen: _Seen) -> None:
        said = read_text(message, self.alphabet)
        sender = _sender(message.source)
        if said.joint:
            joint = said.joint
            slot = datetime.fromtimestamp(seen.at.timestamp() // SLOT * SLOT, seen.at.tzinfo)
            part = Part(
                self.line.city, self.line.name, sender, slot, joint.ref, joint.total, joint.seq, said.text, octets
            )
            group = await self.store.keep(part, self.clock.now())
            if group:
                await self._hear_group(hear, group, seen.at)
            return
        key = sms_key(sender, seen.at, [octets, seen.number.to_bytes(8)])
        text = said.text if message.whole else said.text + MISSING
        await hear(
            InboundSms(key, sender, text, seen.at, self.line.name, said.flash, message.whole, said.data, said.port)
        )

    async def _hear_group(self, hear: HearSms, group: Group, at: datetime) -> None:
        self._hearing.add(group.key)
        try:
            await hear(self._joined(group, at))
            await self.store.done(group, self.clock.now())
        finally:
            self._hearing.discard(group.key)

    def _joined(self, group: Group, at: datetime) -> InboundSms:
        first = group.parts[0]
        key = sms_key(first.sender, first.smsc_at, [part.pdu for part in group.parts])
        read = [self._reread(part.pdu) for part in group.parts]
        data = b"".join(said.data for said in read if said.data is not None)
        is_data = all(said.data is not None for said in read)
        return InboundSms(
            key,
            first.sender,
            "" if is_data else group.text,
            at,
            self.line.name,
            any(said.flash for said in read),
            group.whole,
            data if is_data else None,
            next((said.port for said in read if said.port is not None), None),
        )

    def _reread(self, octets: bytes) -> Said:
        return read_text(read_message(int.from_bytes(octets[:4]), octets[4:]), self.alphabet)

    def _look_up(self, octets: bytes, session: Session) -> _Seen:
        """The delivery that these octets are, or one more."""
        mark = hashlib.sha256(octets).digest()
        now, before = self.clock.now(), self._seen.pop(mark, None)
        if before is None or not before.may_come_again(session, now):
            self._count += 1
            before = _Seen(now, self._count, session, now)
        else:
            log.info("an SMS came again", extra={"line": self.line.name})
            before = _Seen(before.at, before.number, session, now)
        self._seen[mark] = before
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return before

    # ---- receipts

    async def _take_receipt(self, hear: HearSms, message: ShortMessage) -> None:
        receipt = read_receipt(message)
        if receipt is None:
            log.warning("a receipt that names no SMS", extra={"line": self.line.name})
            return
        to = self._recipient(message)
        if receipt.state is None or await self._matched(hear, receipt, to):
            return
        self._start(self._search(hear, receipt, to))

    async def _search(self, hear: HearSms, receipt: Receipt, to: str | None) -> None:
        """It may have overtaken the answer to its SMS, in this process or in another."""
        for pause in self.again:
            await self.clock.sleep(pause)
            try:
                if await self._matched(hear, receipt, to):
                    return
            except Exception:
                log.exception("a receipt was not heard; it is tried again", extra={"line": self.line.name})
        log.info("a receipt of nothing that is known", extra={"line": self.line.name})

    async def _matched(self, hear: HearSms, receipt: Receipt, to: str | None) -> bool:
        """False as well for a part whose other parts are still awaited: to look again does no harm."""
        for network_id in self.ids.meant(receipt.network_id):
            report = await self.store.note_report(
                self.line.city,
                self.line.name,
                network_id,
                to,
                receipt.state or "",
                self.clock.now(),
                receipt.error,
            )
            if report is None:
                continue
            if (report.reference, report.state) not in self._told:
                await hear(report)
                self._told[report.reference, report.state] = None
                if len(self._told) > REMEMBERED:
                    del self._told[next(iter(self._told))]
            return True
        return False

    def _recipient(self, message: ShortMessage) -> str | None:
        """A receipt comes from whom the SMS went to; some SMSCs leave the addresses as they were."""
        for address in (message.source, message.to):
            number = to_e164(_written(address))
            if number and number != self.line.number:
                return number
        return None

    def _start(self, search: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(search)
        self._searches.add(task)
        task.add_done_callback(self._searches.discard)


def _sender(address: Address) -> str:
    return sender_of(_written(address))


def _written(address: Address) -> str:
    """An international number comes without its plus."""
    return f"+{address.digits}" if address.ton == 1 and address.digits.isdigit() else address.digits
