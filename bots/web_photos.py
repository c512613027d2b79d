"""Photos that the citizen's page uploads: known by their bytes, limited in size, kept outside the web root."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Final

from bots.media import NotKept, free_bytes, keep_file
from bots.web_tokens import owns, photo_ref

LARGEST: Final = 8 * 1024 * 1024  # bytes
ROOM: Final = 1024 * 1024 * 1024  # bytes that must stay free: a full disk would cost messages
_HEAD: Final = 12  # bytes that tell what a file is


class PhotoRefused(Exception):
    """The photo was not kept. ``status`` is the HTTP answer: 413 too large, 415 no photo, 507 no room."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def keep_photo(folder: Path, city: str, token: str, pieces: AsyncIterator[bytes]) -> str:
    """Keep a photo of the citizen who holds ``token``; returns the name by which they may send it.

    Raises PhotoRefused. What the upload calls itself is not asked: only JPEG, PNG and WebP are kept.
    """
    if await asyncio.to_thread(free_bytes, folder) <= ROOM:
        raise PhotoRefused(507)
    head = b""
    async for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    ending = kind_of(head)
    if ending is None:
        raise PhotoRefused(415)
    ref = photo_ref(token, city, ending)
    try:
        await keep_file(folder / ref, _limited(head, pieces))
    except NotKept:
        raise PhotoRefused(413) from None
    return ref


def hold_photo(folder: Path, city: str, token: str, ref: str, now: datetime) -> bool:
    """Whether ``ref`` names a photo of this citizen that is still there; it then stays while its message is written."""
    if not owns(token, city, ref):
        return False
    try:
        os.utime(folder / ref, (now.timestamp(), now.timestamp()))  # a day later it may be swept (``bots.web_sweep``)
    except FileNotFoundError:
        return False
    return True


def kind_of(head: bytes) -> str | None:
    """The ending of a photo that begins so, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    return None


async def _limited(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in _joined(head, pieces):
        size += len(piece)
        if size > LARGEST:
            raise NotKept("too large")
        yield piece


async def _joined(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in pieces:
        yield piece
