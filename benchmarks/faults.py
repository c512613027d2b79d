"""`python -m benchmarks.faults --kills 20`: kill -9 in the middle of work, again and again, and nothing may be lost.

The product's real processes on an empty database, with a fake Graph API that survives them. On SQLite `sigap run` is
killed, on PostgreSQL a random one of several processes while the others work on. Citizens write without pause and, as
a provider does, deliver again what was not acknowledged. Afterwards database and provider are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from rich.progress import track

from benchmarks.citizens import number_of
from benchmarks.crash_check import Findings, check
from benchmarks.postgres import own_postgres
from benchmarks.prepare import prepare
from benchmarks.processes import Process, run, running
from benchmarks.rig import Rig, fresh_folder, names_of, serve
from benchmarks.setting import CITIES, HOST, Setting, Shape, account_name, add_shape
from benchmarks.webhook import body_of, signed, text_message
from benchmarks.wire import Doors
from config.database import Database
from knowledge_base.city import load_cities

ACCOUNTS: Final = 4
WRITERS: Final = 24  # citizens who write at once
EMERGENCY: Final = 0.3  # their share
AGAIN: Final = 0.1  # seconds before a line that was not acknowledged is delivered once more
TWICE: Final = 0.05  # the share of acknowledged lines that the provider delivers again all the same
ALIVE: Final = (0.05, 1.5)  # seconds between the first acknowledgement after a start and the kill
FINISHING: Final = 150.0  # seconds to the last reply: a dead process's claims have to run out first
QUESTIONS: Final = ("cara bikin ktp bagaimana", "112 ini gratis kah", "wkwkwk tes tes", "lampu jalan mati di gang kami")


@dataclass(slots=True)
class Town:
    """Those who write, and what was acknowledged."""

    doors: Doors
    dice: random.Random
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
            raw = signed(account_name(account), body)
            while await self.doors.post(raw) != 200:  # noqa: ASYNC110 - a provider waits and tries again
                await asyncio.sleep(AGAIN)
            self.acknowledged.add(wamid)
            if crying:
                self.emergencies.add(chat)
            self.heard.set()
            if self.dice.random() < TWICE:
                await self.doors.post(raw)


async def crash(
    kills: int,
    seed: int,
    folder: Path,
    shape: Shape = Shape(),  # noqa: B008 - frozen
    *,
    postgres_url: str = "",
    finishing: float = FINISHING,
    quiet: bool = False,
) -> Findings:
    """Kill one of the processes ``kills`` times in mid-load, let them finish, and compare."""
    setting = Setting.of(folder, ACCOUNTS, shape, postgres_url)
    setting.data.mkdir()
    await prepare(setting, 0)
    marks = [mark.name for mark in load_cities(CITIES)["kendari"].landmarks]
    town = Town(Doors(HOST, setting.ports, WRITERS), random.Random(seed), marks)
    arguments = (setting.dump(), str(folder / "taken.jsonl"), "1")
    async with AsyncExitStack() as stack:
        database = Database(setting.database_url)
        stack.push_async_callback(database.close)
        graph = await Process.start("graph", "benchmarks.graph_api", *arguments, environment=setting.environment())
        await stack.enter_async_context(running(graph))
        await graph.ready()
        herd = Herd(setting, stack)
        await herd.begin()
        moments = random.Random(seed + 1)
        stack.callback(town.doors.close)
        writers = [asyncio.create_task(town.write()) for _ in range(WRITERS)]
        try:
            crashes = [await herd.one_crash(town, moments) for _ in track(range(kills), "Killing", disable=quiet)]
            town.over.set()
            await asyncio.gather(*writers)
        finally:
            for writer in writers:
                writer.cancel()
        rig = Rig(setting, database, list(herd.alive.values()), [graph], None)
        await rig.answered(FINISHING)
        await rig.drained(finishing)
        taken = rig.taken()
        return await database.read(lambda kept: check(kept, town.acknowledged, town.emergencies, taken, crashes))


class Herd:
    """The product's processes, by name."""

    def __init__(self, setting: Setting, stack: AsyncExitStack) -> None:
        self._setting, self._stack = setting, stack
        self.alive: dict[str, Process] = {}

    async def begin(self) -> None:
        """Start them all, at once."""
        await asyncio.gather(*(self._start(name) for name in names_of(self._setting)))

    async def _start(self, name: str) -> None:
        self.alive[name] = await self._stack.enter_async_context(running(await serve(self._setting, name)))

    async def one_crash(self, town: Town, moments: random.Random) -> float:
        """Kill one of them at work and start it again; when that was."""
        await _working(town)
        await asyncio.sleep(moments.uniform(*ALIVE))
        name = moments.choice(sorted(self.alive))
        self.alive[name].kill()
        await self.alive[name].child.wait()
        moment = time.monotonic()
        await self._start(name)
        return moment


async def _working(town: Town) -> None:
    """Wait for the next acknowledgement."""
    town.heard.clear()
    try:
        async with asyncio.timeout(60):
            await town.heard.wait()
    except TimeoutError:
        raise RuntimeError("nothing was acknowledged for a minute") from None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    add_shape(parser, "sqlite", web=2, workers=2)
    options = parser.parse_args()
    shape = Shape.of(options)
    with ExitStack() as stack:
        folder = stack.enter_context(fresh_folder("faults"))
        own = stack.enter_context(own_postgres(folder / "postgres")) if shape.database == "postgres" else None
        url = own.url if own else ""
        found = run(crash(options.kills, options.seed, folder, shape, postgres_url=url))
    print(f"{options.kills} kills, seed {options.seed}; {shape}")
    for name, value in asdict(found).items():
        print(f"  {name}: {value}")
    return 0 if found.fine else 1


if __name__ == "__main__":
    sys.exit(main())
