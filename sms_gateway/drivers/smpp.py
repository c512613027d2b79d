"""SMPP 3.4: a city's own bind to an SMSC or an aggregator.

An account's words beside ``number`` (all strings; * must be there):

    host*, port*, system_id*, password*, system_type
    bind            transceiver (default), pair (a transmitter and a receiver), transmitter, receiver
    source          what citizens see as the sender; default: the number. source_ton, source_npi: default by its form
    dest_ton, dest_npi                   of citizens' numbers, default 1 and 1
    address_range, addr_ton, addr_npi    of the bind, where an account's SMS are shared out
    service_type, priority (yes: urgent SMS are marked), validity (relative, absolute, none)
    alphabet        what data coding 0 means there: gsm7 (default) or latin1
    window          submissions that wait for an answer at once, default 10
    answer_within, enquire_every         seconds, default 10 and 30
    tls (yes), tls_ca (a PEM file; default: the machine's own), tls_name (the name in the certificate, if another)

What it guarantees. An SMS is acknowledged (deliver_sm_resp) once ``hear`` has returned, a part of one once the store
has it, so an SMSC forgets nothing that is not durable; where hearing fails the SMSC is asked to come again with it
(ESME_RX_T_APPN). The same SMS handed over twice has the same key as long as this process lives; after a crash one that
was durable but not acknowledged may come again under another. A receipt that overtakes its SMS's own answer is kept in
memory and looked up again for half a minute: a crash in between loses it. A submission without an answer is in doubt
and is never repeated here, nor are the parts of an SMS of which one has left: those that follow are tried again alone.

The protocol is our own (``smpp_*.py`` beside the gateway). Of 15 ordinary deliveries aiosmpplib 0.7.4 refuses or loses
9: empty, flash, data, with a port, joined by 16 bits, with a surrogate pair between two parts; and a receipt with
seconds in its date or letters in its error ends the bind each time that the SMSC comes with it. It has no TLS, and
tells of a submission without an answer only when the next thing is asked.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final

from sms_gateway.driver import DriverPorts, Problem
from sms_gateway.gateway import HearSms, LineState, SmsFailed
from sms_gateway.line import Line
from sms_gateway.smpp_bind import IN_ORDER, KeptBind, Patience
from sms_gateway.smpp_heard import Ear
from sms_gateway.smpp_pdu import Address, Pdu, Submit, absolute_time, message_id_of, relative_time
from sms_gateway.smpp_session import OK, TRY_LATER, NoAnswer, NotBound, Session
from sms_gateway.smpp_settings import WORDS, Settings, read_settings
from sms_gateway.smpp_text import Piece, pieces_of
from sms_gateway.store import SentPart

log = logging.getLogger(__name__)

TOO_MUCH: Final = (0x58, 0x14)  # ESME_RTHROTTLED, ESME_RMSGQFUL
PERMANENT: Final = {0x0B: "the SMSC does not know the number"}
REASONS: Final = {
    0x01: "the SMSC finds it too long",
    0x04: "the SMSC says that we are not bound",
    0x08: "the SMSC has a fault of its own",
    0x0A: "the SMSC refuses our source address",
    0x45: "the SMSC could not submit it",
    0x48: "the SMSC refuses the source's type of number",
    0x62: "the SMSC refuses the validity period",
}
MUTE: Final = 3  # submissions in a row without an answer, and other lines are better
MUTE_FOR: Final = timedelta(minutes=1)
TRIES: Final = 6  # for a part whose forerunners have left


@dataclass(slots=True)
class _Link:
    """One line: its binds, and what is known of what it sent."""

    line: Line
    settings: Settings
    binds: list[KeptBind]
    helper: KeptBind  # sends while another process listens
    ear: Ear
    refs: Iterator[int] = field(default_factory=lambda: itertools.count(random.randrange(256)))
    listening: bool = False
    helping: asyncio.Task[None] | None = None
    too_much: int = 0  # times in a row that the SMSC said so
    unanswered: int = 0  # submissions in a row, while the bind itself lives
    unanswered_at: datetime | None = None
    last_sent: datetime | None = None

    @property
    def used(self) -> Sequence[KeptBind]:
        return (self.helper,) if self.helping and not self.helping.done() else self.binds


class Driver:
    """Every line has binds of its own."""

    name: ClassVar[str] = "smpp"
    per_minute_default: ClassVar[float | None] = None
    held: ClassVar[bool] = True

    def __init__(self, ports: DriverPorts, patience: Patience | None = None) -> None:
        self._clock, self._store = ports.clock, ports.store
        self._patience = patience or Patience()
        self._links: dict[tuple[str, str], _Link] = {}

    async def send(self, line: Line, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta) -> str:  # noqa: ARG002
        link = self._link(line)
        bind = self._sender(link)
        try:
            pieces = pieces_of(text, link.settings.alphabet, next(link.refs))
        except ValueError as error:
            raise SmsFailed(f"too long: {error}", permanent=True) from None
        reference = secrets.token_hex(10)
        for place, piece in enumerate(pieces, 1):
            body = self._submit(link.settings, to, piece, urgent, valid_for).body
            answer = (
                await self._ask(link, bind, body, urgent)
                if place == 1
                else await self._follow(link, bind, body, urgent)
            )
            await self._note(link, to, message_id_of(answer.body), reference, place, len(pieces))
        return reference

    async def listen(self, line: Line, hear: HearSms) -> None:
        link = self._link(line)
        await self._end_helper(link)
        link.listening = True
        try:
            async with asyncio.TaskGroup() as group:
                for bind in link.binds:
                    group.create_task(bind.run(partial(link.ear.take, hear)))
                group.create_task(self._sweep(link.ear, hear))
        except ExceptionGroup as broken:  # what ended one of them ended all
            raise broken.exceptions[0] from None
        except asyncio.CancelledError:
            link.ear.close()
            raise
        finally:
            link.listening = False

    def state(self, line: Line) -> LineState:
        try:
            link = self._link(line)
        except SmsFailed as failure:
            return LineState(line.name, up=False, detail=failure.reason)
        wrong = next((bind.detail for bind in link.used if not bind.up), "") or self._muteness(link)
        return LineState(
            line.name,
            up=not wrong,
            detail=wrong or IN_ORDER,
            since=max(bind.since for bind in link.used),
            device=f"{link.settings.host}:{link.settings.port}",
            last_heard=link.ear.last_heard,
            last_sent=link.last_sent,
        )

    def words(self, line: Line) -> Collection[str]:  # noqa: ARG002 - every bind has the same
        return WORDS

    def check(self, line: Line) -> Sequence[Problem]:
        return read_settings(line)[1]

    # ---- lines

    def _muteness(self, link: _Link) -> str:
        """Some SMSCs keep a bind alive and swallow what is submitted; a minute later it is tried again."""
        if link.unanswered < MUTE or link.unanswered_at is None or self._clock.now() - link.unanswered_at > MUTE_FOR:
            return ""
        return f"bound, but the last {link.unanswered} SMS were not answered"

    def _link(self, line: Line) -> _Link:
        """Raises SmsFailed where the account's words cannot work."""
        if (line.city, line.name) not in self._links:
            settings, problems = read_settings(line)
            if problems:
                raise SmsFailed(f"the account cannot work: {problems[0].what}", permanent=False)
            binds = [KeptBind(settings, role, self._clock, self._patience) for role in settings.roles]
            helper = KeptBind(settings, "transmitter", self._clock, self._patience)
            ear = Ear(line, settings.alphabet, self._clock, self._store, self._patience.unknown)
            self._links[line.city, line.name] = _Link(line, settings, binds, helper, ear)
        return self._links[line.city, line.name]

    def _sender(self, link: _Link) -> KeptBind:
        """The bind that sends; where another process listens, one that does nothing else."""
        senders = [bind for bind in link.binds if bind.sends]
        if not senders:
            raise SmsFailed("this line only receives", permanent=False)
        if link.listening:
            return senders[0]
        link.helper.asked_at = self._clock.now()
        if link.helping is None or link.helping.done():
            link.helper.hope()
            link.helping = asyncio.create_task(self._help(link.helper))
        return link.helper

    async def _help(self, helper: KeptBind) -> None:
        """Keep the bind that only sends for as long as it is used."""
        keeping = asyncio.create_task(helper.run(_hear_nothing))
        idle = timedelta(seconds=self._patience.idle)
        try:
            while not keeping.done() and self._clock.now() - helper.asked_at < idle:
                pause = asyncio.create_task(self._clock.sleep(self._patience.idle / 4))
                await asyncio.wait((keeping, pause), return_when=asyncio.FIRST_COMPLETED)
                pause.cancel()
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            if not keeping.cancelled() and (error := keeping.exception()):
                log.warning("smpp: no bind to send by: %s", error)

    async def _end_helper(self, link: _Link) -> None:
        if link.helping is not None:
            link.helping.cancel()
            with suppress(asyncio.CancelledError):
                await link.helping
            link.helping = None

    async def _sweep(self, ear: Ear, hear: HearSms) -> None:
        while True:
            try:
                await ear.sweep(hear)
            except Exception:
                log.exception("SMS whose parts did not come were not heard; it is tried again")
            await self._clock.sleep(self._patience.sweep)

    # ---- sending

    def _submit(self, settings: Settings, to: str, piece: Piece, urgent: bool, valid_for: timedelta) -> Submit:
        validity = relative_time(valid_for) if settings.validity == "relative" else ""
        if settings.validity == "absolute":
            validity = absolute_time(self._clock.now() + valid_for)
        return Submit(
            settings.source,
            Address(to.removeprefix("+"), settings.dest_ton, settings.dest_npi),
            piece.octets,
            piece.coding,
            piece.headed,
            validity,
            settings.service_type,
            1 if urgent and settings.priority else 0,
        )

    async def _ask(self, link: _Link, bind: KeptBind, body: bytes, urgent: bool) -> Pdu:
        """The SMSC's answer to one part. Raises SmsFailed."""
        try:
            answer = await bind.ask(body, urgent=urgent)
        except NotBound as error:
            raise SmsFailed(f"no bind: {error.why}", permanent=False) from None
        except NoAnswer as error:
            link.unanswered, link.unanswered_at = link.unanswered + 1, self._clock.now()
            raise SmsFailed(f"the SMSC got it and did not answer: {error}", permanent=False, doubt=True) from None
        link.unanswered = 0
        if answer.status in TOO_MUCH:
            link.too_much += 1
            rest = min(self._patience.rest * 2 ** min(link.too_much - 1, 10), self._patience.longest_rest)
            raise SmsFailed("the SMSC asks for a rest", permanent=False, retry_after=rest)
        link.too_much = 0
        if answer.status != OK:
            why = PERMANENT.get(answer.status) or REASONS.get(answer.status, "the SMSC refuses it")
            raise SmsFailed(f"{why} (status {answer.status:#x})", permanent=answer.status in PERMANENT)
        link.last_sent = self._clock.now()
        return answer

    async def _follow(self, link: _Link, bind: KeptBind, body: bytes, urgent: bool) -> Pdu:
        """As ``_ask``, for a part whose forerunners have left: it is tried for longer, and its failure is a doubt."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._ask(link, bind, body, urgent)
            except SmsFailed as failure:
                if failure.doubt or failure.permanent or tries == TRIES:
                    why = f"a part of it has left; {failure.reason}"
                    raise SmsFailed(why, permanent=False, doubt=True) from None
                await self._clock.sleep(failure.retry_after or self._patience.rest)

    async def _note(self, link: _Link, to: str, network_id: str, reference: str, place: int, parts: int) -> None:
        """It has left, whatever the store says: without this note only its report is lost."""
        if not network_id:
            return
        kept = link.ear.ids.note(network_id)
        sent = SentPart(link.line.city, link.line.name, to, kept, reference, place, parts, self._clock.now())
        try:
            await self._store.note_sent([sent])
        except Exception:
            log.exception("an SMS left, but its report will not be known", extra={"line": link.line.name})


async def _hear_nothing(_session: Session, _pdu: Pdu) -> int:
    """A transmitter hears nothing; should it all the same, another bind shall."""
    return TRY_LATER
