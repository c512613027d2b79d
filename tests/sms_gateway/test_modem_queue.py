"""SMS before one slow modem: none waits longer than the outbox's claim on it lasts, or another would send it too."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.clock import VirtualClock
from sms_gateway.driver import DriverPorts
from sms_gateway.drivers.gammu import Driver
from sms_gateway.gateway import Heard, SmsFailed
from sms_gateway.line import Line
from sms_gateway.modem import Modem, Rhythm
from sms_gateway.modem_link import Patience
from sms_gateway.modem_outbox import LONGEST_REST, REST
from sms_gateway.store import MemoryStore
from tests.modems import plain_child

OUTBOX_CLAIM = 90.0
PARTS = "Petugas menuju lokasi, jauhi api dan asap, tutup pintu. " * 8  # three of them


@asynccontextmanager
async def modem(device: Path, seconds: float, patience: Patience) -> AsyncIterator[Modem]:
    """One that takes so many ``seconds`` for a part."""
    await asyncio.to_thread(device.touch)
    line = Line("kendari", "telkomsel-1", "gammu", options={"device": str(device)})
    calm = Rhythm(poll=60.0, watch=60.0, worried=60.0)
    one = Modem(line, DriverPorts(VirtualClock(datetime.now(UTC)), None, MemoryStore()), patience, calm)
    one.link.command = (sys.executable, plain_child.__file__, str(seconds))
    listening = asyncio.create_task(one.listen(_hear))
    async with asyncio.timeout(20):
        while not one.state().sim_size:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
    yield one
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _hear(_: Heard) -> None:
    raise AssertionError("nothing comes")


async def send(one: Modem, key: int, text: str = "Info.", *, urgent: bool = False) -> str:
    return await one.send("+6281355500001", text, key, urgent=urgent, valid_for=timedelta(hours=1))


async def test_who_gets_no_turn_in_time_is_told_that_the_modem_is_busy(tmp_path: Path) -> None:
    patience = Patience(turn=0.5, urgent_turn=1.5)
    async with modem(tmp_path / "ttyUSB0", 0.4, patience) as one:
        ordinary = [asyncio.create_task(send(one, key)) for key in range(5)]
        await asyncio.sleep(0.1)
        urgent = asyncio.create_task(send(one, 9, "Keluar dari rumah!", urgent=True))
        found = await asyncio.gather(*ordinary, urgent, return_exceptions=True)
        failed = [failure for failure in found if isinstance(failure, SmsFailed)]
        assert isinstance(found[-1], str)  # at once behind the one that was leaving
        assert len(failed) == 4
        for failure in failed:
            assert (failure.busy, failure.permanent, failure.doubt) == (True, False, False)
            assert failure.retry_after is not None
            assert REST <= failure.retry_after <= LONGEST_REST
        assert one.state().queued == 0


async def test_an_urgent_sms_behind_urgent_ones_is_told_so_too_and_comes_back_soon(tmp_path: Path) -> None:
    async with modem(tmp_path / "ttyUSB0", 1.0, Patience(turn=0.1, urgent_turn=1.5)) as one:
        sends = [asyncio.create_task(send(one, key, urgent=True)) for key in range(6)]
        found = await asyncio.gather(*sends, return_exceptions=True)
        failed = [failure for failure in found if isinstance(failure, SmsFailed)]
        assert len(failed) == 4
        assert {(failure.busy, failure.retry_after) for failure in failed} == {(True, REST)}


async def test_a_long_sms_that_takes_too_long_goes_on_behind_its_parts(tmp_path: Path) -> None:
    patience = Patience(send=2.0, whole=3.2)  # no part begins after 1.2 s
    async with modem(tmp_path / "ttyUSB0", 0.8, patience) as one:
        began = asyncio.get_running_loop().time()
        with pytest.raises(SmsFailed, match=r"busy \(part 3 of 3\)") as failed:
            await send(one, 7, PARTS)
        assert asyncio.get_running_loop().time() - began < patience.whole
        assert (failed.value.busy, failed.value.permanent, failed.value.doubt) == (True, False, False)
        began = asyncio.get_running_loop().time()
        await send(one, 7, PARTS)
        assert asyncio.get_running_loop().time() - began < 1.6  # one part


async def test_a_line_whose_account_names_no_device_says_so_and_waits() -> None:
    driver = Driver(DriverPorts(VirtualClock(datetime.now(UTC)), None, MemoryStore()))
    line = Line("kendari", "telkomsel-1", "gammu")
    listening = asyncio.create_task(driver.listen(line, _hear))
    await asyncio.sleep(0.05)
    state = driver.state(line)
    assert (state.up, state.detail) == (False, "no device is named in the account")
    assert not listening.done()
    with pytest.raises(SmsFailed, match="no device is named"):
        await driver.send(line, "+6281355500001", "Info.", key=1, urgent=True, valid_for=timedelta(hours=1))
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


@pytest.mark.parametrize("seconds", ["", "18", "60", "600"])
@pytest.mark.parametrize("urgent", [False, True])
def test_whatever_the_account_says_an_sms_ends_before_its_claim(seconds: str, urgent: bool, tmp_path: Path) -> None:
    driver = Driver(DriverPorts(VirtualClock(datetime.now(UTC)), None, MemoryStore()))
    options = {"device": str(tmp_path / "ttyUSB0"), "send_seconds": seconds}
    patience = driver.modem(Line("kendari", "m", "gammu", options=options)).link.patience
    assert 0 < patience.first_turn(urgent=urgent) <= patience.last_turn
    assert patience.last_turn + patience.send <= patience.whole < OUTBOX_CLAIM
