"""`python -m benchmarks.whole_path`: from a signed WhatsApp webhook to a durable reply that the provider accepted.

Each run begins with an empty database: a warm-up, then as fast as answers come (saturation), then half of that at
random moments. Medians of all runs are printed, and the bare web server's figures beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import ledger
from benchmarks.baseline import baseline
from benchmarks.figures import milliseconds
from benchmarks.report import show, show_profile
from benchmarks.rig import Line, Taken, Window, fresh_folder, whole_path

WARM: Final = 6.0  # seconds of load before the measuring begins: connections, caches, the first replies' 3 s wait
KNOWN: Final = 10_000  # citizens who have written on another day

Figures = dict[str, Any]


def figures(window: Window, lines: Sequence[Line], taken: Sequence[Taken], seen: dict[str, float]) -> Figures:
    """What one phase comes to."""
    own = [line for line in lines if line.phase == window.name]
    good = [line for line in own if line.status == 200]
    in_time = [line for line in good if window.begin <= line.answered <= window.end]
    replies = [one for one in taken if window.begin <= one.at <= window.end]
    first = {line.chat: line for line in good if line.kind == "emergency" and line.number == 1}
    answered: dict[str, float] = {}
    for one in taken:
        if one.chat in first and one.at >= first[one.chat].due:
            answered.setdefault(one.chat, one.at)
    on_screen = [seen[chat] - line.due for chat, line in first.items() if seen.get(chat, 0.0) > line.due]
    return {
        "seconds": round(window.seconds, 1),
        "acknowledged": len(in_time),
        "acknowledged_a_second": round(len(in_time) / window.seconds, 1),
        "replies_accepted_a_second": round(len(replies) / window.seconds, 1),
        "not_acknowledged": len(own) - len(good),
        "acknowledge_ms": milliseconds(line.answered - line.due for line in good),
        "emergency_reply_ms": milliseconds(at - first[chat].due for chat, at in answered.items()),
        "emergency_on_console_ms": milliseconds(on_screen),
        "emergencies": len(first),
        "emergencies_answered": len(answered),
        "event_loop_lag_ms": round(1000 * window.lag, 1),
        "unanswered_at_end": window.unanswered,
        "replies_waiting_at_end": window.waiting,
        "cpu_us_a_message": {
            f"{name}, {part}" if part != "all" else name: round(1e6 * seconds / max(1, len(in_time)))
            for name, parts in window.cpu.items()
            for part, seconds in parts.items()
            if part == "all" or name == "server"
        },
    }


async def one_run(options: argparse.Namespace, seed: int, folder: Path) -> Figures:
    """Saturation, then half of that rate, each on an empty database: no phase pays for another's backlog."""
    load = {"rate": options.rate} if options.rate else {"lines": options.lines}
    full, seen_full = await _phase(options, "saturation", load, 2 * seed, folder / "full")
    half_rate = full["acknowledged_a_second"] / 2
    half, seen_half = await _phase(options, "half load", {"rate": half_rate}, 2 * seed + 1, folder / "half")
    return {"saturation": full, "half load": half, "ledger": _added(seen_full, seen_half)}


async def _phase(
    options: argparse.Namespace, name: str, load: Figures, seed: int, folder: Path
) -> tuple[Figures, dict[str, int]]:
    """One measured phase after a warm-up under the same load, and its ledger."""
    folder.mkdir()  # noqa: ASYNC240
    samples = folder / "samples.jsonl" if options.profile else None
    async with whole_path(folder, accounts=options.accounts, known=KNOWN, batch=options.batch, samples=samples) as rig:
        plan = [{"name": "warm", "seconds": WARM, **load}, {"name": name, "seconds": options.seconds, **load}]
        windows, lines = await rig.play(plan, range(KNOWN), seed)
        await rig.answered()
        seen = await rig.seen()
        acknowledged = {line.wamid for line in lines if line.status == 200}
        found = figures(windows[-1], lines, rig.taken(), seen["cases"])
        found["memory_mb"] = round(rig.server.memory())
        found["console_frames"], found["consoles_cut_off"] = seen["frames"], seen["cut_off"]
        kept = ledger.read(rig.database, acknowledged)
        if samples:
            show_profile(f"{name}, seed {seed}", samples, windows[-1], found["acknowledged"])
    counts = {"acknowledged": len(acknowledged), "lost": kept.lost, "doubled": kept.doubled}
    return found, counts | {"unanswered": kept.unanswered, "cases": kept.cases}


def _added(*ledgers: dict[str, int]) -> dict[str, int]:
    return {name: sum(one[name] for one in ledgers) for name in ledgers[0]}


def merged(runs: Sequence[Any]) -> Any:
    """The same shape with the median of every figure."""
    if isinstance(runs[0], dict):
        return {key: merged([run[key] for run in runs if key in run]) for key in runs[0]}
    return median(runs)


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
    parser.add_argument("--accounts", type=int, default=20, help="WhatsApp numbers: each takes 80 messages a second")
    parser.add_argument("--batch", type=int, default=1, help="statuses in one post at most")
    parser.add_argument("--profile", action="store_true", help="say where a message's time goes (slows it down)")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
