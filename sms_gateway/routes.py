"""Which line an SMS takes. Pure: the same circumstances, the same line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sms_gateway.line import Line
from sms_gateway.numbers import operator_of

LONG_WAIT: Final = timedelta(seconds=10)  # an emergency takes another line rather than wait this long


@dataclass(frozen=True, slots=True)
class Road:
    """A line as it fares now."""

    line: Line
    up: bool
    wait: timedelta = timedelta()  # until one more SMS of this urgency could leave


def by_preference(roads: Iterable[Road], to: str, preferred: str, *, urgent: bool) -> Sequence[Road]:
    """The lines for an SMS to E.164 ``to``, the best first.

    A line that works comes before one that does not; the line that the citizen knows before a stranger, unless an
    emergency would wait long for it; then whose network it is, the price, and the queue.
    """
    operator = operator_of(to)

    def rank(road: Road) -> tuple[object, ...]:
        line = road.line
        ours = not line.operators or operator in line.operators
        too_long = urgent and road.wait > LONG_WAIT
        return not road.up, too_long, line.name != preferred, not ours, line.cost, road.wait, line.name

    return sorted(roads, key=rank)
