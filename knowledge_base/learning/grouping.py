"""Groups questions without a good answer, a few at a time, in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from config import leases
from config.clock import Clock
from config.database import Database, update_rows
from config.ids import new_id
from knowledge_base.learning.groups import Groups, Words
from knowledge_base.learning.words import words_of
from knowledge_base.tables import NOT_GROUPED, heard_question, question_group

AT_ONCE = 100  # questions in one step, about 20 ms of work in a thread
LEASE = "learning"
SPAN = timedelta(seconds=30)


class Question(NamedTuple):
    """One that nobody answered well."""

    id: int
    text: str
    at: datetime


class Grouping:
    """Puts every new question into one group. Whoever holds the lease does it, for all of ``cities``.

    The groups' first questions are held in memory while the lease is ours, and read anew after any doubt.
    """

    def __init__(
        self, database: Database, clock: Clock, cities: Iterable[str], holder: str, words: Words = words_of
    ) -> None:
        self._database = database
        self._clock = clock
        self._cities = tuple(cities)
        self._holder = holder
        self._words = words
        self._groups: dict[str, Groups] = {}

    async def step(self) -> int:
        """Group the next few of each city; how many were grouped."""
        take = partial(leases.take, name=LEASE, holder=self._holder, now=self._clock.now(), span=SPAN)
        if not await self._database.write(take):
            self._groups.clear()
            return 0
        return sum([await self._group(city) for city in self._cities])

    async def _group(self, city: str) -> int:
        questions = await self._database.read(partial(new_questions, city=city, most=AT_ONCE))
        if not questions:
            return 0
        groups = self._groups.pop(city, None) or await self._remember(city)
        found = await asyncio.to_thread(assign, groups, questions)
        taken, in_doubt = await self._database.write(partial(keep, city=city, found=found))
        if not in_doubt:
            self._groups[city] = groups
        return taken

    async def _remember(self, city: str) -> Groups:
        titles = await self._database.read(partial(titles_of, city=city))
        return await asyncio.to_thread(Groups.of, titles, self._words)


def new_questions(connection: Connection, city: str, most: int) -> list[Question]:
    """The oldest questions that nobody looked at yet."""
    query = (
        select(heard_question.c.id, heard_question.c.text, heard_question.c.at)
        .where(heard_question.c.city == city, NOT_GROUPED)
        .order_by(heard_question.c.id)
        .limit(most)
    )
    return [Question(*row) for row in connection.execute(query)]


def titles_of(connection: Connection, city: str) -> list[tuple[int, str]]:
    """Every group with its first question, in the order in which they began."""
    columns = (question_group.c.id, question_group.c.title)
    query = select(*columns).where(question_group.c.city == city).order_by(question_group.c.id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def assign(groups: Groups, questions: Sequence[Question]) -> list[tuple[Question, int, bool]]:
    """(question, its group, whether it began that group) for each, in order."""
    found: list[tuple[Question, int, bool]] = []
    for one in questions:
        key = groups.find(one.text)
        begins = key is None
        if key is None:
            key = new_id()
            groups.begin(key, one.text)
        found.append((one, key, begins))
    return found


def keep(connection: Connection, city: str, found: Sequence[tuple[Question, int, bool]]) -> tuple[int, bool]:
    """Write down what was found: (how many were grouped, whether another process had been at it meanwhile)."""
    ids = [one.id for one, *_ in found]
    here = select(heard_question.c.id).where(heard_question.c.city == city, heard_question.c.id.in_(ids), NOT_GROUPED)
    free = set(connection.scalars(here.with_for_update()))
    if len(free) < len(ids):  # somebody was quicker with some of them: look at the rest again, with fresh eyes
        return 0, True
    begun = [_begun(city, key, one) for one, key, begins in found if begins]
    if begun:
        connection.execute(insert(question_group), begun)
    update_rows(connection, heard_question, [{"city": city, "id": one.id, "group_id": key} for one, key, _ in found])
    _count(connection, city, found)
    return len(found), False


def _begun(city: str, key: int, first: Question) -> dict[str, object]:
    about = {"title": first.text, "size": 0, "state": "open", "slug": None, "decided_by": None}
    return {"city": city, "id": key, "first_at": first.at, "last_at": first.at, **about}


def _count(connection: Connection, city: str, found: Sequence[tuple[Question, int, bool]]) -> None:
    asked: dict[int, list[datetime]] = {}
    for one, key, _ in found:
        asked.setdefault(key, []).append(one.at)
    table = question_group.c
    query = select(table.id, table.size, table.last_at).where(table.city == city, table.id.in_(asked))
    rows = list(connection.execute(query.order_by(table.id).with_for_update()))
    news = [
        {"city": city, "id": row.id, "size": row.size + len(asked[row.id]), "last_at": max(row.last_at, *asked[row.id])}
        for row in rows
    ]
    update_rows(connection, question_group, news)
