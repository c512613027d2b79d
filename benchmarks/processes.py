"""The processes of a measurement: started, asked for their CPU time, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

TICK = 1 / os.sysconf("SC_CLK_TCK")
STARTING = 60.0  # seconds within which a process must be ready


class Process:
    """One child. Its standard output is ours to read, its errors go where ours go."""

    def __init__(self, name: str, child: asyncio.subprocess.Process) -> None:
        self.name = name
        self.child = child

    @classmethod
    async def start(cls, name: str, module: str, *arguments: str, environment: Mapping[str, str]) -> Self:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, env=environment
        )
        return cls(name, child)

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

    def kill(self) -> None:
        """As a power cut would end it."""
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
