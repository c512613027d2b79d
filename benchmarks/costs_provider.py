"""The provider's side of `benchmarks.costs`, in a process of its own: posts deliveries, takes replies.

Its CPU is nobody's cost. What it is asked and what it says goes through a pipe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

import orjson
import uvloop

from benchmarks.setting import HOST
from benchmarks.wire import Door, Lines

NUMBER: Final = 2  # where the path of a reply, /v24.0/{number}/messages, names the number that it leaves from


@dataclass(frozen=True, slots=True)
class Taken:
    """A reply that the provider accepted."""

    wamid: str
    number: int
    chat: str
    words: str
    size: int  # bytes of the request's body


@dataclass(frozen=True, slots=True)
class Post:
    """Deliveries to post on ``lines`` kept connections to ``port``; answered by how many were not taken."""

    port: int
    requests: Sequence[bytes]
    lines: int


class Provider:
    """The asking end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def post(self, port: int, requests: Sequence[bytes], lines: int) -> None:
        """Have all ``requests`` posted. RuntimeError where one was not answered by a 200."""
        refused = await self._ask(Post(port, requests, lines))
        if refused:
            raise RuntimeError(f"{refused} of {len(requests)} deliveries were not acknowledged: nothing to measure")

    async def taken(self) -> list[Taken]:
        """The replies accepted since the last time."""
        found: list[Taken] = await self._ask("taken")
        return found

    async def _ask(self, what: object) -> Any:
        self._pipe.send(what)
        return await asyncio.get_running_loop().run_in_executor(None, self._pipe.recv)


@contextmanager
def provider(port: int) -> Iterator[Provider]:
    """Serve a Graph API on ``port`` until the block ends."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_live, args=(theirs, port), daemon=True)
    child.start()
    try:
        yield Provider(ours)
    finally:
        ours.send(None)
        child.join(10)
        child.kill()


def _live(pipe: Connection, port: int) -> None:
    uvloop.run(_serve(pipe, port))


async def _serve(pipe: Connection, port: int) -> None:
    loop, kept = asyncio.get_running_loop(), _Kept()
    server = await loop.create_server(lambda: Door(kept.take), HOST, port)
    while (asked := await loop.run_in_executor(None, pipe.recv)) is not None:
        if isinstance(asked, Post):
            pipe.send(await _post(asked))
        else:
            replies, kept.replies = kept.replies, []
            pipe.send(replies)
    server.close()


async def _post(asked: Post) -> int:
    lines = Lines(HOST, asked.port, asked.lines)
    statuses = await asyncio.gather(*(lines.post(one, patience=120.0) for one in asked.requests))
    lines.close()
    return sum(status != 200 for status in statuses)


class _Kept:
    """What was accepted."""

    def __init__(self) -> None:
        self.replies: list[Taken] = []
        self._count = 0

    def take(self, path: str, body: bytes) -> bytes:
        self._count += 1
        fields = orjson.loads(body)
        wamid = f"wamid.HBgOMDAwMTEyOTk4ODc3{self._count:012d}"
        content = fields.get(fields.get("type", ""), {}).get("body", "")
        words = str(content["text"] if isinstance(content, dict) else content)
        number = int(path.split("/")[NUMBER]) % 100_000
        self.replies.append(Taken(wamid, number, fields.get("to", ""), words, len(body)))
        return orjson.dumps({"messaging_product": "whatsapp", "messages": [{"id": wamid}]})
