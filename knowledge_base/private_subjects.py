"""Whether a message speaks of violence, suicide or children: what staff never read again and the bot never learns.

The words stand in private_words.txt. What is written badly is meant as well: a false alarm costs a question that is
not learned from, a miss costs a person's privacy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_PATH = Path(__file__).parent / "private_words.txt"
_SPELLED_OUT = re.compile(r"\b(?:[a-z][.\-_*\s]+){2,}[a-z]\b")  # "k.d.r.t", "b u n u h"
_DOUBLED = re.compile(r"([a-z])\1+")
_CHUNK = re.compile(r"[^\s,;:!?/()\"]+")
_WORD = re.compile(r"[a-z0-9]+")
_VOWELS = "aeiou"
_SHORTEST = 4  # letters of a stem with a vowel lost: fewer would be other words
_DIGITS = str.maketrans("013457@$", "oieastas")
# A child's age: "umur 5", "usia 16 thn"; at 17 people have a card of their own.
_AGE = re.compile(r"\b(?:ber)?(?:umur|usia|umr)(?:nya)?\s*(?:baru|masih|br|msh)?\s*(?:1[0-6]|\d)(?!\d)")

_NASALS = (("m", ("p",)), ("mb", ("b",)), ("n", ("t",)), ("nc", ("c",)), ("nd", ("d",)), ("ny", ("s",)), ("nge", ("",)))
# Affixes before a stem, with the letter that the stem lost behind them.
_AFFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((one, ("",)) for one in ("di", "ter", "ke", "ka", "ber", "be", "ba", "ta", "ku", "per", "me", "pe")),
    *((one + nasal, lost) for one in ("me", "pe", "") for nasal, lost in _NASALS),
    *((one + "ng", ("", "k", "g")) for one in ("me", "pe", "")),
)
_MOST_AFFIXES = 2


def is_private(text: str) -> bool:
    """Whether nobody may read this again, masked or not."""
    plain = unicodedata.normalize("NFKD", text).lower()
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    plain = _PEACEFUL.sub(" ", _SPELLED_OUT.sub(_joined, plain))
    if _AGE.search(plain):
        return True
    row: list[str] = []
    for chunk in _CHUNK.findall(plain):
        words = _WORD.findall(chunk)
        if any(map(_tells, (*words, "".join(words)))):
            return True
        row += map(_simple, words)
    return _ROWS.search(" ".join(row)) is not None


def _joined(letters: re.Match[str]) -> str:
    return "".join(_WORD.findall(letters[0]))


def _simple(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


@lru_cache(maxsize=16384)
def _tells(word: str) -> bool:
    """Whether this word alone says it, as it stands, with its digits as letters or without them."""
    spelled = {word}
    if not word.isalpha() and not word.isdigit():
        spelled |= {word.translate(_DIGITS), "".join(filter(str.isalpha, word)), word.rstrip("0123456789")}
    return any(
        not _WORDS.isdisjoint((one, _simple(one))) or any(map(_begins_with_a_stem, _bare(_simple(one), _MOST_AFFIXES)))
        for one in spelled
    )


def _bare(word: str, affixes: int) -> Iterator[str]:
    """``word``, and what may be left of it without its affixes."""
    yield word
    for affix, lost in _AFFIXES if affixes else ():
        if word.startswith(affix):
            for letter in lost:
                yield from _bare(letter + word[len(affix) :], affixes - 1)


def _begins_with_a_stem(word: str) -> bool:
    return any(word[:end] in _STEMS for end in range(_SHORTEST_STEM, min(len(word), _LONGEST_STEM) + 1))


def _spellings(stem: str) -> Iterator[str]:
    """A stem with a vowel lost: of a short one the first, of a longer one any or all."""
    yield stem
    places = [at for at, letter in enumerate(stem) if letter in _VOWELS]
    consonants = len(stem) - len(places)
    if consonants < 3 or not places:
        return
    for at in places if consonants > 3 else places[:1]:
        yield stem[:at] + stem[at + 1 :]
    if consonants > 3:
        yield "".join(letter for letter in stem if letter not in _VOWELS)


def _parts() -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    for line in _PATH.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = parts.setdefault(line.strip("[]"), [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    return parts


def _pattern(line: str, after: str) -> str:
    """A line of words as an expression; ``after``: what may follow each of them."""
    found = ""
    for word in line.split():
        if word == "*":
            found += r"(?:\S+ )?"
        elif word == "#":
            found += r"\d+ "
        else:
            found += f"(?:{'|'.join(map(re.escape, word.split('/')))}){after} "
    return found.removesuffix(" ")


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


_READ = _parts()
_WORDS = frozenset(word for line in _READ["words"] for word in line.split())
_STEMS = frozenset(
    spelled
    for line in _READ["stems"]
    for stem in line.split()
    for spelled in map(_simple, _spellings(stem))
    if spelled == stem or len(spelled) >= _SHORTEST
)
_SHORTEST_STEM, _LONGEST_STEM = min(map(len, _STEMS)), max(map(len, _STEMS))
_ROWS = _any_of([_pattern(line, r"[a-z]*") for line in _READ["rows"]])
_PEACEFUL = _any_of([_pattern(line, "").replace(" ", r"\s*") + r"\b" for line in _READ["peaceful"]])
