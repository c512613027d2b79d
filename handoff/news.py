"""What changed, as frames for open consoles: loaded once for all of them, written out once, sorted by who may have it.

At a thousand messages a second nobody can read a thousand lines. So a message goes to those who have its conversation
open or speak in it; a conversation that only the bot serves waits for the next second's list (``Sorted.far``); cases
go out at once, every one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from config.database import Change
from handoff.console import views
from handoff.console.frames import ConversationFrame, IncidentFrame, MessageFrame
from handoff.console.views import Windows
from handoff.tables import conversation, incident, message

Key = tuple[str, int]  # city and id of a conversation


@dataclass(frozen=True, slots=True)
class News:
    """One frame as it is sent, and what decides who gets it."""

    frame: str
    city: str
    restricted: bool
    talk: Key | None = None  # set for a message: only whoever follows it, or speaks in it, wants to know
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """What all open consoles together want to hear of."""

    cities: frozenset[str]
    followed: frozenset[Key]
    operators: frozenset[int]


@dataclass(slots=True)
class Sorted:
    """News in the order in which consoles are told, and conversations that can wait."""

    news: list[News] = field(default_factory=list)
    far: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Talk:
    incident_id: int | None
    speaker: int | None


def load(connection: Connection, changes: Collection[Change], audience: Audience, windows: Windows) -> Sorted:
    """Everything new since the last time that somebody wants to hear of: cases, then conversations, then messages."""
    told = Sorted()
    for city in sorted({change.city for change in changes} & audience.cities):
        of_city = [change for change in changes if change.city == city]
        _load_city(connection, city, of_city, audience, windows, told)
    return told


def _load_city(
    connection: Connection, city: str, changes: Sequence[Change], audience: Audience, windows: Windows, told: Sorted
) -> None:
    changed = list(dict.fromkeys(change.id for change in changes if change.what == "conversation"))
    said = {change.id: change.parent for change in changes if change.what == "message"}
    talks = _talks(connection, city, {*changed, *(parent for parent in said.values() if parent is not None)})

    cases = {change.id for change in changes if change.what == "incident"}
    of_cases = {change.parent for change in changes if change.what == "incident"}  # also of one that was just closed

    def near(key: int) -> bool:
        talk = talks[key]
        open_or_held = talk.incident_id is not None or talk.speaker is not None
        return open_or_held or key in of_cases or (city, key) in audience.followed

    close = [key for key in changed if key in talks and near(key)]
    # A case shows its citizen's last words: it is news when its conversation is.
    cases |= {talk.incident_id for key in close if (talk := talks[key]).incident_id is not None}
    told.news += _incidents(connection, city, cases)
    told.news += conversations(connection, [(city, key) for key in close], windows)
    told.far += [(city, key) for key in changed if key in talks and not near(key)]

    def wanted(parent: int | None) -> bool:
        if parent is None or parent not in talks:
            return False
        return (city, parent) in audience.followed or talks[parent].speaker in audience.operators

    lines = [key for key, parent in said.items() if wanted(parent)]
    told.news += _messages(connection, city, lines, lambda key: talks[key].speaker)


def _talks(connection: Connection, city: str, ids: Iterable[int]) -> dict[int, _Talk]:
    """The little that says who must know of a conversation's news now."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = connection.execute(
        select(conversation.c.id, conversation.c.incident_id, conversation.c.operator_id).where(
            conversation.c.city == city, conversation.c.id.in_(wanted)
        )
    )
    return {row.id: _Talk(row.incident_id, row.operator_id) for row in rows}


def _incidents(connection: Connection, city: str, ids: Iterable[int]) -> list[News]:
    wanted = sorted(ids)
    if not wanted:
        return []
    found = views.incidents(connection, incident.c.city == city, incident.c.id.in_(wanted))
    return [
        News(IncidentFrame(incident=one).model_dump_json(), city, one.restricted)
        for one in sorted(found, key=lambda one: int(one.id))
    ]


def conversations(connection: Connection, keys: Iterable[Key], windows: Windows) -> list[News]:
    """Conversations as news."""
    by_city: dict[str, list[int]] = {}
    for city, key in keys:
        by_city.setdefault(city, []).append(key)
    news = []
    for city, ids in by_city.items():
        query = views.conversation_query().where(conversation.c.city == city, conversation.c.id.in_(ids))
        for one, restricted in views.conversations(connection, windows, query):
            news.append(News(ConversationFrame(conversation=one).model_dump_json(), city, restricted))
    return news


def _messages(
    connection: Connection, city: str, ids: Sequence[int], speaker_of: Callable[[int], int | None]
) -> list[News]:
    if not ids:
        return []
    rows = connection.execute(
        select(message, views.is_restricted.label("restricted"))
        .join(
            conversation,
            (conversation.c.city == message.c.city) & (conversation.c.id == message.c.conversation_id),
        )
        .where(message.c.city == city, message.c.id.in_(ids))
        .order_by(message.c.at, message.c.id)
    ).mappings()
    kept = list(rows)
    return [
        News(
            MessageFrame(city=city, conversation_id=one.conversation_id, message=one).model_dump_json(),
            city,
            row["restricted"],
            (city, row["conversation_id"]),
            speaker_of(row["conversation_id"]),
        )
        for row, one in zip(kept, views.messages(connection, kept), strict=True)
    ]
