"""Fetch what citizens sent: a job written with its message, retried, limited in size and type, off the web root."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, literal_column, select, update

from bots.channel import Account, Channel, SendFailed
from bots.message import Attachment
from bots.pressure import Pressure
from bots.rounds import Rounds
from config.clock import Clock
from config.database import Database, changed
from config.disk import sync_folder
from handoff.tables import TO_FETCH, attachment

log = logging.getLogger(__name__)

LARGEST = 25 * 1024 * 1024  # bytes
TRIES = 6
FIRST_RETRY = 5.0  # seconds, doubled with each try
AT_ONCE = 8
PATIENCE = 60.0  # seconds for a whole file
CLAIM = timedelta(seconds=15)  # renewed while we fetch: what a dead process had claimed is due again then
RENEW = 5.0  # seconds
PICTURES_WAIT = timedelta(seconds=120)  # at most, while messages come faster than they are answered
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
_QUEUED = "queued"  # bound where a row is found by its id: written out, PostgreSQL may go through all that is queued
# Built once: building a statement costs several times what running it does. A city's voice notes are claimed by
# themselves and first: one statement that put them before the rest would have to sort everything that waits.
_DUE = (
    select(attachment)
    .where(attachment.c.city == bindparam("city"), TO_FETCH, attachment.c.not_before <= bindparam("now"))
    .order_by(attachment.c.not_before)
    .limit(bindparam("hands"))
    .with_for_update(skip_locked=True)
)
_VOICE_DUE = _DUE.where(attachment.c.kind == literal_column("'voice'"))
_EARLIEST = (
    select(attachment.c.not_before)
    .where(attachment.c.city == bindparam("city"), TO_FETCH)
    .order_by(attachment.c.not_before)
    .limit(1)
)
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
        pressure: Pressure | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._accounts = accounts
        self._folder = folder
        self._patience = patience
        self._free = free
        self._pressure = pressure or Pressure()
        cities = {account.city for account in accounts.values()}
        self._rounds = Rounds(database, clock, cities, _earliest)
        self._served = dict.fromkeys(cities, 0)  # when each city had its last turn
        self._turn = itertools.count(1)
        self._running: dict[asyncio.Task[None], RowMapping] = {}
        self._keeper: asyncio.Task[None] | None = None

    async def step(self) -> int:
        """Begin to fetch what is due, as far as hands are free; returns how many were begun. Waits for none of them."""
        cities = await self._rounds.due() if self._hands() else []
        cities.sort(key=lambda city: self._served[city])
        begun = await self._begin(_VOICE_DUE, cities)
        # Somebody may have said into a voice note what happens; a picture can wait for some time.
        wait = PICTURES_WAIT if self._pressure.sheds("media") else timedelta(0)
        return begun + await self._begin(_DUE, cities, wait)

    def _hands(self) -> int:
        return max(0, AT_ONCE - len(self._running))

    async def _begin(self, due: Select[Any], cities: Sequence[str], wait: timedelta = timedelta(0)) -> int:
        """Share free hands out among ``cities``; what one of them does not need is left for those behind it.

        Only what has been due for ``wait`` is begun.
        """
        begun = 0
        for place, city in enumerate(cities):
            share = math.ceil(self._hands() / (len(cities) - place))
            rows = (
                await self._database.write(partial(self._claim, city, due, share, wait), in_order=True) if share else ()
            )
            for row in rows:
                self._start(row)
            if rows:
                self._served[city] = next(self._turn)
            begun += len(rows)
        return begun

    def _start(self, row: RowMapping) -> None:
        task = asyncio.create_task(self._fetch(row), name="media")
        self._running[task] = row
        task.add_done_callback(self._over)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_claims(), name="media claims")

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
        await self._put_off(rows, self._clock.now(), tell=True)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not self._running and self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("what came of an attachment could not be noted; it is fetched again", exc_info=error)

    async def next_due(self) -> datetime | None:
        """When the next file is due; for whoever drives the clock."""
        return await self._rounds.next_due()

    def _claim(
        self, city: str, due: Select[Any], hands: int, wait: timedelta, connection: Connection
    ) -> Sequence[RowMapping]:
        """Take some of what is due before fetching it, so that neither we nor another process take it twice."""
        now = self._clock.now()
        rows = connection.execute(due, {"city": city, "now": now - wait, "hands": hands}).mappings().all()
        _postpone(city, rows, now + CLAIM, connection)
        return rows

    async def _keep_claims(self) -> None:
        """Renew the claims on what is under way, until it is cancelled."""
        while True:
            await self._clock.sleep(RENEW)
            try:
                await self._put_off(list(self._running.values()), self._clock.now() + CLAIM)
            except Exception:
                log.exception("claims on attachments could not be renewed; it is tried again")

    async def _put_off(self, rows: Sequence[RowMapping], until: datetime, *, tell: bool = False) -> None:
        for city in sorted({row["city"] for row in rows}):
            of_city = [row for row in rows if row["city"] == city]
            await self._database.write(partial(_postpone, city, of_city, until, tell=tell))

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
    # Never another process' half-written file; what a dead one leaves, bots.web_sweep takes away.
    part = path.with_name(f".{secrets.token_hex(8)}.part")
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
        await asyncio.to_thread(sync_folder, path.parent)
    finally:
        part.unlink(missing_ok=True)
    return size


def _earliest(connection: Connection, city: str) -> datetime | None:
    return connection.scalar(_EARLIEST, {"city": city})


def _postpone(
    city: str, rows: Sequence[RowMapping], until: datetime, connection: Connection, *, tell: bool = False
) -> None:
    """Have these files wait; with ``tell`` other processes look at once whether one is due (``bots.rounds``)."""
    if rows:
        ids = [row["id"] for row in rows]
        these = (attachment.c.city == city, attachment.c.id.in_(ids), attachment.c.state == _QUEUED)
        connection.execute(update(attachment).where(*these).values(not_before=until))
    for row in rows if tell else ():
        changed(connection, "file", city, row["id"], row["conversation_id"])


def _note(row: RowMapping, news: dict[str, Any], connection: Connection) -> None:
    """What came of a fetch, unless another process has fetched it meanwhile."""
    this = (attachment.c.city == row["city"], attachment.c.id == row["id"], attachment.c.state == _QUEUED)
    connection.execute(update(attachment).where(*this).values(news))
    changed(connection, "message", row["city"], row["message_id"], row["conversation_id"])
