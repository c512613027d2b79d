"""From units to the numbers that a head is fitted on, and from fitted weights back to one row a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
from scipy import sparse

from nlu.model import Floats
from nlu.units import FLAG, grams_of, is_word

_SEEN = 2  # times that a unit or gram must be seen to count by itself
_GRAM_WEIGHT = 0.5  # a word has many grams: together they weigh about what the word weighs
_FLAG_WEIGHT = 1.5


class Features:
    """The columns: units first, then grams. A unit's share of a message is the sum of its column and its grams'."""

    def __init__(self, messages: Sequence[Sequence[str]]) -> None:
        seen: Counter[str] = Counter()
        for units in messages:
            seen.update(set(units))
        looks: Counter[str] = Counter()
        for unit, times in seen.items():
            if is_word(unit):
                looks.update(dict.fromkeys(grams_of(unit), times))
        self.units = tuple(sorted(unit for unit, times in seen.items() if times >= _SEEN or is_word(unit)))
        self.grams = tuple(sorted(gram for gram, times in looks.items() if times >= _SEEN))
        own = [seen[unit] if seen[unit] >= _SEEN else 0 for unit in self.units]
        rarity = [_rarity(times, len(messages)) * _weight(unit) for unit, times in zip(self.units, own, strict=True)]
        rarity += [_rarity(looks[gram], len(messages)) * _GRAM_WEIGHT for gram in self.grams]
        self._rarity = np.array(rarity, np.float32)
        self._gram_at = {gram: len(self.units) + number for number, gram in enumerate(self.grams)}
        self._unit_at = {unit: number for number, unit in enumerate(self.units)}
        self._shares: dict[str, tuple[list[int], Floats, float]] = {}

    def matrix(self, messages: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """One row a message, of length about one (see `nlu.intents`: the same sum, the same division)."""
        pointers, columns = [0], list[int]()
        values: list[Floats] = []
        for units in messages:
            shares = [self._share(unit) for unit in units]
            size = sum(share[2] for share in shares)
            for at, value, _ in shares:
                columns.extend(at)
                values.append(value / max(np.sqrt(size), 1.0))
            pointers.append(len(columns))
        numbers = np.concatenate(values) if values else np.zeros(0, np.float32)
        found = sparse.csr_matrix(
            (numbers.astype(np.float32), columns, pointers), shape=(len(messages), len(self._rarity))
        )
        found.sum_duplicates()
        return found

    def _share(self, unit: str) -> tuple[list[int], Floats, float]:
        share = self._shares.get(unit)
        if share is None:
            at = [self._unit_at[unit]] if unit in self._unit_at and self._rarity[self._unit_at[unit]] else []
            if is_word(unit):
                at += [self._gram_at[gram] for gram in grams_of(unit) if gram in self._gram_at]
            values = self._rarity[at]
            share = self._shares[unit] = (at, values, float((values * values).sum()))
        return share

    def rows(self, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """`weights` [columns, labels] -> unit rows and sizes, gram rows and sizes, as the model keeps them."""
        told = weights * self._rarity[:, None]
        shares = [self._share(unit) for unit in self.units]
        pointers = np.cumsum([0, *(len(at) for at, _, _ in shares)])
        columns = np.fromiter(chain.from_iterable(at for at, _, _ in shares), np.int32)
        holds = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, pointers), (len(shares), len(told)))
        sizes = np.array([size for _, _, size in shares], np.float32)
        squares = np.square(self._rarity[len(self.units) :])
        return np.asarray(holds @ told, np.float32), sizes, told[len(self.units) :], squares


def _rarity(times: int, messages: int) -> float:
    return float(np.log((1 + messages) / (1 + times)) + 1) if times else 0.0


def _weight(unit: str) -> float:
    return _FLAG_WEIGHT if unit.startswith(FLAG) else 1.0
