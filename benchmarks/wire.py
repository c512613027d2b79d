"""HTTP/1.1 with next to nothing around it, so that what measures costs little beside what is measured."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import httptools

DEAD: Final = 0  # the status of a request whose line broke, or that nobody would take
LATE: Final = -1  # the status of a request that was not answered in time

Answerer = Callable[[str, bytes], bytes]
"""From a path and a body to the body of a 200."""


def request(path: str, host: str, body: bytes, headers: str = "") -> bytes:
    """A POST as bytes. ``headers`` are whole lines, each with its line break."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Door(asyncio.Protocol):
    """The serving end of one connection."""

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._path = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        path, body = self._path.decode(), b"".join(self._body)
        self._path, self._body = b"", []
        said = self._answer(path, body)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        self._transport.write(head.encode() + said)


class Line(asyncio.Protocol):
    """The asking end of one kept connection: one request at a time."""

    def __init__(self, lost: Callable[[Line], None]) -> None:
        self._lost = lost
        self._parser: Any = None
        self._transport: Any = None
        self._waiting: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self._settle(DEAD)
        self._lost(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_complete(self) -> None:
        self._settle(self._parser.get_status_code())

    async def ask(self, raw: bytes, patience: float) -> int:
        """Send a request; its answer's status, DEAD where the line broke first, LATE after ``patience`` seconds."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        if self._transport.is_closing():
            return DEAD
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(raw)
        too_late = loop.call_later(patience, self._settle, LATE)
        try:
            return await self._waiting
        finally:
            too_late.cancel()

    def close(self) -> None:
        self._transport.abort()

    def _settle(self, status: int) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


class Lines:
    """Kept connections to one server, the last used first. As many as are needed at once, ``most`` at most."""

    def __init__(self, host: str, port: int, most: int = 512) -> None:
        self._host, self._port = host, port
        self._free: deque[Line] = deque()
        self._room = asyncio.Semaphore(most)

    async def post(self, raw: bytes, patience: float = 20.0) -> int:
        """The answer's status; LATE where there was none within ``patience`` seconds, DEAD where nobody took it."""
        async with self._room:
            try:
                line = self._free.pop() if self._free else await self._open()
            except OSError:
                return DEAD
            status = await line.ask(raw, patience)
            if status <= DEAD:
                line.close()
            else:
                self._free.append(line)
            return status

    async def _open(self) -> Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: Line(self._forget), self._host, self._port)
        return line

    def _forget(self, line: Line) -> None:
        if line in self._free:
            self._free.remove(line)

    def close(self) -> None:
        for line in list(self._free):
            line.close()


class Doors:
    """Lines to several servers, each in its turn; who is dead is passed over, as by a balancer in front of them.

    No request waits behind another on the same line (uvicorn would answer them one by one, an emergency after a
    question): as many lines are opened as are needed.
    """

    def __init__(self, host: str, ports: Sequence[int], most: int = 512) -> None:
        self._doors = deque(Lines(host, port, most) for port in ports)

    async def post(self, raw: bytes) -> int:
        """The answer's status. A line that breaks is tried once more at every door: a provider tries again too."""
        status = DEAD
        for _ in range(1 + len(self._doors)):
            door = self._doors[0]
            self._doors.rotate(-1)
            status = await door.post(raw)
            if status != DEAD:
                break
        return status

    def close(self) -> None:
        for door in self._doors:
            door.close()
