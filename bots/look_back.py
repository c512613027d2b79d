"""What was noted, read back to be corrected, and the pre-arrival card that fits it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.questions import Known
from bots.state import Book, Line
from handoff.report import UNKNOWN

KNOWN = 0.4  # confidence from which words name a place


def is_known(place: Mapping[str, Any] | None) -> bool:
    """Whether a unit could be sent there: a pin, or a name that the city knows. "dekat jalan besar" is no place yet."""
    if place is None or ((place.get("confidence") or 0.0) < KNOWN and place.get("source") not in ("pin", "operator")):
        return False
    return bool(place.get("kecamatan") or place.get("lat") is not None or place.get("landmark"))


def read_back(book: Book, place: Mapping[str, Any] | None, known: Known) -> list[str]:
    """The kind where it is named, the place where it has a name. Beside violence and despair: the place alone."""
    if not (place and (place.get("kelurahan") or place.get("kecamatan") or place.get("landmark"))):
        return []
    kinds = [book.categories[slug] for slug in known.categories if slug in book.categories]
    named = bool(set(known.categories) - {UNKNOWN}) and not any(kind.restricted for kind in kinds)
    return ["noted" if named else "noted_place"]


def card_of(book: Book, known: Known, clear: tuple[str, ...], told: tuple[str, ...]) -> list[Line]:
    """The approved card of the kind that leads, once a case, as soon as its place is known.

    Only for a kind that was named for certain: what to do in a crash does not help who fell at home.
    """
    lead = known.categories[:1]
    if not known.has_place or not set(lead) & set(clear) or any(key.startswith("card:") for key in told):
        return []
    facts = [f"{slug}:{fact}" for slug in lead for fact, value in known.facts.items() if value is True]
    found = next((book.cards[occasion] for occasion in (*facts, *lead) if occasion in book.cards), None)
    return [Line(card=found, urgency=1)] if found else []
