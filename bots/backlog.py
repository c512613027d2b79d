"""Answer what was kept and not answered: after a rush, or after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection

from bots import transcript
from bots.channel import Account
from bots.inbox import overtakes
from bots.transcript import Turn
from bots.turn import Turns
from config.clock import Clock
from config.database import Database
from nlu.understand import Understander

AT_ONCE = 200  # messages looked at in one go
BATCH = 64


class Backlog:
    """Emergencies first. Two processes may try the same message: the contact's lock lets one of them answer it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        understander: Understander,
        accounts: Mapping[tuple[str, str], Account],
    ) -> None:
        self._database = database
        self._clock = clock
        self._turns = turns
        self._understander = understander
        self._accounts: dict[str, dict[tuple[str, str], Account]] = {}
        for key, account in accounts.items():
            self._accounts.setdefault(account.city, {})[key] = account

    async def step(self) -> int:
        """Answer some of what waits; returns how many messages."""
        done = 0
        for city in sorted(self._accounts):
            waiting = await self._database.read(partial(self._load, city))
            waiting.sort(key=lambda turn: not overtakes(turn.message, self._understander))
            for start in range(0, len(waiting), BATCH):
                await self._turns.take(waiting[start : start + BATCH])
            done += len(waiting)
        return done

    def _load(self, city: str, connection: Connection) -> list[Turn]:
        return transcript.waiting(connection, city, self._accounts[city], AT_ONCE)
