"""One bind over one connection: questions with their answers, the beat that keeps it alive, and what the SMSC asks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from config.clock import Clock
from sms_gateway.smpp_pdu import RESPONSE, Command, Garbled, Pdu, bind_body, read_frame
from sms_gateway.smpp_settings import Role, Settings

log = logging.getLogger(__name__)

OK: Final = 0
INVALID_LENGTH: Final = 0x02
INVALID_COMMAND: Final = 0x03
TRY_LATER: Final = 0x64  # ESME_RX_T_APPN: the SMSC keeps the SMS and comes again
REFUSED: Final = {
    0x05: "already bound: another program uses this account",
    0x0D: "the bind failed",
    0x0E: "wrong password",
    0x0F: "unknown system_id",
    0x53: "wrong system_type",
}
MANY: Final = 100  # SMS that are being heard; from there on each is given time before the next is read
MOST: Final = 2000  # an SMSC that sends more is asked to come again: no window is that wide
PARTING: Final = 3.0  # seconds for what is under way when we leave
_BINDS: Final[dict[Role, Command]] = {
    "transceiver": Command.BIND_TRANSCEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
    "receiver": Command.BIND_RECEIVER,
}
_IGNORED: Final = (Command.ALERT_NOTIFICATION, Command.OUTBIND)


class NotBound(Exception):
    """No bind: refused, unreachable, or over. ``refused``: the SMSC said so itself, and will say so again."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.refused = refused


class NoAnswer(Exception):
    """It was asked, and nobody knows what came of it."""


@dataclass(slots=True)
class _Question:
    answer: asyncio.Future[Pdu]
    acknowledged: int  # what the SMSC has read of our acknowledgements, if it answers this


Take = Callable[["Session", Pdu], Awaitable[int]]
"""Hears what the SMSC hands over; the status that it returns is the answer, and is sent only then."""


