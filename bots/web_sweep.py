"""Photos that a citizen's page uploaded and never sent are nobody's: after a day they go."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from bots.web_tokens import PHOTOS
from config.clock import Clock
from config.database import Database
from handoff.tables import attachment

KEPT: Final = timedelta(days=1)  # as long as a page may wait for a line (``bots.web_messages.LONGEST_WAIT``)
AT_ONCE: Final = 200  # names asked for in one query


class PhotoSweep:
    """Takes what no message names out of the media folder of each city; one look an hour is plenty."""

    def __init__(self, database: Database, clock: Clock, folder: Path, cities: Collection[str]) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._swept = dict.fromkeys(sorted(cities), datetime.min.replace(tzinfo=UTC))

    async def step(self) -> int:
        """Sweep once. Returns 0: nothing more is to be done until the next look."""
        before = self._clock.now() - KEPT
        for city, swept in self._swept.items():
            old = await asyncio.to_thread(_between, self._folder / city, swept, before)
            for start in range(0, len(old), AT_ONCE):
                await self._sweep(city, old[start : start + AT_ONCE])
            self._swept[city] = before  # what a message names by then is not asked for again
        return 0

    async def _sweep(self, city: str, files: Sequence[Path]) -> None:
        refs = [f"{city}/{file.name}" for file in files]
        named = await self._database.read(partial(_named, city, refs))
        for file, ref in zip(files, refs, strict=True):
            if ref not in named:
                await asyncio.to_thread(file.unlink, missing_ok=True)


def _between(folder: Path, since: datetime, before: datetime) -> list[Path]:
    """Uploads by their last sign of life, those too that broke off half-way (``.part``)."""
    found = [*folder.glob(f"{PHOTOS}*"), *folder.glob(".*.part")]
    return sorted(file for file in found if since <= _touched(file) < before)


def _touched(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _named(city: str, refs: Sequence[str], connection: Connection) -> set[str]:
    query = select(attachment.c.path).where(
        attachment.c.city == city, attachment.c.channel == "web", attachment.c.path.in_(refs)
    )
    return {path for path in connection.scalars(query) if path}
