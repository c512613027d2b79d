"""What is most worth writing, which questions stay without an answer, and how the answers fare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, literal_column, select

from knowledge_base.tables import heard_question, question_group

WEEK = timedelta(days=7)
MOST_WANTED = 10
PAGE = 50
MOST_TOLD = 100  # answers of which it is shown how they fared
_LOOKED_AT = 60  # of a group's newest questions, for its examples
UNANSWERED = ("unknown", "not_that")

_heard = heard_question.c
_group = question_group.c
# By these SQLite reads the last days alone, by their index; by the bare columns it would read everything in order.
_told = func.coalesce(_heard.topic, literal_column("''"))
_in_group = func.coalesce(_heard.group_id, literal_column("0"))


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask the same. ``week`` and ``before``: how many in the last 7 days and in the 7 before.

    ``topic`` is the answer that its citizens were given and turned down, where that is why they are here.
    """

    id: int
    title: str
    size: int
    state: str
    slug: str | None
    last_at: datetime
    examples: tuple[str, ...]
    week: int = 0
    before: int = 0
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """How citizens took one answer: ``answered`` is every time that it was given."""

    topic: str
    answered: int
    not_that: int
    helped: int


def most_wanted(connection: Connection, city: str, now: datetime) -> list[Group]:
    """The ten groups most worth an answer: asked often in the last 7 days, and oftener than in the 7 before."""
    counted = _counted(connection, city, now)
    rows: dict[int, Any] = {}
    for some in _slices(sorted(counted, key=lambda key: -_worth(*counted[key]))):
        query = select(question_group).where(_group.city == city, _group.id.in_(some), _group.state == "open")
        rows |= {row["id"]: row for row in connection.execute(query).mappings()}
        if len(rows) >= MOST_WANTED:
            break
    best = sorted(rows, key=lambda key: (-_worth(*counted[key]), -key))[:MOST_WANTED]
    return [_shown(connection, rows[key], 3, *counted[key]) for key in best]


def _slices(keys: list[int]) -> list[list[int]]:
    return [keys[at : at + 200] for at in range(0, len(keys), 200)]


def _worth(week: int, before: int) -> float:
    """What grows counts half as much again for each question more than the week before."""
    return week + 0.5 * max(0, week - before)


def _counted(connection: Connection, city: str, now: datetime) -> dict[int, tuple[int, int]]:
    lately = func.sum(case((_heard.at >= now - WEEK, 1), else_=0))
    query = (
        select(_in_group, lately, func.count())
        .where(_heard.city == city, _heard.outcome.in_(UNANSWERED), _heard.at >= now - 2 * WEEK)
        .group_by(_in_group)
    )
    rows = [(row[0], int(row[1]), int(row[2])) for row in connection.execute(query) if row[0]]
    return {key: (week, both - week) for key, week, both in rows if week}


def groups(connection: Connection, city: str, state: str, offset: int) -> tuple[list[Group], int]:
    """A page of the groups in this state, the largest first, and how many there are of them."""
    here = (_group.city == city, _group.state == state)
    total = connection.scalar(select(func.count()).select_from(question_group).where(*here)) or 0
    query = select(question_group).where(*here).order_by(_group.size.desc(), _group.id.desc())
    rows = connection.execute(query.limit(PAGE).offset(offset)).mappings()
    return [_shown(connection, row, 5) for row in list(rows)], total


def group_of(connection: Connection, city: str, key: int) -> Group | None:
    """One group."""
    row = connection.execute(select(question_group).where(_group.city == city, _group.id == key)).mappings().first()
    return None if row is None else _shown(connection, row, 5)


def questions_of(connection: Connection, city: str, key: int, most: int) -> list[str]:
    """What was asked, each wording once, the group's first question first, then the newest."""
    title = connection.scalar(select(_group.title).where(_group.city == city, _group.id == key))
    newest = [row.text for row in _newest(connection, city, key, most * 5)]
    return _each_once(([] if title is None else [title]) + newest)[:most]


def _each_once(said: list[str]) -> list[str]:
    once: dict[str, str] = {}
    for text in said:
        if text.strip():
            once.setdefault(" ".join(text.lower().split()), text.strip())
    return list(once.values())


def _newest(connection: Connection, city: str, key: int, most: int) -> list[Any]:
    query = (
        select(_heard.text, _heard.outcome, _heard.topic)
        .where(_heard.city == city, _heard.group_id == key)
        .order_by(_heard.at.desc(), _heard.id.desc())
        .limit(most)
    )
    return list(connection.execute(query))


def _shown(connection: Connection, row: Any, most: int, week: int = 0, before: int = 0) -> Group:
    newest = _newest(connection, row["city"], row["id"], _LOOKED_AT)
    examples = _each_once([row["title"], *(one.text for one in newest)])[:most]
    about = (row["title"], row["size"], row["state"], row["slug"], row["last_at"])
    return Group(row["id"], *about, tuple(examples), week, before, _turned_down(newest))


def _turned_down(newest: list[Any]) -> str | None:
    """The answer that most of a group's newest questions got and did not want; None where most got none."""
    told = Counter(row.topic if row.outcome == "not_that" else None for row in newest)
    return told.most_common(1)[0][0] if told else None


def feedback(connection: Connection, city: str, since: datetime) -> list[Feedback]:
    """How answers fared since then: those that were turned down most first, at most a hundred."""
    query = (
        select(_told, _heard.outcome, func.count())
        .where(_heard.city == city, _heard.outcome.in_(("answered", "not_that", "helped")), _heard.at >= since)
        .group_by(_told, _heard.outcome)
    )
    told: dict[str, Counter[str]] = {}
    for topic, outcome, count in connection.execute(query):
        if topic:
            told.setdefault(topic, Counter())[outcome] += count
    found = [Feedback(topic, one.total(), one["not_that"], one["helped"]) for topic, one in told.items()]
    return sorted(found, key=lambda one: (-one.not_that, -one.answered, one.topic))[:MOST_TOLD]
