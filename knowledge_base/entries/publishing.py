"""What citizens and operators are told from now on: published by two people, withdrawn by one, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, insert, select, update

from knowledge_base.city import City
from knowledge_base.entries.drafts import fresh_revision, of_revision
from knowledge_base.entries.in_use import agencies_missing, why_needed
from knowledge_base.entries.reads import get, get_draft, here, keep_version, same, version
from knowledge_base.entries.rows import Draft, Editor, Entry, Refused
from knowledge_base.faults import Fault, faults_of
from knowledge_base.kinds import KINDS, checked
from knowledge_base.tables import draft, entry

APPROVED_FOR = timedelta(days=365)  # where a card's draft names no last day


def publish(
    connection: Connection,
    city: City,
    kind: str,
    slug: str,
    editor: Editor,
    now: datetime,
    revision: int,
    report: Mapping[str, Any] | None = None,
) -> Entry:
    """Make a draft hold. ``report`` is that of the check before it; one that blocks is refused whoever asks.

    Raises Refused: "not_allowed", "stale", "second_person" (a kind of two people that is not in review, or that this
    editor wrote), "faults", "checked", "nothing".
    """
    if not editor.may_publish:
        raise Refused("not_allowed")
    written = of_revision(connection, city.slug, kind, slug, revision)
    if KINDS[kind].two_people and (written.state != "review" or editor.username in written.authors):
        raise Refused("second_person")
    _let_through(report)
    body = _sound(connection, city, kind, slug, written.body)
    before = _locked(connection, city.slug, kind, slug)
    if kind == "card":
        body = _approved(body, editor, now.astimezone(city.timezone).date(), (before.version if before else 0) + 1)
    elif before and before.withdrawn_at is None and same(before.body, body):
        raise Refused("nothing")
    kept = _write(connection, city.slug, kind, slug, body, before, editor, now)
    approver = editor.username if KINDS[kind].two_people else None
    keep_version(connection, kept, "published", who=written.updated_by, approved_by=approver, report=report)
    connection.execute(delete(draft).where(here(draft, city.slug, kind, slug)))
    return kept


def _let_through(report: Mapping[str, Any] | None) -> None:
    if report is not None and report.get("blocked"):
        raise Refused("checked", report=report)


def _sound(connection: Connection, city: City, kind: str, slug: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as it is kept. Raises Refused("faults") where it would break the city, as it is in the database now."""
    kept, faults = checked(kind, slug, body, city)
    if not faults and kind == "category":
        faults = agencies_missing(connection, city.slug, kept)
    if faults:
        raise Refused("faults", faults=faults)
    return kept


def _approved(body: Mapping[str, Any], editor: Editor, today: date, number: int) -> dict[str, Any]:
    """A card with the approval of whoever publishes it."""
    wished = body.get("expires")
    last_day = date.fromisoformat(wished) if wished else today + APPROVED_FOR
    if last_day <= today:
        raise Refused("faults", faults=[Fault("expires", "Hari terakhir berlakunya harus sesudah hari ini.")])
    approval = {"approved_by": editor.username, "approved_on": today.isoformat(), "expires": last_day.isoformat()}
    return {**body, **approval, "version": number, "example": False}


def withdraw(
    connection: Connection, city: str, kind: str, slug: str, editor: Editor, now: datetime, note: str = ""
) -> Entry:
    """Tell it to nobody any more, at once: one person's act, an author's too.

    Raises Refused("faults") with a sentence where the city cannot do without it.
    """
    before = _must(_locked(connection, city, kind, slug))
    if before.withdrawn_at is not None:
        raise Refused("nothing")
    why = why_needed(connection, city, kind, slug)
    if why is not None:
        raise Refused("faults", faults=[Fault("", why)])
    kept = _mark(connection, before, editor, now, withdrawn_at=now)
    keep_version(connection, kept, "withdrawn", who=editor.username, note=note)
    return kept


def restore(
    connection: Connection,
    city: str,
    kind: str,
    slug: str,
    editor: Editor,
    now: datetime,
    report: Mapping[str, Any] | None = None,
) -> Entry:
    """Tell it again as it was. ``report``: of the check, as for ``publish``."""
    if not editor.may_publish:
        raise Refused("not_allowed")
    before = _must(_locked(connection, city, kind, slug))
    if before.withdrawn_at is None:
        raise Refused("nothing")
    _let_through(report)
    kept = _mark(connection, before, editor, now, withdrawn_at=None)
    keep_version(connection, kept, "restored", who=editor.username, report=report)
    return kept


