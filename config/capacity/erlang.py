"""How many operators answer how many cases: Erlang C, the field's standard for a queue before a desk.

Cases come at random moments, each takes as long as it takes (exponential), nobody gives up. Who comes while all are
busy waits for the first who is free.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

IN_TIME: Final = 0.90  # NENA: 90 % of calls answered ...
WITHIN: Final = 15.0  # ... within so many seconds


def operators_for(cases: float, seconds: float) -> int:
    """The fewest who answer ``cases`` a second in time, each of which takes one of them ``seconds``."""
    load = cases * seconds
    if load <= 0:
        return 0
    return next(people for people, blocked in _blocked(load) if _in_time(people, load, blocked, seconds) >= IN_TIME)


def cases_for(operators: int, seconds: float) -> float:
    """The most cases a second that ``operators`` answer in time."""
    low, high = 0.0, operators / seconds  # more than that nobody keeps up with
    for _ in range(50):
        middle = (low + high) / 2
        if middle > 0 and operators_for(middle, seconds) <= operators:
            low = middle
        else:
            high = middle
    return low


def _blocked(load: float) -> Iterator[tuple[int, float]]:
    """Erlang B for 1, 2, 3 ... people: how likely all are busy, if nobody waited."""
    blocked, people = 1.0, 0
    while True:
        people += 1
        blocked = load * blocked / (people + load * blocked)
        yield people, blocked


def _in_time(people: int, load: float, blocked: float, seconds: float) -> float:
    """The share that is answered within the time."""
    if people <= load:
        return 0.0
    waits = blocked / (1 - load / people * (1 - blocked))
    return 1 - waits * math.exp(-(people - load) * WITHIN / seconds)
