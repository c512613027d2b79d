"""`python -m benchmarks.faults --kills 20`: kill -9 in the middle of work, again and again, and nothing may be lost.

The real server process on an empty SQLite folder, with a fake Graph API that survives it. Citizens write without pause
and, as a provider does, deliver again what was not acknowledged. Afterwards database and provider are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from rich.progress import track

from benchmarks.citizens import number_of
from benchmarks.crash_check import Findings, check
from benchmarks.prepare import prepare
from benchmarks.processes import Process, answers, running
from benchmarks.rig import Rig, fresh_folder
from benchmarks.setting import CITIES, HOST, Setting, account_name, free_port
from benchmarks.webhook import body_of, signed, text_message
from benchmarks.wire import Lines
from knowledge_base.city import load_cities

ACCOUNTS: Final = 4
WRITERS: Final = 24  # citizens who write at once
EMERGENCY: Final = 0.3  # their share
AGAIN: Final = 0.1  # seconds before a line that was not acknowledged is delivered once more
TWICE: Final = 0.05  # the share of acknowledged lines that the provider delivers again all the same
ALIVE: Final = (0.05, 1.5)  # seconds between the first acknowledgement after a start and the kill
QUESTIONS: Final = ("cara bikin ktp bagaimana", "112 ini gratis kah", "wkwkwk tes tes", "lampu jalan mati di gang kami")


@dataclass(slots=True)
class Town:
    """Those who write, and what was acknowledged."""

    setting: Setting
    dice: random.Random
    lines: Lines
    marks: list[str]
    sent: int = 0
    acknowledged: set[str] = field(default_factory=set)
    emergencies: set[str] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)  # set with every acknowledgement

    async def write(self) -> None:
        """One citizen after another, until it is over; every line is delivered until it is acknowledged."""
        while not self.over.is_set():
            self.sent += 1
            person, account = self.sent, self.sent % ACCOUNTS
            chat, wamid = number_of(person), f"wamid.HBgK{self.sent:09d}"
            crying = self.dice.random() < EMERGENCY
            place = f"dekat {self.dice.choice(self.marks)} nomor {person}"
            text = f"tolong ada kebakaran rumah di {place}" if crying else f"{self.dice.choice(QUESTIONS)} {place}"
            body = body_of(account, [text_message(wamid, chat, text)])
            raw = signed(account_name(account), body, self.setting)
            while await self.lines.post(raw) != 200:  # noqa: ASYNC110 - a provider waits and tries again
                await asyncio.sleep(AGAIN)
            self.acknowledged.add(wamid)
            if crying:
                self.emergencies.add(chat)
            self.heard.set()
            if self.dice.random() < TWICE:
                await self.lines.post(raw)


async def crash(kills: int, seed: int, folder: Path, *, quiet: bool = False) -> Findings:
    """Kill the server ``kills`` times in mid-load, let it finish once more, and compare."""
    setting = Setting(str(folder), free_port(), free_port(), ACCOUNTS)
    setting.data.mkdir()
    await prepare(setting, 0)
    marks = [mark.name for mark in load_cities(CITIES)["kendari"].landmarks]
    town = Town(setting, random.Random(seed), Lines(HOST, setting.port, WRITERS), marks)
    arguments = (setting.dump(), str(folder / "taken.jsonl"), "1")
    graph = await Process.start("graph", "benchmarks.graph_api", *arguments, environment=setting.environment())
    async with running(graph):
        await graph.ready()
        writers = [asyncio.create_task(town.write()) for _ in range(WRITERS)]
        try:
            moments = random.Random(seed + 1)
            crashes = [await _one_crash(town, moments) for _ in track(range(kills), "Killing", disable=quiet)]
            rig = await _finish(town, writers, graph)
        finally:
            for writer in writers:
                writer.cancel()
            town.lines.close()
    return check(rig.database, town.acknowledged, town.emergencies, rig.taken(), crashes)


async def _one_crash(town: Town, moments: random.Random) -> float:
    """Start the server and kill it at work; when that was."""
    server = await Process.start("server", "benchmarks.serve", environment=town.setting.environment())
    async with running(server):
        await _working(server, town)
        await asyncio.sleep(moments.uniform(*ALIVE))
        server.kill()
        await server.child.wait()
    return time.monotonic()


async def _finish(town: Town, writers: Sequence[asyncio.Task[None]], graph: Process) -> Rig:
    """Start the server once more, let everybody finish, and wait until all is said."""
    server = await Process.start("server", "benchmarks.serve", environment=town.setting.environment())
    async with running(server):
        await answers(f"{town.setting.base}/health", server)
        town.over.set()
        await asyncio.gather(*writers)
        rig = Rig(town.setting, server, graph, graph)
        await rig.drained()
    return rig


async def _working(server: Process, town: Town) -> None:
    """Wait for the first acknowledgement of a server that has just been started."""
    town.heard.clear()
    ended = asyncio.create_task(server.child.wait())
    heard = asyncio.create_task(town.heard.wait())
    await asyncio.wait([ended, heard], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    if not heard.done():
        raise RuntimeError(f"the server acknowledged nothing; it ended with {server.child.returncode}")
    ended.cancel()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = parser.parse_args()
    with fresh_folder("faults") as folder:
        found = asyncio.run(crash(options.kills, options.seed, folder))
    print(f"{options.kills} kills, seed {options.seed}")
    for name, value in asdict(found).items():
        print(f"  {name}: {value}")
    return 0 if found.fine else 1


if __name__ == "__main__":
    sys.exit(main())
