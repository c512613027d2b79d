"""Pictures that belong to answers: small, of three kinds, looked at before they are kept."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from config.ids import new_id
from knowledge_base.tables import picture

LARGEST = 300 * 1024  # bytes: what a telephone on a bad line still loads
LONGEST_SIDE = 4096  # pixels: a small file may unfold to more than a telephone can hold


class PictureRefused(ValueError):
    """It is not kept. The text says why, and what to do, in a clerk's Indonesian."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it was sent."""

    mime: str
    data: bytes


def looked_at(data: bytes) -> Picture:
    """The picture, with the kind that its bytes tell. Raises PictureRefused."""
    if len(data) > LARGEST:
        raise PictureRefused("Gambar ini lebih dari 300 kB. Kecilkan dulu.")
    for mime, measure in (("image/png", _png), ("image/jpeg", _jpeg), ("image/webp", _webp)):
        try:
            size = measure(data)
        except (struct.error, IndexError):
            size = None
        if size is not None:
            if not all(0 < side <= LONGEST_SIDE for side in size):
                raise PictureRefused(
                    f"Ukuran gambar ini paling besar {LONGEST_SIDE} × {LONGEST_SIDE} titik. Kecilkan dulu."
                )
            return Picture(mime, data)
    raise PictureRefused("Berkas ini bukan gambar PNG, JPEG, atau WebP yang utuh. Pilih berkas lain.")


def _png(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Segment by segment up to the frame's header (SOF0 to SOF15 without the tables among them)."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while data[at] == 0xFF:
        kind, length = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if length < 2:
            return None
        at += 2 + length
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def keep(connection: Connection, city: str, one: Picture, username: str, now: datetime) -> int:
    """Keep it for good; returns its id. A picture is never changed: another one is another id."""
    key = new_id()
    row = {"city": city, "id": key, "mime": one.mime, "data": one.data, "added_by": username, "at": now}
    connection.execute(insert(picture), row)
    return key


def find(connection: Connection, city: str, key: int) -> Picture | None:
    """The picture with this id, or None."""
    row = connection.execute(
        select(picture.c.mime, picture.c.data).where(picture.c.city == city, picture.c.id == key)
    ).first()
    return None if row is None else Picture(row.mime, bytes(row.data))
