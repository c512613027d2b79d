"""How urgent, why a human, who may see it: pure functions of what was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from handoff.report import Reason, Report
from knowledge_base.categories import Category
from nlu.meaning import PlaceGuess, Understanding

# What a message says to the bot, not of the case: short answers, thanks, a wish for a person.
_PASSING = frozenset({"answer", "digit", "thanks", "wants_human", "silent", "neighbour", "third_person"})

# What a case without an understood emergency weighs. Nobody has looked at it yet, so none of them is a P3 by default.
_SEVERITY: Mapping[Reason, int] = {
    "emergency": 2,
    "unclear": 2,
    "bot_failed": 2,
    "wants_human": 3,
    "media": 2,
    "silent": 1,
    "pin": 2,
    "operator": 3,
    "by_hand": 3,
    "reply_after_close": 2,
    "rang": 2,
}


def severity_of(understanding: Understanding, reason: Reason, categories: Mapping[str, Category]) -> int:
    """P-level of a case. What was understood may raise a reason's own level, never lower it."""
    levels = [_SEVERITY[reason]]
    if understanding.kind == "emergency":
        if understanding.severity is not None:
            # An understood emergency is as urgent as it was understood to be.
            levels = [understanding.severity] if reason == "emergency" else [*levels, understanding.severity]
        else:
            known = (categories.get(slug) for slug in understanding.categories)
            levels += [category.default_severity for category in known if category is not None]
    return min(levels)


def report_of(
    understanding: Understanding, reason: Reason, categories: Mapping[str, Category], *, summary: str
) -> Report:
    """All that one understood message says of a case."""
    named = tuple(slug for slug in understanding.categories if slug in categories)
    if understanding.kind != "emergency":
        named = ()
    best, rest = best_place(understanding.places)
    return Report(
        reason=reason,
        severity=severity_of(understanding, reason, categories),
        categories=named,
        summary=summary,
        place=best,
        alternatives=rest,
        facts=_facts(understanding),
        why=understanding.reasons,
        restricted=any(categories[slug].restricted for slug in named),
    )


def _facts(understanding: Understanding) -> dict[str, Any]:
    """The facts of the case, each hazard as one of its own: ``hazard_gas``."""
    said = {name: value for name, value in understanding.facts.items() if name not in _PASSING}
    hazards = said.pop("hazards", None)
    return said | {f"hazard_{name}": True for name in str(hazards).split(",") if hazards}


def best_place(places: Sequence[PlaceGuess]) -> tuple[dict[str, Any] | None, tuple[dict[str, Any], ...]]:
    """The best guess of where it happens, and the others. A reporter's own place is only ever an alternative."""
    incident = [asdict(place) for place in places if place.role == "incident"]
    reporter = [asdict(place) for place in places if place.role != "incident"]
    return (incident[0] if incident else None), tuple([*incident[1:], *reporter][:5])
