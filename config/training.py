"""Trains a model when somebody asks for one: in a process of its own, by whoever holds the lease, one at a time.

What is said and heard goes on as before; the new model answers only once it has been examined and kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config import leases
from config.clock import Clock
from config.database import Database
from config.model_files import ModelFiles
from knowledge_base.learning import models as learning_models
from knowledge_base.learning import phrases as learning_phrases
from knowledge_base.learning.models import CannotUse

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "config.trainer")
LEASE = "training"
SPAN = timedelta(seconds=30)
LONGEST = 1800.0  # seconds of one training
NIGHTLY = time(2, 0)  # by the first city's clock
SYSTEM = "sistem"
_SAID = 2000  # characters of a trainer's last words that are logged

Row = dict[str, Any]


class Failed(Exception):
    """A training came to nothing. Its text is for whoever asked for it."""


class Training:
    """Holds the lease, takes what was asked for, watches over the process, keeps what came of it.

    ``stamp`` names program and data of this process: models of another are refused (see ``understanding.data_stamp``).
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        cities: Sequence[str],
        files: ModelFiles,
        holder: str,
        stamp: str,
        timezone: ZoneInfo,
        command: Sequence[str] = COMMAND,
        more: Mapping[str, Any] | None = None,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cities = tuple(cities)
        self._files = files
        self._holder = holder
        self._stamp = stamp
        self._timezone = timezone
        self._command = tuple(command)
        self._busy = busy  # none is begun meanwhile
        self._more = dict(more or {})  # into the job: for trials on a few phrases
        self._began = clock.now()
        self._holds = False
        self._run: asyncio.Task[None] | None = None

    async def step(self) -> int:
        """Renew the lease, begin what waits, look whether what runs has ended. Never waits for a training."""
        if not await self._hold():
            await self._end_run()
            return 0
        if self._run is not None:
            if not self._run.done():
                return 0
            run, self._run = self._run, None
            await run
        row = None if self._busy() else await self._database.write(self._next)
        if row is not None:
            self._run = asyncio.create_task(self._train(row), name="training")
        return 0

    async def stop(self) -> None:
        """End what runs; it waits again for whoever comes next."""
        await self._end_run()
        if self._holds:
            self._holds = False
            await self._database.write(self._give_up)

    def _give_up(self, connection: Connection) -> None:
        learning_models.queue_again(connection)
        leases.give_back(connection, LEASE, self._holder)

    async def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    async def _hold(self) -> bool:
        now = self._clock.now()
        held = await self._database.write(partial(leases.take, name=LEASE, holder=self._holder, now=now, span=SPAN))
        if held and not self._holds:
            await self._database.write(self._take_over)
        self._holds = held
        return held

    def _take_over(self, connection: Connection) -> None:
        """Whoever trained before is dead: its training waits again; what an older program trained is not used."""
        learning_models.queue_again(connection)
        detail = "Dilatih oleh versi program atau data yang lebih lama."
        if learning_models.refuse_older(connection, self._stamp, self._began, detail):
            self._ask(connection, "Program atau datanya diperbarui")

    def _next(self, connection: Connection) -> Row | None:
        if self._is_due(connection):
            self._ask(connection, "Latihan malam: ada yang berubah")
        return learning_models.begin_next(connection, self._clock.now())

    def _is_due(self, connection: Connection) -> bool:
        """Once a night, if anything changed since the last training."""
        now = self._clock.now().astimezone(self._timezone)
        if now.hour != NIGHTLY.hour:
            return False
        last = learning_models.last_asked(connection)
        tonight = datetime.combine(now.date(), NIGHTLY, self._timezone)
        if last is not None and last["asked_at"] >= tonight:
            return False
        since = (last["started_at"] or last["asked_at"]) if last is not None else None
        return learning_models.changes_since(connection, self._cities, since) > 0

    def _ask(self, connection: Connection, why: str) -> None:
        with contextlib.suppress(CannotUse):  # one waits already
            learning_models.ask(connection, why, SYSTEM, self._clock.now())

    async def _train(self, row: Row) -> None:
        folder = await asyncio.to_thread(self._files.workshop)
        try:
            await self._carry_out(row, folder)
        except Failed as failed:
            await self._finish(row["id"], {"state": "failed", "detail": str(failed)})
        except Exception:
            log.exception("a training failed", extra={"model": row["id"]})
            await self._finish(row["id"], {"state": "failed", "detail": "Pelatihan gagal. Lihat log server."})
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _carry_out(self, row: Row, folder: Path) -> None:
        used = await self._database.read(learning_models.in_use)
        job = await self._database.read(self._job)
        job["now"] = str(await self._files.fetch(used))
        await asyncio.to_thread((folder / "job.json").write_text, json.dumps(job | self._more), encoding="utf-8")
        try:
            async with asyncio.timeout(LONGEST):
                await self._watch(row["id"], folder)
        except TimeoutError:
            raise Failed("Pelatihan terlalu lama, jadi dihentikan. Model yang dipakai tidak berubah.") from None
        report = json.loads(await asyncio.to_thread((folder / "report.json").read_text, encoding="utf-8"))
        report["stamp"] = self._stamp
        if report["broken"]:
            news = {"state": "refused", "detail": "Tidak memenuhi batas mutu, jadi tidak dipakai.", "gone": True}
            await self._finish(row["id"], {**news, "report": report})
            return
        size = await self._files.keep(row["id"], folder / "model")
        await self._finish(row["id"], {"state": "ready", "report": report, "size": size}, used_by=row["asked_by"])

    def _job(self, connection: Connection) -> dict[str, Any]:
        """What is published and accepted at this moment (see ``config.trainer.Job``)."""
        cities = self._cities
        return {
            "cities": cities,
            "variants": {city: learning_phrases.variants_of(connection, city) for city in cities},
            "tests": {city: learning_phrases.tests_of(connection, city) for city in cities},
            "examples": [asdict(one) for city in cities for one in learning_phrases.of_examples(connection, city)],
            "placed": [
                {**one, "city": city} for city in cities for one in learning_phrases.placed_examples(connection, city)
            ],
        }

    async def _watch(self, key: int, folder: Path) -> None:
        """Run the trainer to its end. Raises Failed. It dies with us: its standard input ends then."""
        with (folder / "said").open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                str(folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        try:
            await self._follow(key, process)
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code != 0:
            last = await asyncio.to_thread((folder / "said").read_text, encoding="utf-8", errors="replace")
            log.error("the trainer ended", extra={"model": key, "code": code, "said": last[-_SAID:]})
            raise Failed(f"Proses pelatihan berhenti sebelum selesai (kode {code}). Model yang dipakai tidak berubah.")

    async def _follow(self, key: int, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        async for line in process.stdout:
            told = json.loads(line)
            step, phrases = str(told.get("step", "")), told.get("phrases")
            write = partial(
                learning_models.put_progress, key=key, progress=float(told["progress"]), step=step, phrases=phrases
            )
            await self._database.write(write)

    async def _finish(self, key: int, news: Mapping[str, Any], used_by: str | None = None) -> None:
        now = self._clock.now()

        def job(connection: Connection) -> None:
            learning_models.finish(connection, key, news, now)
            if used_by is not None:
                learning_models.activate(connection, key, used_by, now)
                learning_models.throw_away_old(connection)

        await self._database.write(job)
