"""The model that answers in this process: whichever was activated last, taken over without a message noticing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from config.database import Change, Database
from config.model_files import ModelFiles
from knowledge_base.city import City
from knowledge_base.learning import models as learning_models
from knowledge_base.learning.models import BUILT_IN
from nlu.understand import Understander

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two looks

Open = Callable[[Mapping[str, City], Path], Understander]


class Adopts(Protocol):
    """An understander that can go on with another's model."""

    def adopt(self, other: Understander) -> None: ...


class ModelInUse:
    """Every process runs one. ``step`` looks which model is in use; ``wake`` is set when somebody changed it here.

    A model that another program trained (its ``stamp`` differs) is never adopted, nor one that cannot be read:
    the files' own answers then.
    """

    def __init__(
        self,
        database: Database,
        understander: Adopts,
        cities: Mapping[str, City],
        files: ModelFiles,
        stamp: str,
        open_: Open,
    ) -> None:
        self.key = BUILT_IN
        self.wake = asyncio.Event()
        self._database = database
        self._understander = understander
        self._cities = cities
        self._files = files
        self._stamp = stamp
        self._open = open_
        self._unusable: set[int] = set()
        database.on_commit(self._hear)

    def _hear(self, changes: list[Change]) -> None:
        if any(one.what == "model" for one in changes):
            self.wake.set()

    async def run(self) -> None:
        """Keep looking, until cancelled."""
        while True:
            self.wake.clear()
            try:
                await self.step()
            except Exception:
                log.exception("could not look which model is in use; it is tried again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self.wake.wait()

    async def step(self) -> None:
        """Adopt the model in use if it is another."""
        wanted = await self._database.read(self._wanted)
        if wanted == self.key:
            return
        try:
            await self._adopt(wanted)
        except Exception:
            if wanted == BUILT_IN:
                raise
            log.exception("a trained model cannot be used; the files' own answers", extra={"model": wanted})
            self._unusable.add(wanted)

    async def built_in_renewed(self) -> None:
        """The files' own model was trained anew at its place: take it over where it is the one in use."""
        if self.key == BUILT_IN:
            await self._take_over(await self._files.fetch(BUILT_IN))

    def _wanted(self, connection: Connection) -> int:
        key = learning_models.in_use(connection)
        if key in (BUILT_IN, self.key):
            return key
        row = learning_models.model_of(connection, key)
        fits = row is not None and (row["report"] or {}).get("stamp") == self._stamp
        return key if fits and key not in self._unusable else BUILT_IN

    async def _adopt(self, key: int) -> None:
        path = await self._files.fetch(key)
        await self._take_over(path)
        self.key = key
        log.info("another model answers from now on", extra={"model": key})
        await self._files.forget_others(key)

    async def _take_over(self, path: Path) -> None:
        while True:
            known = dict(self._cities)
            other = await asyncio.to_thread(self._open, known, path)
            await asyncio.to_thread(self._understander.adopt, other)
            # A landmark that somebody moved meanwhile is not lost.
            if all(self._cities.get(slug) is city for slug, city in known.items()):
                return


def open_files(database: Database, built_in: Path) -> ModelFiles:
    """The files of models beside the files' own."""
    return ModelFiles(database, built_in.parent / "trained", built_in)
