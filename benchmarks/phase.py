"""One phase of a load: what came of every line, what the processes used meanwhile, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.figures import milliseconds

Figures = dict[str, Any]


@dataclass(slots=True)
class Line:
    """What came of one line of a citizen. Moments are seconds of the monotonic clock, the same in all processes."""

    phase: str
    due: float
    answered: float
    status: int
    wamid: str
    chat: str
    kind: str
    number: int


@dataclass(slots=True)
class Taken:
    """One reply that the Graph API accepted. ``key`` is our message's id."""

    at: float
    chat: str
    key: str
    wamid: str
    words: str


@dataclass(slots=True)
class Window:
    """One phase. ``cpu`` is seconds by kind of process and thread within it."""

    name: str
    begin: float
    end: float = 0.0
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    lag: float = 0.0  # seconds: the worst of its last ten, of any web process
    unanswered: int = 0  # messages kept and not yet answered when it ended
    waiting: int = 0  # replies queued when it ended, those that wait on purpose included

    @property
    def seconds(self) -> float:
        return self.end - self.begin


def figures(
    window: Window, lines: Sequence[Line], taken: Sequence[Taken], seen: dict[str, float], rang: Collection[str]
) -> Figures:
    """What one phase comes to. ``seen`` says when a console first showed a citizen's case.

    What was acknowledged in it may have been due in the phase before; times are those of its own lines. Emergencies'
    are those of first lines which ``rang``: they were understood at once.
    """
    own = [line for line in lines if line.phase == window.name]
    good = [line for line in own if line.status == 200]
    in_time = [line for line in lines if line.status == 200 and window.begin <= line.answered <= window.end]
    replies = [one for one in taken if window.begin <= one.at <= window.end]
    cries = [line for line in good if line.kind == "emergency" and line.number == 1]
    first = {line.chat: line for line in cries if line.wamid in rang}
    answered: dict[str, float] = {}
    for one in taken:
        if one.chat in first and one.at >= first[one.chat].due:
            answered.setdefault(one.chat, one.at)
    on_screen = [seen[chat] - line.due for chat, line in first.items() if seen.get(chat, 0.0) > line.due]
    return {
        "seconds": round(window.seconds, 1),
        "offered_a_second": round(len(own) / max(1e-3, window.seconds), 1),
        "acknowledged": len(in_time),
        "acknowledged_a_second": round(len(in_time) / window.seconds, 1),
        "replies_accepted_a_second": round(len(replies) / window.seconds, 1),
        "not_acknowledged": len(own) - len(good),
        "other_statuses": {str(status): many for status, many in Counter(one.status for one in own).items()},
        "acknowledge_ms": milliseconds(line.answered - line.due for line in good),
        "emergency_acknowledge_ms": milliseconds(line.answered - line.due for line in good if line.kind == "emergency"),
        "emergency_reply_ms": milliseconds(at - first[chat].due for chat, at in answered.items()),
        "emergency_on_console_ms": milliseconds(on_screen),
        "emergencies": len(first),
        "emergencies_asked_back": len(cries) - len(first),
        "emergencies_on_console": len(on_screen),
        "emergencies_answered": len(answered),
        "event_loop_lag_ms": round(1000 * window.lag, 1),
        "unanswered_at_end": window.unanswered,
        "replies_waiting_at_end": window.waiting,
        "cpu_us_a_message": _cpu_a_message(window, len(in_time)),
    }


def _cpu_a_message(window: Window, messages: int) -> dict[str, int]:
    """By kind of process, with the busiest threads of the one where there is one of a kind."""
    return {
        f"{kind}, {part}" if part != "all" else kind: round(1e6 * seconds / max(1, messages))
        for kind, parts in window.cpu.items()
        for part, seconds in parts.items()
        if part == "all" or kind == "run"
    }


def merged(runs: Sequence[Any]) -> Any:
    """The same shape with the median of every figure."""
    if isinstance(runs[0], dict):
        names = dict.fromkeys(key for run in runs for key in run)
        return {key: merged([run[key] for run in runs if key in run]) for key in names}
    return median(runs)


def added(ledgers: Sequence[dict[str, int]]) -> dict[str, int]:
    """The ledgers of several phases as one."""
    return {name: sum(one[name] for one in ledgers) for name in ledgers[0]}
