"""Pictures of answers as files of an exported city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from config.database import insert_or_ignore
from knowledge_base.phrases import CITIES
from knowledge_base.tables import picture

FOLDER = "pictures"
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
KINDS = {ending: mime for mime, ending in ENDINGS.items()}


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One picture. ``key`` is what an answer names as its picture."""

    key: str
    mime: str
    data: bytes

    @property
    def file_name(self) -> str:
        return f"{self.key}.{ENDINGS[self.mime]}"


def pictures_of(connection: Connection, city: str) -> list[PictureFile]:
    """Every picture of a city."""
    rows = connection.execute(select(picture).where(picture.c.city == city).order_by(picture.c.id))
    return [PictureFile(str(row.id), row.mime, row.data) for row in rows if row.mime in ENDINGS]


def seed_pictures(connection: Connection, city: str, now: datetime, who: str, root: Path = CITIES) -> int:
    """Put a city's picture files into the database; how many there are. Those that are there already stay."""
    rows = [
        {
            "city": city,
            "id": int(path.stem),
            "mime": KINDS[path.suffix[1:]],
            "data": path.read_bytes(),
            "added_by": who,
            "at": now,
        }
        for path in sorted((root / city / FOLDER).glob("*"))
        if path.stem.isdecimal() and path.suffix[1:] in KINDS
    ]
    insert_or_ignore(connection, picture, rows)
    return len(rows)
