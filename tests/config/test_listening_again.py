"""Lines are heard again at once after a kill, and one that broke off stays listed until it is heard again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import insert

from bots.channel import Account, Channel, Hear
from bots.channels.sms import Adapter
from config import leases
from config.clock import VirtualClock
from config.schema import migrate
from config.settings import Settings
from config.wiring import System, Wrap, build
from config.worker import LEASE, Worker
from handoff.console.part_names import part_detail, part_name
from knowledge_base.seed import seed_city
from nlu.understand import Understander
from sms_gateway.line_states import kept_states
from tests.fakes import FakeChannel, Keywords

T = TypeVar("T")


class BreaksOff(FakeChannel):
    """An SMS channel to which nobody can listen while ``why`` says so; then it listens as ``real`` does."""

    def __init__(self, real: Adapter, why: str) -> None:
        super().__init__()
        self.real, self.why = real, why
        self.sends_here, self.left, self.state = real.sends_here, real.left, real.state

    def listens(self, account: Account) -> bool:
        return True

    async def listen(self, account: Account, hear: Hear) -> None:
        if self.why:
            raise ExceptionGroup("several", [RuntimeError(self.why)])
        await self.real.listen(account, hear)


@asynccontextmanager
async def killed_before(data: Path, clock: VirtualClock, wrap: Wrap | None = None) -> AsyncIterator[System]:
    """A system whose forerunner was killed a moment ago, and still holds its line."""
    wanted = Settings(data=data, cities=("kendari",))
    system = await build(wanted, cast(Understander, Keywords()), clock=clock, wrap=wrap)
    await migrate(system.database)
    for city in system.cities.values():
        await system.database.write(partial(seed_city, city=city, now=clock.now()))
    held = {"name": "listen:kendari:sms:kendari", "holder": "the-dead-1", "until": clock.now() + LEASE}
    await system.database.write(lambda connection: connection.execute(insert(leases.lease).values(held)))
    await system.start()
    worker = Worker(system)
    worker.start()
    yield system
    await worker.stop()
    await system.stop()


async def until(look: Callable[[], Awaitable[T]], clock: VirtualClock | None = None) -> T:
    """What ``look`` finds once it finds something; ``clock`` goes on meanwhile."""
    for _ in range(3000):
        if found := await look():
            return found
        if clock is not None:
            clock.advance(1.0)
        await asyncio.sleep(0.01)
    raise AssertionError("not in time")


async def served(system: System) -> list[str]:
    return [state.line for _, state in system.gateway.states()]


async def line_part(system: System) -> dict[str, Any] | None:
    found = [part for part in await system.health.parts() if part["name"] == "line kendari"]
    assert len(found) <= 1, "listed once"
    return found[0] if found else None


async def test_a_line_is_heard_at_once_after_a_kill(tmp_path: Path) -> None:
    clock = VirtualClock()  # which stands still: no lease runs out
    async with killed_before(tmp_path, clock) as system:
        assert await until(partial(served, system)) == ["kendari"]


async def test_a_line_that_broke_off_stays_listed(tmp_path: Path) -> None:
    clock = VirtualClock()
    fakes: list[BreaksOff] = []

    def wrap(channels: dict[str, Channel]) -> dict[str, Channel]:
        fakes.append(BreaksOff(cast(Adapter, channels["sms"]), "the SMSC refuses us"))
        return {**channels, "sms": cast(Channel, fakes[0])}

    async with killed_before(tmp_path, clock, wrap) as system:
        part = await until(partial(line_part, system))
        assert part is not None
        assert not part["ok"]
        assert part["detail"] == "listening broke off: the SMSC refuses us"
        kept = await until(partial(system.database.read, partial(kept_states, cities=("kendari",))))
        assert [(state.line, state.up) for _, state, _ in kept] == [("kendari", False)]

        fakes[0].why = ""
        await until(partial(served, system), clock)
        heard = await line_part(system)
        assert heard is not None
        assert heard["ok"]


async def test_every_part_has_a_name_and_every_trouble_a_word_that_operators_know(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with killed_before(tmp_path, clock) as system:
        await until(lambda: served(system), clock)
        names = [part["name"] for part in await system.health.parts()]
    assert "loop send urgent" in names
    assert [name for name in names if part_name(name) == name] == []
    troubles = {
        "no success for 61 s": "tidak berhasil selama 61 detik. Beri tahu teknisi.",
        "another process' clock is -3 s off: keep NTP on on every machine": (
            "selisih -3 detik antarmesin. Beri tahu teknisi (NTP)."
        ),
    }
    assert {detail: part_detail("", detail) for detail in troubles} == troubles
