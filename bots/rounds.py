"""Which cities a sweep asks.

No statement names two cities (docs/operations.md, Citus), so each is asked by itself; of fifty that a deployment
serves, those in which nothing happens cost next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from config.clock import Clock
from config.database import Change, Database

BEHIND = timedelta(seconds=2)  # a quiet city is asked this often all the same: another process' news may be lost

Earliest = Callable[[Connection, str], datetime | None]


class Rounds:
    """A city without anything due is left alone until its next time comes, or something of it is committed."""

    def __init__(self, database: Database, clock: Clock, cities: Iterable[str], earliest: Earliest) -> None:
        """``earliest`` reads when the first thing of a city is due, None where nothing waits."""
        self._database = database
        self._clock = clock
        self._cities = cities
        self._earliest = earliest
        self._quiet: dict[str, tuple[datetime, datetime]] = {}  # since when, and until when at the latest
        self._heard: Counter[str] = Counter()  # commits of each city
        database.on_commit(self._hear)
        database.on_gap(self._quiet.clear)

    async def due(self) -> list[str]:
        """The cities in which something is due now, in the order of their names."""
        now = self._clock.now()
        asked = [city for city in sorted(self._cities) if not self._is_quiet(city, now)]
        if not asked:
            return []
        before = {city: self._heard[city] for city in asked}
        found = await self._database.read(lambda connection: self._ask(asked, connection), in_order=True)
        for city, then in found.items():
            if (then is None or then > now) and self._heard[city] == before[city]:
                self._quiet[city] = (now, min(then or now + BEHIND, now + BEHIND))
        return [city for city, then in found.items() if then is not None and then <= now]

    async def next_due(self) -> datetime | None:
        """When the next thing of any city is due; for whoever drives the clock."""
        found = await self._database.read(lambda connection: self._ask(sorted(self._cities), connection))
        return min((then for then in found.values() if then is not None), default=None)

    def _is_quiet(self, city: str, now: datetime) -> bool:
        if city not in self._quiet:
            return False
        since, until = self._quiet[city]
        return since <= now < until  # a clock that was set back says nothing about what is due

    def _ask(self, cities: Sequence[str], connection: Connection) -> dict[str, datetime | None]:
        return {city: self._earliest(connection, city) for city in cities}

    def _hear(self, changes: Sequence[Change]) -> None:
        for city in {change.city for change in changes}:
            self._heard[city] += 1
            self._quiet.pop(city, None)
