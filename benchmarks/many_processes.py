"""`python -m benchmarks.many_processes`: 1, 2 and 4 web processes on PostgreSQL at saturation, and SQLite beside them.

Every run plays all of them, each on an empty database; medians are printed. Where the machine has fewer cores than
there are processes (load generator and fake provider need theirs too), messages a second say how well processes share
a core, not how they scale: CPU a message is the firm figure.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.phase import Figures, added, merged
from benchmarks.processes import run
from benchmarks.report import show
from benchmarks.rig import ACCOUNTS, fresh_folder
from benchmarks.setting import Shape
from benchmarks.whole_path import phase

SHAPES: Final = (Shape(), Shape("postgres", 1, 1), Shape("postgres", 2, 1), Shape("postgres", 4, 2))
OURS: Final = ("run", "web", "worker", "postgres")  # what a message costs the product; the rest is the measuring


async def one_run(options: argparse.Namespace, number: int) -> Figures:
    """All set-ups, one after another."""
    found: Figures = {}
    with fresh_folder("many_processes") as folder:
        for place, shape in enumerate(SHAPES):
            load = {"lines": options.lines * shape.web}
            seed = number * len(SHAPES) + place
            found[str(shape)] = await phase(options, shape, "saturation", load, seed, folder / str(place))
    return found


def table_of(found: Figures, ratios: Figures) -> Table:
    """One row a set-up."""
    heads = ("set-up", "messages/s", "to the first", "acknowledged p50/p99 ms", "emergency on console p50/p99 ms")
    table = Table(*heads, "CPU us a message", "lost", "doubled")
    for shape, one in found.items():
        cpu, times = one["cpu_us_a_message"], (one["acknowledge_ms"], one["emergency_on_console_ms"])
        parts = {kind: cpu[kind] for kind in OURS if kind in cpu}
        words = " + ".join(f"{kind} {round(part)}" for kind, part in parts.items())
        table.add_row(
            shape,
            f"{one['acknowledged_a_second']:.0f}",
            f"{ratios[shape]:.2f}",
            *(f"{time['p50']:.0f} / {time['p99']:.0f}" for time in times),
            f"{words} = {round(sum(parts.values()))}" if len(parts) > 1 else words,
            str(one["ledger"]["lost"]),
            str(one["ledger"]["doubled"]),
        )
    return table


async def main(options: argparse.Namespace) -> None:
    """All runs, and what they come to."""
    runs = []
    for number in range(options.runs):
        runs.append(await one_run(options, number + 1))
        if options.runs > 1:
            show(f"run {number + 1}", runs[-1])
    first = str(SHAPES[1])
    speeds = [{shape: one["acknowledged_a_second"] for shape, one in found.items()} for found in runs]
    ratios = merged([{shape: speed / one[first] for shape, speed in one.items()} for one in speeds])
    medians = merged(runs)
    for shape, one in medians.items():  # what is lost in any run is lost
        one["ledger"] = added([found[shape]["ledger"] for found in runs])
    print(f"\nmedians of {len(runs)} runs on {os.cpu_count()} cores, load generator and provider on them too")
    Console(width=160).print(table_of(medians, ratios))
    if options.json:
        options.json.write_text(json.dumps({"runs": runs, "median": medians, "ratios": ratios}, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_processes", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="whole runs; ratios are taken within each")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each measured phase")
    parser.add_argument("--lines", type=int, default=96, help="lines that wait for their answer, for each web process")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    parser.set_defaults(accounts=ACCOUNTS, batch=1, profile=False)
    return parser.parse_args()


if __name__ == "__main__":
    run(main(arguments()))
