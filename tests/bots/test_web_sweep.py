"""Photos that were uploaded and never sent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.web_sweep import PhotoSweep
from config.clock import VirtualClock
from tests.bots.citizen_house import House, open_house
from tests.bots.test_citizen_page import Citizen

DAY = 24 * 3600.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, VirtualClock()) as opened:
        yield opened


@pytest.fixture
def sweep(house: House) -> PhotoSweep:
    return PhotoSweep(house.database, house.clock, house.media, ["kendari", "ambon"])


def age(house: House, path: Path, seconds: float) -> None:
    then = house.clock.now().timestamp() - seconds
    os.utime(path, (then, then))


async def uploaded(house: House, citizen: Citizen, seconds: float, *, sent: bool = False) -> Path:
    ref = (await citizen.upload()).json()["photo"]
    if sent:
        assert (await citizen.post(type="photo", photo=ref)).status_code == 200
    path: Path = house.media / ref
    age(house, path, seconds)
    return path


async def test_a_day_after_its_upload_a_photo_that_nobody_sent_is_gone(house: House, sweep: PhotoSweep) -> None:
    async with house.browser() as browser:
        citizen = await Citizen.arrive(browser)
        sent = await uploaded(house, citizen, 3 * DAY, sent=True)
        fresh = await uploaded(house, citizen, DAY - 60)
        forgotten = await uploaded(house, citizen, DAY + 60)
    broken = house.media / "kendari" / ".0123456789ab.part"
    broken.write_bytes(b"half")
    age(house, broken, 2 * DAY)
    other = house.media / "kendari" / "7305001.jpg"  # fetched from another channel
    other.write_bytes(b"\xff\xd8\xff")
    age(house, other, 9 * DAY)
    assert await sweep.step() == 0
    assert [path.exists() for path in (sent, fresh, forgotten, broken, other)] == [True, True, False, False, True]


async def test_each_day_s_forgotten_photos_go_in_their_turn(house: House, sweep: PhotoSweep) -> None:
    async with house.browser() as browser:
        path = await uploaded(house, await Citizen.arrive(browser), DAY - 60)
    await sweep.step()
    assert path.exists()
    assert isinstance(house.clock, VirtualClock)
    house.clock.advance(3600)
    await sweep.step()
    assert not path.exists()


async def test_a_photo_that_is_being_sent_is_not_swept_under_its_message(house: House, sweep: PhotoSweep) -> None:
    async with house.browser() as browser:
        citizen = await Citizen.arrive(browser)
        path = await uploaded(house, citizen, 2 * DAY)
        await citizen.post(type="photo", photo=f"kendari/{path.name}")
    assert path.stat().st_mtime > house.clock.now().timestamp() - DAY
