"""Patterns of words, written as data, found in a message in one pass.

`a b` side by side, `a .. b` at most four words between, `a|b` either, `<name>` a named list. A word is also found under
its endings ("apinya") and, where its pattern allows it, misspelt ("kebakarn", "tnggelm").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from nlu.clean import skeleton, within

GAP = 4  # words that ".." may leave out
_MEMO = 50_000
_PLACES = 8  # of one pattern in one message
_STRANGERS = 150  # words not met before that one message may bring: nobody who means something brings more
_SHORTEST_FUZZY = 5  # shorter words have too many honest neighbours
_ENDINGS = ("nya", "ku", "mu", "lah", "kah", "pun", "mi", "ki", "ka", "ko", "ji", "pi")


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found: words[start:end]. `misspelt` where a word was only nearly written."""

    label: str
    start: int
    end: int
    misspelt: bool = False


@dataclass(frozen=True, slots=True)
class _Pattern:
    label: str
    slots: tuple[int, ...]
    gaps: tuple[int, ...]  # words that may stand before each slot
    needs: frozenset[int]


class Patterns:
    """Patterns: `add` each, `settle` once, then `found` for every message."""

    def __init__(self, sets: Mapping[str, Sequence[str]], ordinary: Iterable[str]) -> None:
        self._sets = sets
        self._slots: dict[frozenset[str], int] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._all: list[_Pattern] = []
        self._anchored: dict[int, list[_Pattern]] = {}  # patterns by the slot that the fewest messages fill
        self._ordinary = set(ordinary)
        self._near: dict[str, list[str]] = {}  # a word less one letter -> the words that it may be
        self._bones: dict[str, list[str]] = {}
        self._memo: dict[str, tuple[tuple[int, ...], bool]] = {}

    def add(self, label: str, pattern: str) -> None:
        """Raises ValueError for an unknown set or an empty pattern."""
        slots: list[int] = []
        gaps: list[int] = []
        gap = 0
        for piece in pattern.split():
            if piece == "..":
                gap = GAP
                continue
            slots.append(self._slot(self._alternatives(piece, pattern)))
            gaps.append(gap)
            gap = 0
        if not slots:
            raise ValueError(f"empty pattern {pattern!r} in {label}")
        self._all.append(_Pattern(label, tuple(slots), tuple(gaps), frozenset(slots)))

    def _alternatives(self, piece: str, pattern: str) -> frozenset[str]:
        words: set[str] = set()
        for word in piece.split("|"):
            if word.startswith("<"):
                if word[1:-1] not in self._sets:
                    raise ValueError(f"unknown set {word} in pattern {pattern!r}")
                words.update(self._sets[word[1:-1]])
            elif word:
                words.add(word)
        return frozenset(words)

    def _slot(self, words: frozenset[str]) -> int:
        slot = self._slots.setdefault(words, len(self._slots))
        for word in words:
            held = self._exact.get(word, ())
            if slot not in held:
                self._exact[word] = (*held, slot)
        return slot

    def allow_misspelling(self, word: str) -> None:
        """Raises ValueError for a word that no pattern names."""
        if word not in self._exact:
            raise ValueError(f"no pattern names {word!r}")
        for key in (word, *(word[:at] + word[at + 1 :] for at in range(len(word)))):
            words = self._near.setdefault(key, [])
            if word not in words:
                words.append(word)
        bones = self._bones.setdefault(skeleton(word), [])
        if word not in bones:
            bones.append(word)

    def __contains__(self, word: str) -> bool:
        return bool(self._slots_of(word)[0])

    def settle(self) -> None:
        """Once, after the last `add`: files each pattern under its rarest slot, so that "orang" opens only a few."""
        common = dict.fromkeys(self._slots.values(), 0)
        for slots in self._exact.values():
            for slot in slots:
                common[slot] = max(common[slot], len(slots))
        anchored: dict[int, list[_Pattern]] = {}
        for pattern in self._all:
            anchored.setdefault(min(pattern.slots, key=lambda slot: common[slot]), []).append(pattern)
        self._anchored = anchored

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that some pattern names."""
        return frozenset(self._exact)

    def found(self, words: Sequence[str]) -> list[Match]:
        """Every pattern that the words contain, each once, at its first place."""
        places: dict[int, list[int]] = {}
        misspelt: set[int] = set()
        memo, strangers = self._memo, _STRANGERS
        for at, word in enumerate(words):
            known = memo.get(word)
            if known is None:
                strangers -= word not in self._exact and word not in self._ordinary
                known = self._slots_of(word) if strangers >= 0 else (self._exact.get(word, ()), False)
            slots, nearly = known
            for slot in slots:
                if slot in places:
                    places[slot].append(at)
                else:
                    places[slot] = [at]
            if nearly:
                misspelt.add(at)
        return self._matches(places, misspelt) if places else []

    def _matches(self, places: dict[int, list[int]], misspelt: set[int]) -> list[Match]:
        anchored, present = self._anchored, places.keys()
        matches: list[Match] = []
        for slot in places:
            for pattern in anchored.get(slot, ()):
                if not pattern.needs <= present:
                    continue
                for start, end in _spans(pattern, places):
                    nearly = bool(misspelt) and not misspelt.isdisjoint(range(start, end))
                    matches.append(Match(pattern.label, start, end, nearly))
        return matches

    def _slots_of(self, word: str) -> tuple[tuple[int, ...], bool]:
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        slots = self._memo[word] = self._resolve(word)
        return slots

    def _resolve(self, word: str) -> tuple[tuple[int, ...], bool]:
        if slots := self._exact.get(word):
            return slots, False
        if word in self._ordinary:
            return (), False
        for ending in _ENDINGS:
            stem = word.removesuffix(ending)
            if len(stem) >= 3 and stem != word and (slots := self._exact.get(stem)):
                return slots, False
        meant = self._nearest(word)
        return (self._exact[meant], True) if meant else ((), False)

    def _nearest(self, word: str) -> str | None:
        if not (3 <= len(word) <= 24 and word.isalpha() and word.isascii()):
            return None
        if whole := self._of_bones(word):
            return whole
        candidates: list[str] = []
        if len(word) >= _SHORTEST_FUZZY - 1:
            for at in range(-1, len(word)):
                shorter = word if at < 0 else word[:at] + word[at + 1 :]
                candidates.extend(self._near.get(shorter, ()))
        best, best_distance = None, 3
        for candidate in candidates:
            if candidate[0] != word[0] and len(candidate) < 7:
                continue  # "marah" is not "darah": short words are trusted in their first letter
            distance = OSA.distance(word, candidate, score_cutoff=2)
            if distance < best_distance and distance <= (2 if len(candidate) >= 8 else 1):
                best, best_distance = candidate, distance
        return best

    def _of_bones(self, word: str) -> str | None:
        """ "tnglm" -> tenggelam: an SMS that keeps the consonants and hardly a vowel."""
        bones = skeleton(word)
        if len(bones) < 4 or len(word) - len(bones) > len(word) // 2:
            return None
        near = self._bones.get(bones, ())
        return next((whole for whole in near if whole[0] == word[0] and within(word, whole)), None)


def _spans(pattern: _Pattern, places: dict[int, list[int]]) -> list[tuple[int, int]]:
    """The first places of a pattern: enough to find one that no context dampens."""
    starts = places[pattern.slots[0]]
    if len(pattern.slots) == 1:
        return [(at, at + 1) for at in starts[:_PLACES]]
    spans: list[tuple[int, int]] = []
    for start in starts:
        end = _end(pattern, start, places)
        if end is not None:
            spans.append((start, end))
            if len(spans) == _PLACES:
                break
    return spans


def _end(pattern: _Pattern, start: int, places: dict[int, list[int]]) -> int | None:
    at = start
    for slot, gap in zip(pattern.slots[1:], pattern.gaps[1:], strict=True):
        held = places[slot]
        next_one = bisect_right(held, at)
        if next_one == len(held) or held[next_one] > at + 1 + gap:
            return None
        at = held[next_one]
    return at + 1
