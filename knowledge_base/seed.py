"""The city's files into the database: what is new is written, what a person has edited since is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from knowledge_base.city import City
from knowledge_base.tables import entry

FILES = "berkas"  # who wrote what the city's files say


@dataclass(slots=True)
class Seeded:
    """What one seeding did, by "kind slug"."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)  # the files say something else, but a person edited it


def seed_city(connection: Connection, city: City, now: datetime) -> Seeded:
    """Write what a city's files say. Running it again changes nothing."""
    done = Seeded()
    query = select(entry.c.kind, entry.c.slug, entry.c.body, entry.c.edited_at, entry.c.version)
    kept = {(row.kind, row.slug): row for row in connection.execute(query.where(entry.c.city == city.slug))}
    for kind, slug, title, body in _rows(city):
        old = kept.get((kind, slug))
        row = {"title": title, "body": body, "words": title.casefold(), "updated_at": now, "updated_by": FILES}
        if old is None:
            key = {"city": city.slug, "kind": kind, "slug": slug, "version": 1}
            connection.execute(insert(entry), {**key, **row})
            done.added.append(f"{kind} {slug}")
        elif old.body != body and old.edited_at is not None:
            done.left_alone.append(f"{kind} {slug}")
        elif old.body != body:
            here = (entry.c.city == city.slug, entry.c.kind == kind, entry.c.slug == slug)
            connection.execute(update(entry).where(*here).values(**row, version=old.version + 1))
            done.renewed.append(f"{kind} {slug}")
    return done


def _rows(city: City) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for article in city.articles:
        yield "article", article.topic, article.title, article.model_dump(mode="json", exclude={"topic"})
    for agency in city.agencies:
        yield "agency", agency.slug, agency.name, agency.model_dump(mode="json", exclude={"slug"})
