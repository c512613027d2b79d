"""The city's files into the database: what is new is written, what a person has edited since is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from knowledge_base.agency_files import AgencyFile
from knowledge_base.city import City
from knowledge_base.faq import ArticleFile
from knowledge_base.tables import agency, article


@dataclass(slots=True)
class Seeded:
    """What one seeding did, by "table key"."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)  # the files say something else, but a person edited it


def seed_city(connection: Connection, city: City, now: datetime) -> Seeded:
    """Write a city's answers and agencies. Running it again changes nothing."""
    done = Seeded()
    _seed(connection, article, "topic", city.slug, [_article_row(one) for one in city.articles], now, done)
    _seed(connection, agency, "slug", city.slug, [_agency_row(one) for one in city.agencies], now, done)
    return done


def _article_row(one: ArticleFile) -> dict[str, Any]:
    return one.model_dump(include={"topic", "title", "answer", "sms", "ask", "source", "confirmed_on"})


def _agency_row(one: AgencyFile) -> dict[str, Any]:
    return {"slug": one.slug, "name": one.name, "facts": one.model_dump(mode="json", exclude={"slug", "name"})}


def _seed(
    connection: Connection,
    table: Table,
    key: str,
    city: str,
    wanted: Sequence[Mapping[str, Any]],
    now: datetime,
    done: Seeded,
) -> None:
    kept = {row[key]: row for row in connection.execute(select(table).where(table.c.city == city)).mappings()}
    for row in wanted:
        old = kept.get(row[key])
        name = f"{table.name} {row[key]}"
        if old is None:
            connection.execute(insert(table), {**row, "city": city, "version": 1, "updated_at": now})
            done.added.append(name)
        elif any(old[column] != value for column, value in row.items()):
            if old["edited_at"] is not None:
                done.left_alone.append(name)
                continue
            connection.execute(
                update(table)
                .where(table.c.city == city, table.c[key] == row[key])
                .values({**row, "version": old["version"] + 1, "updated_at": now})
            )
            done.renewed.append(name)
