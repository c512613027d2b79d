"""What an operator put right becomes a proposed example: the citizen's first words with what they meant.

Never of a case of the small circle, nor of a person who has to be careful, nor of violence, suicide or children: their
words stay in their case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from handoff.console import views
from handoff.console.acts import Act, Row
from handoff.tables import conversation
from knowledge_base.learning.examples import DANGER, Proposal, propose
from knowledge_base.private_subjects import is_private

# What a case was that was closed for this reason; None: no emergency, an admin says what.
CALM: Mapping[str, str | None] = {"palsu": "iseng", "bukan_darurat": None}
LEAST = 3  # the phrases know severities 1 to 3

_WORDS = ("summary", "note")  # what stands in a case about what happened
_PLACE = ("kecamatan", "kelurahan", "landmark")


def note_correction(connection: Connection, act: Act, before: Row, after: Row) -> None:
    """The operator changed what it is, how urgent it is, or where."""
    meaning = any(before[name] != after[name] for name in ("category", "severity")) and after["category"] is not None
    place = _named(after["place"])
    moved = place if place != _named(before["place"]) else None
    if not (meaning or moved):
        return
    what = Proposal(
        text=str(before["summary"]),
        intent=f"{DANGER}{after['category']}" if meaning else None,
        severity=min(after["severity"], LEAST) if meaning else None,
        place=moved,
        was=_was(before),
        source="case",
        source_id=before["id"],
    )
    _propose(connection, act, before, after, what)


def note_closing(connection: Connection, act: Act, row: Row, reason: str) -> None:
    """The operator closed it as no emergency."""
    if reason in CALM:
        what = Proposal(str(row["summary"]), CALM[reason], "case", row["id"], was=_was(row))
        _propose(connection, act, row, row, what)


def _propose(connection: Connection, act: Act, before: Row, after: Row, what: Proposal) -> None:
    private = any(row[flag] for row in (before, after) for flag in ("restricted", "silent"))
    private = private or any(is_private(str(row[words] or "")) for row in (before, after) for words in _WORDS)
    if private or before["conversation_id"] is None or _is_restricted(connection, before):
        return
    propose(connection, act.city.slug, what, act.who.name, act.now)


def _is_restricted(connection: Connection, row: Row) -> bool:
    here = (conversation.c.city == row["city"], conversation.c.id == row["conversation_id"])
    return bool(connection.scalar(select(views.is_restricted).where(*here)))


def _was(row: Row) -> dict[str, Any]:
    intent = f"{DANGER}{row['category']}" if row["category"] else None
    return {"intent": intent, "severity": row["severity"], "place": _named(row["place"])}


def _named(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The names of a place alone: where exactly somebody stood is nobody's lesson."""
    names = {name: place[name] for name in _PLACE if place.get(name)} if place else {}
    return names or None
