"""HTTP/1.1 with next to nothing around it, so that what measures costs little beside what is measured."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import httptools

DEAD: Final = 0  # the status of a request to which no answer came

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

    def ask(self, raw: bytes) -> asyncio.Future[int]:
        """Send a request; its answer's status, DEAD where the line broke first."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            self._settle(DEAD)
            return self._waiting
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(raw)
        return self._waiting

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
        """The answer's status; DEAD where there was none within ``patience`` seconds, or nobody to ask."""
        async with self._room:
            try:
                line = self._free.pop() if self._free else await self._open()
            except OSError:
                return DEAD
            try:
                status = await asyncio.wait_for(line.ask(raw), patience)
            except TimeoutError:
                status = DEAD
            if status == DEAD:
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
