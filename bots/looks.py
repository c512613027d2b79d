"""The dialogue's second looks: conversations whose time has come, because a citizen fell silent or nobody answered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, RowMapping, bindparam, select

from bots import waiting
from bots.acts import Acts, threads_by_id
from bots.rounds import Rounds
from bots.town import Town
from config import metrics
from config.clock import Clock
from config.database import Database
from handoff.conversations import Thread, get_thread
from handoff.tables import contact, conversation

log = logging.getLogger(__name__)

AT_ONCE = 100

# Built once: building a statement costs several times what running it does.
_EARLIEST = (
    select(conversation.c.due_at)
    .where(conversation.c.city == bindparam("city"), conversation.c.due_at.is_not(None))
    .order_by(conversation.c.due_at)
    .limit(1)
)


class Looks:
    """A sweep over ``conversation.due_at``. Two processes may sweep at once: each skips what the other holds."""

    def __init__(self, database: Database, clock: Clock, towns: Mapping[str, Town]) -> None:
        self._database = database
        self._clock = clock
        self._towns = towns
        self._rounds = Rounds(database, clock, towns, _earliest)

    async def step(self) -> int:
        """Look at what is due; returns how many conversations."""
        done = 0
        for city in await self._rounds.due():
            due = await self._database.read(partial(self._due_ids, city), in_order=True)
            if due:
                await self._look_at(city, due)
            done += len(due)
        return done

    async def _look_at(self, city: str, ids: list[int]) -> None:
        """All in one commit; where that fails each alone, so that one conversation does not stop the others' clocks."""
        try:
            await self._database.write(partial(self._look, city, ids))
        except Exception as error:
            if len(ids) > 1:
                for one in ids:
                    await self._look_at(city, [one])
                return
            log.exception("a second look failed; a person gets the conversation")
            metrics.bot_failed.inc()
            await self._database.write(partial(self._give_up, city, ids[0], type(error).__name__))

    def _give_up(self, city: str, conversation_id: int, reason: str, connection: Connection) -> None:
        thread = get_thread(connection, city, conversation_id, lock=True)
        if thread is not None:
            Acts(connection, city, self._towns[city], threads_by_id([thread]), self._clock.now()).give_up(
                thread, reason
            )

    async def next_due(self) -> datetime | None:
        """When the next look is due; for whoever drives the clock."""
        return await self._rounds.next_due()

    def _due_ids(self, city: str, connection: Connection) -> list[int]:
        return list(
            connection.scalars(
                select(conversation.c.id)
                .where(conversation.c.city == city, conversation.c.due_at <= self._clock.now())
                .order_by(conversation.c.due_at)
                .limit(AT_ONCE)
            )
        )

    def _look(self, city: str, ids: list[int], connection: Connection) -> None:
        now = self._clock.now()
        rows = connection.execute(
            select(conversation)
            .where(conversation.c.city == city, conversation.c.id.in_(ids), conversation.c.due_at <= now)
            .order_by(conversation.c.id)
            .with_for_update(skip_locked=True)
        ).mappings()
        talks = {row["contact_id"]: dict(row) for row in rows}
        people: list[RowMapping] = list(
            connection.execute(select(contact).where(contact.c.city == city, contact.c.id.in_(list(talks)))).mappings()
        )
        threads = [Thread(person, talks[person["id"]]) for person in people]
        acts = Acts(connection, city, self._towns[city], threads_by_id(threads), now)
        for thread in threads:
            acts.look(thread, waiting.wait)
        acts.write()


def _earliest(connection: Connection, city: str) -> datetime | None:
    return connection.scalar(_EARLIEST, {"city": city})
