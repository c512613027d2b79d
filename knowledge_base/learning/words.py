"""What a question is about, as a few plain words: to tell whether two questions ask the same.

Coarser than the understander's reading, which this package does not know: case, shorthand, filling words and the
commonest endings go, so that "gmn cara ngurus KTP hilang ya kak" and "mengurus ktp yg hilang" leave the same words.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from knowledge_base.phrases import CITIES, SHARED

_WORD = re.compile(r"[^\W_]+")
_DOUBLED = re.compile(r"([a-z])\1{2,}")
_ENDINGS = ("nya", "kah", "lah", "kan")
# What a verb may begin with; its stem stays.
_BEGINNINGS = ("meng", "menge", "men", "mem", "me", "peng", "pem", "pen", "per", "ber", "ter", "di", "ng")
_STEM = 4  # letters that must be left
_MOST = 24  # words of one question that count

STOP_WORDS = Path(__file__).parent / "stopwords.txt"


def words_of(text: str) -> tuple[str, ...]:
    """The telling words, each once, in their order; never empty.

    A question of nothing but filling words keeps them, one without any word is its own signs.
    """
    spelled = [word for one in _WORD.findall(text.lower()) for word in _plain(_DOUBLED.sub(r"\1", one))]
    telling = [_stem(word) for word in spelled if word not in _stop_words()]
    return tuple(dict.fromkeys(telling or spelled or [" ".join(text.split())]))[:_MOST]


def _plain(word: str) -> list[str]:
    return _slang().get(word, word).split()


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            word = word.removesuffix(ending)
            break
    for beginning in _BEGINNINGS:
        if word.startswith(beginning) and len(word) - len(beginning) >= _STEM:
            return word.removeprefix(beginning)
    return word


@cache
def _stop_words() -> frozenset[str]:
    lines = STOP_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _slang() -> dict[str, str]:
    with (CITIES / SHARED / "slang.csv").open(encoding="utf-8", newline="") as lines:
        return {row["slang"]: row["plain"].lower() for row in csv.DictReader(lines)}
