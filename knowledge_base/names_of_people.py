"""Which words of a message are names of people: by what stands around them, by a list, and by being no word we know.

What is known are the words of the training phrases and the names of places in the cities' files.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from knowledge_base.phrases import CITIES, SHARED

_HERE = Path(__file__).parent
_TOKEN = re.compile(r"\[\w+\]|a\s?[./]\s?n\b\.?|[^\W_](?:[\w']*\w)?", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+")
_ENDS_A_NAME = re.compile(r"[,;!?()\n\"]|\.\s")  # between two words
_BEHALF = re.compile(r"a\s?[./]\s?n\.?", re.IGNORECASE)
_MOST = 4  # words of one name
_OFTEN = 3  # times that a word stands in the phrases before it is known: a rare one may be somebody's name
_PLACE = 5  # words of a place's name at most
_TITLED = 0.7  # share of words in capitals above which they tell nothing


class Message:
    """The words of one message."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found = list(_TOKEN.finditer(text))
        self.words = ["an" if _BEHALF.fullmatch(one[0]) else one[0].lower() for one in self.found]
        self.places = _placed(self.words)
        capitals = sum(one[0][0].isupper() for one in self.found)
        shouted = len(self.found) > 2 and capitals > _TITLED * len(self.found)
        self.capitals = [not shouted and one[0].istitle() for one in self.found]

    def names(self) -> Iterator[tuple[int, int]]:
        """Where names stand: from, to, in letters."""
        at = 0
        while at < len(self.words):
            end = max(self._name(at), at)
            if end > at:
                yield self.found[at].start(), self.found[end - 1].end()
            at = max(end, at + 1)

    def _name(self, at: int) -> int:
        """The word before which the name that begins with word ``at`` ends; ``at`` where none begins."""
        words, part = _lists(), _parts()
        if self.words[at : at + 2] in (["la", "ode"], ["wa", "ode"]):
            return self._run(at, lambda one: one < at + 2 or self._unknown(one))
        before = self._before(at)
        if before in part["strong"] or (before in part["between"] and self._named(at)):
            return self._run(at, lambda one: self.words[one] not in part["ends"] | part["between"])
        if before in part["titles"] and self.capitals[at]:
            return self._run(at, lambda one: self.capitals[one] and self.words[one] not in part["ends"])
        if before in part["titles"] or before in part["weak"]:
            return self._run(at, self._unknown)
        if self.words[at] in words and at not in self.places:
            return self._run(at, self._unknown)
        if self.capitals[at] and self._unknown(at) and (at or self.capitals[1:2] == [True]):
            return self._run(at, self._unknown)
        end = self._run(at, self._unknown) if before is None else at
        return end if end < len(self.words) and self.words[end] in part["wants"] else at

    def _before(self, at: int) -> str | None:
        """The word before, None where a sentence begins with word ``at``."""
        if at == 0:
            return None
        gap = self.text[self.found[at - 1].end() : self.found[at].start()]
        return None if _ENDS_A_NAME.search(gap) and self.words[at - 1] not in _parts()["titles"] else self.words[at - 1]

    def _named(self, at: int) -> bool:
        """Whether "nama" stands before it, with nothing between that may not."""
        part = _parts()
        while at and self.words[at - 1] in part["between"]:
            at -= 1
        return bool(at) and self.words[at - 1] in part["strong"]

    def _unknown(self, at: int) -> bool:
        word = self.words[at]
        if word in _lists():
            return at not in self.places
        return at not in self.places and word.replace("'", "").isalpha() and len(word) > 1 and word not in known_words()

    def _run(self, at: int, is_name: Callable[[int], bool]) -> int:
        end = at
        while end < min(len(self.words), at + _MOST) and self._may_be(end) and is_name(end):
            end += 1
            if end < len(self.words) and self._before(end) is None:
                break
        return end

    def _may_be(self, at: int) -> bool:
        return self.words[at][0].isalpha()


def _placed(words: list[str]) -> frozenset[int]:
    """Which words belong to the name of a place that a city's files know."""
    known, found, at = _places(), set[int](), 0
    while at < len(words):
        long = next((n for n in range(min(_PLACE, len(words) - at), 0, -1) if tuple(words[at : at + n]) in known), 0)
        found |= set(range(at, at + long))
        at += long or 1
    return frozenset(found)


@cache
def _places() -> frozenset[tuple[str, ...]]:
    names: set[str] = set()
    for path in sorted(CITIES.glob("*/*.csv")):
        if path.name in ("districts.csv", "landmarks.csv"):
            with path.open(encoding="utf-8", newline="") as lines:
                for row in csv.DictReader(lines):
                    names |= {row["nama"], row.get("kecamatan") or "", *row["alias"].split(";")}
    return frozenset(tuple(_WORDS.findall(name.lower())) for name in names) - {()}


@cache
def known_words() -> frozenset[str]:
    """Words that stand often enough in what citizens ask, with the filling words."""
    counted: Counter[str] = Counter()
    for path in sorted((CITIES / SHARED / "phrases").glob("*.yml")):
        if path.name.startswith(("faq_", "keluhan", "iseng", "luar_topik", "basabasi")):
            counted.update(_WORDS.findall(path.read_text(encoding="utf-8")))
    often = {word for word, times in counted.items() if times >= _OFTEN}
    with (CITIES / SHARED / "slang.csv").open(encoding="utf-8", newline="") as lines:
        slang = {word for row in csv.DictReader(lines) for word in (row["slang"], *row["plain"].lower().split())}
    fillers = _words_of(_HERE / "learning" / "stopwords.txt")
    return frozenset(often | slang | fillers).union(*_parts().values()) - _lists()


@cache
def _lists() -> frozenset[str]:
    return frozenset(_words_of(_HERE / "people_names.txt"))


def _words_of(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


@cache
def _parts() -> dict[str, frozenset[str]]:
    parts: dict[str, set[str]] = {}
    for line in (_HERE / "name_words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            words = parts.setdefault(line.strip("[]"), set())
        elif line.strip() and not line.startswith("#"):
            words |= set(line.split())
    return {name: frozenset(words) for name, words in parts.items()}
