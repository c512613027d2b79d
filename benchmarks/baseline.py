"""The bare web server under the same load: what the machine can do with no product on it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import orjson

from benchmarks.processes import Process, running
from benchmarks.setting import HOST, Setting, Shape

HOWS = ("bare", "each", "group")
SECONDS = 5.0


async def baseline(folder: Path, lines: int) -> dict[str, float]:
    """Bare POSTs a second, POSTs with a commit each, and with many in one commit (WAL, synchronous=FULL)."""
    return {how: await _measure(folder, how, lines) for how in HOWS}


async def _measure(folder: Path, how: str, lines: int) -> float:
    setting = Setting.of(folder, 2, Shape())
    environment = setting.environment()
    notes = folder / f"{how}.json"
    plan = [{"name": "warm", "seconds": 1.0, "lines": lines}, {"name": how, "seconds": SECONDS, "lines": lines}]
    server = await Process.start(how, "benchmarks.bare", setting.dump(), how, environment=environment)
    async with running(server):
        await _listening(setting)
        arguments = (setting.dump(), json.dumps(plan), str(notes), "0", "0", "1", "0")
        load = await Process.start("load", "benchmarks.load", *arguments, environment=environment)
        async with running(load):
            begins: list[float] = [json.loads(await load.line())["at"] for _ in range(3)]
            await load.child.wait()
    answered: list[float] = [one[2] for one in orjson.loads(notes.read_bytes()) if one[0] == how and one[3] == 200]
    return round(sum(1 for at in answered if at <= begins[2]) / (begins[2] - begins[1]))


async def _listening(setting: Setting) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, setting.ports[0])
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
