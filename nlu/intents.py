"""The trained classifier at work: a table look-up and a sum, a few microseconds a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.model import Floats, Model
from nlu.units import grams_of, is_word

_SPARE = 16_384  # rows for words never seen; twice the words that one slice may bring
_STRANGERS = 150  # words never seen that one message may bring: nobody who means something brings more
_TELLING_GRAM = 3  # letters: shorter sequences stand in every noise
_FAMILIAR = 0.4  # of a word's letter sequences must be known for the word to look like language


@dataclass(frozen=True, slots=True)
class Scores:
    """For a slice of n messages: calibrated probabilities by head ("kind", "topic", ...), each [n, labels].

    `familiar` [n] is the share of words that look like a language that the model has read; `telling` names, for each
    message, the words that spoke most for its best kind.
    """

    heads: Mapping[str, Floats]
    familiar: Floats
    telling: list[list[str]]


class Classifier:
    """A model made ready. One thread at a time: words never seen are remembered in spare rows."""

    def __init__(self, model: Model) -> None:
        self.heads = model.heads
        self._bias, self._heating = model.bias, model.heating
        self._row_of = {unit: row for row, unit in enumerate(model.units)}
        self._gram_of = {gram: row for row, gram in enumerate(model.grams)}
        self._gram_rows, self._gram_sizes = model.gram_rows, model.gram_sizes
        self._first_spare = len(model.units) + 1  # the row between is empty: a unit that says nothing
        self._rows = np.zeros((self._first_spare + _SPARE, len(model.bias)), np.float32)
        self._rows[: len(model.units)] = model.rows
        self._sizes = np.zeros(len(self._rows), np.float32)
        self._sizes[: len(model.units)] = model.sizes
        self._familiar = np.zeros(len(self._rows), np.float32)
        self._familiar[: len(model.units)] = [is_word(unit) for unit in model.units]
        self._names = [*model.units, ""] + [""] * _SPARE
        self._spare_of: dict[str, int] = {}

    def score(self, messages: Sequence[list[str]], words: Sequence[int]) -> Scores:
        """`messages` are units (see `nlu.units`), `words[i]` how many of them are words, which stand first."""
        if len(self._spare_of) > _SPARE // 2:
            self._spare_of.clear()
        rows, starts = self._find(messages, words)
        picked = self._rows[rows]
        length = np.sqrt(np.add.reduceat(self._sizes[rows], starts))
        logits = np.add.reduceat(picked, starts, axis=0) / np.maximum(length, 1.0)[:, None] + self._bias
        heads = self._by_head(logits * self._heating)
        counts = np.maximum(np.asarray(words, np.float32), 1.0)
        familiar = np.asarray(np.add.reduceat(self._familiar[rows], starts) / counts, np.float32)
        best = heads["kind"].argmax(axis=1)  # the kinds are the first columns
        push = picked[np.arange(len(rows)), np.repeat(best, np.diff([*starts, len(rows)]))]
        return Scores(heads, familiar, self._telling(push, rows, starts))

    def weigh(self, units: list[str], words: int) -> list[tuple[str, float]]:
        """What each unit adds to the log-odds of "emergency" over the other kinds, the heaviest first."""
        rows, _ = self._find([units], [words])
        length = max(float(np.sqrt(self._sizes[rows].sum())), 1.0)
        picked = self._rows[rows][:, : len(self.heads["kind"])] / length
        push = (picked[:, 0] - picked[:, 1:].mean(axis=1)).tolist()
        named = [(self._names[row], weight) for row, weight in zip(rows, push, strict=True) if self._names[row]]
        return sorted(named, key=lambda pair: -abs(pair[1]))

    def _by_head(self, logits: NDArray[Any]) -> dict[str, Floats]:
        heads: dict[str, Floats] = {}
        first = 0
        for head, labels in self.heads.items():
            heads[head] = softmax(logits[:, first : first + len(labels)])
            first += len(labels)
        return heads

    def _find(self, messages: Sequence[list[str]], words: Sequence[int]) -> tuple[list[int], list[int]]:
        row_of, spare_of, nothing = self._row_of.get, self._spare_of.get, self._first_spare - 1
        rows: list[int] = []
        starts: list[int] = []
        for units, count in zip(messages, words, strict=True):
            starts.append(len(rows))
            rows.append(nothing)  # no message is without a row
            strangers = 0
            for word in units[:count]:
                row = row_of(word) or spare_of(word)
                if row is None and strangers < _STRANGERS and is_word(word):
                    strangers += 1
                    row = self._spare(word)
                if row is not None:
                    rows.append(row)
            rows.extend([row for unit in units[count:] if (row := row_of(unit)) is not None])
        return rows, starts

    def _spare(self, word: str) -> int:
        row = self._first_spare + len(self._spare_of)
        if row >= len(self._rows):
            return self._first_spare - 1
        grams = grams_of(word)
        known = [self._gram_of[gram] for gram in grams if gram in self._gram_of]
        self._rows[row] = self._gram_rows[known].sum(axis=0)
        self._sizes[row] = self._gram_sizes[known].sum()
        long = [gram for gram in grams if len(gram) >= _TELLING_GRAM]
        self._familiar[row] = sum(gram in self._gram_of for gram in long) >= _FAMILIAR * max(len(long), 1)
        self._names[row] = word
        self._spare_of[word] = row
        return row

    def _telling(self, push: Floats, rows: list[int], starts: list[int]) -> list[list[str]]:
        """The three units of each message that pushed hardest towards its best kind."""
        told: list[list[str]] = []
        for start, end in pairwise([*starts, len(rows)]):
            strong = (-push[start:end]).argsort()[:3].tolist()
            told.append([self._names[rows[start + at]] for at in strong if push[start + at] > 0])
        return told


def softmax(logits: NDArray[Any]) -> Floats:
    """Rows of logits -> rows of probabilities."""
    risen = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=1, keepdims=True), np.float32)


def emergency_of(kinds: Floats, categories: Floats) -> Floats:
    """The probability of an emergency, [n]: two heads asked the same in different words are right more often than one.

    In both heads the last four labels are the kinds that are none.
    """
    first, second = kinds[:, :-4].sum(axis=1), categories[:, :-4].sum(axis=1)
    odds = (_log_odds(first) + _log_odds(second)) / 2
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def _log_odds(probability: Floats) -> NDArray[Any]:
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(safe / (1 - safe)))
