"""The city's files into the database: what is new is written, what a person has edited since is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from config.database import changed
from config.ids import new_id
from knowledge_base.city import City
from knowledge_base.city_rows import Row
from knowledge_base.entries.reads import CHANGE, here
from knowledge_base.kinds import KINDS, Sentence, body_of
from knowledge_base.phrases import CITIES, load_phrases
from knowledge_base.private_subjects import is_private
from knowledge_base.tables import entry, entry_version, example

FILES = "berkas"  # who wrote what the city's files say


@dataclass(slots=True)
class Seeded:
    """What one seeding did, by "kind slug"."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)  # the files say something else, but a person edited it


@dataclass(frozen=True, slots=True)
class FromFiles:
    """One thing as the city's files say it."""

    kind: str
    slug: str
    body: dict[str, Any]
    withdrawn: bool


def seed_city(connection: Connection, city: City, now: datetime, *, own: City | None = None) -> Seeded:
    """Write what a city's files say, all kinds. Running it again changes nothing.

    ``own`` is the city by the program's files where ``city`` comes from an export: what differs from them counts
    as a person's edit, or the next start would seed it away.
    """
    done = Seeded()
    ours = None if own is None else {(one.kind, one.slug): one for one in from_files(own)}
    query = select(entry.c.kind, entry.c.slug, entry.c.body, entry.c.edited_at, entry.c.withdrawn_at, entry.c.version)
    kept = {(row.kind, row.slug): row for row in connection.execute(query.where(entry.c.city == city.slug))}
    new, seen = [], []
    for one in from_files(city):
        old, name = kept.get((one.kind, one.slug)), f"{one.kind} {one.slug}"
        if old is None:
            new.append(_row(city.slug, one, 1, now, ours))
            done.added.append(name)
        elif old.body == one.body and (old.withdrawn_at is not None) == one.withdrawn:
            continue
        elif old.edited_at is not None:
            done.left_alone.append(name)
        else:
            seen.append(_row(city.slug, one, old.version + 1, now, ours))
            done.renewed.append(name)
    if new:
        connection.execute(insert(entry), new)
    for row in seen:
        connection.execute(update(entry).where(here(entry, city.slug, row["kind"], row["slug"])).values(**row))
    if new or seen:
        connection.execute(insert(entry_version), [_version(row) for row in (*new, *seen)])
        changed(connection, CHANGE, city.slug, 0)
    return done


def seed_examples(connection: Connection, city: str, now: datetime, root: Path = CITIES) -> int:
    """Take up the accepted examples that an export in ``root`` brings; how many were new.

    What the program's own files teach is none, nor is a sentence about which somebody here has said something already,
    nor one of violence, suicide or children. Raises CityDataError.
    """
    taught = {(one.text, one.intent) for one in load_phrases(city)}
    known = set(connection.scalars(select(example.c.text).where(example.c.city == city)))
    rows = []
    for one in load_phrases(city, root) if root != CITIES else ():
        if one.city != city or (one.text, one.intent) in taught or one.text in known or is_private(one.text):
            continue
        known.add(one.text)
        said: dict[str, Any] = {
            "text": one.text,
            "intent": one.intent,
            "severity": one.metadata.get("severity"),
            "was": {},
        }
        decided = {"state": "accepted", "proposed_by": FILES, "decided_by": FILES, "at": now, "decided_at": now}
        rows.append({"city": city, "id": new_id(), "source": "typed", **said, **decided})
    if rows:
        connection.execute(insert(example), rows)
    return len(rows)


def from_files(city: City) -> Iterator[FromFiles]:
    """Everything that the city's files say, withdrawn things too."""
    told: dict[str, tuple[Row, ...]] = {
        "article": city.articles,
        "card": city.cards,
        "wording": tuple(Sentence(key=key, text=text) for key, text in city.wording.items()),
        "category": tuple(city.categories.values()),
        "agency": city.agencies,
        "landmark": city.landmarks,
        "quick_reply": city.quick_replies,
        "holiday": city.holidays,
    }
    for slug, kind in KINDS.items():
        for withdrawn, rows in ((False, told[slug]), (True, city.withdrawn.get(slug, ()))):
            for row in rows:
                yield FromFiles(slug, str(getattr(row, kind.key)), body_of(kind, row), withdrawn)


def _row(
    city: str, one: FromFiles, number: int, now: datetime, ours: Mapping[tuple[str, str], FromFiles] | None
) -> dict[str, Any]:
    kind = KINDS[one.kind]
    edited = ours is not None and ours.get((one.kind, one.slug)) != one
    return {
        "city": city,
        "kind": one.kind,
        "slug": one.slug,
        "title": kind.title(one.slug, one.body),
        "body": one.body,
        "words": kind.words(one.slug, one.body),
        "version": number,
        "owner": kind.owner(one.body),
        "review_on": kind.review_on(one.body),
        "withdrawn_at": now if one.withdrawn else None,
        "edited_at": now if edited else None,
        "updated_at": now,
        "updated_by": FILES,
    }


def _version(row: dict[str, Any]) -> dict[str, Any]:
    same = {name: row[name] for name in ("city", "kind", "slug", "version", "title", "body")}
    return {**same, "verb": "seeded", "who": FILES, "note": "", "at": row["updated_at"]}
