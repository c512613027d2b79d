"""Citizens who write, in a process of their own: at a given rate, or as fast as answers come.

Started with a set-up, a plan, the name of the file for what came of every line, the first and last known citizen and a
seed. A plan is a list of phases, played
one after another: ``{"name", "seconds", "rate"}`` with lines a second, or ``{"name", "seconds", "lines"}`` with so many
lines waiting for their answer at any moment. Prints a JSON line when a phase begins and when all is over.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.citizens import Citizens, Spoken
from benchmarks.setting import CITIES, HOST, Setting, account_name, from_arguments
from benchmarks.webhook import body_of, signed, text_message
from benchmarks.wire import DEAD, Lines
from knowledge_base.city import load_cities

LINGERS = 1.0  # seconds after the last mark: whoever measures us asks what CPU time we have used


class Load:
    """Posts lines and notes what came of them."""

    def __init__(self, setting: Setting, citizens: Citizens, seed: int) -> None:
        self._setting = setting
        self._citizens = citizens
        self._seed, self._dice = seed, random.Random(seed)
        self._lines = Lines(HOST, setting.port)
        self._sent = 0
        self.notes: list[tuple[Any, ...]] = []

    async def play(self, phase: dict[str, Any]) -> None:
        """One phase; returns when its last line is answered."""
        ends = time.monotonic() + phase["seconds"]
        if "rate" in phase:
            await self._open(phase["name"], phase["rate"], ends)
        else:
            async with asyncio.TaskGroup() as lines:
                for _ in range(phase["lines"]):
                    lines.create_task(self._closed(phase["name"], ends))

    async def _open(self, phase: str, rate: float, ends: float) -> None:
        """Lines at random moments. Each is timed from when it should have left, so that no queue of ours hides."""
        due = time.monotonic()
        async with asyncio.TaskGroup() as lines:
            while due < ends:
                if (ahead := due - time.monotonic()) > 0:
                    await asyncio.sleep(ahead)
                lines.create_task(self._post(phase, due))
                due += self._dice.expovariate(rate)

    async def _closed(self, phase: str, ends: float) -> None:
        while (now := time.monotonic()) < ends:
            await self._post(phase, now)

    async def _post(self, phase: str, due: float) -> None:
        one = self._citizens.speak(time.monotonic())
        self._sent += 1
        wamid = f"wamid.HBgI{self._seed:05d}{self._sent:09d}"
        body = body_of(one.account, [text_message(wamid, one.chat, one.text)])
        raw = signed(account_name(one.account), body, self._setting)
        status = await self._lines.post(raw)
        if status == DEAD:  # the kept connection was just being closed: a provider tries again too
            status = await self._lines.post(raw)
        self.notes.append((phase, due, time.monotonic(), status, wamid, *_said(one)))


def _said(one: Spoken) -> tuple[str, str, int]:
    return one.chat, one.kind, one.number


async def run(setting: Setting, plan: list[dict[str, Any]], known: range, seed: int) -> list[tuple[Any, ...]]:
    """The whole plan; what came of every line."""
    accounts = [setting.city(number) for number in range(setting.accounts)]
    load = Load(setting, Citizens(load_cities(CITIES), accounts, known, seed), seed)
    for phase in plan:
        print(json.dumps({"begins": phase["name"], "at": time.monotonic()}), flush=True)
        if not phase.get("pause"):
            await load.play(phase)
        else:
            await asyncio.sleep(phase["seconds"])
    print(json.dumps({"begins": None, "at": time.monotonic()}), flush=True)
    await asyncio.sleep(LINGERS)
    return load.notes


if __name__ == "__main__":
    first, last, own_seed = (int(word) for word in sys.argv[4:7])
    noted = uvloop.run(run(from_arguments(), json.loads(sys.argv[2]), range(first, last), own_seed))
    Path(sys.argv[3]).write_bytes(orjson.dumps(noted))
