"""Lists of what staff keep: entries and drafts as one, a line a slug, found by any word in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, literal, null, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect, Subquery

from knowledge_base.entries.rows import DUE_AHEAD, Listed, is_due
from knowledge_base.tables import draft, entry

Sort = Literal["title", "updated", "review_on"]
Wanted = Literal["all", "published", "draft", "review", "withdrawn", "due"]
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things of one kind there are: told to citizens or operators, being written, in review, due."""

    count: int = 0
    drafts: int = 0
    in_review: int = 0
    due: int = 0


def search(
    connection: Connection,
    city: str,
    kind: str,
    *,
    words: str = "",
    state: Wanted | str = "all",
    owner: str = "",
    limit: int = 50,
    offset: int = 0,
    sort: Sort | str = "title",
    today: date | None = None,
) -> tuple[list[Listed], int]:
    """One page, and how many there are in all. ``today`` is the city's own date: without it nothing is due.

    ``state`` "draft" and "review" find what has such a draft, published or not.
    """
    last = today + DUE_AHEAD if today else None
    lines = _lines(city, kind, words).subquery()
    conditions = [*_in_state(lines, state, last), *([lines.c.owner == owner] if owner else [])]
    total = connection.scalar(select(func.count()).select_from(lines).where(*conditions)) or 0
    page = select(lines).where(*conditions).order_by(*_order(lines, sort)).limit(limit).offset(offset)
    day = today or date.min
    return [_listed(row, day, known=today is not None) for row in connection.execute(page).mappings()], total


def _lines(city: str, kind: str, words: str) -> CompoundSelect[Any]:
    """Entries with their drafts, then drafts of what has no entry yet."""
    both = and_(draft.c.city == entry.c.city, draft.c.kind == entry.c.kind, draft.c.slug == entry.c.slug)
    wanted = words.casefold().split()[:MOST_WORDS]
    kept = select(
        entry.c.slug,
        entry.c.title,
        entry.c.version,
        entry.c.owner,
        entry.c.review_on,
        entry.c.withdrawn_at,
        func.coalesce(draft.c.updated_at, entry.c.updated_at, type_=entry.c.updated_at.type).label("updated_at"),
        func.coalesce(draft.c.updated_by, entry.c.updated_by).label("updated_by"),
        draft.c.state.label("draft_state"),
    ).select_from(entry.outerjoin(draft, both))
    kept = kept.where(entry.c.city == city, entry.c.kind == kind)
    kept = kept.where(*(or_(_holds(entry.c.words, one), _holds(draft.c.words, one)) for one in wanted))
    nothing_yet = select(
        draft.c.slug,
        draft.c.title,
        null().label("version"),
        null().label("owner"),
        null().label("review_on"),
        null().label("withdrawn_at"),
        draft.c.updated_at,
        draft.c.updated_by,
        draft.c.state.label("draft_state"),
    ).where(draft.c.city == city, draft.c.kind == kind)
    nothing_yet = nothing_yet.where(~select(literal(1)).select_from(entry).where(both).exists())
    nothing_yet = nothing_yet.where(*(_holds(draft.c.words, one) for one in wanted))
    return union_all(kept, nothing_yet)


def _holds(text: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """With ``autoescape``: a plain LIKE would read % and _ as signs of its own."""
    return text.contains(word, autoescape=True)


def _in_state(lines: Subquery, state: str, last: date | None) -> list[ColumnElement[bool]]:
    told = and_(lines.c.version.is_not(None), lines.c.withdrawn_at.is_(None))
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "published": [told],
        "draft": [lines.c.draft_state == "draft"],
        "review": [lines.c.draft_state == "review"],
        "withdrawn": [lines.c.withdrawn_at.is_not(None)],
        "due": [told, lines.c.review_on <= (last or date.min)],
    }
    return conditions.get(state, [])


def _order(lines: Subquery, sort: str) -> list[ColumnElement[Any]]:
    by_title = [func.lower(lines.c.title), lines.c.slug]
    if sort == "updated":
        return [lines.c.updated_at.desc(), *by_title]
    if sort == "review_on":  # what has no day comes last
        return [case((lines.c.review_on.is_(None), 1), else_=0), lines.c.review_on, *by_title]
    return by_title


def _listed(row: RowMapping, today: date, *, known: bool) -> Listed:
    drafted, gone = row["draft_state"], row["withdrawn_at"] is not None
    published = row["version"] is not None
    at: datetime = row["updated_at"]
    return Listed(
        slug=row["slug"],
        title=row["title"],
        state="withdrawn" if gone else "published" if published else drafted,
        draft_state=drafted,
        version=row["version"],
        owner=row["owner"],
        review_on=row["review_on"],
        due=known and published and not gone and is_due(row["review_on"], today),
        updated_at=at.astimezone(UTC),
        updated_by=row["updated_by"],
    )


def counts(connection: Connection, city: str, today: date) -> dict[str, Counts]:
    """For each kind of which there is anything."""
    due = and_(entry.c.withdrawn_at.is_(None), entry.c.review_on <= today + DUE_AHEAD)
    kept = connection.execute(
        select(
            entry.c.kind,
            func.count().filter(entry.c.withdrawn_at.is_(None)),
            func.count().filter(due),
        )
        .where(entry.c.city == city)
        .group_by(entry.c.kind)
    )
    found = {kind: Counts(count=told, due=late) for kind, told, late in kept}
    written = connection.execute(
        select(draft.c.kind, func.count(), func.count().filter(draft.c.state == "review"))
        .where(draft.c.city == city)
        .group_by(draft.c.kind)
    )
    for kind, drafts, in_review in written:
        one = found.get(kind, Counts())
        found[kind] = Counts(one.count, drafts, in_review, one.due)
    return found
