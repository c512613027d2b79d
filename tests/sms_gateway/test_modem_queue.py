"""SMS before one slow modem: none waits longer than the outbox's claim on it lasts, or another would send it too."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from tests.providers.clocks import pass_by, until

OUTBOX_CLAIM = 90.0
PARTS = "Petugas menuju lokasi, jauhi api dan asap, tutup pintu. " * 8  # three of them
NEVER_MUTE = {"send": 5000.0, "prompt": 5000.0, "poll": 5000.0, "other": 5000.0, "whole": 9000.0}


@dataclass
class Slow:
    """A modem whose every SMS leaves when it is told to."""

    modem: Modem
    folder: Path

    @property
    def begun(self) -> int:
        """SMS, or parts of one, that it was given."""
        return plain_child.size(self.folder / "begun")

    def let(self, many: int) -> None:
        """So many more may leave."""
        with (self.folder / "may_leave").open("ab") as told:
            told.write(b"." * many)

    async def send(self, key: int, text: str = "Info.", *, urgent: bool = False) -> str:
        return await self.modem.send("+6281355500001", text, key, urgent=urgent, valid_for=timedelta(hours=1))


@asynccontextmanager
async def slow_modem(folder: Path, patience: Patience) -> AsyncIterator[Slow]:
    device = folder / "ttyUSB0"
    device.touch()
    line = Line("kendari", "telkomsel-1", "gammu", options={"device": str(device)})
    calm = Rhythm(poll=1e6, watch=1e6, worried=1e6)
    one = Modem(line, DriverPorts(VirtualClock(datetime.now(UTC)), None, MemoryStore()), patience, calm)
    one.link.command = (sys.executable, plain_child.__file__, str(folder))
    listening = asyncio.create_task(one.listen(_hear))
    await until(lambda: one.state().sim_size and one.state().signal)  # after both it is asked nothing by itself
    yield Slow(one, folder)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _hear(_: Heard) -> None:
    raise AssertionError("nothing comes")


async def test_who_gets_no_turn_in_time_is_told_that_the_modem_is_busy(tmp_path: Path) -> None:
    async with slow_modem(tmp_path, Patience(turn=30.0, urgent_turn=90.0, **NEVER_MUTE)) as slow:
        ordinary = [asyncio.create_task(slow.send(key)) for key in range(5)]
        await until(lambda: slow.begun)
        urgent = asyncio.create_task(slow.send(9, "Keluar dari rumah!", urgent=True))
        await until(lambda: slow.modem.state().queued == 6)
        pass_by(30.0)
        failed = [await failure_of(one) for one in ordinary[1:]]
        slow.let(2)
        await ordinary[0]
        await urgent  # at once behind the one that was leaving
        assert slow.begun == 2
        for failure in failed:
            assert (failure.busy, failure.permanent, failure.doubt) == (True, False, False)
            assert failure.retry_after is not None
            assert REST <= failure.retry_after <= LONGEST_REST
        assert slow.modem.state().queued == 0


async def failure_of(sending: asyncio.Task[str]) -> SmsFailed:
    with pytest.raises(SmsFailed) as failed:
        await sending
    return failed.value


async def test_an_urgent_sms_behind_urgent_ones_is_told_so_too_and_comes_back_soon(tmp_path: Path) -> None:
    async with slow_modem(tmp_path, Patience(turn=10.0, urgent_turn=60.0, **NEVER_MUTE)) as slow:
        sends = [asyncio.create_task(slow.send(key, urgent=True)) for key in range(6)]
        await until(lambda: slow.begun)
        slow.let(1)
        await until(lambda: slow.begun == 2)
        pass_by(60.0)
        failed = [await failure_of(one) for one in sends[2:]]
        assert {(failure.busy, failure.retry_after) for failure in failed} == {(True, REST)}
        slow.let(1)
        await asyncio.gather(*sends[:2])


async def test_a_long_sms_that_takes_too_long_goes_on_behind_its_parts(tmp_path: Path) -> None:
    patience = Patience(**NEVER_MUTE)
    async with slow_modem(tmp_path, patience) as slow:
        began = asyncio.get_running_loop().time()
        slow.let(1)
        sending = asyncio.create_task(slow.send(7, PARTS))
        await until(lambda: slow.begun == 2)
        pass_by(patience.last_turn)  # no part begins after it
        slow.let(1)
        failed = await failure_of(sending)
        assert (failed.busy, failed.permanent, failed.doubt) == (True, False, False)
        assert "busy (part 3 of 3)" in failed.reason
        assert asyncio.get_running_loop().time() - began < patience.whole
        slow.let(1)
        await slow.send(7, PARTS)
        assert slow.begun == 3  # one part


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
