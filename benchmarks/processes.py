"""The processes of a measurement: started, asked for their CPU time, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

T = TypeVar("T")

TICK = 1 / os.sysconf("SC_CLK_TCK")
STARTING = 60.0  # seconds within which a process must be ready


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a whole measurement. Told to end, it ends what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return asyncio.run(work)


def used_by(process: int, *, ended: bool = False) -> float:
    """Seconds of CPU of a process so far, and of its ``ended`` children; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11 : 15 if ended else 13]) * TICK


class Process:
    """One child, named by its kind and perhaps a number. Its standard output is ours to read."""

    def __init__(self, name: str, child: asyncio.subprocess.Process) -> None:
        self.name = name
        self.child = child

    @classmethod
    async def start(cls, name: str, module: str, *arguments: str, environment: Mapping[str, str]) -> Self:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, env=environment
        )
        return cls(name, child)

    @property
    def kind(self) -> str:
        """What it is for: "run", "web", "worker", "graph", "consoles" or "load"."""
        return self.name.split()[0]

    async def line(self) -> str:
        """Its next line; "" when it has ended."""
        assert self.child.stdout is not None
        return (await self.child.stdout.readline()).decode().strip()

    async def ready(self) -> None:
        """Wait until it says so."""
        async with asyncio.timeout(STARTING):
            while (said := await self.line()) != "ready":
                if said == "":
                    raise RuntimeError(f"{self.name} ended before it was ready")

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far: of the process, of its first thread, and of the busiest of the others."""
        seconds = {}
        for task in Path(f"/proc/{self.child.pid}/task").iterdir():
            try:
                fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # a thread that has just ended
            seconds[int(task.name)] = (int(fields[11]) + int(fields[12])) * TICK
        first = seconds.pop(self.child.pid, 0.0)
        others = sorted(seconds.values(), reverse=True) or [0.0]
        return {"all": first + sum(others), "first": first, "second": others[0]}

    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.child.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def hears(self, number: signal.Signals) -> bool:
        """Whether it does something of its own when it gets this signal."""
        lines = Path(f"/proc/{self.child.pid}/status").read_text().splitlines()
        caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def kill(self) -> None:
        """As a power cut would end it."""
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGKILL)

    async def end(self) -> dict[str, Any]:
        """Ask it to end, and wait; the JSON object in its last line, if there is one."""
        if self.child.returncode is None:
            self.child.terminate()
        last = ""
        while said := await self.line():
            last = said
        await self.child.wait()
        kept: dict[str, Any] = json.loads(last) if last.startswith("{") else {}
        return kept


@asynccontextmanager
async def running(process: Process) -> AsyncIterator[Process]:
    """A process that is ended whatever happens."""
    try:
        yield process
    finally:
        if process.child.returncode is None:
            try:
                async with asyncio.timeout(15):
                    await process.end()
            except TimeoutError:
                process.kill()
                await process.child.wait()


async def works(process: Process) -> None:
    """Wait until a worker works. It has no page to ask; it hears SIGTERM from then on, and not before."""
    async with asyncio.timeout(STARTING):
        while process.child.returncode is None:
            if process.hears(signal.SIGTERM):
                return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"{process.name} ended with {process.child.returncode} before it worked")


async def answers(url: str, process: Process) -> None:
    """Wait until ``url`` answers 200; RuntimeError when the process has ended instead."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(STARTING):
        while True:
            if process.child.returncode is not None:
                raise RuntimeError(f"{process.name} ended with {process.child.returncode} before it answered")
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