def roll_back(
    connection: Connection,
    city: City,
    kind: str,
    slug: str,
    number: int,
    editor: Editor,
    now: datetime,
    report: Mapping[str, Any] | None = None,
) -> Entry:
    """Publish an older version again: one person's act, for its words had their second person then.

    A card comes back with the approval that it had. ``report``: of the check, as for ``publish``. Raises Refused:
    "not_allowed", "no_such", "faults", "nothing", "checked".
    """
    if not editor.may_publish:
        raise Refused("not_allowed")
    before = _must(_locked(connection, city.slug, kind, slug))
    older = version(connection, city.slug, kind, slug, number)
    if older is None:
        raise Refused("no_such")
    if before.withdrawn_at is None and same(before.body, older.body):
        raise Refused("nothing")
    _let_through(report)
    body = _sound(connection, city, kind, slug, older.body)
    if kind == "card":
        body = {**older.body, "version": before.version + 1}
    kept = _write(connection, city.slug, kind, slug, body, before, editor, now)
    keep_version(connection, kept, "rolled_back", who=editor.username, note=f"v{number}", report=report)
    return kept


def tend(
    connection: Connection,
    city: str,
    kind: str,
    slug: str,
    editor: Editor,
    now: datetime,
    **changes: str | None,
) -> None:
    """Change who is reminded of an answer, and from when (``owner``, ``review_on``): nobody is told something else.

    What is published and what is being written change alike. Raises Refused("no_such") where there is neither, or
    where the kind has neither field, and Refused("faults") for a day that is none.
    """
    fields = {"owner", "review_on"} & KINDS[kind].model.model_fields.keys()
    if kind == "card" or not changes or not changes.keys() <= fields:
        raise Refused("no_such")
    before, written = _locked(connection, city, kind, slug), get_draft(connection, city, kind, slug, lock=True)
    if before is None and written is None:
        raise Refused("no_such")
    if before is not None:
        body = _still_whole(kind, slug, {**before.body, **changes})
        kept = _write(connection, city, kind, slug, body, before, editor, now, withdrawn_at=before.withdrawn_at)
        keep_version(connection, kept, "tended", who=editor.username)
    if written is not None:
        _tend_draft(connection, written, changes)


def _still_whole(kind: str, slug: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        KINDS[kind].row(slug, body)
    except ValidationError as error:
        raise Refused("faults", faults=faults_of(error)) from None
    return body


def _tend_draft(connection: Connection, written: Draft, changes: Mapping[str, str | None]) -> None:
    values = {"body": {**written.body, **changes}, "revision": fresh_revision()}
    connection.execute(update(draft).where(here(draft, written.city, written.kind, written.slug)).values(**values))


def _locked(connection: Connection, city: str, kind: str, slug: str) -> Entry | None:
    """What is published, kept from others until this transaction ends."""
    connection.execute(select(entry.c.version).where(here(entry, city, kind, slug)).with_for_update())
    return get(connection, city, kind, slug)


def _must(found: Entry | None) -> Entry:
    if found is None:
        raise Refused("no_such")
    return found


def _write(
    connection: Connection,
    city: str,
    kind: str,
    slug: str,
    body: Mapping[str, Any],
    before: Entry | None,
    editor: Editor,
    now: datetime,
    *,
    withdrawn_at: datetime | None = None,
) -> Entry:
    what = KINDS[kind]
    kept = Entry(
        city=city,
        kind=kind,
        slug=slug,
        title=what.title(slug, body),
        body=body,
        version=before.version + 1 if before else 1,
        owner=what.owner(body),
        review_on=what.review_on(body),
        withdrawn_at=withdrawn_at,
        edited_at=now,
        updated_at=now,
        updated_by=editor.username,
    )
    row = {name: getattr(kept, name) for name in Entry.__slots__} | {"words": what.words(slug, body)}
    if before is None:
        connection.execute(insert(entry), row)
    else:
        news = {name: value for name, value in row.items() if name not in ("city", "kind", "slug")}
        connection.execute(update(entry).where(here(entry, city, kind, slug)).values(**news))
    return kept


def _mark(
    connection: Connection, before: Entry, editor: Editor, now: datetime, *, withdrawn_at: datetime | None
) -> Entry:
    kept = replace(
        before,
        version=before.version + 1,
        withdrawn_at=withdrawn_at,
        edited_at=now,
        updated_at=now,
        updated_by=editor.username,
    )
    names = ("version", "withdrawn_at", "edited_at", "updated_at", "updated_by")
    values = {name: getattr(kept, name) for name in names}
    connection.execute(update(entry).where(here(entry, before.city, before.kind, before.slug)).values(**values))
    return kept
