"""Whole kinds as files: out for a spreadsheet, and back in as drafts, all of it or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy import Connection, select

from config.database import Priority
from handoff.console.acts import Act
from handoff.console.guard import AnyAct, Desk
from handoff.console.knowledge_guard import KindName, WriteAct, editor, noted, refusing
from handoff.console.refusals import Refusal
from handoff.console.route import MEGABYTE, subject, takes
from handoff.console.shapes import Shape
from knowledge_base.kinds import KINDS
from knowledge_base.sheets import importing
from knowledge_base.sheets.columns import cells_of, headings
from knowledge_base.sheets.importing import INTENT, Compared, Unreadable
from knowledge_base.sheets.sheet import Format, write_csv
from knowledge_base.sheets.xlsx import write_xlsx
from knowledge_base.sheets.yaml_sheet import write_entries, write_nlu
from knowledge_base.tables import entry

router = subject("sheets", 404, 409, 413)

LARGEST = 4 * MEGABYTE  # a city's two thousand answers with all their variants
MOST_ERRORS = 1000  # that are told; whoever has more has another sheet in hand

Entries = Sequence[tuple[str, dict[str, Any]]]

_TYPES = {
    "yaml": ("application/yaml", "yml"),
    "nlu": ("application/yaml", "nlu.yml"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}


class SheetErrorShape(Shape):
    """What is wrong, by the row as the spreadsheet counts it (the line, in a YAML file) and the column's heading."""

    row: int
    column: str
    text: str


class ImportShape(Shape):
    """What the file does, or would do. ``done``: the drafts are kept."""

    rows: int
    new: int
    changed: int
    same: int
    errors: list[SheetErrorShape]
    done: bool


def _form(kind: KindName, form: Annotated[Format, Query(alias="format")]) -> Format:
    if form == "nlu" and kind != "article":
        raise Refusal("format")
    return form


@router.get("/knowledge/{city}/{kind}/export", summary="Everything of a kind as a file", response_class=Response)
async def export(act: AnyAct, kind: KindName, form: Annotated[Format, Query(alias="format")], desk: Desk) -> Response:
    """What is told now, without drafts and what is withdrawn."""
    form = _form(kind, form)

    def job(connection: Connection) -> Entries:
        query = select(entry.c.slug, entry.c.body).where(
            entry.c.city == act.city.slug, entry.c.kind == kind, entry.c.withdrawn_at.is_(None)
        )
        return [(row.slug, row.body) for row in connection.execute(query.order_by(entry.c.slug))]

    found = await desk.database.read(job)
    data = await asyncio.to_thread(_WRITTEN[form], kind, found)
    mime, ending = _TYPES[form]
    name = f"{act.city.slug}-{kind}.{ending}"
    return Response(data, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, mime)


def _yaml(kind: str, found: Entries) -> bytes:
    key = KINDS[kind].key
    return write_entries([{key: slug, **body} for slug, body in found])


def _nlu(_kind: str, found: Entries) -> bytes:
    return write_nlu({f"{INTENT}{slug}": body.get("variants", []) for slug, body in found})


def _csv(kind: str, found: Entries) -> bytes:
    return write_csv(headings(kind), [cells_of(kind, slug, body) for slug, body in found])


def _xlsx(kind: str, found: Entries) -> bytes:
    return write_xlsx(headings(kind), [cells_of(kind, slug, body) for slug, body in found])


_WRITTEN: dict[Format, Callable[[str, Entries], bytes]] = {"yaml": _yaml, "nlu": _nlu, "csv": _csv, "xlsx": _xlsx}
_UNDER_WAY: set[str] = set()  # cities: one import at a time, for a large one costs a second of a core


@router.post("/knowledge/{city}/{kind}/import", summary="Drafts from a file (raw)", response_model=ImportShape)
@takes(LARGEST)
async def import_(
    act: WriteAct,
    kind: KindName,
    form: Annotated[Format, Query(alias="format")],
    request: Request,
    desk: Desk,
    dry: Annotated[bool, Query(description="Only look")] = True,
) -> ImportShape:
    """With one error nothing is imported. 422 ``unreadable`` where it is no such file at all."""
    form = _form(kind, form)
    data = await request.body()
    if act.city.slug in _UNDER_WAY:
        raise Refusal("import_busy")
    _UNDER_WAY.add(act.city.slug)
    try:
        read = await asyncio.to_thread(importing.read_file, kind, form, data)
        found = await desk.database.read(
            lambda connection: importing.compare(connection, act.city, kind, read, editor(act), must=form == "nlu")
        )
    except Unreadable as error:
        raise Refusal("unreadable", fills={"why": str(error)}) from None
    finally:
        _UNDER_WAY.discard(act.city.slug)
    done = not dry and not found.errors
    if done:
        with refusing():
            # Thousands of rows hold the one writer for a fraction of a second: everybody else goes first.
            job = partial(_keep, act=act, kind=kind, form=form, found=found)
            await desk.database.write(job, Priority.BACKGROUND)
    return _shown(found, done=done)


def _keep(connection: Connection, act: Act, kind: str, form: Format, found: Compared) -> None:
    importing.keep(connection, act.city.slug, kind, found.drafts, editor(act), act.now)
    noted(connection, act, "import", kind, "", form=form, new=found.new, changed=found.changed)


def _shown(found: Compared, *, done: bool) -> ImportShape:
    return ImportShape(
        rows=found.rows,
        new=found.new,
        changed=found.changed,
        same=found.same,
        errors=[SheetErrorShape.model_validate(one) for one in found.errors[:MOST_ERRORS]],
        done=done,
    )
