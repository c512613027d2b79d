"""Who did what, when: every change of a case leaves one line here, written in the same commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from config.ids import new_id
from handoff.tables import audit_event


@dataclass(frozen=True, slots=True)
class Who:
    """The one who acts: the bot, the system, or an operator by name."""

    name: str
    operator_id: int | None = None


BOT = Who("bot")
_NOTE = insert(audit_event)  # built once: building a statement costs several times what running it does


def note(connection: Connection, city: str, who: Who, verb: str, now: datetime, **about: Any) -> None:
    """Write one line of the audit: what it is ``about`` stands at ``line``."""
    note_all(connection, [line(city, who, verb, now, **about)])


def line(
    city: str,
    who: Who,
    verb: str,
    now: datetime,
    *,
    incident_id: int | None = None,
    conversation_id: int | None = None,
    key: int | None = None,
    **detail: Any,
) -> dict[str, Any]:
    """A line that is still to be written. ``detail`` holds JSON values, never a message's text; ``key`` its own id."""
    return {
        "city": city,
        "id": new_id() if key is None else key,
        "at": now,
        "who": who.name,
        "operator_id": who.operator_id,
        "verb": verb,
        "incident_id": incident_id,
        "conversation_id": conversation_id,
        "detail": detail,
    }


def note_all(connection: Connection, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write many lines at once."""
    connection.execute(_NOTE, list(lines))
