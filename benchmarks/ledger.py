"""What the database holds after all: the check that nothing acknowledged is lost, doubled or left lying."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from handoff.tables import incident, message

UNANSWERED = (message.c.direction == "in") & message.c.answered_at.is_(None)
WAITING = message.c.state.in_(("queued", "sending"))


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts. ``lost``: acknowledged and not in the transcript; ``doubled``: more than once in it."""

    stored: int
    lost: int
    doubled: int
    unanswered: int
    cases: int
    replies: dict[str, int]  # by state
    waiting: int  # replies that are still to leave


def read(connection: Connection, acknowledged: Collection[str]) -> Ledger:
    """The ledger of a database, for the event keys that were acknowledged."""
    keys = select(message.c.event_key, func.count()).where(message.c.direction == "in").group_by(message.c.event_key)
    times = {row[0]: row[1] for row in connection.execute(keys)}
    states = select(message.c.state, func.count()).where(message.c.direction == "out").group_by(message.c.state)
    replies = {row[0]: row[1] for row in connection.execute(states)}
    return Ledger(
        stored=sum(times.values()),
        lost=sum(1 for key in acknowledged if key not in times),
        doubled=sum(1 for count in times.values() if count > 1),
        unanswered=_count(connection, UNANSWERED),
        cases=connection.execute(select(func.count()).select_from(incident)).scalar_one(),
        replies=replies,
        waiting=replies.get("queued", 0) + replies.get("sending", 0),
    )


def left(connection: Connection) -> tuple[int, int]:
    """Messages that wait for an answer, and replies that are still to leave."""
    return _count(connection, UNANSWERED), _count(connection, WAITING)


def rang(connection: Connection) -> set[str]:
    """The event keys of those messages that were understood as an emergency by themselves.

    The bot asks back at a few others first; their case opens later, whatever the load.
    """
    rows = connection.execute(select(message.c.event_key, message.c.understanding).where(message.c.direction == "in"))
    return {key for key, meaning in rows if meaning and meaning["action"] == "escalate"}


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(message).where(which)).scalar_one()
