"""The inbox's first glance: may this message overtake the others? A few microseconds, and rather once too often."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nlu.clean import EMOJI, visible
from nlu.model import Model
from nlu.units import is_word

CALLED_FOR_NOTHING = 0.3  # of the non-emergencies among the training phrases: what the threshold allows

_APART = str.maketrans(dict.fromkeys("!?.,;:\n\t\"'()[]/-_*~…", " "))
_STRETCHED = re.compile(r"(.)\1{2,}")
_PICTURE = re.compile(f"[{EMOJI}]")
_ENDINGS = ("nya", "mi", "ki", "ka", "ku", "ji")
_SHORTEST = 3
_LONG_ENOUGH = 6  # words from this length on are also known with one letter missing
_CRY = 3  # words of a message in which one danger word is enough


class Alarm:
    """Danger words, and how much every other word spoke for an emergency when the model was trained."""

    def __init__(self, danger: Mapping[str, Any], slang: Mapping[str, str], model: Model) -> None:
        loud = set(_loud_words(danger))
        loud.update(short for short, plain in slang.items() if not loud.isdisjoint(plain.split()))
        self._pictures = {word for word in loud if not word.isalnum()}
        words = {word for word in loud if word.isalnum() and len(word) >= _SHORTEST}
        missing = {
            word[:at] + word[at + 1 :] for word in words if len(word) >= _LONG_ENOUGH for at in range(1, len(word))
        }
        ended = {word + ending for word in words for ending in _ENDINGS}
        self._loud = frozenset(words | ended | (missing - set(danger["ordinary"])))
        self._push = _pushes(model, slang)
        weight = float(np.mean(np.abs(list(self._push.values())))) if self._push else 1.0
        for word in self._loud:
            self._push[word] = self._push.get(word, 0.0) + weight
        self._threshold = model.thresholds.get("alarm", 0.0)

    def rings(self, text: str) -> bool:
        """Whether the words speak for an emergency, however faintly. Never raises."""
        if not text.isascii():
            text = visible(text)
            if not self._pictures.isdisjoint(_PICTURE.findall(text)):
                return True
        words = self._words(text)
        if len(words) <= _CRY and not self._loud.isdisjoint(words):
            return True
        return bool(words) and self._sum(words) > self._threshold

    def loudness(self, text: str) -> float:
        """What the threshold is compared with."""
        return self._sum(self._words(visible(text)))

    def _words(self, text: str) -> list[str]:
        said = text.lower().translate(_APART)
        return (_STRETCHED.sub(r"\1", said) if _STRETCHED.search(said) else said).split()

    def _sum(self, words: list[str]) -> float:
        push = self._push.get
        total = sum([push(word, 0.0) for word in words])
        return total / math.sqrt(max(len(words), 1))


def _pushes(model: Model, slang: Mapping[str, str]) -> dict[str, float]:
    margin = model.rows[:, 0] - model.rows[:, 1:5].max(axis=1)  # the first five columns are the kinds
    push = {unit: float(margin[row]) for row, unit in enumerate(model.units) if is_word(unit)}
    for short, plain in slang.items():
        if " " not in short:
            push[short] = sum(push.get(word, 0.0) for word in plain.split())
    return push


def _loud_words(danger: Mapping[str, Any]) -> Iterable[str]:
    """Cries, what may be misspelt, and every word that is a certain pattern by itself."""
    yield from danger["cries"]
    yield from danger["misspelt"]
    for group in danger["groups"]:
        for pattern in group.get("certain", ()):
            if " " not in str(pattern):
                yield from str(pattern).split("|")
