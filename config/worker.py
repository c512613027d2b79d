"""Background work: answer what waits, send what is queued, pull channels, look again, fetch media, keep the clocks."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bots import town
from bots.channel import Account, HoldsLines, Registers, SendFailed
from bots.message import Parsed
from config import leases
from config.processes import WORKS
from config.wiring import System
from config.witness import first_of, reason
from handoff import accounts as account_states
from sms_gateway.gateway import LineState
from sms_gateway.line_states import keep_states

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=9)  # a line whose process died is heard again within 12 s
STUCK = 60.0  # seconds without a success after which a loop shows as broken
GATHERED = 0.02  # seconds


class Worker:
    """All loops of one process. ``stop`` ends them between two steps, never within one."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._name = system.processes.name
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._last_done: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        # SMS lines between two tries to listen, with their city, by (channel, account)
        self._broken: dict[tuple[str, str], tuple[str, LineState]] = {}
        self._broke = asyncio.Event()
        system.health.watch(self.parts)

    def parts(self) -> list[dict[str, Any]]:
        """Each loop for /health: one that has not come round for long is stuck or fails every time."""
        now = time.monotonic()
        loops = [self._part(name, now - done) for name, done in sorted(self._last_done.items())]
        return loops + [
            {"name": f"line {state.line}", "ok": False, "needed": False, "detail": state.detail}
            for _, state in self._broken_lines()
        ]

    def _part(self, name: str, age: float) -> dict[str, Any]:
        well = age < STUCK + self._pauses.get(name, 0.0)
        detail = "in order" if well else f"no success for {age:.0f} s"
        return {"name": f"loop {name}", "ok": well, "needed": False, "detail": detail}

    def start(self) -> None:
        """Begin all loops."""
        one = self._system
        one.processes.tell(WORKS, lambda: sorted(one.cities))
        one.processes.say()
        idle = asyncio.Event()
        loops: list[tuple[str, Callable[[], Awaitable[object]], float, asyncio.Event]] = [
            ("send urgent", partial(one.outbox.step, urgent_only=True), 0.25, one.outbox.wake[0]),
            ("send", partial(self._gathered, self._after_emergencies(one.outbox.step)), 0.25, one.outbox.wake[1]),
            ("answer urgent", one.backlog.step_urgent, 0.25, one.backlog.wake),
            ("looks", one.looks.step, 0.25, idle),
            ("backlog", self._after_emergencies(one.backlog.step), 0.5, idle),
            ("media", self._after_emergencies(one.media.step), 1.0, idle),
            ("reports", one.reports.settle, 2.0, idle),
            ("towns", one.towns.refresh, town.EVERY, one.towns.wake),
            ("photos", one.photos.step, 3600.0, idle),
            ("heard", one.inbox.note_hearing, 2.0, idle),
            ("count", one.outbox.count, 5.0, idle),
            ("lines", self._keep_lines, 5.0, self._broke),
            ("training", one.training.step, 2.0, idle),
            ("learning", self._group_questions, 5.0, idle),
        ]
        self._tasks = [asyncio.create_task(self._repeat(*loop), name=loop[0]) for loop in loops]
        for account in one.accounts.values():
            channel = one.channels[account.channel]
            if channel.listens(account):
                self._tasks.append(asyncio.create_task(self._listen(account), name=f"listen {account.channel}"))
            elif isinstance(channel, Registers) and one.settings.public_url:
                self._tasks.append(asyncio.create_task(self._register(channel, account), name="listen: register"))

    async def stop(self) -> None:
        """End the loops and give the leases back."""
        self._stopping.set()
        for task in self._tasks:
            if task.get_name().startswith("listen"):
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._system.training.stop()

    async def _repeat(
        self, name: str, step: Callable[[], Awaitable[object]], pause: float, wake: asyncio.Event
    ) -> None:
        """Step again at once while there is work, else after ``pause`` seconds or when ``wake`` is set."""
        self._last_done[name], self._pauses[name] = time.monotonic(), pause
        while not self._stopping.is_set():
            wake.clear()
            done: object = 0
            try:
                done = await step()
                self._last_done[name] = time.monotonic()
            except Exception:
                log.exception("a background step failed; it is tried again", extra={"step": name})
            if not done:
                await self._pause(pause, wake)

    async def _pause(self, seconds: float, wake: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._stopping, wake)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _gathered(self, step: Callable[[], Awaitable[object]]) -> object:
        """What is not urgent is claimed in larger lots: a claim costs much the same for one as for twenty."""
        await asyncio.sleep(GATHERED)
        return await step()

    def _after_emergencies(self, step: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        """``step``, unless emergencies wait: they have this process to themselves then."""

        async def perhaps() -> object:
            return 0 if self._system.pressure.urgent_waits else await step()

        return perhaps

    async def _group_questions(self) -> int:
        """What nobody misses for an hour is put off while messages come too fast."""
        return 0 if self._system.pressure.sheds("learning") else await self._system.grouping.step()

    async def _keep_lines(self) -> None:
        """How the SMS lines fare, for commands and other processes."""
        if states := [*self._system.gateway.states(), *self._broken_lines()]:
            await self._system.database.write(partial(keep_states, states=states, now=self._system.clock.now()))

    def _broken_lines(self) -> list[tuple[str, LineState]]:
        """Lines that the gateway does not serve just now, for listening to them broke off."""
        served = {state.line for _, state in self._system.gateway.states()}
        return [one for one in self._broken.values() if one[1].line not in served]

    def _note_broken(self, account: Account, error: Exception) -> None:
        """A line stays listed until it, or another process, listens again."""
        channel = self._system.channels[account.channel]
        if isinstance(channel, HoldsLines):
            state = channel.state(account)
            detail = f"listening broke off: {_why(error)}" if state.up else state.detail
            self._broken[account.channel, account.name] = (account.city, replace(state, up=False, detail=detail))
            self._broke.set()

    async def _listen(self, account: Account) -> None:
        """Pull one account while this process holds its lease; whatever breaks off is begun again."""
        name = f"listen {account.channel}/{account.name}"
        self._last_done[name] = time.monotonic()
        while not self._stopping.is_set():
            try:
                await self._listen_while_leased(account, name)
            except Exception as error:
                log.exception("listening broke off; it is begun again", extra={"channel": account.channel})
                self._note_broken(account, error)
            await self._system.clock.sleep(LEASE.total_seconds() / 3)

    async def _listen_while_leased(self, account: Account, name: str) -> None:
        lease = f"listen:{account.city}:{account.channel}:{account.name}"
        if not await self._hold(lease):
            self._last_done[name] = time.monotonic()  # another process listens
            self._broken.pop((account.channel, account.name), None)
            channel = self._system.channels[account.channel]
            if isinstance(channel, HoldsLines):
                channel.left(account)
            return
        pull = asyncio.create_task(self._pull(account))
        try:
            well = partial(account_states.note_working, key=(account.city, account.channel, account.name))
            while await self._hold(lease) and not pull.done():
                self._last_done[name] = time.monotonic()
                await asyncio.wait([pull], timeout=LEASE.total_seconds() / 3)
                if not pull.done():
                    await self._system.database.write(well)
        finally:
            pull.cancel()
            await asyncio.gather(pull, return_exceptions=True)
            await self._system.database.write(partial(leases.give_back, name=lease, holder=self._name))

    async def _register(self, channel: Registers, account: Account) -> None:
        """Tell the provider our address, until it has taken it."""
        url = f"{self._system.settings.public_url.rstrip('/')}/in/{account.channel}/{account.name}"
        while True:
            try:
                await channel.register(account, url)
            except Exception as fault:
                reason = fault.reason if isinstance(fault, SendFailed) else type(fault).__name__
                log.warning("the provider did not take our address", extra={"reason": reason})
                await self._system.clock.sleep(60)
            else:
                return

    async def _hold(self, lease: str) -> bool:
        def take(connection: Connection) -> bool:
            return leases.take(connection, lease, self._name, self._system.clock.now(), LEASE)

        return await self._system.database.write(take)

    async def _pull(self, account: Account) -> None:
        async def hear(parsed: Parsed, body: bytes) -> None:
            await self._system.inbox.keep(account, parsed, body)

        try:
            await self._system.channels[account.channel].listen(account, hear)
        except Exception as error:
            log.exception("listening broke off", extra={"channel": account.channel})
            self._note_broken(account, error)
            key = (account.city, account.channel, account.name)
            fault = partial(account_states.note_fault, key=key, error=str(error), now=self._system.clock.now())
            await self._system.database.write(fault)


def _why(error: BaseException) -> str:
    """What the first of several faults says."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return reason(first_of(error))


async def settle(system: System) -> None:
    """Do everything that is due now, until nothing more is: how stories and tests drive the worker by hand."""
    for step in (
        system.backlog.step_urgent,
        system.backlog.step,
        system.looks.step,
        system.media.step,
        system.outbox.step,
    ):
        while await step():
            await system.media.drain()
            await system.outbox.drain()
    await system.outbox.drain()
    await system.reports.settle()


async def work_until_told(open_system: Callable[[], Awaitable[System]]) -> None:
    """Run the background work alone until the process is told to end."""
    system = await open_system()
    await system.start()
    worker = Worker(system)
    worker.start()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    await worker.stop()
    await system.stop()
