"""A small neural net beside the linear heads: one hidden layer over the same features, all heads taught together.

Trained from scratch in a few seconds; it runs in the same look-up and sum as the linear weights (see `nlu.intents`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.intents import softmax
from nlu.model import Floats

HIDDEN = 64
_ROUNDS = 11
_BATCH = 128
_PACE = 0.004
_UNHEARD = 0.2  # share of features left out of a step, so that no single word is relied on
_UNUSED = 0.3  # share of hidden units left out of a step
_FIRST = 0.3  # spread of the first weights
_STEADY, _BROAD = np.float32(0.9), np.float32(0.99)  # how long slopes and their squares are remembered
_TINY = np.float32(1e-8)

UNTAUGHT = -1  # label of a phrase that does not teach a head


@dataclass(frozen=True, slots=True)
class Task:
    """One head: its number of labels, the label of each phrase (or UNTAUGHT) and how much each phrase counts."""

    labels: int
    wanted: NDArray[np.intp]
    cares: Floats

    def of(self, chosen: NDArray[np.intp]) -> Task:
        """The same head over some phrases."""
        return Task(self.labels, self.wanted[chosen], self.cares[chosen])


@dataclass(slots=True)
class Net:
    """`hidden` [features, HIDDEN], `hidden_bias` [HIDDEN], `out` [HIDDEN, labels], `bias` [labels]."""

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    bias: Floats

    def logits(self, features: sparse.csr_matrix) -> Floats:
        """One row a message, the labels of every head side by side."""
        told = np.maximum(features @ self.hidden + self.hidden_bias, 0.0)
        return np.asarray(told @ self.out + self.bias, np.float32)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Phrases read together: their rows, which features stand in them, and the values over those alone."""

    rows: NDArray[np.intp]
    used: NDArray[np.intp]
    values: sparse.csr_matrix
    turned: sparse.csr_matrix


def fit_net(features: sparse.csr_matrix, tasks: Sequence[Task], *, seed: int) -> Net:
    """Deterministic for a seed: the order of phrases and what is left out of a step come from it."""
    random = np.random.default_rng(seed)
    return _Trainer(features, tasks, random).trained()


class _Trainer:
    """Adam, touching only the features of the phrases at hand: nine in ten stand in no phrase of a batch."""

    def __init__(self, features: sparse.csr_matrix, tasks: Sequence[Task], random: np.random.Generator) -> None:
        labels = sum(task.labels for task in tasks)
        self._tasks, self._random = tasks, random
        self._batches = _batches(features, random)
        self.net = Net(
            hidden=_drawn(random, (features.shape[1], HIDDEN), _FIRST),
            hidden_bias=np.zeros(HIDDEN, np.float32),
            out=_drawn(random, (HIDDEN, labels), 1.0),
            bias=np.zeros(labels, np.float32),
        )
        self._slope = np.zeros_like(self.net.hidden)
        self._square = np.zeros((features.shape[1], 1), np.float32)
        self._small = [_Adam(part) for part in (self.net.hidden_bias, self.net.out, self.net.bias)]
        self._steps = 0

    def trained(self) -> Net:
        total = _ROUNDS * len(self._batches)
        for _ in range(_ROUNDS):
            for number in self._random.permutation(len(self._batches)):
                self._step(self._batches[number], _PACE * (1.02 - self._steps / total))
        return self.net

    def _step(self, batch: _Batch, pace: float) -> None:
        net, random = self.net, self._random
        before = net.hidden[batch.used]
        heard = _kept(random, (len(batch.used), 1), _UNHEARD)
        raised = batch.values @ (before * heard) + net.hidden_bias
        alive = (raised > 0) * _kept(random, raised.shape, _UNUSED)
        told = raised * alive
        wrong = self._wrong(told @ net.out + net.bias, batch)
        back = (wrong @ net.out.T) * alive
        turn = (batch.turned @ back) * heard
        self._steps += 1
        step = np.float32(pace * _warm(self._steps))
        square = _BROAD * self._square[batch.used] + (1 - _BROAD) * np.square(turn).mean(axis=1, keepdims=True)
        slope = _STEADY * self._slope[batch.used] + (1 - _STEADY) * turn
        self._square[batch.used], self._slope[batch.used] = square, slope
        net.hidden[batch.used] = before - step * slope / (np.sqrt(square) + _TINY)
        for adam, gradient in zip(self._small, (back.sum(axis=0), told.T @ wrong, wrong.sum(axis=0)), strict=True):
            adam.move(gradient, step)

    def _wrong(self, logits: Floats, batch: _Batch) -> Floats:
        """The slope of the cost: what each head said, less what was wanted of it."""
        first, parts = 0, list[Floats]()
        lines = np.arange(len(batch.rows))
        for task in self._tasks:
            risen = softmax(logits[:, first : first + task.labels])
            wanted = task.wanted[batch.rows]
            risen[lines, np.maximum(wanted, 0)] -= 1
            risen *= (task.cares[batch.rows] * (wanted != UNTAUGHT))[:, None]
            parts.append(risen)
            first += task.labels
        return np.asarray(np.hstack(parts) / np.float32(len(lines)), np.float32)


class _Adam:
    """Adam for a small array that every step touches, changed in place."""

    def __init__(self, part: Floats) -> None:
        self._part, self._slope, self._square = part, np.zeros_like(part), np.zeros_like(part)

    def move(self, gradient: Floats, step: np.float32) -> None:
        self._slope += (1 - _STEADY) * (gradient - self._slope)
        self._square += (1 - _BROAD) * (np.square(gradient) - self._square)
        self._part -= step * self._slope / (np.sqrt(self._square) + _TINY)


def _batches(features: sparse.csr_matrix, random: np.random.Generator) -> list[_Batch]:
    order = random.permutation(features.shape[0])
    found: list[_Batch] = []
    for first in range(0, len(order), _BATCH):
        rows = order[first : first + _BATCH]
        part = features[rows]
        used, at = np.unique(part.indices, return_inverse=True)
        values = sparse.csr_matrix((part.data, at.astype(np.int32), part.indptr), shape=(len(rows), len(used)))
        found.append(_Batch(rows, used, values, values.T.tocsr()))
    return found


def _drawn(random: np.random.Generator, shape: tuple[int, int], spread: float) -> Floats:
    drawn = random.standard_normal(shape, dtype=np.float32)
    return np.asarray(drawn * np.float32(spread / np.sqrt(HIDDEN)), np.float32)


def _kept(random: np.random.Generator, shape: tuple[int, ...], left_out: float) -> Floats:
    kept = random.random(shape, dtype=np.float32) >= left_out
    return np.asarray(kept * np.float32(1 / (1 - left_out)), np.float32)


def _warm(steps: int) -> float:
    """The first averages hold little: what corrects them."""
    return float(np.sqrt(1 - float(_BROAD) ** steps) / (1 - float(_STEADY) ** steps))
