"""Citizens who write, in a process of their own: at a given rate, or as fast as answers come.

Started with a set-up, a plan, the name of the file for what came of every line, the first and last known citizen, a
seed and the share of emergencies (0: the citizens' own mix). A plan is a list of phases, played one after another:
``{"name", "seconds", "rate"}`` with lines a second, or ``{"name", "seconds", "lines"}`` with so many lines waiting for
their answer at any moment. With ``"ahead"`` a phase's lines are written and signed before the plan begins, so that
what measures takes little from what is measured. Prints a JSON line when a phase begins and when all is over.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.citizens import Citizens, Spoken
from benchmarks.setting import CITIES, HOST, Setting, account_name, city_of, from_arguments
from benchmarks.webhook import body_of, signed, text_message
from benchmarks.wire import Doors
from knowledge_base.city import load_cities

LINGERS = 1.0  # seconds after the last mark: whoever measures us asks what CPU time we have used
LINES = 8_000  # kept connections to one web process at most

Letter = tuple[float, bytes, str, Spoken]  # seconds after the phase's begin, the request, its wamid, who says it


class Load:
    """Posts lines and notes what came of them."""

    def __init__(self, setting: Setting, citizens: Citizens, seed: int) -> None:
        self._citizens = citizens
        self._seed, self._dice = seed, random.Random(seed)
        self._doors = Doors(HOST, setting.ports, LINES)
        self._sent = 0
        self.notes: list[tuple[Any, ...]] = []

    def letters(self, phase: dict[str, Any], before: float = 0.0) -> Iterator[Letter]:
        """Lines at random moments of a phase that begins in ``before`` seconds."""
        begin, due = time.time() + before, 0.0
        while due < phase["seconds"]:
            yield self._letter(due, begin + due)
            due += self._dice.expovariate(phase["rate"])

    def _letter(self, due: float, at: float) -> Letter:
        one = self._citizens.speak(at)
        self._sent += 1
        wamid = f"wamid.HBgI{self._seed:05d}{self._sent:09d}"
        body = body_of(one.account, [text_message(wamid, one.chat, one.text, at)])
        return due, signed(account_name(one.account), body), wamid, one

    async def open(self, phase: dict[str, Any], letters: Iterable[Letter], lines: asyncio.TaskGroup) -> None:
        """Each line is timed from when it should have left, so that no queue of ours hides.

        The phase ends on time; its last answers may come in the next.
        """
        begin = time.monotonic()
        for letter in letters:
            if (ahead := begin + letter[0] - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            lines.create_task(self._post(phase["name"], begin + letter[0], letter))
        await asyncio.sleep(max(0.0, begin + phase["seconds"] - time.monotonic()))

    async def closed(self, phase: dict[str, Any]) -> None:
        """So many lines wait at any moment; returns when the last is answered."""
        ends = time.monotonic() + phase["seconds"]

        async def writes() -> None:
            while (now := time.monotonic()) < ends:
                await self._post(phase["name"], now, self._letter(0.0, time.time()))

        async with asyncio.TaskGroup() as lines:
            for _ in range(phase["lines"]):
                lines.create_task(writes())

    async def _post(self, phase: str, due: float, letter: Letter) -> None:
        _, raw, wamid, one = letter
        status = await self._doors.post(raw)
        self.notes.append((phase, due, time.monotonic(), status, wamid, one.chat, one.kind, one.number))


async def run(setting: Setting, plan: list[dict[str, Any]], citizens: Citizens, seed: int) -> list[tuple[Any, ...]]:
    """The whole plan; what came of every line."""
    load = Load(setting, citizens, seed)
    prepared: dict[int, list[Letter]] = {}
    before = 0.0
    for number, phase in enumerate(plan):
        if phase.get("ahead"):
            prepared[number] = list(load.letters(phase, before))
        before += phase["seconds"]
    gc.collect()
    gc.freeze()  # a hundred thousand letters: no collection walks through them
    async with asyncio.TaskGroup() as lines:
        for number, phase in enumerate(plan):
            print(json.dumps({"begins": phase["name"], "at": time.monotonic()}), flush=True)
            if "lines" in phase:
                await load.closed(phase)
            elif "rate" in phase:
                await load.open(phase, prepared.get(number) or load.letters(phase), lines)
            else:
                await asyncio.sleep(phase["seconds"])
        print(json.dumps({"begins": None, "at": time.monotonic()}), flush=True)
        await asyncio.sleep(LINGERS)
    return load.notes


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection refused by ourselves would count as theirs
    setting, (first, last, seed) = from_arguments(), (int(word) for word in sys.argv[4:7])
    accounts = [city_of(number) for number in range(setting.accounts)]
    citizens = Citizens(load_cities(CITIES), accounts, range(first, last), seed, float(sys.argv[7]))
    noted = uvloop.run(run(setting, json.loads(sys.argv[2]), citizens, seed))
    Path(sys.argv[3]).write_bytes(orjson.dumps(noted))


if __name__ == "__main__":
    main()
