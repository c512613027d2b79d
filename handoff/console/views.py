"""From rows to what the API says: each function makes one query, whatever number of rows is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, or_, select

from handoff.console.shapes import (
    Attachment,
    Contact,
    Conversation,
    Incident,
    Message,
    PastCase,
    Person,
    Pin,
    Place,
    Understanding,
)
from handoff.console.state_names import state_name
from handoff.tables import attachment, contact, conversation, incident, operator

SHOWN = 200  # characters of a message in a list
S = TypeVar("S", str, str | None)

Windows = Mapping[str, float | None]
"""Hours after a citizen's last message in which free text may be sent, by channel; None or missing: always."""

_ABOUT_CONTACT = (
    contact.c.name.label("contact_name"),
    contact.c.phone.label("contact_phone"),
    contact.c.channel.label("contact_channel"),
    contact.c.account.label("contact_account"),
    contact.c.address.label("contact_address"),
    contact.c.cannot_call.label("contact_cannot_call"),
    contact.c.language.label("contact_language"),
)
_had_restricted = incident.alias("had_restricted")
is_restricted: ColumnElement[bool] = or_(
    conversation.c.silent,
    exists().where(
        _had_restricted.c.city == conversation.c.city,
        _had_restricted.c.conversation_id == conversation.c.id,
        _had_restricted.c.restricted,
    ),
)
"""Whether a conversation is for the small circle: one that ever held a restricted case stays so, with all its words."""


def incidents(connection: Connection, *where: ColumnElement[bool], newest: int | None = None) -> list[Incident]:
    """Cases by what is asked for; ``newest`` limits them to those closed last."""
    query = (
        select(
            incident,
            *_ABOUT_CONTACT,
            operator.c.name.label("operator_name"),
            conversation.c.last_in_at,
            conversation.c.last_text,
        )
        .outerjoin(contact, and_(contact.c.city == incident.c.city, contact.c.id == incident.c.contact_id))
        .outerjoin(
            conversation,
            and_(conversation.c.city == incident.c.city, conversation.c.id == incident.c.conversation_id),
        )
        .outerjoin(operator, operator.c.id == incident.c.operator_id)
        .where(*where)
    )
    if newest is not None:
        query = query.order_by(incident.c.closed_at.desc()).limit(newest)
    return [_incident(row) for row in connection.execute(query).mappings()]


def incident_by_id(connection: Connection, city: str, incident_id: int) -> Incident:
    """One case. Raises IndexError where there is none."""
    return incidents(connection, incident.c.city == city, incident.c.id == incident_id)[0]


def _incident(row: RowMapping) -> Incident:
    place = row["place"]
    return Incident(
        **{name: row[name] for name in _INCIDENT_AS_KEPT},
        place=Place.model_validate(place) if place else None,
        alternatives=[Place.model_validate(one) for one in row["alternatives"]],
        outside=bool(place and place.get("outside")),
        channel=row["contact_channel"],
        contact=_caller(row),
        claimed_by=person(row["operator_id"], row["operator_name"]),
        summary=short(row["summary"]),
        last_text=short(row["last_text"]),
    )


def short(text: S) -> S:
    """What a list shows of a long text; the transcript has all of it."""
    return text if text is None or len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"


_INCIDENT_AS_KEPT = (
    *("city", "id", "code", "number", "status", "reason", "source", "category", "categories", "severity", "restricted"),
    *("facts", "why", "note", "alarm", "conversation_id", "silent", "opened_at", "heard_at", "claimed_at"),
    *("closed_at", "close_reason", "last_in_at", "version"),
)


def _caller(row: RowMapping) -> Contact | None:
    if row["contact_address"] is not None:
        return _contact(row)
    caller = row["caller"]
    if not caller:
        return None
    phone = caller.get("phone")
    return Contact(
        id="", name=caller.get("name") or "", phone=phone, channel=None, address=phone or "", cannot_call=False
    )


def _contact(row: RowMapping) -> Contact:
    return Contact(
        id=row["contact_id"],
        name=row["contact_name"] or "",
        phone=row["contact_phone"],
        channel=row["contact_channel"],
        address=row["contact_address"],
        cannot_call=row["contact_cannot_call"],
        language=row["contact_language"],
    )


def person(operator_id: int | None, name: str | None) -> Person | None:
    """Somebody at the desk; one whose account has gone keeps the number."""
    return None if operator_id is None else Person(id=str(operator_id), name=name or f"#{operator_id}")


def conversations(connection: Connection, windows: Windows, query: Select[Any]) -> list[tuple[Conversation, bool]]:
    """Conversations, each with whether it is restricted. ``query`` begins with ``conversation_query()``."""
    return [(_conversation(row, windows), row["restricted"]) for row in connection.execute(query).mappings()]


