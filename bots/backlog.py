"""Answer what was kept and not answered: after a rush, or after a crash.

First all of it is read, which costs a sixth of answering it: whoever is in need, and wrote it so that no quick word
told at the gate, goes to a human before the first question is answered. Then answers go out, oldest first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select

from bots import transcript
from bots.channel import Account
from bots.pressure import Pressure
from bots.rounds import Rounds
from bots.transcript import Share, Turn
from bots.turn import Turns
from config.clock import Clock
from config.database import Change, Database

READ_AT_ONCE = 400
READ_URGENT = 128  # of what a quick word called urgent: a third of it is
ANSWERED_AT_ONCE = 64
LEFT_LYING = 2.0  # seconds after which whoever sees a stored emergency answers it

log = logging.getLogger(__name__)


class Backlog:
    """Emergencies first. Each process has its ``share`` of the conversations, by their number.

    Where two disagree for a moment on who lives, the contact's lock lets one of them answer.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        accounts: Mapping[tuple[str, str], Account],
        share: Callable[[str], Share] = lambda _city: (0, 1),
        pressure: Pressure | None = None,
    ) -> None:
        self._database = database
        self._turns = turns
        self._share = share
        self._clock = clock
        self._pressure = pressure or Pressure()
        self._accounts: dict[str, dict[tuple[str, str], Account]] = {}
        for key, account in accounts.items():
            self._accounts.setdefault(account.city, {})[key] = account
        self._rounds = Rounds(database, clock, self._accounts, transcript.earliest_waiting)
        self._urgent_rounds = Rounds(database, clock, self._accounts, transcript.earliest_urgent)
        self.wake = asyncio.Event()  # for the loop of the urgent
        database.on_commit(self._hear)

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.what == transcript.STORED_URGENT for change in changes):
            self.wake.set()

    async def step_urgent(self, *, older: float = 0.0, share: Share | None = None) -> int:
        """Answer emergencies that were only stored; returns how many. ``older``: only those so many seconds old."""
        return sum([await self._guarded(self._urgent(city, older, share)) for city in await self._urgent_rounds.due()])

    async def _urgent(self, city: str, older: float, share: Share | None) -> int:
        found = await self._stored(transcript.URGENT, city, READ_URGENT, share)
        turns = [one for one in found if (self._clock.now() - one.received_at).total_seconds() >= older]
        done = await self._sift(city, turns)
        self._pressure.note_urgent(len(turns) == READ_URGENT)
        return done

    async def _sift(self, city: str, turns: Sequence[Turn]) -> int:
        """Read what was only stored, answer whoever is in need, and leave the rest for later; returns how many."""
        await self._turns.understand(turns)
        grave: list[Turn] = []
        calm: list[Turn] = []
        for one in turns:
            (grave if _may_be_grave(one) else calm).append(one)
        held: list[Turn] = []
        for start in range(0, len(grave), ANSWERED_AT_ONCE):
            held += await self._turns.take(grave[start : start + ANSWERED_AT_ONCE], urgent=True, patient=False)
        if calm:
            await self._database.write(partial(transcript.keep_meanings, city, calm))
        return len(turns) - len(held)

    async def _stored(self, which: Select[Any], city: str, limit: int, share: Share | None = None) -> list[Turn]:
        """What waits in a city; ``share``: another one than ours."""
        look = partial(
            transcript.stored,
            which=which,
            city=city,
            ours=self._accounts[city],
            limit=limit,
            share=share or self._share(city),
        )
        return await self._database.read(look, in_order=True)

    async def _guarded(self, answering: Awaitable[int]) -> int:
        """One city's fault is no other city's."""
        try:
            return await answering
        except Exception:
            log.exception("what waits in a city could not be answered; tried again")
            return 0

    async def rescue(self) -> None:
        """For a process that does no background work, until cancelled: no emergency waits for a worker that died."""
        while True:
            await self._clock.sleep(LEFT_LYING)
            try:
                await self.step_urgent(older=LEFT_LYING, share=(0, 1))
            except Exception:
                log.exception("emergencies that were left lying could not be answered; tried again")

    async def step(self) -> int:
        """Read all that waits, then answer some; returns how many messages."""
        return sum([await self._guarded(self._go_on(city)) for city in await self._rounds.due()])

    async def _go_on(self, city: str) -> int:
        done = read = await self._read(city)
        while read == READ_AT_ONCE and not self._pressure.urgent_waits:
            read = await self._read(city)
            done += read
        return done if self._pressure.urgent_waits else done + await self._answer(city)

    async def _read(self, city: str) -> int:
        return await self._sift(city, await self._stored(transcript.UNREAD, city, READ_AT_ONCE))

    async def _answer(self, city: str) -> int:
        turns = await self._stored(transcript.WAITING, city, ANSWERED_AT_ONCE)
        if not turns:
            return 0
        self._pressure.note((self._clock.now() - turns[0].received_at).total_seconds())
        return len(turns) - len(await self._turns.take(turns, patient=False))


def _may_be_grave(turn: Turn) -> bool:
    """Whether a human may have to see it, now that it was read; of what cannot be read nobody knows."""
    said = turn.understanding
    return said is None or said.action in ("escalate", "ask") or turn.message.kind in ("location", "voice")
