"""Three kills at random moments in mid-load; `make faults` does twenty."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.crash_check import check
from benchmarks.faults import crash
from benchmarks.rig import Taken
from config.database import Database
from config.schema import migrate


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    found = await crash(3, seed, tmp_path, quiet=True)
    assert found.fine, (seed, found)
    assert found.acknowledged > 30, (seed, found)
    assert found.emergencies > 3, (seed, found)


async def test_the_check_itself_sees_losses_and_needless_repeats(tmp_path: Path) -> None:
    path = tmp_path / "sigap.db"
    database = Database(f"sqlite:///{path}")
    await migrate(database)
    await database.close()
    once = Taken(1.0, "628115550001", "7", "wamid.1", "Kami terima.")
    again = Taken(3.0, "628115550001", "7", "wamid.2", "Kami terima.")
    found = check(path, {"wamid.lost"}, {"628115550001"}, [once, again], crashes=[])
    assert (found.lost, found.without_case, found.twice_without_crash) == (1, 1, 1)
    assert not found.fine
    excused = check(path, set(), set(), [once, again], crashes=[2.0])
    assert (excused.sent_twice, excused.twice_without_crash) == (1, 0)
    assert excused.fine
