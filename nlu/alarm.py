"""The inbox's first glance: may this message overtake the others? A few microseconds, and rather once too often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nlu.clean import EMOJI, visible

_APART = str.maketrans(dict.fromkeys("!?.,;:\n\t\"'()[]/-_*~…", " "))
_STRETCHED = re.compile(r"(.)\1{2,}")
_PICTURE = re.compile(f"[{EMOJI}]")
_ENDINGS = ("nya", "mi", "ki", "ka", "ku", "ji")
_SHORTEST = 3
_FEWEST_LETTERS_DROPPED = 6  # words from this length on are also known with one letter missing


class Alarm:
    """Danger words alone, each also without one letter and with common endings."""

    def __init__(self, danger: Mapping[str, Any], slang: Mapping[str, str]) -> None:
        loud = set(_loud_words(danger))
        loud.update(short for short, plain in slang.items() if not loud.isdisjoint(plain.split()))
        self._pictures = {word for word in loud if not word.isalnum()}
        words = {word for word in loud if word.isalnum() and len(word) >= _SHORTEST}
        ordinary = set(danger["ordinary"])
        missing = {word[:at] + word[at + 1 :] for word in words for at in range(1, len(word)) if len(word) >= 6}
        self._words = frozenset(words | (missing - ordinary) | {word + end for word in words for end in _ENDINGS})

    def rings(self, text: str) -> bool:
        """Whether a danger word stands in the text, however doubtful. Never raises."""
        if not text.isascii():
            text = visible(text)
            if self._pictures.intersection(_PICTURE.findall(text)):
                return True
        said = text.lower().translate(_APART)
        if not self._words.isdisjoint(said.split()):
            return True
        calm = _STRETCHED.sub(r"\1", said)
        return calm != said and not self._words.isdisjoint(calm.split())


def _loud_words(danger: Mapping[str, Any]) -> Iterable[str]:
    """Every word that opens a certain pattern by itself, every hint that is a cry, and what may be misspelt."""
    yield from danger["cries"]
    yield from danger["misspelt"]
    for group in danger["groups"]:
        for pattern in group.get("certain", ()):
            if " " not in str(pattern):
                yield from str(pattern).split("|")
        yield from (hint for hint in group.get("hints", ()) if group["severity"] == 1 and " " not in hint)
