"""Softmax regression on sparse features, in single precision: one head of the model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlu.intents import softmax
from nlu.model import Floats

_REMEMBERED = 6  # steps from which the curvature is guessed
_HALVINGS = 12
_ENOUGH = 1e-5  # of the cost: a round that gains less is the last


@dataclass(frozen=True, slots=True)
class Fitted:
    """`weights` [features, labels] and `bias` [labels]."""

    weights: Floats
    bias: Floats

    def logits(self, features: sparse.csr_matrix) -> Floats:
        """One row a message."""
        return np.asarray(features @ self.weights + self.bias, np.float32)


def fit(features: sparse.csr_matrix, wanted: Floats, cares: Floats, *, strength: float, rounds: int) -> Fitted:
    """Weights that give `wanted` [n, labels] for `features` [n, f], each message counted `cares` times.

    `strength` is the inverse of the L2 penalty. Deterministic: no chance is involved.
    """
    used = np.flatnonzero(np.diff(features.tocsc().indptr))  # what no message has keeps weight zero
    rows = features[:, used].tocsr()
    columns = rows.T.tocsr()
    wide, labels = len(used), wanted.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights = parameters[: wide * labels].reshape(wide, labels)
        given = softmax(rows @ weights + parameters[wide * labels :])
        slope = (given - wanted) * cares[:, None]
        gradient = np.concatenate([(columns @ slope + weights / strength).ravel(), slope.sum(axis=0)])
        likely = np.log((given * wanted).sum(axis=1) + 1e-30)
        cost = float(-(likely * cares).sum()) + float(np.dot(weights.ravel(), weights.ravel())) / (2 * strength)
        return cost, gradient

    best = _descend(loss, np.zeros(wide * labels + labels, np.float32), rounds)
    weights = np.zeros((features.shape[1], labels), np.float32)
    weights[used] = best[: wide * labels].reshape(wide, labels)
    return Fitted(weights, best[wide * labels :])


def _descend(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, rounds: int) -> Floats:
    """L-BFGS in single precision with a halving step: half the memory and a third of the time of the library's."""
    point, (cost, gradient) = start, loss(start)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=_REMEMBERED)
    for _ in range(rounds):
        direction = _downhill(gradient, steps)
        fall = float(np.dot(direction, gradient))
        stride = 1.0 if steps else 1.0 / max(float(np.linalg.norm(gradient)), 1e-9)
        for _ in range(_HALVINGS):
            moved = point + np.float32(stride) * direction
            new_cost, new_gradient = loss(moved)
            if new_cost <= cost + 1e-4 * stride * fall:
                break
            stride /= 2
        else:
            break
        step, turn = moved - point, new_gradient - gradient
        bend = float(np.dot(step, turn))
        if bend > 1e-10:
            steps.append((step, turn, bend))
        gained = cost - new_cost
        point, cost, gradient = moved, new_cost, new_gradient
        if gained < _ENOUGH * max(abs(cost), 1.0):
            break
    return point


def _downhill(gradient: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    direction = -gradient
    shares: list[float] = []
    for step, turn, bend in reversed(steps):
        share = float(np.dot(step, direction)) / bend
        shares.append(share)
        direction -= np.float32(share) * turn
    if steps:
        _, turn, bend = steps[-1]
        direction *= np.float32(bend / float(np.dot(turn, turn)))
    for (step, turn, bend), share in zip(steps, reversed(shares), strict=True):
        direction += np.float32(share - float(np.dot(turn, direction)) / bend) * step
    return direction


def heating_of(logits: Floats, wanted: Floats) -> float:
    """The factor on the logits that makes the probabilities of held-out messages honest (temperature scaling)."""
    tried = np.geomspace(0.4, 3.0, 41)
    costs = [-np.log((softmax(logits * heat) * wanted).sum(axis=1) + 1e-12).mean() for heat in tried]
    return float(tried[int(np.argmin(costs))])
