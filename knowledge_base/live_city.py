"""The city as it stands now: its files with everything that staff have published laid over them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, func, select, tuple_

from knowledge_base.categories import Category
from knowledge_base.city import City
from knowledge_base.city_rows import Row
from knowledge_base.kinds import KINDS, Sentence
from knowledge_base.tables import entry, entry_version

log = logging.getLogger(__name__)

Key = tuple[str, str]  # kind, slug
AT_ONCE = 300  # keys in one question to the database
# Kinds of which a city holds a list, and what it is called there.
_LISTS = {
    "article": "articles",
    "card": "cards",
    "agency": "agencies",
    "landmark": "landmarks",
    "quick_reply": "quick_replies",
    "holiday": "holidays",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as it holds now. ``body`` None: withdrawn."""

    kind: str
    slug: str
    version: int
    body: Mapping[str, Any] | None


def load_entries(connection: Connection, city: str, known: Mapping[Key, int] | None = None) -> list[Told]:
    """A city's entries; with ``known`` (version by kind and slug) only those of another version, bodies read for them
    alone."""
    columns = select(entry.c.kind, entry.c.slug, entry.c.version, entry.c.body, entry.c.withdrawn_at)
    query = columns.where(entry.c.city == city)
    if not known:
        return [_told(row) for row in connection.execute(query)]
    news = [key for key, number in _newest(connection, city).items() if known.get(key) != number]
    found: list[Told] = []
    for begin in range(0, len(news), AT_ONCE):
        some = tuple_(entry.c.kind, entry.c.slug).in_(news[begin : begin + AT_ONCE])
        found += [_told(row) for row in connection.execute(query.where(some))]
    return found


def _newest(connection: Connection, city: str) -> dict[Key, int]:
    """From the index of versions alone: no body is read."""
    newest = func.max(entry_version.c.version)
    query = select(entry_version.c.kind, entry_version.c.slug, newest).where(entry_version.c.city == city)
    return {(kind, slug): number for kind, slug, number in connection.execute(query.group_by("kind", "slug"))}


def _told(row: Any) -> Told:
    return Told(row.kind, row.slug, row.version, None if row.withdrawn_at is not None else row.body)


def city_with(base: City, entries: Iterable[Told | tuple[str, str, Mapping[str, Any] | None]]) -> City:
    """``base`` with these entries (kind, slug, body; None: withdrawn) in place of its own; what is not named stays.

    A body that no longer validates is passed over, so what ``base`` says goes on; so does a sentence or a category
    that is withdrawn although the program needs it.
    """
    news: dict[str, dict[str, Row | None]] = {}
    for one in entries:
        kind, slug, body = (one.kind, one.slug, one.body) if isinstance(one, Told) else one
        try:
            news.setdefault(kind, {})[slug] = None if body is None else KINDS[kind].row(slug, body)
        except (ValidationError, KeyError):
            log.error("an entry does not fit this program: the one before goes on", extra={"entry": f"{kind} {slug}"})
    parts = {name: part for name, part in _parts(base, news).items() if part is not getattr(base, name)}
    return replace(base, **parts) if parts else base


def _parts(base: City, news: Mapping[str, Mapping[str, Row | None]]) -> dict[str, Any]:
    """Only the parts that change: whoever compares by identity sees what stayed."""
    parts: dict[str, Any] = {}
    for kind, name in _LISTS.items():
        if kind in news:
            parts[name] = _laid(getattr(base, name), KINDS[kind].key, news[kind])
    if "quick_reply" in news and parts["quick_replies"] is not base.quick_replies:
        parts["quick_replies"] = tuple(sorted(parts["quick_replies"], key=lambda one: (one.order, one.title)))
    if "category" in news:
        found = {slug: row for slug, row in news["category"].items() if isinstance(row, Category)}
        laid = {**base.categories, **found}
        parts["categories"] = base.categories if laid == base.categories else MappingProxyType(laid)
    if "wording" in news:
        parts["wording"] = _wording(base, news["wording"])
    return parts


def _laid(there: tuple[Any, ...], key: str, news: Mapping[str, Row | None]) -> tuple[Any, ...]:
    """Rows by their ``key``, in the order in which they stand; what is new comes after, by its slug."""
    by_slug = {getattr(one, key): one for one in there}
    for slug in sorted(news):
        row = news[slug]
        if row is None:
            by_slug.pop(slug, None)
        elif by_slug.get(slug) != row:
            by_slug[slug] = row
    kept = tuple(by_slug.values())
    return there if len(kept) == len(there) and all(a is b for a, b in zip(kept, there, strict=True)) else kept


def _wording(base: City, news: Mapping[str, Row | None]) -> Mapping[str, str]:
    wording = dict(base.wording)
    for key, row in news.items():
        if isinstance(row, Sentence):
            wording[key] = row.text
        elif key not in base.fillings:
            wording.pop(key, None)
    return base.wording if wording == base.wording else MappingProxyType(wording)
