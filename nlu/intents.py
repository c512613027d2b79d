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

_STRANGERS = 100  # words never seen that one message may bring: nobody who means something brings more
_TELLING_GRAM = 3  # letters: shorter sequences stand in every noise
_FAMILIAR = 0.4  # of a word's letter sequences must be known for the word to look like language
_MEMO = 50_000  # words never seen whose letter sequences are remembered; beyond it the memory is emptied, not grown


@dataclass(frozen=True, slots=True)
class Scores:
    """For a slice of n messages: calibrated probabilities by head ("kind", "topic", ...), each [n, labels].

    `familiar` [n] is the share of words that look like a language that the model has read; `telling` names, for each
    message, the words that spoke most for its best kind.
    """

    heads: Mapping[str, Floats]
    familiar: Floats
    telling: list[list[str]]


@dataclass(slots=True)
class _Found:
    """The rows of a slice's units, message after message; strangers have rows past the model's own."""

    rows: list[int]
    starts: list[int]
    strangers: dict[str, int]


class Classifier:
    """A model made ready. Any number of threads at a time: nothing of it changes while it reads, but for a memory of
    how strange words are spelt, whose single steps cannot be divided."""

    def __init__(self, model: Model) -> None:
        self.heads = model.heads
        self._labels, self._kinds = len(model.bias), len(model.heads["kind"])
        self._head_sizes = np.array([len(labels) for labels in model.heads.values()])
        self._starts = np.cumsum([0, *self._head_sizes[:-1]])
        self._bias, self._heating = model.bias, model.heating
        self._hidden_bias, self._out = model.hidden_bias, model.out
        self._row_of = {unit: row for row, unit in enumerate(model.units)}
        self._gram_of = {gram: row for row, gram in enumerate(model.grams)}
        self._gram_rows = _with_nothing(model.gram_rows)  # the row behind the last says nothing
        self._gram_sizes = _with_nothing(model.gram_sizes)
        self._rows, self._sizes = _with_nothing(model.rows), _with_nothing(model.sizes)
        self._familiar = _with_nothing(np.array([is_word(unit) for unit in model.units], np.float32))
        self._names = [*model.units, ""]
        self._spelt: dict[str, tuple[list[int], bool]] = {}

    def score(self, messages: Sequence[list[str]], words: Sequence[int]) -> Scores:
        """`messages` are units (see `nlu.units`), `words[i]` how many of them are words, which stand first."""
        found = self._find(messages, words)
        told, sizes, familiar = self._told(found)
        starts = found.starts
        length = np.maximum(np.sqrt(np.add.reduceat(sizes, starts)), 1.0)
        summed = np.add.reduceat(told, starts, axis=0) / length[:, None]
        hidden = np.maximum(summed[:, self._labels :] + self._hidden_bias, 0.0)
        heads = self._by_head((summed[:, : self._labels] + hidden @ self._out + self._bias) * self._heating)
        known = np.add.reduceat(familiar, starts) / np.maximum(np.asarray(words, np.float32), 1.0)
        best = heads["kind"].argmax(axis=1)  # the kinds are the first columns
        push = told[np.arange(len(told)), np.repeat(best, np.diff([*starts, len(told)]))]
        return Scores(heads, np.asarray(known, np.float32), self._telling(push, found))

    def weigh(self, units: list[str], words: int) -> list[tuple[str, float]]:
        """What each unit adds in the linear model to the log-odds of "emergency" over the other kinds, heaviest first.

        The net's share is not a sum over words and is left out.
        """
        found = self._find([units], [words])
        told, sizes, _ = self._told(found)
        picked = told[:, : self._kinds] / max(float(np.sqrt(sizes.sum())), 1.0)
        push = (picked[:, 0] - picked[:, 1:].mean(axis=1)).tolist()
        names = self._named(found)
        named = [(name, weight) for name, weight in zip(names, push, strict=True) if name]
        return sorted(named, key=lambda pair: -abs(pair[1]))

    def _by_head(self, logits: NDArray[Any]) -> dict[str, Floats]:
        """The softmax of every head at once: a call of numpy costs more than the few numbers of one message."""
        starts, sizes = self._starts, self._head_sizes
        risen = np.exp(logits - np.repeat(np.maximum.reduceat(logits, starts, axis=1), sizes, axis=1))
        shares = risen / np.repeat(np.add.reduceat(risen, starts, axis=1), sizes, axis=1)
        return {
            head: shares[:, first : first + size]
            for head, first, size in zip(self.heads, starts.tolist(), sizes.tolist(), strict=True)
        }

    def _find(self, messages: Sequence[list[str]], words: Sequence[int]) -> _Found:
        row_of, nothing = self._row_of.get, len(self._row_of)
        found = _Found([], [], {})
        rows = found.rows
        for units, count in zip(messages, words, strict=True):
            found.starts.append(len(rows))
            rows.append(nothing)  # no message is without a row
            own = list(map(row_of, units))
            if None in own[:count]:
                own[:count] = self._with_strangers(units[:count], own[:count], found.strangers)
            rows.extend([row for row in own if row is not None])
        return found

    def _with_strangers(self, words: list[str], own: list[int | None], strangers: dict[str, int]) -> list[int | None]:
        left, first = _STRANGERS, len(self._row_of) + 1
        rows = own.copy()
        for at, word in enumerate(words):
            if own[at] is None and left and is_word(word):
                rows[at] = strangers.setdefault(word, first + len(strangers))
                left -= 1
        return rows

    def _told(self, found: _Found) -> tuple[Floats, Floats, Floats]:
        """For every row found what it tells [rows, columns], its size and whether it looks like language."""
        rows = np.array(found.rows)
        if not found.strangers:
            return self._rows[rows], self._sizes[rows], self._familiar[rows]
        own = len(self._rows)
        strange = np.flatnonzero(rows >= own)
        which = rows[strange] - own
        rows[strange] = own - 1
        told, sizes, familiar = self._rows[rows], self._sizes[rows], self._familiar[rows]
        spelt = [self._spell(word) for word in found.strangers]
        starts = np.cumsum([0, *(len(grams) for grams, _ in spelt[:-1])])
        grams = [row for grams, _ in spelt for row in grams]
        told[strange] = np.add.reduceat(self._gram_rows[grams], starts, axis=0)[which]
        sizes[strange] = np.add.reduceat(self._gram_sizes[grams], starts)[which]
        familiar[strange] = np.array([known for _, known in spelt], np.float32)[which]
        return told, sizes, familiar

    def _spell(self, word: str) -> tuple[list[int], bool]:
        """The rows of a strange word's letter sequences, and whether it looks like language."""
        spelt = self._spelt.get(word)
        if spelt is None:
            if len(self._spelt) >= _MEMO:
                self._spelt.clear()
            grams = grams_of(word)
            known = [self._gram_of[gram] for gram in grams if gram in self._gram_of]
            long = [gram for gram in grams if len(gram) >= _TELLING_GRAM]
            like = sum(gram in self._gram_of for gram in long) >= _FAMILIAR * max(len(long), 1)
            spelt = self._spelt[word] = ([*known, len(self._gram_of)], like)
        return spelt

    def _named(self, found: _Found) -> list[str]:
        strangers, own = list(found.strangers), len(self._rows)
        return [self._names[row] if row < own else strangers[row - own] for row in found.rows]

    def _telling(self, push: Floats, found: _Found) -> list[list[str]]:
        """The three units of each message that pushed hardest towards its best kind."""
        names = self._named(found)
        told: list[list[str]] = []
        for start, end in pairwise([*found.starts, len(names)]):
            strong = (-push[start:end]).argsort()[:3].tolist()
            told.append([names[start + at] for at in strong if push[start + at] > 0])
        return told


def _with_nothing(values: Floats) -> Floats:
    return np.concatenate([values, np.zeros((1, *values.shape[1:]), values.dtype)])


def softmax(logits: NDArray[Any]) -> Floats:
    """Rows of logits -> rows of probabilities."""
    risen = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=1, keepdims=True), np.float32)
