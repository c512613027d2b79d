"""The thresholds of the policy, chosen on held-out phrases by what each mistake costs: a miss the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nlu.policy import LEVELS, Level, Limits

# What a mistake costs, in false alarms that an operator clicks away.
_MISSED = {1: 35.0, 2: 15.0, 3: 5.0}
_ASKED_BACK = {1: 8.0, 2: 4.0, 3: 2.0}
_FALSE_ALARM = 7.0
_ASKED_FOR_NOTHING = 1.5
_WRONG_ANSWER = 1.25  # in answers withheld
_FEWEST = 20  # held-out phrases of a level below which its thresholds stay as written here
_USUAL = (0.6, 0.1)

_GRID = np.round(np.concatenate([np.geomspace(0.005, 0.2, 25), np.linspace(0.22, 0.9, 35)]), 4)


@dataclass(frozen=True, slots=True)
class Judged:
    """One held-out phrase: its true severity (None for no emergency) and what the model said of it.

    `topic_score` is that of the best topic, None where the phrase is no question or the best says "outside".
    """

    severity: int | None
    level: Level
    emergency: float
    topic_score: float | None
    topic_right: bool


def fit_limits(judged: Sequence[Judged]) -> Limits:
    """The cheapest thresholds, level by level."""
    pairs = {level: _cheapest([one for one in judged if one.level == level]) for level in LEVELS}
    return Limits(
        escalate={level: pair[0] for level, pair in pairs.items()},
        ask={level: pair[1] for level, pair in pairs.items()},
        topic=_topic_limit(judged),
    )


def _cheapest(judged: Sequence[Judged]) -> tuple[float, float]:
    if len(judged) < _FEWEST:
        return _USUAL
    sure = np.array([one.emergency for one in judged])
    missed = np.array([_MISSED.get(one.severity or 0, 0.0) for one in judged])
    asked = np.array([_ASKED_BACK.get(one.severity or 0, _ASKED_FOR_NOTHING) for one in judged])
    rung = np.array([0.0 if one.severity else _FALSE_ALARM for one in judged])
    best, least = _USUAL, np.inf
    for escalate, ask in product(_GRID, _GRID):
        if ask > escalate:
            continue
        cost = np.where(sure >= escalate, rung, np.where(sure >= ask, asked, missed)).sum()
        if cost < least:
            best, least = (float(escalate), float(ask)), cost
    return best


def _topic_limit(judged: Sequence[Judged]) -> float:
    scored = [(one.topic_score, one.topic_right) for one in judged if one.topic_score is not None]
    if len(scored) < _FEWEST:
        return 0.5
    scores, right = np.array([score for score, _ in scored]), np.array([good for _, good in scored])
    gains = [(right & (scores >= limit)).sum() - _WRONG_ANSWER * (~right & (scores >= limit)).sum() for limit in _GRID]
    return float(_GRID[int(np.argmax(gains))])