class Session:
    """A bind. ``why`` says why it is over, "" while it lasts."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, settings: Settings) -> None:
        self.why = ""
        self.acknowledged = 0  # SMS that were answered here
        self.proved = 0  # as many of them whose answer the SMSC has surely read
        self._reader, self._writer, self._settings = reader, writer, settings
        self._questions: dict[int, _Question] = {}
        self._count = itertools.count()
        self._taking: set[asyncio.Task[None]] = set()
        self._doubt = asyncio.Event()
        self._bound = self._leaving = False

    async def ask(self, command: Command, body: bytes = b"") -> Pdu:
        """The answer, a generic_nack included. Raises NotBound where nothing was sent, NoAnswer where it was."""
        if self.why:
            raise NotBound(self.why)
        number = self._number()
        question = _Question(asyncio.get_running_loop().create_future(), self.acknowledged)
        self._questions[number] = question
        try:
            async with asyncio.timeout(self._settings.answer_within):
                self._write(Pdu(command, OK, number, body))
                await self._writer.drain()
                return await question.answer
        except TimeoutError:
            self._doubt.set()
            raise NoAnswer(f"no answer within {self._settings.answer_within:g} s") from None
        except OSError as error:
            self._end(f"connection lost: {error}")
            raise NoAnswer(self.why) from None
        finally:
            del self._questions[number]
            if not question.answer.cancel() and not question.answer.cancelled():
                question.answer.exception()  # looked at, should nobody have come to it

    async def bind(self, role: Role) -> None:
        """Raises NotBound."""
        said = self._settings
        try:
            answer = await self.ask(
                _BINDS[role], bind_body(said.system_id, said.password, said.system_type, said.wanted)
            )
        except NoAnswer as error:
            raise NotBound(f"no answer to the bind: {error}") from None
        if answer.status != OK:
            why = REFUSED.get(answer.status, f"status {answer.status:#x}")
            raise NotBound(f"the SMSC refuses the bind: {why}", refused=True)
        self._bound = True

    async def serve(self, take: Take, clock: Clock) -> str:
        """Read and keep alive until it is over; returns why. Whatever is being heard then is heard to its end."""
        beat = asyncio.create_task(self._beat(clock))
        try:
            await self._read(take)
        except Exception:
            log.exception("a bind broke by a fault of ours")
        finally:
            beat.cancel()
            self._end("closed")
        return self.why

    async def leave(self) -> None:
        """Let what is under way come to its end, take leave, so that the SMSC has read every answer, and close."""
        self._leaving = True
        try:
            with suppress(NotBound, NoAnswer, TimeoutError):
                async with asyncio.timeout(PARTING):
                    await self._finish()
            with suppress(OSError):
                self._writer.close()
                async with asyncio.timeout(PARTING):
                    await self._writer.wait_closed()
        finally:  # however hurried we are
            self._end("closed")
            self._writer.transport.abort()

    async def _finish(self) -> None:
        answers = [question.answer for question in self._questions.values()]
        under_way: list[asyncio.Future[Any]] = [*self._taking, *answers]
        if under_way and not self.why:
            await asyncio.wait(under_way)
        if self._bound:
            await self.ask(Command.UNBIND)

    def _number(self) -> int:
        return next(self._count) % 0x7FFFFFFF + 1

    def _write(self, pdu: Pdu) -> None:
        self._writer.write(pdu.octets)

    def _end(self, why: str) -> None:
        """Over; who waits for an answer will have none."""
        if self.why:
            return
        self.why = why
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_exception(NoAnswer(why))

    async def _read(self, take: Take) -> None:
        try:
            while not self.why:
                self._sort(await read_frame(self._reader), take)
                if len(self._taking) >= MANY:
                    await asyncio.sleep(0)
        except asyncio.IncompleteReadError:
            self._end("the SMSC closed the connection")
        except Garbled as error:
            self._write(Pdu(Command.GENERIC_NACK, INVALID_LENGTH, 0))
            self._end(f"the SMSC sent garbage: {error}")
        except OSError as error:
            self._end(f"connection lost: {error.strerror or error}")

    def _sort(self, pdu: Pdu, take: Take) -> None:
        if pdu.command & RESPONSE:
            self._answered(pdu)
        elif pdu.command in (Command.DELIVER_SM, Command.DATA_SM):
            self._start_taking(pdu, take)
        elif pdu.command == Command.ENQUIRE_LINK:
            self._write(Pdu(pdu.command | RESPONSE, OK, pdu.sequence))
        elif pdu.command == Command.UNBIND:
            self._write(Pdu(pdu.command | RESPONSE, OK, pdu.sequence))
            self._end("the SMSC ended the bind")
        elif pdu.command not in _IGNORED:
            log.warning("the SMSC asks what we do not know", extra={"command": f"{pdu.command:#x}"})
            self._write(Pdu(Command.GENERIC_NACK, INVALID_COMMAND, pdu.sequence))

    def _answered(self, pdu: Pdu) -> None:
        question = self._questions.get(pdu.sequence)
        if question is None or question.answer.done():
            log.info("an answer that nobody waits for any more", extra={"command": f"{pdu.command:#x}"})
            return
        self.proved = max(self.proved, question.acknowledged)
        question.answer.set_result(pdu)

    def _start_taking(self, pdu: Pdu, take: Take) -> None:
        if self._leaving or len(self._taking) >= MOST:
            self._acknowledge(pdu, TRY_LATER)
            return
        task = asyncio.create_task(self._take(pdu, take))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _take(self, pdu: Pdu, take: Take) -> None:
        try:
            status = await take(self, pdu)
        except Exception:
            log.exception("an SMS was not heard; the SMSC is asked to come again with it")
            status = TRY_LATER
        self._acknowledge(pdu, status)

    def _acknowledge(self, pdu: Pdu, status: int) -> None:
        self.acknowledged += 1
        if not self._writer.is_closing():
            self._write(Pdu(pdu.command | RESPONSE, status, pdu.sequence, b"\0"))

    async def _beat(self, clock: Clock) -> None:
        """Ask whether it still lives: every so often, and at once when something was not answered."""
        while True:
            pause = asyncio.ensure_future(clock.sleep(self._settings.enquire_every))
            doubt = asyncio.ensure_future(self._doubt.wait())
            try:
                await asyncio.wait((pause, doubt), return_when=asyncio.FIRST_COMPLETED)
            finally:
                pause.cancel()
                doubt.cancel()
            self._doubt.clear()
            try:
                await self.ask(Command.ENQUIRE_LINK)
            except (NoAnswer, NotBound) as error:
                self._end(f"the SMSC is mute: {error}")
                self._writer.transport.abort()  # "close" would wait until it had read all
                return


async def open_session(settings: Settings, role: Role, take: Take, clock: Clock) -> tuple[Session, asyncio.Task[str]]:
    """A bound session and the task that serves it. Raises NotBound."""
    session = Session(*await _connect(settings), settings)
    serving = asyncio.create_task(session.serve(take, clock))
    try:
        await session.bind(role)
    except BaseException:
        await session.leave()
        serving.cancel()
        raise
    return session, serving


async def _connect(settings: Settings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = f"{settings.host}:{settings.port}"
    try:
        context = await asyncio.to_thread(_tls, settings.tls_ca) if settings.tls else None
        name = (settings.tls_name or settings.host) if settings.tls else None
        async with asyncio.timeout(settings.answer_within):
            return await asyncio.open_connection(settings.host, settings.port, ssl=context, server_hostname=name)
    except TimeoutError:
        raise NotBound(f"{where} does not answer") from None
    except OSError as error:  # ssl.SSLError is one
        raise NotBound(f"{where} is not reached: {error.strerror or error}") from None


def _tls(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca or None)
