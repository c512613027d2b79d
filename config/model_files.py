"""Models between the database, where every process finds them, and this machine's folder, where they are read."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from config.database import Database
from knowledge_base.learning import models as learning_models
from knowledge_base.learning.models import BUILT_IN, PART

_WORK = "work-"


class Damaged(ValueError):
    """What the database holds is not the model that was trained."""


class ModelFiles:
    """The files of trained models; ``built_in`` is the files' own, trained at set-up. ``folder`` may be thrown away."""

    def __init__(self, database: Database, folder: Path, built_in: Path) -> None:
        self._database = database
        self._folder = folder
        self._built_in = built_in

    async def fetch(self, key: int) -> Path:
        """Where the model lies, taken out of the database if it does not yet. Raises Damaged."""
        path = self._path(key)
        if key == BUILT_IN or path.exists():
            return path
        row = await self._database.read(partial(learning_models.model_of, key=key))
        pieces: list[bytes] = []
        while (piece := await self._database.read(partial(learning_models.part, key=key, seq=len(pieces)))) is not None:
            pieces.append(piece)
        wanted = (row["report"] or {}).get("sha256") if row is not None else None
        await asyncio.to_thread(_write, path, b"".join(pieces), wanted)
        return path

    async def keep(self, key: int, path: Path) -> int:
        """Put a trained model into the database, a piece a write; its bytes."""
        data = await asyncio.to_thread(path.read_bytes)
        for seq, start in enumerate(range(0, len(data), PART)):
            await self._database.write(
                partial(learning_models.put_part, key=key, seq=seq, data=data[start : start + PART])
            )
        return len(data)

    async def forget_others(self, kept: int) -> None:
        """Free the room that other models took in the folder; the database holds them still."""
        await asyncio.to_thread(_forget, self._folder, self._path(kept))

    def workshop(self) -> Path:
        """An empty folder to train in. What was left of earlier trainings, whose process was killed, goes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._folder.glob(f"{_WORK}*"):
            shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_WORK, dir=self._folder))

    def _path(self, key: int) -> Path:
        return self._built_in if key == BUILT_IN else self._folder / f"{key}.model"


def _write(path: Path, data: bytes, wanted: str | None) -> None:
    if hashlib.sha256(data).hexdigest() != wanted:
        raise Damaged(f"{path.name}: {len(data)} bytes that are not the model that was trained")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")  # another process may be writing the same
    half.write_bytes(data)
    half.replace(path)


def _forget(folder: Path, kept: Path) -> None:
    for path in folder.glob("*.model"):
        if path != kept:
            path.unlink(missing_ok=True)
