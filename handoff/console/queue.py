"""The desk at a glance: what waits, what is under way, what was closed today, whom the bot is talking to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from handoff.console import views
from handoff.console.guard import AtDesk, Desk
from handoff.console.ports import ConsolePorts
from handoff.console.route import Written, subject
from handoff.console.shapes import Conversation, Incident, Queue
from handoff.operators import Operator
from handoff.tables import conversation, incident
from knowledge_base.city import City

router = subject("queue")

RECENT = timedelta(hours=2)  # a conversation in which nobody has written for longer leaves the list
MOST_CONVERSATIONS = 100
MOST_CLOSED = 50


@router.get("/queue", summary="The queue of my cities", response_model=Queue)
async def queue(session: AtDesk, desk: Desk) -> Written:
    """Every open case, the 50 closed last today, and conversations that the bot holds (2 hours, at most 100)."""
    now = desk.clock.now()
    cities = [desk.cities[slug] for slug in session.operator.cities if slug in desk.cities]

    def job(connection: Connection) -> str:
        return _queue(connection, desk, session.operator, cities, now).model_dump_json()

    return Written(await desk.database.read(job))


def _queue(connection: Connection, desk: ConsolePorts, who: Operator, cities: Sequence[City], now: datetime) -> Queue:
    cases: list[Incident] = []
    closed: list[Incident] = []
    talks: list[Conversation] = []
    for city in cities:
        in_city = incident.c.city == city.slug
        cases += views.incidents(connection, in_city, incident.c.status.in_(("waiting", "claimed")))
        today = incident.c.closed_at >= _midnight(city, now)
        closed += views.incidents(connection, in_city, incident.c.status == "closed", today, newest=MOST_CLOSED)
        talks += _with_bot(connection, desk, who, city, now)
    closed.sort(key=lambda one: one.closed_at or now, reverse=True)
    talks.sort(key=lambda one: one.last_in_at or now, reverse=True)
    seen = [one for one in (*cases, *closed[:MOST_CLOSED]) if who.may_see(one.city, one.restricted)]
    return Queue(incidents=seen, conversations=talks[:MOST_CONVERSATIONS], at=now)


def _with_bot(
    connection: Connection, desk: ConsolePorts, who: Operator, city: City, now: datetime
) -> list[Conversation]:
    query = (
        views.conversation_query()
        .where(
            conversation.c.city == city.slug,
            conversation.c.holder == "bot",
            conversation.c.last_in_at >= now - RECENT,
        )
        .order_by(conversation.c.last_in_at.desc())
        .limit(MOST_CONVERSATIONS)
    )
    found = views.conversations(connection, desk.windows, query)
    return [one for one, restricted in found if who.may_see(city.slug, restricted)]


def _midnight(city: City, now: datetime) -> datetime:
    today = now.astimezone(city.timezone).date()
    return datetime.combine(today, time(), tzinfo=city.timezone).astimezone(UTC)
