"""`python -m benchmarks.whole_path`: from a signed WhatsApp webhook to a durable reply that the provider accepted.

Each run begins with an empty database: a warm-up, then as fast as answers come (saturation), then half of that at
random moments. Medians of all runs are printed, and the bare web server's figures beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Final

from benchmarks.baseline import baseline
from benchmarks.phase import Figures, added, merged
from benchmarks.processes import run
from benchmarks.report import show, show_profile
from benchmarks.rig import ACCOUNTS, fresh_folder, whole_path
from benchmarks.setting import Shape, add_shape

WARM: Final = 6.0  # seconds of load before the measuring begins: connections, caches, the first replies' 3 s wait
KNOWN: Final = 10_000  # citizens who have written on another day


async def one_run(options: argparse.Namespace, seed: int, folder: Path) -> Figures:
    """Saturation, then half of that rate, each on an empty database: no phase pays for another's backlog."""
    load = {"rate": options.rate} if options.rate else {"lines": options.lines}
    full = await phase(options, Shape.of(options), "saturation", load, 2 * seed, folder / "full")
    half_rate = {"rate": full["acknowledged_a_second"] / 2}
    half = await phase(options, Shape.of(options), "half load", half_rate, 2 * seed + 1, folder / "half")
    return {"saturation": full, "half load": half, "ledger": added([full.pop("ledger"), half.pop("ledger")])}


async def phase(
    options: argparse.Namespace, shape: Shape, name: str, load: Figures, seed: int, folder: Path
) -> Figures:
    """One measured phase after a warm-up under the same load, and its ledger."""
    folder.mkdir()  # noqa: ASYNC240
    samples = folder / "samples.jsonl" if options.profile else None
    async with whole_path(
        folder, shape, accounts=options.accounts, known=KNOWN, batch=options.batch, samples=samples
    ) as rig:
        plan = [{"name": "warm", "seconds": WARM, **load}, {"name": name, "seconds": options.seconds, **load}]
        windows, lines = await rig.play(plan, range(KNOWN), seed)
        await rig.answered()
        memory = {one.name: round(one.memory()) for one in rig.servers}
        found = await rig.figures(windows[-1], lines)
        found["memory_mb"] = memory
        found["consoles"] = await rig.end_consoles()
        found["ledger"] = await rig.ledger(lines)
        if samples:
            show_profile(f"{name}, seed {seed}", samples, windows[-1], found["acknowledged"])
    return found


async def main(options: argparse.Namespace) -> None:
    """All runs, and what they come to."""
    begun = time.monotonic()
    runs = []
    for number in range(options.runs):
        with fresh_folder("whole_path") as folder:
            runs.append(await one_run(options, number + 1, folder))
        show(f"run {number + 1}", runs[-1])
    with fresh_folder("bare") as folder:
        bare = await baseline(folder, options.lines)
    result = {"median": merged(runs), "baseline": bare, "took_s": round(time.monotonic() - begun)}
    show(f"median of {len(runs)} runs", result)
    if options.json:
        options.json.write_text(json.dumps({"runs": runs, **result}, indent=1), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_path", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="whole runs, each on an empty database")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each measured phase")
    parser.add_argument("--lines", type=int, default=96, help="lines that wait for their answer at saturation")
    parser.add_argument("--rate", type=float, default=0.0, help="lines a second in place of saturation")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="WhatsApp numbers: each takes 80 messages/s")
    parser.add_argument("--batch", type=int, default=1, help="statuses in one post at most")
    parser.add_argument("--profile", action="store_true", help="say where a message's time goes (slows it down)")
    add_shape(parser, "sqlite")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    return parser.parse_args()


if __name__ == "__main__":
    run(main(arguments()))
