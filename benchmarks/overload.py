"""`python -m benchmarks.overload`: a city's peak, ten times that, then quiet; emergencies must come through all of it.

The load is open: lines come when they are due, whether earlier ones were answered or not, and are timed from then.
`--ramp` raises the rate step by step instead and names the breaking point.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.phase import Figures, Line
from benchmarks.processes import run
from benchmarks.report import show
from benchmarks.rig import Rig, fresh_folder, watched, whole_path
from benchmarks.setting import Shape, add_shape
from benchmarks.whole_path import KNOWN, WARM

AIM: Final = 0.5  # seconds from an emergency's webhook to a console, of 99 in 100
QUIET: Final = 0.1  # of the peak, afterwards
PATIENCE: Final = 600.0  # seconds for what was put off to be answered
SHEDDING: Final = re.compile(r'^sigap_shedding\{[^}]*what="([^"]+)"[^}]*\} (\S+)$', re.MULTILINE)
SHOWN: Final = (
    "offered_a_second",
    "acknowledged_a_second",
    "acknowledge_ms",
    "other_statuses",
    "emergencies",
    "emergencies_asked_back",
    "emergencies_on_console",
    "emergency_acknowledge_ms",
    "emergency_on_console_ms",
    "emergency_reply_ms",
    "unanswered_at_end",
    "replies_waiting_at_end",
    "cpu_us_a_message",
)


async def storm(rig: Rig, options: argparse.Namespace, emergencies: float) -> Figures:
    """Peak, overload and quiet, and what came of them."""
    peak, high = options.peak, options.peak * options.times
    rates = {"warm": (WARM, peak), "peak": (options.peak_seconds, peak), "overload": (options.seconds, high)}
    rates["quiet"] = (options.quiet_seconds, peak * QUIET)
    plan = [{"name": name, "seconds": seconds, "rate": rate, "ahead": True} for name, (seconds, rate) in rates.items()]
    async with watched(lambda: shed_now(rig), 1.0) as looks:
        windows, lines = await rig.play(plan, range(KNOWN), 1, emergencies)
        ends = windows[2].end
        await rig.answered(PATIENCE)
        answered = time.monotonic() - ends
        await rig.drained(PATIENCE)
        drained = time.monotonic() - ends
    return {
        **{one.name: _shown(await rig.figures(one, lines)) for one in windows[1:]},
        "seconds_until_all_answered": round(answered, 1),
        "seconds_until_all_sent_and_reported": round(drained, 1),
        "shed": shed(looks, windows[2].begin) or "nothing said",
        "ledger": await rig.ledger(lines),
        "consoles": await rig.end_consoles(),
    }


def _shown(found: Figures) -> Figures:
    return {name: found[name] for name in SHOWN}


async def shed_now(rig: Rig) -> set[str]:
    """What any web process says that it sheds."""
    return {what for page in await rig.metrics() for what, on in SHEDDING.findall(page) if float(on) > 0}


def shed(looks: Sequence[tuple[float, set[str]]], begin: float) -> dict[str, str]:
    """From when to when each kind of work was shed, in seconds since the overload began."""
    found: dict[str, str] = {}
    for what in sorted({what for _, some in looks for what in some}):
        moments = [at - begin for at, some in looks if what in some]
        found[what] = f"{moments[0]:.0f} to {moments[-1]:.0f} s"
    return found


async def ramp(rig: Rig, options: argparse.Namespace, emergencies: float) -> Figures:
    """Step by step, each after the one before is dealt with, until both limits are passed."""
    await rig.play([{"name": "warm", "seconds": WARM, "rate": options.step}], range(KNOWN), 1, emergencies)
    every: list[Line] = []
    found: Figures = {"emergencies_too_late_at": None, "not_acknowledged_at": None}
    for number in range(1, options.steps + 1):
        rate = options.step * number
        plan = [{"name": f"{rate:g}/s", "seconds": options.seconds, "rate": rate, "ahead": True}]
        windows, lines = await rig.play(plan, range(0), number + 1, emergencies)
        await rig.answered(PATIENCE)
        every += lines
        one = await rig.figures(windows[0], lines)
        show(f"{rate:g}/s", _shown(one))
        late = one["emergency_on_console_ms"]["p99"] > 1000 * AIM or one["emergencies_on_console"] < one["emergencies"]
        if late and found["emergencies_too_late_at"] is None:
            found["emergencies_too_late_at"] = rate
        if one["not_acknowledged"]:
            found["not_acknowledged_at"] = rate
            break
    return found | {"ledger": await rig.ledger(every)}


async def main(options: argparse.Namespace) -> None:
    """Everything anew for each share of emergencies."""
    shape, found = Shape.of(options), {}
    for emergencies in options.emergencies:
        with fresh_folder("overload") as folder:
            async with whole_path(folder, shape, known=KNOWN) as rig:
                one = await (ramp if options.ramp else storm)(rig, options, emergencies)
        title = f"{shape}; {emergencies:.0%} emergencies"
        show(title, one)
        found[title] = one
    if options.json:
        _write(options.json, found)


def _write(path: Path, found: dict[str, Any]) -> None:
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--peak", type=float, default=300.0, help="messages a second of a city's peak")
    parser.add_argument("--times", type=float, default=10.0, help="the overload is so many times the peak")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the overload, or of a step of the ramp")
    parser.add_argument("--peak-seconds", type=float, default=15.0, help="length of the peak before it")
    parser.add_argument("--quiet-seconds", type=float, default=20.0, help="length of the quiet load after it")
    parser.add_argument(
        "--emergencies", type=float, nargs="+", default=[0.2, 0.03], help="their share; in a quake most people ask"
    )
    parser.add_argument("--ramp", action="store_true", help="find the breaking point instead")
    parser.add_argument("--step", type=float, default=100.0, help="messages a second between two steps of the ramp")
    parser.add_argument("--steps", type=int, default=30, help="steps of the ramp at most")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    add_shape(parser, "postgres")
    return parser.parse_args()


if __name__ == "__main__":
    run(main(arguments()))
