"""What is being written: saved often, never lost to a colleague's save, sent for review and back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from config.database import insert_or_ignore
from knowledge_base.city import City
from knowledge_base.entries.reads import get, get_draft, here, same
from knowledge_base.entries.rows import Draft, Editor, Refused
from knowledge_base.kinds import KINDS, checked
from knowledge_base.slugs import slug_of
from knowledge_base.tables import draft, entry

NAMED_BY_STAFF = ("wording", "holiday")  # their slug is what they are: a sentence's key, a day
LONGEST_SLUG = 80
RESERVED = ("export", "import", "bulk")  # words of the console's own addresses: no thing is called so
_BITS = 52  # a page's JavaScript counts exactly to 2^53


def fresh_revision() -> int:
    """A number that no state of any draft had before: what a reviewer has on the screen is what is published.

    Drawn, not counted: a draft that is dropped and begun again, or two saves within one moment, would count alike.
    """
    return secrets.randbits(_BITS) + 1


def save_draft(
    connection: Connection,
    city: City,
    kind: str,
    slug: str,
    body: Mapping[str, Any],
    editor: Editor,
    now: datetime,
    *,
    revision: int | None,
) -> Draft:
    """Keep what was written; what has faults is kept too. ``revision``: as the writer saw it, None: no draft yet.

    Raises Refused("stale") with the draft that is there (or None) where somebody else saved in between, and
    Refused("no_such") for a kind or slug that cannot be.
    """
    if kind not in KINDS or not 0 < len(slug) <= LONGEST_SLUG or slug in RESERVED:
        raise Refused("no_such")
    kept, _ = checked(kind, slug, body, city)
    there = get_draft(connection, city.slug, kind, slug, lock=True)
    if (there.revision if there else None) != revision:
        raise Refused("stale", draft=there)
    published = get(connection, city.slug, kind, slug)
    authors = dict.fromkeys((*(there.authors if there else ()), editor.username))
    row = {
        "title": KINDS[kind].title(slug, kept),
        "body": kept,
        "words": KINDS[kind].words(slug, kept),
        "base_version": published.version if published else None,
        "revision": fresh_revision(),
        "state": "draft",
        "authors": list(authors),
        "remark": there.remark if there else "",
        "updated_by": editor.username,
        "updated_at": now,
    }
    if there is None:
        key = {"city": city.slug, "kind": kind, "slug": slug, "created_at": now}
        insert_or_ignore(connection, draft, [{**key, **row}])
        return _mine(connection, city.slug, kind, slug, editor, now)
    connection.execute(update(draft).where(here(draft, city.slug, kind, slug)).values(**row))
    return _there(connection, city.slug, kind, slug)


def _mine(connection: Connection, city: str, kind: str, slug: str, editor: Editor, now: datetime) -> Draft:
    """The draft just begun; "stale" where a colleague began one at the same moment."""
    found = _there(connection, city, kind, slug)
    if found.updated_by != editor.username or found.created_at != now:
        raise Refused("stale", draft=found)
    return found


def _there(connection: Connection, city: str, kind: str, slug: str) -> Draft:
    found = get_draft(connection, city, kind, slug)
    if found is None:
        raise Refused("stale", draft=None)
    return found


def start_draft(connection: Connection, city: City, kind: str, slug: str, editor: Editor, now: datetime) -> Draft:
    """A draft of what is published. Raises Refused("stale") where there is one already, "no_such" without an entry."""
    published = get(connection, city.slug, kind, slug)
    if published is None:
        raise Refused("no_such")
    return save_draft(connection, city, kind, slug, published.body, editor, now, revision=None)


def drop_draft(
    connection: Connection, city: str, kind: str, slug: str, _editor: Editor, _now: datetime, revision: int
) -> None:
    """Throw a draft away."""
    of_revision(connection, city, kind, slug, revision)
    connection.execute(delete(draft).where(here(draft, city, kind, slug)))


def submit(
    connection: Connection, city: City, kind: str, slug: str, _editor: Editor, now: datetime, revision: int
) -> Draft:
    """Ask a second person to look. Raises Refused("faults") or, where nothing is changed, Refused("nothing")."""
    written = of_revision(connection, city.slug, kind, slug, revision)
    body, faults = checked(kind, slug, written.body, city)
    if faults:
        raise Refused("faults", faults=faults)
    published = get(connection, city.slug, kind, slug)
    if kind != "card" and published and published.withdrawn_at is None and same(published.body, body):
        raise Refused("nothing")
    return _turn(connection, written, "review", remark="", now=now)


def send_back(
    connection: Connection,
    city: str,
    kind: str,
    slug: str,
    editor: Editor,
    now: datetime,
    revision: int,
    remark: str,
) -> Draft:
    """Give a draft back to its authors, with what is to be mended; whoever wrote it may take it back too."""
    written = of_revision(connection, city, kind, slug, revision)
    if written.state != "review":
        raise Refused("nothing")
    if not editor.may_publish and editor.username not in written.authors:
        raise Refused("not_allowed")
    return _turn(connection, written, "draft", remark=remark, now=now)


def _turn(connection: Connection, written: Draft, state: str, *, remark: str, now: datetime) -> Draft:
    """Another state is another revision: whoever has the older one on the screen is told."""
    values = {"state": state, "remark": remark, "revision": fresh_revision(), "updated_at": now}
    connection.execute(update(draft).where(here(draft, written.city, written.kind, written.slug)).values(**values))
    return _there(connection, written.city, written.kind, written.slug)


def of_revision(connection: Connection, city: str, kind: str, slug: str, revision: int) -> Draft:
    """The draft as the editor saw it, locked. Raises Refused("stale") with the one that is there instead."""
    found = get_draft(connection, city, kind, slug, lock=True)
    if found is None or found.revision != revision:
        raise Refused("stale", draft=found)
    return found


def fresh_slug(connection: Connection, city: str, kind: str, title: str) -> str:
    """A slug for something new. Raises Refused("exists") where a sentence or a day has its entry already."""
    taken = {
        slug
        for table in (entry, draft)
        for slug in connection.scalars(select(table.c.slug).where(table.c.city == city, table.c.kind == kind))
    }
    if kind not in NAMED_BY_STAFF:
        return slug_of(title, {*taken, *RESERVED})
    if title in taken:
        raise Refused("exists")
    return title
