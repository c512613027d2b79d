"""An upgrade that changes the phrases does not shut the service while the model is trained anew."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import cast

import pytest

from config import understanding
from config.database import Database
from config.model_in_use import ModelInUse
from config.opening import open_system
from config.renewal import renew
from config.schema import migrate
from config.settings import Settings
from tests.providers.clocks import until
from tests.understanders import trained_model


class Model:
    """Counts how often it was told that the files' own model is another now."""

    renewed = 0

    async def built_in_renewed(self) -> None:
        self.renewed += 1


@pytest.fixture
def wanted(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", models=tmp_path / "models", cities=("kendari",))


def trainer(words: str) -> tuple[str, ...]:
    return sys.executable, "-c", words


async def test_what_was_trained_is_taken_over(wanted: Settings, tmp_path: Path) -> None:
    model = Model()
    told = (
        "import os, pathlib; pathlib.Path('seen').write_text(os.environ['SIGAP_MODELS'] + os.environ['SIGAP_CITIES'])"
    )
    await renew(wanted, cast(ModelInUse, model), trainer(told.replace("'seen'", repr(str(tmp_path / "seen")))))
    assert model.renewed == 1
    assert (tmp_path / "seen").read_text() == f"{tmp_path / 'models'}kendari"


async def test_a_training_that_fails_leaves_the_old_one(wanted: Settings) -> None:
    model = Model()
    await renew(wanted, cast(ModelInUse, model), trainer("raise SystemExit(3)"))
    assert model.renewed == 0


async def test_a_stop_ends_the_training(wanted: Settings, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    words = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(60)"
    task = asyncio.create_task(renew(wanted, cast(ModelInUse, Model()), trainer(words)))
    await until(lambda: pid.exists() and pid.read_text(), within=20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_an_older_model_serves_meanwhile(wanted: Settings) -> None:
    shutil.copytree(trained_model().parent, wanted.model.parent)
    stamp = wanted.model.with_name("understander.stamp")
    stamp.write_text("of an older version")
    wanted.data.mkdir()
    database = Database(wanted.url)
    await migrate(database)
    await database.close()
    system = await open_system(wanted)
    try:
        assert len(system.beside) == 1
        assert stamp.read_text() == "of an older version", "nothing was trained before the service stood"
        assert understanding.is_stale(wanted.cities, wanted.model)
    finally:
        await system.stop()
