"""What a message was understood to be: the only words in which `nlu` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["emergency", "question", "complaint", "smalltalk", "prank"]
Action = Literal["escalate", "ask", "answer", "warn"]
Source = Literal["pin", "coordinates", "link", "pluscode", "text"]
Role = Literal["incident", "reporter"]
Fact = str | int | float | bool | None

KINDS: tuple[Kind, ...] = ("emergency", "question", "complaint", "smalltalk", "prank")


@dataclass(frozen=True, slots=True)
class Heard:
    """One message's words, and the city slug of the account that heard it."""

    text: str
    city: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """Where something may be. Names as the city spells them, WGS84 degrees, confidence 0..1.

    A name without a known point keeps lat and lon None: a guess never falls back to the city's centre.
    `outside` says that the place lies outside the city that heard the message; `nearest` that a position's kelurahan
    is only the one with the nearest centre, because no polygon held it.
    """

    city: str | None = None
    kecamatan: str | None = None
    kelurahan: str | None = None
    landmark: str | None = None
    lat: float | None = None
    lon: float | None = None
    confidence: float = 0.0
    source: Source = "text"
    text: str | None = None
    accuracy_m: float | None = None
    role: Role = "incident"
    outside: bool = False
    nearest: bool = False


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, understood.

    `categories` and `topics` are best first; `topics` empty means that no FAQ answer may be given. With the action
    `ask` they say what may be answered once the citizen has denied a danger, never before.
    `severity` is 1 (a life is in danger now), 2 (urgent) or 3 (can wait); None when it is no emergency.
    `facts` holds JSON scalars only; its keys are documented in `nlu.facts`.
    `scores` holds calibrated probabilities of the five kinds and of the best intents, and a `rule_<category>` of 1 for
    each category that a danger word names for certain.
    """

    kind: Kind
    action: Action
    categories: tuple[str, ...] = ()
    severity: int | None = None
    topics: tuple[tuple[str, float], ...] = ()
    places: tuple[PlaceGuess, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    language: str = "id"
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def reaches_human(self) -> bool:
        """True where an operator is rung at once."""
        return self.action == "escalate"

    def to_json(self) -> dict[str, Any]:
        """The documented form: `sigap nlu parse` prints it, the database keeps it."""
        return {
            "kind": self.kind,
            "categories": list(self.categories),
            "severity": self.severity,
            "action": self.action,
            "reaches_human": self.reaches_human,
            "topics": [{"topic": topic, "score": score} for topic, score in self.topics],
            "places": [asdict(place) for place in self.places],
            "facts": dict(self.facts),
            "language": self.language,
            "scores": dict(self.scores),
            "reasons": list(self.reasons),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Understanding:
        """The inverse of `to_json`. Raises KeyError or TypeError on what `to_json` never wrote."""
        return cls(
            kind=kept["kind"],
            action=kept["action"],
            categories=tuple(kept["categories"]),
            severity=kept["severity"],
            topics=tuple((topic["topic"], topic["score"]) for topic in kept["topics"]),
            places=tuple(PlaceGuess(**place) for place in kept["places"]),
            facts=dict(kept["facts"]),
            language=kept["language"],
            scores=dict(kept["scores"]),
            reasons=tuple(kept["reasons"]),
        )
