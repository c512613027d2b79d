"""Which questions ask the same: each new one joins the group whose first question is nearest, or begins a group.

Leader clustering: a question is compared with the groups' first questions alone, and only with those that share one
of its rarest words. The cost of one question is bounded, whatever has been asked before (see ``MOST_COMPARED``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from knowledge_base.learning.words import words_of

NEAR = 0.55  # cosine from which two questions ask the same
MOST_COMPARED = 240  # groups that one question is compared with
_PROBES = 5  # of its words, the rarest first
_LONG = 5  # letters from which a word may be misspelt

Words = Callable[[str], Sequence[str]]


@dataclass(slots=True)
class Groups:
    """The groups of one city in memory, by the words of their first questions. No thread may share it.

    Built anew from the groups' titles it is the same, so that a restart groups on as before.
    """

    words: Words = words_of
    _leaders: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _holders: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # newest last
    _seen: Counter[str] = field(default_factory=Counter)
    _gaps: dict[str, str] = field(default_factory=dict)  # a word less a letter -> the word

    def __len__(self) -> int:
        return len(self._leaders)

    @classmethod
    def of(cls, titles: Iterable[tuple[int, str]], words: Words = words_of) -> Groups:
        """From (id, first question), in the order of their ids."""
        groups = cls(words)
        for key, title in titles:
            groups.begin(key, title)
        return groups

    def begin(self, key: int, title: str) -> None:
        """A new group with this first question."""
        told = self._told(title)
        self._leaders[key] = told
        for word in told:
            if not self._seen[word]:
                for gap in _gaps_of(word):
                    self._gaps.setdefault(gap, word)
            self._seen[word] += 1
            self._holders[word].append(key)

    def find(self, text: str) -> int | None:
        """The group that this question belongs to; None where nobody asked the like before."""
        told = self._told(text)
        weights = {word: self._weight(word) ** 2 for word in told}
        ours = sum(weights.values())
        best, near = None, NEAR
        for key in self._candidates(told):
            leader = self._leaders[key]
            shared = sum(weights[word] for word in leader if word in weights)
            if shared < near * near * ours:  # however short the other is
                continue
            likeness = shared / math.sqrt(ours * sum(weights.get(word) or self._weight(word) ** 2 for word in leader))
            if likeness > near or (likeness == near and best is None):
                best, near = key, likeness
        return best

    def _told(self, text: str) -> tuple[str, ...]:
        """Its words; a long one that nobody wrote before is taken for a known one that differs by a letter."""
        return tuple(dict.fromkeys(self._spelt(word) for word in self.words(text)))

    def _spelt(self, word: str) -> str:
        if self._seen[word] or len(word) < _LONG:
            return word
        return next((self._gaps[gap] for gap in (word, *_gaps_of(word)) if gap in self._gaps), word)

    def _candidates(self, told: Sequence[str]) -> Iterable[int]:
        """Groups that share one of its rarest words, the newest first, each once."""
        known = sorted((word for word in told if self._seen[word]), key=lambda word: self._seen[word])
        each = MOST_COMPARED // _PROBES
        return dict.fromkeys(key for word in known[:_PROBES] for key in self._holders[word][: -each - 1 : -1])

    def _weight(self, word: str) -> float:
        """A rare word tells more; figures that stand still would age, these follow what people ask."""
        return 1.0 + math.log((1 + len(self._leaders)) / (1 + self._seen[word]))


def _gaps_of(word: str) -> list[str]:
    """The word less each of its letters but the first."""
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))] if len(word) >= _LONG else []
