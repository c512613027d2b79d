"""What a turn needs of one city: its texts, its rules, and how it stands at the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from bots.state import Book, Desk
from bots.words import Answer, Words, cards_to_send
from config.clock import Clock
from config.database import Database
from handoff.incidents import waiting_cases
from knowledge_base.articles import Article, published
from knowledge_base.city import City


@dataclass(frozen=True, slots=True)
class Town:
    """One city, as it stands now."""

    words: Words
    book: Book
    desk: Desk = field(default_factory=Desk)


def town_of(city: City, articles: Mapping[str, Article], sms_number: str, now: datetime) -> Town:
    """Build it from the city's files and the published answers. Cards count by the city's own date."""
    answers = {topic: Answer(one.answer, one.sms) for topic, one in articles.items()}
    today = now.astimezone(city.timezone).date()
    return Town(
        words=Words(city, answers, sms_number),
        book=Book(city.categories, frozenset(answers), cards_to_send(city, today)),
    )


class Towns(Mapping[str, Town]):
    """All cities. ``refresh`` reads the answers anew; ``present`` says how many are at a desk, None: nobody knows."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        cities: Mapping[str, City],
        sms_numbers: Mapping[str, str],
        present: Callable[[str], int | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._cities = cities
        self._sms_numbers = sms_numbers
        self._present = present
        self._waiting: dict[str, int] = {}
        self._towns: dict[str, Town] = {}

    async def refresh(self) -> None:
        """Take over what was published or withdrawn, which cards are approved today, how many cases wait."""
        now = self._clock.now()

        def read(connection: Connection) -> tuple[dict[str, dict[str, Article]], dict[str, int]]:
            cities = list(self._cities)
            return {slug: published(connection, slug) for slug in cities}, waiting_cases(connection, cities)

        articles, self._waiting = await self._database.read(read)
        self._towns = {
            slug: town_of(city, articles[slug], self._sms_numbers.get(slug, ""), now)
            for slug, city in self._cities.items()
        }

    def __getitem__(self, slug: str) -> Town:
        return replace(self._towns[slug], desk=Desk(self._present(slug), self._waiting.get(slug, 0)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._cities)

    def __len__(self) -> int:
        return len(self._cities)
