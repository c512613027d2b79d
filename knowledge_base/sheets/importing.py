"""A sheet against what is kept: what each row would change, and what is wrong in it. Nothing is imported by halves.

``compare`` only reads and may take its time; ``keep`` writes every draft in one short go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from config.database import insert_or_update
from knowledge_base.city import City
from knowledge_base.entries import Editor, Refused
from knowledge_base.entries.drafts import RESERVED, fresh_revision
from knowledge_base.kinds import KINDS, checked
from knowledge_base.sheets.columns import Wanted, heading_of, laid_over, unknown_headings, wanted
from knowledge_base.sheets.sheet import Format, Sheet, SheetError, Unreadable, read_csv
from knowledge_base.sheets.xlsx import read_xlsx
from knowledge_base.sheets.yaml_sheet import read_entries, read_nlu
from knowledge_base.slugs import slug_of
from knowledge_base.tables import draft, entry

INTENT = "faq_"  # of an answer's variants in nlu.yml
LONGEST_SLUG = 80
_TABLES: Mapping[str, Callable[[bytes], Sheet]] = {"csv": read_csv, "xlsx": read_xlsx}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file asks for, row by row, before it is compared with anything. ``heading`` names a field's column."""

    rows: tuple[Wanted, ...]
    errors: tuple[SheetError, ...]
    heading: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft to be kept. ``revision``: of the own draft that it takes the place of; None: there was none."""

    slug: str
    title: str
    words: str
    body: Mapping[str, Any]
    revision: int | None
    base_version: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What an import would do. With one error it does nothing."""

    rows: int
    new: int
    changed: int
    same: int
    errors: tuple[SheetError, ...]
    drafts: tuple[Prepared, ...]


def read_file(kind: str, form: Format, data: bytes) -> Read:
    """The rows of a file. Raises Unreadable where it is no such file at all."""
    if form == "nlu":
        return _from_nlu(data)
    if form == "yaml":
        return _from_yaml(kind, data)
    sheet = _TABLES[form](data)
    errors = list(unknown_headings(kind, sheet.columns))
    rows = []
    for row in sheet.rows if not errors else ():
        asked, wrong = wanted(kind, row, sheet.columns)
        errors += wrong
        rows.append(asked)
    key = KINDS[kind].key
    return Read(tuple(rows), tuple(errors), lambda field: heading_of(kind, "" if field == key else field))


def _from_yaml(kind: str, data: bytes) -> Read:
    key = KINDS[kind].key
    rows, errors = [], []
    for item in read_entries(data):
        news = dict(item)
        slug = news.pop("slug", None) or news.pop(key, None) or ""
        news.pop(key, None)
        if isinstance(slug, str):
            rows.append(Wanted(item.line, slug, news))
        else:
            errors.append(SheetError(item.line, key, "Tulis namanya sebagai satu kata."))
    return Read(tuple(rows), tuple(errors), lambda field: field.partition(".")[0] or key)


