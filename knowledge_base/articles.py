"""The published answers of a city, as the bot reads them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from knowledge_base.tables import entry


@dataclass(frozen=True, slots=True)
class Article:
    """One published answer, ``sms`` its short form; both hold {city}, {short}, {voice} and {sms_number}."""

    topic: str
    title: str
    answer: str
    sms: str | None


def published(connection: Connection, city: str) -> dict[str, Article]:
    """Every answer that the bot may give in this city, by topic."""
    rows = connection.execute(
        select(entry.c.slug, entry.c.title, entry.c.body).where(
            entry.c.city == city, entry.c.kind == "article", entry.c.withdrawn_at.is_(None)
        )
    )
    return {row.slug: Article(row.slug, row.title, row.body["answer"], row.body["sms"]) for row in rows}
