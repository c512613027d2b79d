"""Fetch what citizens sent: a job written with its message, retried, limited in size and type, off the web root."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from bots.channel import Account, Channel, SendFailed
from bots.message import Attachment
from config.clock import Clock
from config.database import Database, changed
from handoff.tables import TO_FETCH, attachment

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024  # bytes
TRIES = 6
FIRST_RETRY = 5.0  # seconds, doubled with each try
AT_ONCE = 8

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


class MediaJobs:
    """Fetches queued attachments through their channel into the media folder."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        accounts: Mapping[tuple[str, str], Account],
        folder: Path,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._accounts = accounts
        self._folder = folder
        self._cities = sorted({account.city for account in accounts.values()})

    async def step(self) -> int:
        """Fetch some of what is due; returns how many were tried."""
        rows = await self._database.read(self._due)
        await asyncio.gather(*(self._fetch(row) for row in rows))
        return len(rows)

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

    def _due(self, connection: Connection) -> list[RowMapping]:
        return list(
            connection.execute(
                select(attachment)
                .where(
                    attachment.c.city.in_(self._cities),
                    TO_FETCH,
                    attachment.c.not_before <= self._clock.now(),
                )
                .order_by(attachment.c.not_before)
                .limit(AT_ONCE)
            ).mappings()
        )

    async def _fetch(self, row: RowMapping) -> None:
        try:
            news = await self._get(row)
        except NotKept as refusal:
            news = {"state": "failed", "error": str(refusal)}
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
        file = Attachment(row["kind"], row["ref"], row["mime"], row["size"], row["name"], row["seconds"])
        name = f"{row['city']}/{row['id']}{ending}"
        size = await keep_file(self._folder / name, self._channels[row["channel"]].fetch(account, file))
        return {"state": "fetched", "path": name, "size": size, "error": None}

    def _later(self, row: RowMapping, reason: str, *, final: bool) -> dict[str, Any]:
        attempts = row["attempts"] + 1
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
    finally:
        part.unlink(missing_ok=True)
    return size


def _note(row: RowMapping, news: dict[str, Any], connection: Connection) -> None:
    connection.execute(
        update(attachment).where(attachment.c.city == row["city"], attachment.c.id == row["id"]).values(news)
    )
    changed(connection, "message", row["city"], row["message_id"], row["conversation_id"])
