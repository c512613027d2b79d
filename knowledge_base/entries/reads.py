"""What the store holds of one thing, read; and how a new version of it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, insert, select

from config.database import changed
from knowledge_base.entries.rows import Draft, Entry, Version
from knowledge_base.tables import draft, entry, entry_version

CHANGE = "knowledge"  # as Change.what


def here(table: Table, city: str, kind: str, slug: str) -> ColumnElement[bool]:
    """The condition that picks one thing's rows."""
    return and_(table.c.city == city, table.c.kind == kind, table.c.slug == slug)


def get(connection: Connection, city: str, kind: str, slug: str) -> Entry | None:
    """What is published, withdrawn or not."""
    row = connection.execute(select(entry).where(here(entry, city, kind, slug))).mappings().first()
    return None if row is None else entry_of(row)


def get_draft(connection: Connection, city: str, kind: str, slug: str, *, lock: bool = False) -> Draft | None:
    """What is being written. ``lock``: nobody else changes it before this transaction ends."""
    query = select(draft).where(here(draft, city, kind, slug))
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else draft_of(row)


def versions(connection: Connection, city: str, kind: str, slug: str) -> list[Version]:
    """Every state that it ever had, newest first."""
    query = select(entry_version).where(here(entry_version, city, kind, slug))
    rows = connection.execute(query.order_by(entry_version.c.version.desc())).mappings()
    return [version_of(row) for row in rows]


def version(connection: Connection, city: str, kind: str, slug: str, number: int) -> Version | None:
    """One state that it had."""
    query = select(entry_version).where(here(entry_version, city, kind, slug), entry_version.c.version == number)
    row = connection.execute(query).mappings().first()
    return None if row is None else version_of(row)


def stamp(connection: Connection, city: str) -> int:
    """A number that rises with everything that is published, withdrawn or seeded in this city; never falls."""
    return connection.scalar(select(func.count()).where(entry_version.c.city == city)) or 0


def entry_of(row: RowMapping) -> Entry:
    return Entry(**{name: row[name] for name in Entry.__slots__})


def draft_of(row: RowMapping) -> Draft:
    values = {name: row[name] for name in Draft.__slots__}
    return Draft(**values | {"authors": tuple(row["authors"])})


def version_of(row: RowMapping) -> Version:
    return Version(**{name: row[name] for name in Version.__slots__})


def keep_version(
    connection: Connection,
    kept: Entry,
    verb: Literal["seeded", "published", "withdrawn", "restored", "rolled_back", "imported", "tended"],
    *,
    who: str,
    approved_by: str | None = None,
    note: str = "",
    report: Mapping[str, Any] | None = None,
) -> None:
    """Write down the state in which an entry now is, and let every open process hear of it after the commit."""
    row = {name: getattr(kept, name) for name in ("city", "kind", "slug", "version", "title", "body")}
    told = {"verb": verb, "who": who, "approved_by": approved_by, "note": note, "report": report}
    connection.execute(insert(entry_version), {**row, **told, "at": kept.updated_at})
    changed(connection, CHANGE, kept.city, 0)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two bodies say the same."""
    return dict(one) == dict(other)
