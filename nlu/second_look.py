"""One probability of an emergency from all that is known of a message: both heads, danger words, topic, length.

A message with a clear topic may be a question even where single words frighten; one without a topic may not. The
weights are fitted on phrases held out, so what comes out is calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.clean import Cleaned
from nlu.danger import Reading
from nlu.fit import fit
from nlu.model import Floats
from nlu.policy import level_of

_SURE = 1e-6  # no probability is taken for nearer to 0 or 1
_LONGEST = 60  # words from which a message counts as long
_MOST_HINTS = 4
_CARES = 1.0
_ROUNDS = 200


def evidence(
    heads: Mapping[str, Floats], cleaned: Sequence[Cleaned], readings: Sequence[Reading], outside: int
) -> Floats:
    """What is weighed, [n, numbers]. `heads` as `Scores` holds them; `outside`: label of a question without a topic.

    In the heads kind and category the last four labels are the kinds that are no emergency.
    """
    kinds, categories = heads["kind"], heads["category"]
    first, second = _log_odds(kinds[:, :-4].sum(axis=1)), _log_odds(categories[:, :-4].sum(axis=1))
    mean = (first + second) / 2
    calm = kinds[:, -4:] / np.maximum(kinds[:, -4:].sum(axis=1, keepdims=True), _SURE)
    topics = heads["topic"]
    clear = np.where(topics.argmax(axis=1) == outside, 0.0, topics.max(axis=1))
    alike = categories[:, :-4].max(axis=1) / np.maximum(categories[:, :-4].sum(axis=1), _SURE)
    doubtful, hint, hints, length, asks, one = _said(cleaned, readings).T
    columns = [first, second, abs(first - second), doubtful, hint, doubtful * mean, hint * mean]
    columns += [*calm.T, clear, clear * calm[:, 0], clear * mean, alike, length, asks, hints, one]
    return np.array(columns, np.float32).T


def _said(cleaned: Sequence[Cleaned], readings: Sequence[Reading]) -> Floats:
    rows = []
    for one, reading in zip(cleaned, readings, strict=True):
        level = level_of(reading)
        length = math.log1p(min(len(one.words), _LONGEST))
        hints = min(len(reading.hints), _MOST_HINTS)
        rows.append((level == "doubtful", level == "hint", hints, length, one.asks, 1.0))
    return np.array(rows, np.float32)


def look(weighed: Floats, weights: Floats) -> Floats:
    """The probability of an emergency, [n]."""
    return np.asarray(1 / (1 + np.exp(-np.clip(weighed @ weights, -30, 30))), np.float32)


def fit_look(weighed: Floats, emergency: NDArray[np.bool_]) -> Floats:
    """The weights of `look`, from phrases held out; the last is that of a constant."""
    middle, spread = weighed[:, :-1].mean(axis=0), np.maximum(weighed[:, :-1].std(axis=0), 1e-3)
    even = sparse.csr_matrix((weighed[:, :-1] - middle) / spread)
    wanted = np.stack([emergency, ~emergency], axis=1).astype(np.float32)
    fitted = fit(even, wanted, np.full(len(weighed), _CARES, np.float32), strength=1.0, rounds=_ROUNDS)
    slopes = (fitted.weights[:, 0] - fitted.weights[:, 1]) / spread
    constant = fitted.bias[0] - fitted.bias[1] - float(slopes @ middle)
    return np.append(slopes, np.float32(constant)).astype(np.float32)


def _log_odds(probability: Floats) -> Floats:
    safe = np.clip(probability, _SURE, 1 - _SURE)
    return np.asarray(np.log(safe / (1 - safe)), np.float32)