def _from_nlu(data: bytes) -> Read:
    rows, errors = [], []
    for line, intent, examples in read_nlu(data):
        if intent.startswith(INTENT):
            rows.append(Wanted(line, intent.removeprefix(INTENT), {"variants": examples}))
        else:
            errors.append(SheetError(line, "intent", f"“{intent[:40]}” bukan jawaban. Yang bisa diimpor: faq_<topik>."))
    return Read(tuple(rows), tuple(errors), lambda field: "intent" if field in ("", "topic") else "examples")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What there is of one thing."""

    title: str
    body: Mapping[str, Any]
    version: int | None = None
    revision: int | None = None
    authors: tuple[str, ...] = ()


def compare(
    connection: Connection, city: City, kind: str, read: Read, editor: Editor, *, must: bool = False
) -> Compared:
    """What these rows would change. ``must``: a row that names nothing known is an error (variants have no answer)."""
    kept = _all_kept(connection, city.slug, kind)
    errors, drafts, counts = list(read.errors), [], {"new": 0, "changed": 0, "same": 0}
    seen: dict[str, int] = {}
    for row in read.rows:
        slug = row.slug or _slug_for(kind, row, kept, seen)
        wrong = _refused(slug, kept.get(slug), seen, editor, must=must)
        seen.setdefault(slug, row.row)
        if wrong is None:
            what, found = _one(city, kind, slug, row, kept.get(slug))
            errors += [SheetError(row.row, read.heading(one.field), one.text) for one in found.faults]
            counts[what] += 1
            if what != "same":
                drafts.append(found.draft)
        else:
            errors.append(SheetError(row.row, read.heading(""), wrong))
    errors.sort(key=lambda one: one.row)
    return Compared(len(read.rows), **counts, errors=tuple(errors), drafts=tuple(drafts))


@dataclass(frozen=True, slots=True)
class _Looked:
    draft: Prepared
    faults: Sequence[Any]


def _one(city: City, kind: str, slug: str, row: Wanted, old: _Kept | None) -> tuple[str, _Looked]:
    base = old.body if old else {}
    asked = laid_over(base, row.news)
    body, faults = checked(kind, slug, asked, city)
    made = Prepared(
        slug,
        KINDS[kind].title(slug, body),
        KINDS[kind].words(slug, body),
        body,
        old.revision if old else None,
        old.version if old else None,
    )
    if old is None:
        return "new", _Looked(made, faults)
    before, _ = checked(kind, slug, base, city)
    return ("same", _Looked(made, ())) if before == body else ("changed", _Looked(made, faults))


def _refused(slug: str, old: _Kept | None, seen: Mapping[str, int], editor: Editor, *, must: bool) -> str | None:
    """Why a row cannot be taken at all."""
    if not slug or len(slug) > LONGEST_SLUG or "/" in slug or not slug.isprintable():
        return "Nama ini tidak bisa dipakai. Pakai huruf kecil, angka, dan garis bawah."
    if slug in RESERVED:
        return f"Nama “{slug}” dipakai alamat aplikasi ini. Pakai nama lain, misalnya {slug}_1."
    if slug in seen:
        return f"Sama dengan baris {seen[slug]}. Sisakan satu."
    if must and old is None:
        return f"Belum ada jawaban dengan topik “{slug[:60]}”. Buat dulu jawabannya."
    if old is not None and old.revision is not None and set(old.authors) != {editor.username}:
        return f"Sedang ditulis oleh {', '.join(old.authors)[:80]}. Terbitkan atau buang drafnya dulu."
    return None


def _slug_for(kind: str, row: Wanted, kept: Mapping[str, _Kept], seen: Mapping[str, int]) -> str:
    """A row without a name is the thing with its title, else a new one."""
    title = row.news.get(KINDS[kind].title_field)
    if not isinstance(title, str) or not title.strip():
        return ""
    same = [slug for slug, one in kept.items() if one.title.casefold() == title.strip().casefold()]
    return same[0] if len(same) == 1 else slug_of(title, {*kept, *seen, *RESERVED})


def _all_kept(connection: Connection, city: str, kind: str) -> dict[str, _Kept]:
    of_kind = (entry.c.city == city, entry.c.kind == kind)
    found = {
        row.slug: _Kept(row.title, row.body, row.version)
        for row in connection.execute(
            select(entry.c.slug, entry.c.title, entry.c.body, entry.c.version).where(*of_kind)
        )
    }
    for row in connection.execute(select(draft).where(draft.c.city == city, draft.c.kind == kind)):
        version = found[row.slug].version if row.slug in found else None
        found[row.slug] = _Kept(row.title, row.body, version, row.revision, tuple(row.authors))
    return found


def keep(
    connection: Connection, city: str, kind: str, drafts: Sequence[Prepared], editor: Editor, now: datetime
) -> None:
    """Keep every draft, or none: raises Refused("stale") where somebody wrote meanwhile what a row would replace."""
    query = select(draft.c.slug, draft.c.revision, draft.c.created_at)
    there = {row.slug: row for row in connection.execute(query.where(draft.c.city == city, draft.c.kind == kind))}
    for one in drafts:
        if (there[one.slug].revision if one.slug in there else None) != one.revision:
            raise Refused("stale", draft=None)
    rows = list(_rows(city, kind, drafts, editor, now, {slug: row.created_at for slug, row in there.items()}))
    if rows:
        insert_or_update(connection, draft, rows, ("city", "kind", "slug"))


def _rows(
    city: str,
    kind: str,
    drafts: Sequence[Prepared],
    editor: Editor,
    now: datetime,
    begun: Mapping[str, datetime],
) -> Iterator[dict[str, Any]]:
    for one in drafts:
        yield {
            "city": city,
            "kind": kind,
            "slug": one.slug,
            "title": one.title,
            "body": one.body,
            "words": one.words,
            "base_version": one.base_version,
            "revision": fresh_revision(),
            "state": "draft",
            "authors": [editor.username],
            "remark": "",
            "updated_by": editor.username,
            "updated_at": now,
            "created_at": begun.get(one.slug, now),
        }


__all__ = ["Compared", "Read", "Unreadable", "compare", "keep", "read_file"]
