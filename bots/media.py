"""Fetch what citizens sent: a job written with its message, retried, limited in size and type, off the web root."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, select, tuple_, update

from bots.channel import Account, Channel, SendFailed
from bots.message import Attachment
from config.clock import Clock
from config.database import Database, changed, update_rows
from handoff.tables import TO_FETCH, attachment

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024  # bytes
TRIES = 6
FIRST_RETRY = 5.0  # seconds, doubled with each try
AT_ONCE = 8
PATIENCE = 60.0  # seconds for a whole file
CLAIM = timedelta(seconds=90)  # longer than any fetch: after it another process may try
ROOM = 200 * 1024 * 1024  # bytes that must stay free: the database needs the disk more than a picture does
NO_ROOM = timedelta(seconds=60)  # until a full disk is looked at again

# What may be kept, and under which ending. Everything else is refused: a human is told that something was sent.
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/webm": ".weba",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "video/webm": ".webm",
    "application/pdf": ".pdf",
}
_USUAL = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4", "sticker": "image/webp"}


class NotKept(Exception):
    """The file will never be kept: too large, or of a kind that we do not take."""


class NoRoom(Exception):
    """The disk is full: nobody's fault, so it is tried until there is room."""


def free_bytes(folder: Path) -> int:
    """What is left of the disk under ``folder``, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free


class MediaJobs:
    """Fetches queued attachments through their channel into the media folder, a few at once, voice notes first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        accounts: Mapping[tuple[str, str], Account],
        folder: Path,
        *,
        patience: float = PATIENCE,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._accounts = accounts
        self._folder = folder
        self._patience = patience
        self._free = free
        self._cities = sorted({account.city for account in accounts.values()})
        self._running: dict[asyncio.Task[None], RowMapping] = {}

    async def step(self) -> int:
        """Begin to fetch what is due, as far as hands are free; returns how many were begun. Waits for none of them."""
        hands = AT_ONCE - len(self._running)
        if hands <= 0 or not await self._database.read(self._is_due):
            return 0
        rows = await self._database.write(partial(self._claim, hands))
        for row in rows:
            task = asyncio.create_task(self._fetch(row), name="media")
            self._running[task] = row
            task.add_done_callback(self._over)
        return len(rows)

    async def drain(self) -> None:
        """Wait for all that is under way."""
        while self._running:
            await asyncio.wait(list(self._running))

    async def stop(self) -> None:
        """Break off what is under way; it is due again at once."""
        rows = list(self._running.values())
        for task in list(self._running):
            task.cancel()
        await self.drain()
        if rows:
            await self._database.write(partial(_put_off, rows, self._clock.now()))

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("what came of an attachment could not be noted; it is fetched again", exc_info=error)

    async def next_due(self) -> datetime | None:
        """When the next file is due; for whoever drives the clock."""

        def earliest(connection: Connection) -> datetime | None:
            return connection.scalar(
                select(attachment.c.not_before)
                .where(attachment.c.city.in_(self._cities), TO_FETCH)
                .order_by(attachment.c.not_before)
                .limit(1)
            )

        return await self._database.read(earliest)

    def _due(self) -> Select[Any]:
        voice_first = case((attachment.c.kind == "voice", 0), else_=1)
        return (
            select(attachment)
            .where(attachment.c.city.in_(self._cities), TO_FETCH, attachment.c.not_before <= self._clock.now())
            .order_by(voice_first, attachment.c.not_before, attachment.c.id)
        )

    def _is_due(self, connection: Connection) -> bool:
        return connection.execute(self._due().limit(1)).first() is not None

    def _claim(self, hands: int, connection: Connection) -> Sequence[RowMapping]:
        """Take some of what is due before fetching it, so that neither we nor another process take it twice."""
        query = self._due().limit(hands).with_for_update(skip_locked=True)
        rows = connection.execute(query).mappings().all()
        _put_off(rows, self._clock.now() + CLAIM, connection)
        return rows

    async def _fetch(self, row: RowMapping) -> None:
        try:
            async with asyncio.timeout(self._patience):
                news = await self._get(row)
        except NotKept as refusal:
            news = {"state": "failed", "error": str(refusal)}
        except NoRoom:
            log.error("the disk is full: an attachment waits for room")
            news = {"error": "no room on the disk", "not_before": self._clock.now() + NO_ROOM}
        except TimeoutError:
            news = self._later(row, "time-out", final=False)
        except SendFailed as failure:
            news = self._later(row, failure.reason, final=failure.permanent)
        except Exception as failure:
            log.exception("an attachment could not be fetched")
            news = self._later(row, type(failure).__name__, final=False)
        await self._database.write(partial(_note, row, news))

    async def _get(self, row: RowMapping) -> dict[str, Any]:
        account = self._accounts.get((row["channel"], row["account"]))
        if account is None:
            raise NotKept(f"no account {row['channel']}/{row['account']} in the settings")
        ending = ending_of(row["kind"], row["mime"])
        if (row["size"] or 0) > LARGEST:
            raise NotKept(f"larger than {LARGEST} bytes")
        if self._free(self._folder) < ROOM:
            raise NoRoom
        file = Attachment(row["kind"], row["ref"], row["mime"], row["size"], row["name"], row["seconds"])
        name = f"{row['city']}/{row['id']}{ending}"
        size = await keep_file(self._folder / name, self._channels[row["channel"]].fetch(account, file))
        return {"state": "fetched", "path": name, "size": size, "error": None}

    def _later(self, row: RowMapping, reason: str, *, final: bool) -> dict[str, Any]:
        attempts, reason = row["attempts"] + 1, reason[:300]
        if final or attempts >= TRIES:
            return {"state": "failed", "error": reason, "attempts": attempts}
        wait = timedelta(seconds=FIRST_RETRY * 2 ** row["attempts"])
        return {"error": reason, "attempts": attempts, "not_before": self._clock.now() + wait}


def ending_of(kind: str, mime: str | None) -> str:
    """The ending under which a file of this type is kept. Raises NotKept."""
    plain = (mime or _USUAL.get(kind, "")).split(";")[0].strip().lower()
    if plain not in ENDINGS:
        raise NotKept(f"type {plain or 'unknown'} is not taken")
    return ENDINGS[plain]


async def keep_file(path: Path, pieces: AsyncIterator[bytes]) -> int:
    """Write ``pieces`` to ``path``, whole or not at all; returns its bytes once on disk. Raises NotKept: too large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{hashlib.sha1(path.name.encode(), usedforsecurity=False).hexdigest()[:12]}.part")
    size = 0
    try:
        with part.open("wb") as out:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise NotKept(f"larger than {LARGEST} bytes")
                out.write(piece)
            out.flush()
            await asyncio.to_thread(os.fsync, out.fileno())
        part.replace(path)
        await asyncio.to_thread(_sync_folder, path.parent)
    finally:
        part.unlink(missing_ok=True)
    return size


def _sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` outlast a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _put_off(rows: Sequence[RowMapping], until: datetime, connection: Connection) -> None:
    if rows:
        connection.execute(
            update(attachment)
            .where(tuple_(attachment.c.city, attachment.c.id).in_([(row["city"], row["id"]) for row in rows]), TO_FETCH)
            .values(not_before=until)
        )


def _note(row: RowMapping, news: dict[str, Any], connection: Connection) -> None:
    update_rows(connection, attachment, [{"city": row["city"], "id": row["id"], **news}])
    changed(connection, "message", row["city"], row["message_id"], row["conversation_id"])
