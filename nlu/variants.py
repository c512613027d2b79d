"""A city's own ways to ask, as its staff wrote them: which answer's variant a message is, word for word or nearly.

Nothing is trained: what was published a second ago is found. How alike two texts are depends on their words alone, so
that what the check before a publishing found out holds afterwards, whatever else is taught.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlu.meaning import Understanding
from nlu.word_list import words as listed

ANSWERS = 0.68  # likeness from which a variant answers where the model knows no topic
LEADS = 0.74  # … from which it stands before the model's own topic
SAME = 0.93  # … from which it is a question whatever the model takes it for: small talk, a joke, noise

FOUND = "variant_"  # stands before the topic in the score that says how like its variant a message is

_FAINTEST = 0.6  # likeness below which nothing is named
_LOOKED_AT = 64  # of the likest variants
_NAMED = 4  # topics
_SPELLABLE = 6  # letters from which a word never seen may be a known one misspelt
_MISSPELT = 0.9  # of a word's weight that is left then
_LIGHTEST = 2  # stands behind the rank of a word, so that the most frequent one weighs something

# Said to be polite: they stand in any question. No cry for help is among them.
_POLITE = listed(
    """
    ya yah iya kah sih dong nih deh kok lah toh admin min kakak kak bapak pak ibu bu mas mbak abang bang bos gan sis bro
    om tante nona nyong caca usi halo hai hi hello permisi maaf numpang tanya bertanya nanya mohon info informasi
    selamat pagi siang sore malam assalamualaikum terima kasih makasih
    """
)

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
            text: old.get(text) or _telling(clean(text)) for _, text in self.taught
        }
        self._own = threading.local()
        self._column: dict[str, int] = {}
        rows, columns, values = self._told()
        self._columns, self._shares = columns, values  # row after row
        self._row_starts = np.searchsorted(rows, np.arange(len(self.taught) + 1))
        order = np.argsort(columns, kind="stable")
        self._rows, self._values = rows[order], values[order]  # column after column
        self._starts = np.searchsorted(columns[order], np.arange(len(self._column) + 1)).tolist()
        self._spelt: dict[str, list[str]] = {}
        for word in self._column:
            for shorter in _shortened(word):
                self._spelt.setdefault(shorter, []).append(word)

    def best(self, words: Collection[str], names: Collection[str] = ()) -> list[Like]:
        """The topics whose variants a message is like, likest first. `words` are its plain ones (`Cleaned.words`).

        `names` are words of places in it, which count only where a variant has them too.
        """
        asked, squared = self._asked(words, names)
        if not asked:
            return []
        length = math.sqrt(squared)
        rows, likeness = self._alike(asked, _FAINTEST * length)
        likest = np.argsort(-likeness, kind="stable")[:_LOOKED_AT]
        best: dict[str, Like] = {}
        for row, like in zip(rows[likest].tolist(), likeness[likest].tolist(), strict=True):
            topic, text = self.taught[row]
            best.setdefault(topic, (topic, round(min(like / length, 1.0), 4), text))
        return list(best.values())[:_NAMED]

    def _alike(self, asked: list[tuple[float, int]], least: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The variants that share at least so much with the words asked (weight and column, heaviest first).

        The light words, which stand in most variants, count only in those that the heavy ones have found: alone they
        cannot reach `least`, for the shares of a variant's words have the length 1.
        """
        heavy, left = 0, sum(weight * weight for weight, _ in asked)
        while left >= 0.5 * least * least and heavy < len(asked):
            left -= asked[heavy][0] ** 2
            heavy += 1
        if not heavy:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        spans = [(self._starts[column], self._starts[column + 1], weight) for weight, column in asked[:heavy]]
        summed, weights = self._scratch()
        for start, end, weight in spans:
            summed[self._rows[start:end]] += self._values[start:end] * np.float32(weight)
        seen = np.concatenate([self._rows[start:end] for start, end, _ in spans])
        rows = np.sort(seen[summed[seen] >= max(least - math.sqrt(max(left, 0.0)), 1e-9)])
        summed[seen] = 0.0
        rows = rows[np.flatnonzero(np.diff(rows, prepend=-1))]
        if not len(rows):
            return rows, np.empty(0, np.float32)
        weights[[column for _, column in asked]] = [weight for weight, _ in asked]
        likeness = self._shared(rows, weights)
        weights[[column for _, column in asked]] = 0.0
        enough = likeness >= least
        return rows[enough], likeness[enough]

    def _shared(self, rows: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """What each of these variants shares with the words of these weights (one a column)."""
        sizes = self._row_starts[rows + 1] - self._row_starts[rows]
        starts = np.cumsum(sizes) - sizes
        told = np.arange(starts[-1] + sizes[-1]) + np.repeat(self._row_starts[rows] - starts, sizes)
        shared = self._shares[told] * weights[self._columns[told]]
        return np.asarray(np.add.reduceat(shared, starts), np.float32)

    def _scratch(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Zeroes, one a variant and one a word: this thread's own: making them anew costs more than the rest."""
        kept: tuple[NDArray[np.float32], NDArray[np.float32]] | None = getattr(self._own, "kept", None)
        if kept is None:
            kept = np.zeros(len(self.taught), np.float32), np.zeros(len(self._column), np.float32)
            self._own.kept = kept
        return kept

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

    def _asked(self, words: Collection[str], names: Collection[str]) -> tuple[list[tuple[float, int]], float]:
        """A message's words that variants have (weight and column, heaviest first); its whole squared length."""
        asked: list[tuple[float, int]] = []
        squared = 0.0
        for word in _telling(words):
            weight, share = self._weights[word], 1.0
            column = self._column.get(word)
            if column is None:
                if word in names:
                    continue
                column, weight = self._as_spelt(word, weight)
                share = _MISSPELT
            squared += weight * weight
            if column is not None:
                asked.append((weight * share, column))
        return sorted(asked, reverse=True), squared

    def _as_spelt(self, word: str, weight: float) -> tuple[int | None, float]:
        """The column of the word that a stranger is by one letter, with that word's weight."""
        if word not in self._weights:
            for shorter in _shortened(word):
                for like in self._spelt.get(shorter, ()):
                    if like[0] == word[0]:
                        return self._column[like], self._weights[like]
        return None, weight


def _telling(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, the polite ones left out where there are others."""
    once = tuple(dict.fromkeys(words))
    return tuple(word for word in once if word not in _POLITE) or once


def _shortened(word: str) -> list[str]:
    """A long word, and all that is left of it without one letter: two words share one of these if a letter differs."""
    if len(word) < _SPELLABLE or not word.isalpha():
        return []
    return [word, *(word[:at] + word[at + 1 :] for at in range(1, len(word)))]


@dataclass(frozen=True, slots=True)
class ByVariant(Understanding):
    """What was understood because of a city's own variant; `alone` is what the words say without any."""

    alone: Understanding | None = None


def without_variants(said: Understanding) -> Understanding:
    """What the words say alone, where it is a variant that leads; where another's word has replaced it, as it is."""
    if not isinstance(said, ByVariant) or said.alone is None or said.action != "answer":
        return said
    if not said.topics or f"{FOUND}{said.topics[0][0]}" not in said.scores:
        return said
    return replace(said.alone, places=said.places, reasons=said.reasons)


def with_variants(said: Understanding, likes: Sequence[Like]) -> Understanding:
    """What was understood, led by the variant that it is like, if it is like one enough.

    What is asked back about stays so: nobody who may be in danger is answered because of what a clerk wrote.
    """
    if said.action not in ("answer", "warn") or not likes or likes[0][1] < _needed(said):
        return said
    topic, likeness, text = likes[0]
    topics = {topic: likeness}
    for name, score in (*said.topics, *((name, like) for name, like, _ in likes[1:])):
        topics.setdefault(name, score)
    return ByVariant(
        kind=said.kind if said.kind == "complaint" else "question",
        action="answer",
        topics=tuple(topics.items()),
        places=said.places,
        facts=said.facts,
        language=said.language,
        scores={**said.scores, f"{FOUND}{topic}": likeness},
        reasons=(*said.reasons, f"mirip variasi ({likeness:.2f}): {text}"),
        alone=said,
    )


def _needed(said: Understanding) -> float:
    if said.action == "warn" or said.kind not in ("question", "complaint"):
        return SAME
    return LEADS if said.topics else ANSWERS
