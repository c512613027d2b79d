"""Pictures, voice notes and files that citizens sent: by their row, never by a path that somebody asks for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi.responses import FileResponse
from sqlalchemy import Connection, RowMapping, select

from handoff.console import transcript
from handoff.console.acts import Act
from handoff.console.guard import CityAct, Desk, Key
from handoff.console.refusals import Refusal
from handoff.console.route import subject
from handoff.console.sight import note_view, shown_case
from handoff.tables import attachment

router = subject("media", 404)

# What a browser shows or plays without running anything; all else is saved, not opened.
SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/webp", "image/gif"),
        *("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm"),
        *("video/mp4", "video/3gpp", "video/webm"),
    }
)
_UNKNOWN = "application/octet-stream"


@router.get("/media/{city}/{key}", summary="A file that a citizen sent", response_class=FileResponse)
async def media(act: CityAct, key: Key, desk: Desk) -> FileResponse:
    """Only once it was fetched. Parts of it may be asked for, as players do."""

    def job(connection: Connection) -> tuple[RowMapping, int | None]:
        row = _fetched(connection, act, key)
        _, restricted = transcript.seen_conversation(connection, act, row["conversation_id"])
        return row, shown_case(connection, act.city.slug, row["conversation_id"]) if restricted else None

    row, restricted_case = await desk.database.read(job)
    path = await asyncio.to_thread(_inside, desk.media_folder, row["path"])
    if restricted_case is not None:
        await note_view(desk, act, restricted_case)
    mime = (row["mime"] or _UNKNOWN).split(";")[0].strip().lower()
    shown = mime in SHOWN
    return FileResponse(
        path,
        media_type=mime if shown else _UNKNOWN,
        filename=_name(row, path),
        content_disposition_type="inline" if shown else "attachment",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"},
    )


def _fetched(connection: Connection, act: Act, attachment_id: int) -> RowMapping:
    query = select(attachment).where(
        attachment.c.city == act.city.slug, attachment.c.id == attachment_id, attachment.c.state == "fetched"
    )
    row = connection.execute(query).mappings().first()
    if row is None or not row["path"]:
        raise Refusal("not_found")
    return row


def _inside(folder: Path, kept: str) -> Path:
    """The file, links followed, if it lies in the media folder. Refusal("not_found") otherwise."""
    root = folder.resolve()
    path = (root / kept).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Refusal("not_found")
    return path


def _name(row: RowMapping, path: Path) -> str:
    """What the file is saved as: its sender's name for it without control signs and separators, else our own."""
    given = "".join(sign for sign in row["name"] or "" if sign.isprintable() and sign not in '/\\:*?"<>|')
    return given.strip(". ")[:100] or f"{row['kind']}-{row['id']}{path.suffix}"
