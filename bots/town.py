"""What a turn needs of one city: its texts, its rules, and how it stands at the desk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from bots.state import Book, Desk
from bots.words import Words, book_of
from config.clock import Clock
from config.database import Change, Database
from handoff.incidents import waiting_cases
from knowledge_base.articles import articles_in
from knowledge_base.city import City, in_earnest
from knowledge_base.entries.reads import CHANGE, stamp
from knowledge_base.live_city import Key, Told, city_with, load_entries

log = logging.getLogger(__name__)

EVERY = 3.0  # seconds between two looks at what other processes published


@dataclass(frozen=True, slots=True)
class Town:
    """One city, as it stands now."""

    words: Words
    book: Book
    desk: Desk = field(default_factory=Desk)


def town_of(city: City, sms_number: str, now: datetime) -> Town:
    """Build it. Cards count by the city's own date."""
    answers = articles_in(city)
    return Town(words=Words(city, answers, sms_number), book=book_of(city, answers, _today(city, now)))


def _today(city: City, now: datetime) -> date:
    return now.astimezone(city.timezone).date()


@dataclass(slots=True)
class _Seen:
    """What of a city has been taken over. ``built`` is the city's object and day for which its town was built."""

    stamp: int = -1
    versions: dict[Key, int] = field(default_factory=dict)
    built: tuple[City, date] | None = None


class Towns(Mapping[str, Town]):
    """All cities. ``refresh`` takes over what was published; ``present`` says how many are at a desk, None: nobody
    knows.

    ``cities`` is shared by the whole process: a city that changed is put into it as a new object.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        cities: MutableMapping[str, City],
        sms_numbers: Mapping[str, str],
        present: Callable[[str], int | None],
        *,
        example_cards: bool = True,
    ) -> None:
        self._made: Callable[[City], City] = (lambda city: city) if example_cards else in_earnest
        cities.update({slug: self._made(city) for slug, city in cities.items()})
        self._database = database
        self._clock = clock
        self._cities = cities
        self._sms_numbers = sms_numbers
        self._present = present
        self._waiting: dict[str, int] = {}
        self._towns: dict[str, Town] = {}
        self._seen = {slug: _Seen() for slug in cities}
        self._hooks: list[Callable[[City], None]] = []
        self._one_at_a_time = asyncio.Lock()
        self.wake = asyncio.Event()  # set by a commit that changes what a city knows
        database.on_commit(self._hear)

    def on_city(self, hook: Callable[[City], None]) -> None:
        """Call ``hook`` in a thread with every city that changed, before anybody is told by it."""
        self._hooks.append(hook)

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.what == CHANGE for change in changes):
            self.wake.set()

    async def run(self) -> None:
        """Keep refreshing, until cancelled: at once after a commit of ours, else every few seconds."""
        while True:
            self.wake.clear()
            try:
                await self.refresh()
            except Exception:
                log.exception("could not take over what was published; it is tried again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self.wake.wait()

    async def refresh(self) -> None:
        """Take over what was published or withdrawn, which cards are approved today, how many cases wait.

        While nothing changes this reads a count a city.
        """
        async with self._one_at_a_time:
            stamps, self._waiting = await self._database.read(self._look)
            for slug, number in stamps.items():
                if number != self._seen[slug].stamp:
                    await self._take_over(slug)
            await self._build()

    def _look(self, connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
        slugs = list(self._cities)
        return {slug: stamp(connection, slug) for slug in slugs}, waiting_cases(connection, slugs)

    async def _take_over(self, slug: str) -> None:
        seen = self._seen[slug]

        def read(connection: Connection) -> tuple[int, list[Told]]:
            return stamp(connection, slug), load_entries(connection, slug, seen.versions)

        number, news = await self._database.read(read)
        before = self._cities[slug]
        city = await asyncio.to_thread(lambda: self._made(city_with(before, news)))
        if city is not before:
            await self._tell(city)
            self._cities[slug] = city
        seen.versions.update({(one.kind, one.slug): one.version for one in news})
        seen.stamp = number

    async def _tell(self, city: City) -> None:
        """One hook that fails must not keep an answer in use that was withdrawn."""
        for hook in self._hooks:
            try:
                await asyncio.to_thread(hook, city)
            except Exception:
                log.exception("not everybody could take over a city that changed", extra={"city": city.slug})

    async def _build(self) -> None:
        """The towns of the cities that changed, or in which a new day began: in a thread, for answers are thousands."""
        now = self._clock.now()
        for slug, city in list(self._cities.items()):
            today = _today(city, now)
            built = self._seen[slug].built
            if built is None or built[0] is not city or built[1] != today:
                self._towns[slug] = await asyncio.to_thread(town_of, city, self._sms_numbers.get(slug, ""), now)
                self._seen[slug].built = (city, today)

    def __getitem__(self, slug: str) -> Town:
        return replace(self._towns[slug], desk=Desk(self._present(slug), self._waiting.get(slug, 0)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._cities)

    def __len__(self) -> int:
        return len(self._cities)
