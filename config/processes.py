"""All processes on one database: each says every few seconds that it lives, and what the others should know of it.

What a dead process had begun is taken over: whoever has heard nothing of it for ``LIFE`` seconds, by their own clock
alone, buries it, and frees in the same commit what it held. A process that could not say that it lives begins nothing
that others may do by then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, RowMapping, String, Table, delete, select

from config.clock import Clock
from config.database import Change, Database, Json, Priority, UtcTime, changed, insert_or_update, metadata
from config.leases import lease

log = logging.getLogger(__name__)

BEAT: Final = 2.0  # seconds between two signs of life
LIFE: Final = (
    8.0  # seconds without one after which a process counts as dead: it is buried 12 s after its end at the latest
)
MARGIN: Final = 1.5  # seconds before others may bury us from which on we begin nothing more
SOON: Final = 0.2  # seconds at least between two signs of life, however much there is to tell
NEWS: Final = "process"  # the change that tells of a sign of life with news in it

process = Table(
    "process",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("said_at", UtcTime, nullable=False),
    Column("beats", BigInteger, nullable=False),  # signs of life so far: machines' clocks may differ, counts do not
    Column("tells", Json, nullable=False),  # by part: what the others should know
)

Free = Callable[[Connection, Sequence[str], datetime], None]
"""Frees what dead processes, by name, held; in the transaction that buries them."""


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
        self._started_at = clock.now()
        self._beats = count(1)
        self._beat_at = -LIFE  # when we last said that we live
        self._said: dict[str, Any] = {}
        self._wake = asyncio.Event()
        database.on_commit(self._hear)
        database.on_gap(self._wake.set)

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

    def place(self, part: str) -> tuple[int, int]:
        """Our place among the living that tell ``part``, and how many they are: to share out work without a lock."""
        names = sorted([self.name, *(other.name for other in self._others if part in other.tells)])
        return names.index(self.name), len(names)

    async def begin(self, *, alone: bool) -> None:
        """Say for the first time that we live. ``alone``: nobody else does, so whoever is listed is dead."""
        if alone:
            await self._database.write(self._bury_all, Priority.OPERATOR)
        await self.beat()

    async def run(self) -> None:
        """Go on saying so, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(BEAT):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.beat()
            except Exception:
                log.exception("could not say that this process lives; it is tried again")
            await asyncio.sleep(SOON)

    async def beat(self) -> None:
        """One sign of life; the dead are buried, and the others' news heard."""
        moment = self._moment()
        if moment - self._beat_at > LIFE:
            self._heard.clear()  # after a pause in which nobody could write everybody looks dead: let them speak first
        news = self._own_news()
        found = await self._database.write(
            lambda connection: self._say_and_look(connection, news, moment), Priority.OPERATOR
        )
        self._beat_at, self._said = moment, news
        if found != self._others:
            self._others = found
            for hear in self._listeners:
                hear()

    async def end(self) -> None:
        """Say goodbye: what we held is free at once."""
        self._beat_at = -LIFE
        await self._database.write(self._bury_self)

    def _own_news(self) -> dict[str, Any]:
        return {part: what() for part, what in self._tells.items()}

    def _say_and_look(self, connection: Connection, news: dict[str, Any], moment: float) -> tuple[Other, ...]:
        row = {
            "name": self.name,
            "started_at": self._started_at,
            "said_at": self._clock.now(),
            "beats": next(self._beats),
            "tells": news,
        }
        insert_or_update(connection, process, [row], ("name",))
        if news != self._said:
            changed(connection, NEWS, "", 0)
        rows = connection.execute(select(process).where(process.c.name != self.name).order_by(process.c.name))
        listed = {row["name"]: row for row in rows.mappings()}
        self._listen(listed, moment)
        silent = [name for name in listed if moment - self._heard[name].at > LIFE]
        self._bury(connection, self._not_being_buried(connection, silent))
        return tuple(Other(name, row["tells"]) for name, row in listed.items() if name not in silent)

    def _listen(self, listed: Mapping[str, RowMapping], moment: float) -> None:
        for name, row in listed.items():
            if name not in self._heard or self._heard[name].beats != row["beats"]:
                self._heard[name] = _Heard(row["beats"], moment)
        for name in self._heard.keys() - listed.keys():
            del self._heard[name]

    def _not_being_buried(self, connection: Connection, names: Sequence[str]) -> list[str]:
        """Those that no other process is just burying."""
        if not names:
            return []
        query = select(process.c.name).where(process.c.name.in_(names)).with_for_update(skip_locked=True)
        return sorted(connection.scalars(query))

    def _bury_all(self, connection: Connection) -> None:
        self._bury(connection, sorted(connection.scalars(select(process.c.name))))
        connection.execute(delete(lease))  # also of whoever never said that it lives

    def _bury_self(self, connection: Connection) -> None:
        """The row of a process is locked before what it held: another may take us for dead at this moment."""
        ours = select(process.c.name).where(process.c.name == self.name).with_for_update()
        self._bury(connection, list(connection.scalars(ours)))

    def _bury(self, connection: Connection, names: Sequence[str]) -> None:
        if not names:
            return
        if names != [self.name]:
            log.warning("taking over from dead processes", extra={"names": list(names)})
        connection.execute(delete(lease).where(lease.c.holder.in_(names)))
        for free in self._frees:
            free(connection, names, self._clock.now())
        connection.execute(delete(process).where(process.c.name.in_(names)))
        changed(connection, NEWS, "", 0)

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.what == NEWS for change in changes):
            self._wake.set()
