"""The trained classifier at work: a table look-up and a sum, a few microseconds a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.model import Floats, Model
from nlu.units import grams_of, is_word

_SPARE = 16_384  # rows for words never seen; twice the words that one slice may bring
_FAMILIAR = 0.5  # of a word's letter sequences must be known for the word to look like language


@dataclass(frozen=True, slots=True)
class Scores:
    """For a slice of n messages: probabilities by intent [n, intents], kind [n, 5] and severity [n, 3].

    `familiar` [n] is the share of words that look like a language that the model has read; `telling` names, for each
    message, the words that spoke most for its best intent.
    """

    intents: Floats
    kinds: Floats
    severities: Floats
    familiar: Floats
    telling: list[list[str]]


class Classifier:
    """A model made ready. One thread at a time: words never seen are remembered in spare rows."""

    def __init__(self, model: Model) -> None:
        self.intents = model.intents
        self._columns = len(model.bias)
        self._bias = model.bias
        self._row_of = {unit: row for row, unit in enumerate(model.units)}
        self._gram_of = {gram: row for row, gram in enumerate(model.grams)}
        self._gram_rows, self._gram_sizes = model.gram_rows, model.gram_sizes
        self._first_spare = len(model.units) + 1  # the row between is empty: a unit that says nothing
        self._rows = np.zeros((self._first_spare + _SPARE, self._columns), np.float32)
        self._rows[: len(model.units)] = model.rows
        self._sizes = np.zeros(len(self._rows), np.float32)
        self._sizes[: len(model.units)] = model.sizes
        self._familiar = np.zeros(len(self._rows), np.float32)
        self._familiar[: len(model.units)] = [is_word(unit) for unit in model.units]
        self._names = [*model.units, ""] + [""] * _SPARE
        self._heating = model.thresholds["heating"]
        self._spare_of: dict[str, int] = {}

    def score(self, messages: Sequence[list[str]], words: Sequence[int]) -> Scores:
        """`messages` are units (see `nlu.units`), `words[i]` how many of them are words, which stand first."""
        if len(self._spare_of) > _SPARE // 2:
            self._spare_of.clear()
        rows, starts = self._find(messages)
        picked = self._rows[rows]
        summed = np.add.reduceat(picked, starts, axis=0)
        length = np.sqrt(np.add.reduceat(self._sizes[rows], starts))
        logits = (summed / np.maximum(length, 1.0)[:, None] + self._bias) * self._heating
        intents = _softmax(logits[:, : len(self.intents)])
        kinds = _softmax(logits[:, len(self.intents) : -3])
        counts = np.maximum(np.asarray(words, np.float32), 1.0)
        familiar = np.asarray(np.add.reduceat(self._familiar[rows], starts) / counts, np.float32)
        push = picked[np.arange(len(rows)), np.repeat(intents.argmax(axis=1), np.diff([*starts, len(rows)]))]
        telling = self._telling(push, rows, starts)
        return Scores(intents, kinds, _softmax(logits[:, -3:]), familiar, telling)

    def _find(self, messages: Sequence[list[str]]) -> tuple[list[int], list[int]]:
        row_of, spare_of, nothing = self._row_of, self._spare_of, self._first_spare - 1
        rows: list[int] = []
        starts: list[int] = []
        for units in messages:
            starts.append(len(rows))
            rows.append(nothing)  # no message is without a row
            for unit in units:
                row = row_of.get(unit)
                if row is None and is_word(unit):
                    row = spare_of.get(unit) or self._spare(unit)
                if row is not None:
                    rows.append(row)
        return rows, starts

    def _spare(self, word: str) -> int:
        row = self._first_spare + len(self._spare_of)
        if row >= len(self._rows):
            return self._first_spare - 1
        grams = grams_of(word)
        known = [self._gram_of[gram] for gram in grams if gram in self._gram_of]
        self._rows[row] = self._gram_rows[known].sum(axis=0)
        self._sizes[row] = self._gram_sizes[known].sum()
        self._familiar[row] = len(known) / len(grams) >= _FAMILIAR
        self._names[row] = word
        self._spare_of[word] = row
        return row

    def _telling(self, push: Floats, rows: list[int], starts: list[int]) -> list[list[str]]:
        """The three units of each message that pushed hardest towards its best intent."""
        told: list[list[str]] = []
        for start, end in pairwise([*starts, len(rows)]):
            strong = (-push[start:end]).argsort()[:3].tolist()
            told.append([self._names[rows[start + at]] for at in strong if push[start + at] > 0])
        return told


def _softmax(logits: NDArray[Any]) -> Floats:
    risen = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=1, keepdims=True), np.float32)
