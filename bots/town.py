"""What a turn needs of one city: its texts, its rules, and how it stands at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bots.state import Book, Desk
from bots.words import Answer, Words, cards_by_category
from knowledge_base.articles import Article
from knowledge_base.city import City


@dataclass(frozen=True, slots=True)
class Town:
    """One city, as it stands now. Replaced as a whole when an answer changes or a day ends."""

    words: Words
    book: Book
    desk: Desk = field(default_factory=Desk)


def town_of(city: City, articles: Mapping[str, Article], sms_number: str, now: datetime) -> Town:
    """Build it from the city's files and the published answers. Cards count by the city's own date."""
    answers = {topic: Answer(one.answer, one.sms) for topic, one in articles.items()}
    today = now.astimezone(city.timezone).date()
    return Town(
        words=Words(city, answers, sms_number),
        book=Book(city.categories, frozenset(answers), cards_by_category(city, today)),
    )
