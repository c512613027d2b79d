"""A city's own ways to ask, as its staff wrote them: which answer's variant a message is, word for word or nearly.

Nothing is trained: what was published a second ago is found. How alike two texts are depends on their words alone, so
that what the check before a publishing found out holds afterwards, whatever else is taught.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nlu.meaning import Understanding

ANSWERS = 0.68  # likeness from which a variant answers where the model knows no topic
LEADS = 0.8  # … from which it stands before the model's own topic
SAME = 0.93  # … from which it is a question whatever the model takes it for: small talk, a joke, noise

_FAINTEST = 0.5  # likeness below which nothing is named
_LOOKED_AT = 64  # of the likest variants
_NAMED = 4  # topics
_SPELLABLE = 6  # letters from which a word never seen may be a known one misspelt
_MISSPELT = 0.9  # of a word's weight that is left then
_LIGHTEST = 2  # stands behind the rank of a word, so that the most frequent one weighs something

Taught = tuple[str, str]  # topic, and one way to ask it
Like = tuple[str, float, str]  # topic, likeness 0..1, the variant


class Weights:
    """What a word says: the rarer it is in the phrases that the model has read, the more."""

    def __init__(self, known: Sequence[str]) -> None:
        self._of = {word: math.log(rank + _LIGHTEST) for rank, word in enumerate(known)}
        self._stranger = math.log(len(known) + _LIGHTEST)

    def __getitem__(self, word: str) -> float:
        return self._of.get(word, self._stranger)

    def __contains__(self, word: str) -> bool:
        return word in self._of


class Variants:
    """An index over one city's variants. Reading it changes nothing: any number of threads may.

    `before`, an older index of the same city and model, lends the words of the texts that did not change.
    """

    def __init__(
        self,
        taught: Iterable[Taught],
        clean: Callable[[str], Sequence[str]],
        weights: Weights,
        before: Variants | None = None,
    ) -> None:
        self.taught = tuple(dict.fromkeys(taught))
        self._weights = weights
        old = before.words if before is not None and before._weights is weights else {}
        self.words: dict[str, tuple[str, ...]] = {
            text: old.get(text) or tuple(dict.fromkeys(clean(text))) for _, text in self.taught
        }
        self._column: dict[str, int] = {}
        rows, columns, values = self._told()
        order = np.argsort(columns, kind="stable")
        self._rows, self._values = rows[order], values[order]
        self._starts = np.searchsorted(columns[order], np.arange(len(self._column) + 1)).tolist()
        self._spelt: dict[str, list[str]] = {}
        for word in self._column:
            for shorter in _shortened(word):
                self._spelt.setdefault(shorter, []).append(word)

    def best(self, words: Collection[str], names: Collection[str] = ()) -> list[Like]:
        """The topics whose variants a message is like, likest first. `words` are its plain ones (`Cleaned.words`).

        `names` are words of places in it, which count only where a variant has them too.
        """
        columns, weights, squared = self._asked(words, names)
        if not columns:
            return []
        spans = [(self._starts[column], self._starts[column + 1]) for column in columns]
        rows = np.concatenate([self._rows[start:end] for start, end in spans])
        told = np.concatenate(
            [self._values[start:end] * weight for (start, end), weight in zip(spans, weights, strict=True)]
        )
        likeness = np.bincount(rows, told)
        length = math.sqrt(squared)
        found = np.flatnonzero(likeness >= _FAINTEST * length)
        likest = found[np.argsort(-likeness[found], kind="stable")[:_LOOKED_AT]]
        best: dict[str, Like] = {}
        for row in likest.tolist():
            topic, text = self.taught[row]
            best.setdefault(topic, (topic, round(min(float(likeness[row]) / length, 1.0), 4), text))
        return list(best.values())[:_NAMED]

    def _told(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """For each word of each variant its row, its column, and its share of the variant's length."""
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row, (_, text) in enumerate(self.taught):
            words = self.words[text]
            weighed = [self._weights[word] for word in words]
            length = math.sqrt(sum(weight * weight for weight in weighed)) or 1.0
            rows += [row] * len(words)
            columns += [self._column.setdefault(word, len(self._column)) for word in words]
            values += [weight / length for weight in weighed]
        return np.array(rows, np.int32), np.array(columns, np.int32), np.array(values, np.float32)

    def _asked(self, words: Collection[str], names: Collection[str]) -> tuple[list[int], list[float], float]:
        """The columns of a message's words with their weights, and the squared length of the whole message."""
        columns: list[int] = []
        weights: list[float] = []
        squared = 0.0
        for word in set(words):
            weight = self._weights[word]
            column = self._column.get(word)
            if column is None:
                if word in names:
                    continue
                column, weight = self._as_spelt(word, weight)
            squared += weight * weight
            if column is not None:
                misspelt = word not in self._column
                columns.append(column)
                weights.append(weight * _MISSPELT if misspelt else weight)
        return columns, weights, squared

    def _as_spelt(self, word: str, weight: float) -> tuple[int | None, float]:
        """The column of the word that a stranger is by one letter, with that word's weight."""
        if word not in self._weights:
            for shorter in _shortened(word):
                for like in self._spelt.get(shorter, ()):
                    if like[0] == word[0]:
                        return self._column[like], self._weights[like]
        return None, weight


def _shortened(word: str) -> list[str]:
    """A long word, and all that is left of it without one letter: two words share one of these if a letter differs."""
    if len(word) < _SPELLABLE or not word.isalpha():
        return []
    return [word, *(word[:at] + word[at + 1 :] for at in range(1, len(word)))]


def with_variants(said: Understanding, likes: Sequence[Like]) -> Understanding:
    """What was understood, led by the variant that it is like, if it is like one enough."""
    if not likes or likes[0][1] < _needed(said):
        return said
    topic, likeness, text = likes[0]
    topics = {topic: likeness}
    for name, score in (*said.topics, *((name, like) for name, like, _ in likes[1:])):
        topics.setdefault(name, score)
    return replace(
        said,
        kind=said.kind if said.kind == "complaint" else "question",
        action="answer",
        categories=(),
        topics=tuple(topics.items()),
        reasons=(*said.reasons, f"mirip variasi ({likeness:.2f}): {text}"),
    )


def _needed(said: Understanding) -> float:
    if said.action != "answer" or said.kind not in ("question", "complaint"):
        return SAME
    return LEADS if said.topics else ANSWERS
