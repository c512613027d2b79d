"""Pictures of answers as files: channels send files, and a browser asks for one again and again."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from pathlib import Path
from typing import Final

from config.database import Database
from knowledge_base import pictures
from knowledge_base.picture_files import ENDINGS

FOLDER: Final = "answers"


class Pictures:
    """One of these a process. ``folder`` is the media folder; a file is written when it is first needed."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder / FOLDER

    async def file(self, city: str, key: str) -> Path | None:
        """The picture's file, or None where there is no such picture."""
        if not key.isascii() or not key.isdecimal() or int(key) >= 2**63:
            return None
        folder = self._folder / city
        there = await asyncio.to_thread(_find, folder, key)
        return there or await self._fetch(folder, city, key)

    async def _fetch(self, folder: Path, city: str, key: str) -> Path | None:
        found = await self._database.read(partial(pictures.find, city=city, key=int(key)))
        if found is None or found.mime not in ENDINGS:
            return None
        return await asyncio.to_thread(_keep, folder / f"{key}.{ENDINGS[found.mime]}", found.data)


def _find(folder: Path, key: str) -> Path | None:
    return next((path for ending in ENDINGS.values() if (path := folder / f"{key}.{ending}").is_file()), None)


def _keep(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{secrets.token_hex(8)}.part")  # another may be fetching the same
    try:
        half.write_bytes(data)
        half.replace(path)  # nobody sees half a picture
    finally:
        half.unlink(missing_ok=True)
    return path
