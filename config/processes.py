"""All processes on one database: each says every few seconds that it lives, and what the others should know of it.

What a dead process had begun is taken over: whoever has heard nothing of it for ``LIFE`` seconds, by their own clock
alone, buries it, and frees in the same commit what it held. A process that could not say that it lives begins nothing
that others may do by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, RowMapping, String, Table, delete, select

from config.clock import Clock
from config.database import Change, Database, Json, Priority, UtcTime, changed, insert_or_update, metadata
from config.ids import new_id
from config.leases import lease

log = logging.getLogger(__name__)

BEAT: Final = 2.0  # seconds between two signs of life
LIFE: Final = (
    8.0  # seconds without one after which a process counts as dead: it is buried 12 s after its end at the latest
)
MARGIN: Final = 1.5  # seconds before others may bury us from which on we begin nothing more
PATIENCE: Final = 4.0  # seconds that a sign of life may take
SOON: Final = 0.2  # seconds at least between two signs of life, however much there is to tell
NEWS: Final = "process"  # the change that tells of a sign of life with news in it
SIGNS: Final = 3  # signs of life that must agree on how far off a clock is: a single one may have been held up
WORKS: Final = "works"  # what processes tell that do background work: the cities that they serve

process = Table(
    "process",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("said_at", UtcTime, nullable=False),
    Column("beats", BigInteger, nullable=False),  # signs of life so far: machines' clocks may differ, counts do not
    Column("tells", Json, nullable=False),  # by part: what the others should know
)

Free = Callable[[Connection, Mapping[str, Mapping[str, Any]], datetime], None]
"""Frees what dead processes held, by name with what they told; in the transaction that buries them."""


def new_name() -> str:
    """A name for this process: no other has or had it, though container and process number be the same."""
    return f"{os.uname().nodename[:20]}-{os.getpid()}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class Other:
    """Another living process, and what it tells."""

    name: str
    tells: Mapping[str, Any]


@dataclass(slots=True)
class _Heard:
    """The last sign of life of another process, and when we first saw it."""

    beats: int
    at: float
    # Seconds of its clock before ours, less the age of the sign, of the last signs that we saw come: how old the first
    # was nobody knows, and one that does not come says nothing of a clock.
    ahead: deque[float] = field(default_factory=lambda: deque(maxlen=SIGNS))


class Processes:
    """This process among all. ``run`` must run; ``begin`` comes before anything is claimed."""

    def __init__(
        self, database: Database, clock: Clock, name: str, moment: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._database = database
        self._clock = clock
        self._moment = moment  # seconds of a clock that nobody sets
        self._tells: dict[str, Callable[[], Any]] = {}
        self._frees: list[Free] = []
        self._listeners: list[Callable[[], None]] = []
        self._others: tuple[Other, ...] = ()
        self._heard: dict[str, _Heard] = {}
        self._worked: dict[str, float] = {}  # city -> when somebody who does its background work last said so
        self._heeds_since = 0.0  # since when we have heard the others without a break
        self._started_at = clock.now()
        self._beats = count(1)
        self._beat_at = -LIFE  # when we last said that we live
        self._said: dict[str, Any] = {}
        self._key = new_id()  # of our own news, which we need not be told
        self._news_elsewhere = False
        self._wake = asyncio.Event()
        self._burial: asyncio.Task[None] | None = None
        database.on_commit(self._hear)
        database.on_gap(self._miss)

    def tell(self, part: str, what: Callable[[], Any]) -> None:
        """Have the others know what ``what`` returns (JSON), with each sign of life."""
        self._tells[part] = what

    def on_death(self, free: Free) -> None:
        """Call ``free`` in the transaction that buries processes."""
        self._frees.append(free)

    def on_news(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` when others came, went, or told something new."""
        self._listeners.append(hear)

    def say(self) -> None:
        """Something that we tell has changed: do not wait for the next beat."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the others still count on us: what we hold is ours."""
        return self._moment() < self._beat_at + LIFE - MARGIN

    def others(self, part: str) -> list[Any]:
        """What each other living process tells of ``part``."""
        return [other.tells[part] for other in self._others if part in other.tells]

    def place(self, part: str, city: str) -> tuple[int, int]:
        """Our place among the living whose ``part`` lists ``city``, and how many: to share out work without a lock."""
        names = sorted([self.name, *self.who(part, city)])
        return names.index(self.name), len(names)

    def who(self, part: str, city: str) -> list[str]:
        """The other living processes whose ``part`` lists ``city``."""
        return [other.name for other in self._others if city in other.tells.get(part, ())]

    def unattended(self, city: str) -> float:
        """Seconds for which no process, this one included, has been there to do the background work of ``city``.

        0 while this process itself hears nobody: then it cannot know.
        """
        own = self._tells.get(WORKS, list)()
        if city in own or self.who(WORKS, city) or not self.alive:
            return 0.0
        return self._moment() - max(self._heeds_since, self._worked.get(city, 0.0))

    @property
    def clock_is_off(self) -> float:
        """Seconds by which the clock of another living process differs from ours, more than beats explain; else 0."""
        heard = [self._heard[one.name].ahead for one in self._others if one.name in self._heard]
        ahead = [max(signs) for signs in heard if len(signs) == SIGNS]  # of the one that was held up least
        return max((abs(one) for one in ahead if not -2 * BEAT < one < 1.0), default=0.0)

    async def begin(self, *, alone: bool) -> None:
        """Say for the first time that we live. ``alone``: nobody else does, so whoever is listed is dead."""
        if alone:
            await self._database.write(self._bury_all, Priority.OPERATOR)
        await self.beat()

    async def run(self) -> None:
        """Go on saying so, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._wake.wait()
            self._wake.clear()
            try:
                async with asyncio.timeout(PATIENCE):  # a line that went dumb must not keep us from trying another
                    await (self._look() if self._is_only_told() else self.beat())
            except Exception as error:
                log.warning(
                    "could not say that this process lives; tried again", extra={"reason": type(error).__name__}
                )
            await asyncio.sleep(SOON)

    def _is_only_told(self) -> bool:
        """Whether there is something to hear and nothing to say."""
        told, self._news_elsewhere = self._news_elsewhere, False
        return told and self._moment() - self._beat_at < BEAT and self._own_news() == self._said

    async def _look(self) -> None:
        self._take(self._living(await self._database.read(self._list), self._moment()))

    async def beat(self) -> None:
        """One sign of life; the others' news are heard, and the dead are buried."""
        moment = self._moment()
        if moment - self._beat_at > LIFE:
            self._heard.clear()  # after a pause in which nobody could write everybody looks dead: let them speak first
            self._heeds_since = moment
        news = self._own_news()
        listed = await self._database.write(lambda connection: self._say(connection, news), Priority.OPERATOR)
        self._beat_at, self._said = moment, news
        self._listen(listed, moment)
        living = self._living(listed, moment)
        self._take(living)
        silent = [name for name in listed if name not in living]
        if silent and (self._burial is None or self._burial.done()):
            # Apart from the sign of life: a machine that was cut off may still hold locks on what is to be freed.
            self._burial = asyncio.create_task(self._bury_when_free(silent), name="burial")
            await asyncio.wait([self._burial], timeout=1.0)

    async def _bury_when_free(self, names: Sequence[str]) -> None:
        try:
            await self._database.write(lambda connection: self._bury_silent(connection, names))
        except Exception as error:
            log.warning("a dead process's work is not free yet; tried again", extra={"reason": type(error).__name__})

    def _take(self, listed: Mapping[str, RowMapping]) -> None:
        found = tuple(Other(name, row["tells"]) for name, row in listed.items())
        before, self._others = self._others, found
        if found != before:
            for hear in self._listeners:
                hear()

    async def end(self) -> None:
        """Say goodbye: what we held is free at once."""
        self._beat_at = -LIFE
        await self._database.write(lambda connection: self._bury_silent(connection, [self.name]))

    def _own_news(self) -> dict[str, Any]:
        return {part: what() for part, what in self._tells.items()}

    def _say(self, connection: Connection, news: dict[str, Any]) -> dict[str, RowMapping]:
        row = {
            "name": self.name,
            "started_at": self._started_at,
            "said_at": self._clock.now(),
            "beats": next(self._beats),
            "tells": news,
        }
        insert_or_update(connection, process, [row], ("name",))
        if news != self._said:
            changed(connection, NEWS, "", self._key)
        return self._list(connection)

    def _list(self, connection: Connection) -> dict[str, RowMapping]:
        rows = connection.execute(select(process).where(process.c.name != self.name).order_by(process.c.name))
        return {row["name"]: row for row in rows.mappings()}

    def _living(self, listed: Mapping[str, RowMapping], moment: float) -> dict[str, RowMapping]:
        """Those of ``listed`` that have not been silent for too long."""
        heard = self._heard
        return {name: row for name, row in listed.items() if name not in heard or moment - heard[name].at <= LIFE}

    def _listen(self, listed: Mapping[str, RowMapping], moment: float) -> None:
        now = self._clock.now()
        for name, row in listed.items():
            heard = self._heard.setdefault(name, _Heard(0, moment))
            if heard.beats != row["beats"]:
                if heard.beats:
                    heard.ahead.append((row["said_at"] - now).total_seconds())
                heard.beats, heard.at = row["beats"], moment
                self._worked |= dict.fromkeys(row["tells"].get(WORKS, ()), moment)
        for name in self._heard.keys() - listed.keys():
            del self._heard[name]

    def _bury_all(self, connection: Connection) -> None:
        self._bury(connection, list(connection.execute(select(process)).mappings()))
        connection.execute(delete(lease))  # also of whoever never said that it lives

    def _bury_silent(self, connection: Connection, names: Sequence[str]) -> None:
        """Those of ``names`` that no other process is just burying, or whose row moved on meanwhile."""
        query = select(process).where(process.c.name.in_(names)).with_for_update(skip_locked=True)
        rows = connection.execute(query.order_by(process.c.name)).mappings()
        heard = self._heard
        self._bury(connection, [row for row in rows if row["name"] not in heard or _stands(row, heard)])

    def _bury(self, connection: Connection, rows: Sequence[RowMapping]) -> None:
        if not rows:
            return
        dead = {row["name"]: row["tells"] for row in rows}
        if set(dead) != {self.name}:
            log.warning("taking over from dead processes", extra={"names": list(dead)})
        connection.execute(delete(lease).where(lease.c.holder.in_(dead)))
        for free in self._frees:
            free(connection, dead, self._clock.now())
        connection.execute(delete(process).where(process.c.name.in_(dead)))
        changed(connection, NEWS, "", self._key)

    def _miss(self) -> None:
        self._news_elsewhere = True
        self._wake.set()

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.what == NEWS and change.id != self._key for change in changes):
            self._news_elsewhere = True
            self._wake.set()


def _stands(row: RowMapping, heard: Mapping[str, _Heard]) -> bool:
    return bool(row["beats"] == heard[row["name"]].beats)
