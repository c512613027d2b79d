"""A few kills at random moments in mid-load; `make faults` does many."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest

from benchmarks.crash_check import check
from benchmarks.faults import WRITERS, crash
from benchmarks.phase import Taken
from benchmarks.setting import Shape
from config.database import Database
from config.schema import migrate


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    found = await crash(3, seed, tmp_path, quiet=True)
    assert found.fine, (seed, found)
    assert found.acknowledged > WRITERS, (seed, found)
    assert found.emergencies > 0, (seed, found)


@pytest.mark.slow
@pytest.mark.postgres
async def test_nothing_acknowledged_is_lost_when_one_of_several_processes_is_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    shape = Shape("postgres", web=2, workers=1)
    found = await crash(2, seed, tmp_path, shape, postgres_url=postgres_url, finishing=20.0, quiet=True)
    assert found.fine, (seed, found)
    assert found.acknowledged > WRITERS, (seed, found)
    assert found.emergencies > 0, (seed, found)


async def test_the_check_itself_sees_losses_and_needless_repeats(database_url: str) -> None:
    database = Database(database_url)
    await migrate(database)
    once = Taken(1.0, "628115550001", "7", "wamid.1", "Kami terima.")
    again = Taken(3.0, "628115550001", "7", "wamid.2", "Kami terima.")
    emergencies = {"628115550001"}
    look = partial(check, acknowledged={"wamid.lost"}, emergencies=emergencies, taken=[once, again], crashes=[])
    found = await database.read(look)
    assert (found.lost, found.without_case, found.twice_without_crash) == (1, 1, 1)
    assert not found.fine
    look = partial(check, acknowledged=set(), emergencies=set(), taken=[once, again], crashes=[2.0])
    excused = await database.read(look)
    assert (excused.sent_twice, excused.twice_without_crash) == (1, 0)
    assert excused.fine
    await database.close()
