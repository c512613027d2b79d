"""What to do with what was understood: pure, small, and the same in training, tests and service.

Danger words outrank every score. A doubt becomes a question back, never silence. An answer needs a topic that is clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nlu.danger import Reading
from nlu.meaning import Action, Kind

Level = Literal["certain", "doubtful", "hint", "none"]
LEVELS: tuple[Level, ...] = ("certain", "doubtful", "hint", "none")

_HUSHED = 0.01  # from which a doubt counts where somebody may not be heard: what they write is not what they mean
_UNREADABLE = 0.5  # share of familiar words below which a message is noise or an unknown language


@dataclass(frozen=True, slots=True)
class Limits:
    """The probability of an emergency from which each level of danger words escalates or asks; of a topic, answers."""

    escalate: Mapping[Level, float]
    ask: Mapping[Level, float]
    topic: float

    def to_thresholds(self) -> dict[str, float]:
        """The flat form that the model file keeps."""
        flat = {f"escalate/{level}": value for level, value in self.escalate.items()}
        flat.update({f"ask/{level}": value for level, value in self.ask.items()})
        return flat | {"topic": self.topic}

    @classmethod
    def from_thresholds(cls, flat: Mapping[str, float]) -> Limits:
        """Raises KeyError where a threshold is missing."""
        return cls(
            escalate={level: flat[f"escalate/{level}"] for level in LEVELS},
            ask={level: flat[f"ask/{level}"] for level in LEVELS},
            topic=flat["topic"],
        )


def level_of(reading: Reading) -> Level:
    """How much the danger words alone say."""
    if reading.certain:
        return "certain"
    if reading.doubtful:
        return "doubtful"
    return "hint" if reading.hints else "none"


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the decision rests on. `emergency` is the probability; `kind` the likeliest kind that is none."""

    level: Level
    emergency: float
    kind: Kind
    topic: float
    readable: float
    empty: bool = False
    prank_admitted: bool = False
    silent: bool = False  # words that ask not to be heard


def decide(seen: Seen, limits: Limits) -> tuple[Kind, Action]:
    """The kind and the action of one message."""
    if seen.level == "certain" or seen.emergency >= limits.escalate[seen.level]:
        return "emergency", "escalate"
    if seen.emergency >= (min(_HUSHED, limits.ask[seen.level]) if seen.silent else limits.ask[seen.level]):
        return ("emergency" if seen.emergency >= 0.5 else seen.kind), "ask"
    if seen.empty or seen.readable < _UNREADABLE:
        return seen.kind, "ask"
    if seen.prank_admitted or seen.kind == "prank":
        return "prank", "warn"
    return seen.kind, "answer"


def shows_topics(seen: Seen, kind: Kind, limits: Limits) -> bool:
    """Whether FAQ topics are named: never beside an emergency, never for noise.

    With the action `ask` they are what may be answered once the citizen has said that nobody is in danger.
    """
    readable = not seen.empty and seen.readable >= _UNREADABLE
    return kind in ("question", "complaint") and readable and seen.topic >= limits.topic
