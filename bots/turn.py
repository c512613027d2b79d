"""A batch of messages through each part in order: understand, load, decide, write. One turn on one screen.

The whole batch is one transaction; whoever handed a message in may acknowledge it when ``take`` returns.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bots import transcript
from bots.acts import Acts
from bots.delay import tell_delay
from bots.gist import LONGEST, gist
from bots.joined import Joined
from bots.second_opinion import SecondOpinion
from bots.town import Town
from bots.transcript import Turn
from config import metrics
from config.clock import Clock
from config.database import Database, Priority
from config.witness import is_no_store
from handoff import accounts
from handoff.conversations import Address, Thread, find_or_open
from nlu.understand import Understander

log = logging.getLogger(__name__)

# Understood at a stretch, at most about 5 ms of the event loop: so many messages, of so many characters together.
SLICE = 16
SLICE_TEXT = 1500


class Turns:
    """Answers batches. ``towns`` is read anew for each batch, so that a changed answer is said at once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        understander: Understander,
        towns: Mapping[str, Town],
        second: SecondOpinion | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._understander = understander
        self._towns = towns
        self._second = second
        self._joined = Joined(understander)

    async def take(self, batch: Sequence[Turn], *, urgent: bool = False, patient: bool = True) -> list[Turn]:
        """Answer a batch and make it durable. A message that cannot be answered goes to a person, its neighbours go on.

        Returns those whose chat another process holds just now: nothing was done about them, hand them in again.
        There are none if ``patient``. Raises the database's error only where not even the bare message can be stored.
        """
        begun = time.perf_counter()
        await self.understand(batch)
        if self._second is not None:
            await self._second.hear(batch)
        for few in _slices([one for one in batch if self._joined.may_join(one)]):
            self._joined.understand(few)
            await asyncio.sleep(0)
        held = await self._write(batch, Priority.EMERGENCY if urgent else Priority.TURN, patient)
        self._joined.remember([one for one in batch if one not in held] if held else batch)
        metrics.turn_seconds.labels("urgent" if urgent else "usual").observe(time.perf_counter() - begun)
        return held

    async def understand(self, batch: Sequence[Turn]) -> None:
        """What each message says by itself, where that is not known yet."""
        for few in _slices([one for one in batch if one.understanding is None]):
            self._understand(few)
            await asyncio.sleep(0)  # the loop serves others between slices

    async def keep(self, batch: Sequence[Turn], *, urgent: bool = False, patient: bool = True) -> list[Turn]:
        """Only store a batch, to be answered later: for when answering it now would keep the providers waiting.

        Returns what ``take`` does.
        """
        priority = Priority.EMERGENCY if urgent else Priority.TURN
        return await self._database.write(partial(self._store, batch, urgent, patient), priority)

    async def note_hearing(self, heard: Mapping[accounts.Key, datetime]) -> None:
        """When each account last heard something: a line that has long been silent may be dead."""
        await self._database.write(partial(accounts.note_hearing, heard=heard))

    def _understand(self, batch: Sequence[Turn]) -> None:
        try:
            heard = [gist(one.message.text, one.account.city, self._understander) for one in batch]
            for one, understanding in zip(batch, self._understander.understand(heard), strict=True):
                one.understanding = understanding
        except Exception as error:
            if len(batch) == 1:
                self._give_up(batch[0], "understander", error)
                return
            for one in batch:
                self._understand([one])

    async def _write(self, batch: Sequence[Turn], priority: Priority, patient: bool) -> list[Turn]:
        try:
            return await self._database.write(partial(self._answer, batch, patient), priority)
        except Exception as error:
            if is_no_store(error):  # no message's fault: the provider comes again
                raise
            # The whole batch is rolled back: try again by halves, down to the message that does it.
            if len(batch) > 1:
                middle = len(batch) // 2
                held = await self._write(batch[:middle], priority, patient)
                return held + await self._write(batch[middle:], priority, patient)
            if batch[0].broken is not None:
                raise
            self._give_up(batch[0], "writing", error)
            return await self._write(batch, priority, patient)

    def _give_up(self, turn: Turn, part: str, error: Exception) -> None:
        turn.broken = f"{part}: {type(error).__name__}"
        metrics.bot_failed.inc()
        log.error("the bot failed on a message; a person gets it", extra={"part": part}, exc_info=error)

    def _store(self, batch: Sequence[Turn], urgent: bool, patient: bool, connection: Connection) -> list[Turn]:
        now = self._clock.now()
        held: list[Turn] = []
        for city, turns in _by_city(batch).items():
            threads = find_or_open(connection, city, map(transcript.sender_of, turns), now, patient=patient)
            ours, others = _ours(turns, threads)
            new = transcript.unseen(connection, city, ours)
            transcript.write(connection, city, threads, new, now, answered=False, urgent=urgent)
            if not urgent:
                tell_delay(connection, self._towns[city], [threads[transcript.address_of(one)] for one in new], now)
            metrics.put_off.labels(city).inc(len(new))
            held += others
        return held

    def _answer(self, batch: Sequence[Turn], patient: bool, connection: Connection) -> list[Turn]:
        now = self._clock.now()
        held: list[Turn] = []
        for city, turns in _by_city(batch).items():
            threads = find_or_open(connection, city, map(transcript.sender_of, turns), now, patient=patient)
            ours, others = _ours(turns, threads)
            new = transcript.unseen(connection, city, ours)
            acts = Acts(connection, city, self._towns[city], threads, now)
            for turn in sorted(new, key=lambda one: (one.message.sent_at, one.id)):
                acts.hear(turn, self._understander)
            acts.write()
            transcript.write(connection, city, threads, new, now, answered=True)
            held += others
        return held


def _ours(turns: Sequence[Turn], threads: Mapping[Address, Thread]) -> tuple[list[Turn], list[Turn]]:
    """Those whose thread we hold, and those whose thread another process does."""
    ours = [one for one in turns if transcript.address_of(one) in threads]
    return ours, [one for one in turns if transcript.address_of(one) not in threads]


def _slices(batch: Sequence[Turn]) -> Iterator[list[Turn]]:
    few: list[Turn] = []
    characters = 0
    for one in batch:
        length = min(len(one.message.text), LONGEST)
        if few and (len(few) == SLICE or characters + length > SLICE_TEXT):
            yield few
            few, characters = [], 0
        few.append(one)
        characters += length
    if few:
        yield few


def _by_city(batch: Sequence[Turn]) -> dict[str, list[Turn]]:
    cities: dict[str, list[Turn]] = {}
    for turn in batch:
        cities.setdefault(turn.account.city, []).append(turn)
    return dict(sorted(cities.items()))  # the same lock order in every process
