"""What is heard of an incident, and where it comes from: the words in which others tell the case file of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Reason = Literal[
    "emergency",  # danger was understood
    "unclear",  # the bot asked and got silence or no clear answer
    "bot_failed",  # the bot broke on the message
    "wants_human",
    "media",  # a voice note, a photo, something unreadable
    "silent",  # someone who may not be seen writing
    "pin",  # a position without a word
    "operator",  # an operator took the conversation
    "by_hand",  # telephone, radio, at the counter
    "reply_after_close",
    "rang",  # rang a number that only reads, and again
]
Alarm = Literal["disconnected", "bot_failed", "send_failed"]

UNKNOWN = "lainnya"  # the category of an emergency that nobody has named yet


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of an incident from one message, call or timer. Empty fields say nothing."""

    reason: Reason
    severity: int
    categories: tuple[str, ...] = ()
    summary: str = ""
    place: Mapping[str, Any] | None = None
    alternatives: tuple[Mapping[str, Any], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    restricted: bool = False
    silent: bool = False
    alarm: Alarm | None = None

    def to_json(self) -> dict[str, Any]:
        """As kept with a conversation while we ask back about it."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Report:
        """The inverse of ``to_json``."""
        lists = {name: tuple(kept[name]) for name in ("categories", "alternatives", "why")}
        return cls(**{**kept, **lists})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a case comes from."""

    city: str
    prefix: str  # of the city's case codes
    source: str = "chat"
    conversation_id: int | None = None
    contact_id: int | None = None
    caller: Mapping[str, Any] | None = None


def merge_categories(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Categories in the order in which they were heard; "lainnya" gives way to a better word."""
    merged = dict.fromkeys([*old, *new])
    if len(merged) > 1:
        merged.pop(UNKNOWN, None)
    return tuple(merged)