def conversation_query() -> Select[Any]:
    """All that a view of a conversation needs; the caller says which, and in which order."""
    return (
        select(conversation, *_ABOUT_CONTACT, operator.c.name.label("operator_name"), is_restricted.label("restricted"))
        .join(contact, and_(contact.c.city == conversation.c.city, contact.c.id == conversation.c.contact_id))
        .outerjoin(operator, operator.c.id == conversation.c.operator_id)
    )


def conversation_by_id(
    connection: Connection, windows: Windows, city: str, conversation_id: int
) -> tuple[Conversation, bool] | None:
    """One conversation, and whether it is restricted; None where there is none."""
    query = conversation_query().where(conversation.c.city == city, conversation.c.id == conversation_id)
    return next(iter(conversations(connection, windows, query)), None)


def _conversation(row: RowMapping, windows: Windows) -> Conversation:
    return Conversation(
        **{name: row[name] for name in _CONVERSATION_AS_KEPT},
        contact=_contact(row),
        operator=person(row["operator_id"], row["operator_name"]),
        state=state_name(row["holder"], row["state"]),
        window_until=window_until(row["contact_channel"], row["last_in_at"] or row["created_at"], windows),
        channel=row["contact_channel"],
        account=row["contact_account"],
        last_text=short(row["last_text"]),
    )


_CONVERSATION_AS_KEPT = ("city", "id", "holder", "silent", "incident_id", "last_in_at", "last_out_at")


def window_until(channel: str, last_in_at: datetime, windows: Windows) -> datetime | None:
    """Until when free text may be sent; None: always."""
    hours = windows.get(channel)
    return None if hours is None else last_in_at + timedelta(hours=hours)


def messages(connection: Connection, rows: Sequence[RowMapping | Mapping[str, Any]]) -> list[Message]:
    """Rows of ``message`` with their files and their operators' names, in the order given."""
    files = _files(connection, rows)
    names = _names(connection, {row["operator_id"] for row in rows if row["operator_id"] is not None})
    return [_message(row, files.get(row["id"], []), names) for row in rows]


def _files(connection: Connection, rows: Iterable[RowMapping | Mapping[str, Any]]) -> dict[int, list[Attachment]]:
    by_city: dict[str, list[int]] = {}
    for row in rows:
        if row["direction"] == "in":
            by_city.setdefault(row["city"], []).append(row["id"])
    found: dict[int, list[Attachment]] = {}
    for city, ids in by_city.items():
        query = select(attachment).where(attachment.c.city == city, attachment.c.message_id.in_(ids))
        # Sorted here: SQLite would read all of a city to be spared it.
        for row in sorted(connection.execute(query).mappings(), key=itemgetter("id")):
            found.setdefault(row["message_id"], []).append(_file(row))
    return found


def _file(row: RowMapping) -> Attachment:
    url = f"/api/media/{row['city']}/{row['id']}" if row["state"] == "fetched" else None
    return Attachment(**{name: row[name] for name in ("id", "kind", "mime", "size", "seconds", "state")}, url=url)


def _names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = connection.execute(select(operator.c.id, operator.c.name).where(operator.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _message(row: RowMapping | Mapping[str, Any], files: list[Attachment], names: Mapping[int, str]) -> Message:
    content = row["content"] or {}
    key = row["event_key"] or ""
    ours = row["direction"] == "out" and key.startswith("out:")
    return Message(
        **{name: row.get(name) for name in _MESSAGE_AS_KEPT},
        operator=person(row["operator_id"], names.get(row["operator_id"])),
        place=Pin.model_validate(content["place"]) if content.get("place") else None,
        attachments=files,
        buttons=[title for _, title in content.get("buttons", ())],
        received_at=row["created_at"],
        client_id=key.removeprefix("out:") if ours else None,
        deleted=row.get("deleted_at") is not None,
        understanding=Understanding.model_validate(row["understanding"]) if row.get("understanding") else None,
    )


_MESSAGE_AS_KEPT = (
    *("id", "conversation_id", "direction", "author", "kind"),
    *("text", "at", "state", "error", "edited_text"),
)


def past_cases(connection: Connection, city: str, conversation_id: int, limit: int = 20) -> list[PastCase]:
    """What was reported in this conversation before and is closed, newest first."""
    rows = connection.execute(
        select(incident.c.code, incident.c.category, incident.c.opened_at, incident.c.close_reason)
        .where(incident.c.city == city, incident.c.conversation_id == conversation_id, incident.c.status == "closed")
        .order_by(incident.c.opened_at.desc())
        .limit(limit)
    )
    return [PastCase.model_validate(row) for row in rows]
