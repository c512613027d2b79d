"""Looking at violence and suicide leaves a trace: who opened what, once an hour."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from config.database import Priority
from handoff.audit import note
from handoff.console.acts import Act
from handoff.console.ports import ConsolePorts
from handoff.tables import audit_event, conversation, incident

ONCE_IN = timedelta(hours=1)


async def note_view(desk: ConsolePorts, act: Act, incident_id: int) -> None:
    """Write down that this person looked at a restricted case, unless that is on record for the last hour."""
    if await desk.database.read(lambda connection: _on_record(connection, act, incident_id)):
        return

    def job(connection: Connection) -> None:
        if not _on_record(connection, act, incident_id):
            note(connection, act.city.slug, act.who, "view", act.now, incident_id=incident_id)

    await desk.database.write(job, Priority.OPERATOR)


def _on_record(connection: Connection, act: Act, incident_id: int) -> bool:
    found = connection.scalar(
        select(audit_event.c.id)
        .where(
            audit_event.c.city == act.city.slug,
            audit_event.c.incident_id == incident_id,
            audit_event.c.at > act.now - ONCE_IN,
            audit_event.c.operator_id == act.operator.id,
            audit_event.c.verb == "view",
        )
        .limit(1)
    )
    return found is not None


def shown_case(connection: Connection, city: str, conversation_id: int) -> int | None:
    """The id of the case that belongs on the screen with a conversation: the open one, else the last."""
    query = (
        select(incident.c.id)
        .join(
            conversation,
            (conversation.c.city == incident.c.city) & (conversation.c.id == incident.c.conversation_id),
        )
        .where(incident.c.city == city, incident.c.conversation_id == conversation_id)
        .order_by((incident.c.id == conversation.c.incident_id).desc(), incident.c.opened_at.desc())
        .limit(1)
    )
    return connection.scalar(query)
