"""`python -m benchmarks.soak --minutes 20`: a steady load, and whether memory stays where it is.

An operator closes each case after a minute or so.

The load is a third of what the same set-up bears at saturation, measured first, unless ``--rate`` names it. Every
process's memory is taken every ten seconds; the slope of the second half, by least squares, is what counts: in the
first half caches fill.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import linear_regression
from typing import Final

import aiohttp
import orjson

from benchmarks.phase import Figures
from benchmarks.processes import run
from benchmarks.report import show
from benchmarks.rig import ACCOUNTS, Rig, fresh_folder, watched, whole_path
from benchmarks.setting import Shape, add_shape
from benchmarks.whole_path import KNOWN, phase

EVERY: Final = 10.0  # seconds between two looks
SHARE: Final = 1 / 3  # of saturation
OPEN_FOR: Final = timedelta(minutes=1)  # until a case is closed
REASON: Final = "ditangani"
SATURATION: Final = 10.0  # seconds in which that is measured
LINES: Final = 96


async def soaked(options: argparse.Namespace, rate: float, folder: Path) -> Figures:
    """The load, and what memory did meanwhile."""
    async with whole_path(folder, Shape.of(options), known=KNOWN) as rig:
        plan = [{"name": "steady", "seconds": 60 * options.minutes, "rate": rate}]
        async with (
            watched(lambda: memory(rig), EVERY) as looks,
            rig.operator(0) as http,
            watched(lambda: close_cases(rig, http), EVERY) as closed,
        ):
            windows, lines = await rig.play(plan, range(KNOWN), 1)
        await rig.drained()
        found = await rig.figures(windows[0], lines)
        return {
            "rate": round(rate, 1),
            "memory": {name: trend([(at, one[name]) for at, one in looks]) for name in looks[0][1]},
            "cases_closed": sum(many for _, many in closed),
            "acknowledge_ms": found["acknowledge_ms"],
            "emergency_on_console_ms": found["emergency_on_console_ms"],
            "cpu_us_a_message": found["cpu_us_a_message"],
            "not_acknowledged": found["not_acknowledged"],
            "consoles": await rig.end_consoles(),
            "ledger": await rig.ledger(lines),
        }


async def close_cases(rig: Rig, http: aiohttp.ClientSession) -> int:
    """Close what has been open for long enough; how many. A citizen who wrote meanwhile is left for the next time."""
    base = rig.setting.bases[0]
    async with http.get(f"{base}/api/queue") as queue:
        queue.raise_for_status()
        seen = orjson.loads(await queue.read())
    now, done = datetime.fromisoformat(seen["at"]), 0
    for case in seen["incidents"]:
        if case["status"] == "closed" or now - datetime.fromisoformat(case["opened_at"]) < OPEN_FOR:
            continue
        body = {"version": case["version"], "reason": REASON, "note": ""}
        async with http.post(f"{base}/api/incidents/{case['city']}/{case['id']}/close", json=body) as answer:
            done += answer.status == 200
    return done


async def memory(rig: Rig) -> dict[str, float]:
    """Megabytes of each of the product's processes; PostgreSQL's together."""
    used = {one.name: one.memory() for one in rig.servers}
    return used | ({"postgres": rig.postgres.memory()} if rig.postgres else {})


def trend(looks: Sequence[tuple[float, float]]) -> dict[str, float]:
    """From (moment, megabytes): the first, that at half time, the last, and MB an hour over the second half."""
    later = looks[len(looks) // 2 :]
    slope = linear_regression([at for at, _ in later], [used for _, used in later]).slope if len(later) > 1 else 0.0
    return {
        "first_mb": round(looks[0][1], 1),
        "half_time_mb": round(later[0][1], 1),
        "last_mb": round(looks[-1][1], 1),
        "mb_an_hour": round(3600 * slope, 1),
    }


async def main(options: argparse.Namespace) -> None:
    """Saturation if need be, then the soak."""
    rate, shape = options.rate, Shape.of(options)
    with fresh_folder("soak") as folder:
        if not rate:
            short = argparse.Namespace(seconds=SATURATION, accounts=ACCOUNTS, batch=1, profile=False)
            full = await phase(short, shape, "saturation", {"lines": LINES * shape.web}, 2, folder / "full")
            rate = SHARE * full["acknowledged_a_second"]
            print(f"saturation {full['acknowledged_a_second']:.0f}/s; soaking at {rate:.0f}/s", flush=True)
        (folder / "steady").mkdir()
        found = await soaked(options, rate, folder / "steady")
    show(f"{options.minutes:g} minutes; {shape}", found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument("--rate", type=float, default=0.0, help="lines a second, in place of a third of saturation")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    add_shape(parser, "sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    run(main(arguments()))
