"""A real `sigap web` and `sigap worker` beside what `benchmarks.costs` measures: their memory, their idle CPU."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import orjson

from benchmarks.processes import Process, answers, running
from benchmarks.setting import HOST, ROOT, free_port
from config.settings import Settings

IDLE: Final = 8.0  # seconds over which a process that has nothing to do is watched
COMMAND: Final = "config.command"
TALKING, TELLING = 8, 3.0  # processes that tell one another, seconds
NOTICE: Final = "x" * 1000  # a dozen changes


@dataclass(slots=True)
class Beside:
    """One process of the product."""

    process: Process
    settings: Settings
    port: int = 0

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return self.process.cpu()["all"]

    def memory(self) -> float:
        """Resident megabytes."""
        return self.process.memory()

    async def idle(self) -> float:
        """Share of a core that it takes while nothing happens."""
        begun, before = time.monotonic(), self.cpu()
        await asyncio.sleep(IDLE)
        return (self.cpu() - before) / (time.monotonic() - begun)

    def watch(self) -> Callable[[float], float]:
        """From its idle share to the seconds of CPU that it took since now, beyond idling."""
        begun, before = time.monotonic(), self.cpu()
        return lambda idle: max(0.0, self.cpu() - before - idle * (time.monotonic() - begun))


@asynccontextmanager
async def web_beside(settings: Settings) -> AsyncIterator[Beside]:
    """`sigap web` on the same database, with a port of its own."""
    port = free_port()
    process = await Process.start("web", COMMAND, "web", environment=_environment(settings, port))
    async with running(process):
        await answers(f"http://{HOST}:{port}/health", process)
        yield Beside(process, settings, port)


@asynccontextmanager
async def worker_beside(settings: Settings) -> AsyncIterator[Beside]:
    """`sigap worker` on the same database."""
    process = await Process.start("worker", COMMAND, "worker", environment=_environment(settings, 0))
    async with running(process):
        await asyncio.sleep(IDLE)  # it starts, and sends what is due
        yield Beside(process, settings)


async def notices(url: str, server_cpu: Callable[[], float]) -> float:
    """Microseconds of the server's CPU for passing one notice on to one process."""
    connections = [await asyncpg.connect(url) for _ in range(TALKING)]
    heard: list[str] = []
    for one in connections:
        await one.add_listener("costs", lambda *said: heard.append(said[2]))
    before, ends = server_cpu(), time.monotonic() + TELLING
    try:
        await asyncio.gather(*(_tell(one, ends) for one in connections))
        await asyncio.sleep(1.0)  # the last ones arrive
        return 1e6 * (server_cpu() - before) / len(heard)
    finally:
        for one in connections:
            await one.close()


async def _tell(connection: Any, ends: float) -> None:
    while time.monotonic() < ends:
        await connection.execute("SELECT pg_notify('costs', $1)", NOTICE)


def _environment(settings: Settings, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}
    accounts = [one.model_dump() for one in settings.accounts]
    return kept | {
        "PYTHONPATH": str(ROOT),
        "SIGAP_DATA": str(settings.data.resolve()),
        "SIGAP_DATABASE_URL": settings.database_url,
        "SIGAP_CITIES": ",".join(settings.cities),
        "SIGAP_HOST": HOST,
        "SIGAP_PORT": str(port or free_port()),
        "SIGAP_ACCOUNTS": orjson.dumps(accounts).decode(),
        "SIGAP_LOG_LEVEL": "ERROR",
    }
