"""Processes that keep photos in different folders are told so: on /health, and on the consoles' banner."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PosixPath
from typing import Any

import pytest

from config.clock import VirtualClock
from config.health import Health
from config.media_folder import DIFFERENT, FILE, MediaFolder, folder_id
from config.processes import LIFE, Processes
from config.schema import migrate
from config.witness import Witness
from handoff.console.part_names import part_detail, part_name


@dataclass
class Machine:
    """One process, and the folder in which it keeps media."""

    processes: Processes
    health: Health

    async def part(self) -> dict[str, Any]:
        return next(part for part in await self.health.parts() if part["name"] == "media folder")


class Full(PosixPath):
    """A folder on a disk that is full."""

    def mkdir(self, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class House:
    def __init__(self, database: Witness) -> None:
        self.database = database
        self.moment = 100.0

    def machine(self, name: str, folder: Path) -> Machine:
        processes = Processes(self.database, VirtualClock(), name, moment=lambda: self.moment)
        health = Health(self.database, [], [])
        health.watch(MediaFolder(folder, processes).parts)
        return Machine(processes, health)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    database = Witness(database_url)
    await migrate(database)
    yield House(database)
    await database.close()


async def meet(*machines: Machine) -> None:
    for machine in (*machines, *machines):
        await machine.processes.beat()


async def test_one_folder_is_well(house: House, tmp_path: Path) -> None:
    machines = [house.machine(name, tmp_path / "media") for name in ("one", "other")]
    await meet(*machines)
    for machine in machines:
        assert await machine.part() == {"name": "media folder", "ok": True, "needed": False, "detail": "one folder"}


async def test_different_folders_are_named_until_only_one_is_left(house: House, tmp_path: Path) -> None:
    one, other = (house.machine(name, tmp_path / name / "media") for name in ("one", "other"))
    assert (await one.part())["ok"], "alone it is one folder"
    await meet(one, other)
    for machine in (one, other):
        part = await machine.part()
        assert (part["ok"], part["needed"], part["detail"]) == (False, False, DIFFERENT)
        assert "docs/operations.md" in part["detail"]
    await other.processes.end()
    await one.processes.beat()
    assert (await one.part())["ok"]


async def test_a_dead_processs_folder_does_not_count(house: House, tmp_path: Path) -> None:
    one, dead = (house.machine(name, tmp_path / name) for name in ("one", "dead"))
    await meet(one, dead)
    while not (await one.part())["ok"]:
        assert house.moment < 100.0 + 3 * LIFE
        house.moment += LIFE / 4
        await one.processes.beat()


async def test_a_process_that_tells_of_no_folder_is_no_fault(house: House, tmp_path: Path) -> None:
    one = house.machine("one", tmp_path)
    older = Processes(house.database, VirtualClock(), "older", moment=lambda: house.moment)
    await older.beat()
    await meet(one)
    assert (await one.part())["ok"]


async def test_a_folder_that_cannot_be_used_is_named(house: House, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")
    one = house.machine("one", tmp_path / "media")
    part = await one.part()
    assert not part["ok"]
    assert str(tmp_path / "media") in part["detail"]


async def test_a_full_disk_is_told_to_make_room(house: House, tmp_path: Path) -> None:
    part = await house.machine("one", Full(tmp_path)).part()
    assert not part["ok"]
    assert part["detail"].endswith("(No space left on device): make room on that disk, then start sigap again")


def test_the_id_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(lambda _: folder_id(tmp_path / "media"), range(200)))
    assert len(found) == 1
    assert [one.name for one in (tmp_path / "media").iterdir()] == [FILE], "nothing half written stays behind"
    assert folder_id(tmp_path / "media") in found
    assert folder_id(tmp_path / "elsewhere") not in found


def test_the_banner_says_it_in_an_operators_words() -> None:
    assert part_name("media folder") == "Folder foto dan suara"
    assert "teknisi" in part_detail("media folder", DIFFERENT)
