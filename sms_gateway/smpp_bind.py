"""A bind that is kept: begun again when it breaks, later and later while it fails."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from config.clock import Clock
from sms_gateway.smpp_pdu import Command, Pdu
from sms_gateway.smpp_session import NotBound, Session, Take, open_session
from sms_gateway.smpp_settings import Role, Settings

log = logging.getLogger(__name__)

IN_ORDER: Final = "in order"
GIVEN_UP: Final = "given up"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, for what the account does not say itself."""

    again: tuple[float, ...] = (0.2, 1.0, 2.0, 5.0, 10.0)  # before the next bind, failure after failure
    broken: float = 5.0  # without a bind, and the listener is told so
    steady: float = 60.0  # bound for so long, and the failures before are forgotten
    bound: float = 5.0  # for which an SMS waits while a bind is on its way
    idle: float = 60.0  # after the last SMS, and a bind that only sends is given up
    unknown: tuple[float, ...] = (0.2, 1.0, 5.0, 30.0)  # before one looks again for whom a receipt was
    sweep: float = 60.0  # between two looks for SMS whose parts never came
    rest: float = 1.0  # after an SMSC was asked too much; doubled with each time
    longest_rest: float = 60.0


class KeptBind:
    """One role of a line. ``since`` is when it was last bound or lost."""

    def __init__(self, settings: Settings, role: Role, clock: Clock, patience: Patience) -> None:
        self.settings, self.role = settings, role
        self.detail = "not bound yet"
        self.since: datetime = clock.now()
        self.asked_at: datetime = clock.now()
        self._clock, self._patience = clock, patience
        self._session: Session | None = None
        self._settled = asyncio.Event()  # bound, or not to be had: nothing to wait for
        self._ordinary = asyncio.Semaphore(max(1, settings.window * 3 // 4))
        self._all = asyncio.Semaphore(settings.window)

    @property
    def up(self) -> bool:
        return self._session is not None

    @property
    def sends(self) -> bool:
        return self.role != "receiver"

    async def ask(self, body: bytes, *, urgent: bool) -> Pdu:
        """Submit ``body``; its turn is waited for, the urgent keep a quarter of the places for themselves.

        Raises NotBound where it was not sent, NoAnswer where nobody knows.
        """
        self.asked_at = self._clock.now()
        if urgent:
            return await self._ask(body)
        async with self._ordinary:
            return await self._ask(body)

    def hope(self) -> None:
        """It is begun: whoever sends waits for what comes of it."""
        self._settled.clear()

    async def run(self, take: Take) -> None:
        """Keep it, until cancelled. Raises NotBound when it is refused, or cannot be had for a while."""
        self.hope()
        failures, lost_at = 0, self._clock.now()
        while True:
            began = self._clock.now()
            try:
                await self._live(take)
                lost_at = self._clock.now()
                failures = 0 if lost_at - began > timedelta(seconds=self._patience.steady) else failures
            except NotBound as error:
                self._lost(error.why)
                self._settled.set()
                if error.refused or self._clock.now() - lost_at > timedelta(seconds=self._patience.broken):
                    raise
            pause = self._patience.again[min(failures, len(self._patience.again) - 1)]
            await self._clock.sleep(pause * random.uniform(0.8, 1.2))
            failures += 1

    async def _live(self, take: Take) -> None:
        """One session, from its bind to its end. Raises NotBound where there was no bind."""
        session, serving = await open_session(self.settings, self.role, take, self._clock)
        self._session, self.detail, self.since = session, IN_ORDER, self._clock.now()
        self._settled.set()
        try:
            await asyncio.wait([serving])  # unlike "await", it lets it live when we are cancelled
        finally:
            self._lost(session.why or GIVEN_UP)
            self.hope()  # it may be back before anybody notices
            await session.leave()
            serving.cancel()

    def _lost(self, why: str) -> None:
        if self._session is not None:
            self._session, self.since = None, self._clock.now()
        if why not in (self.detail, GIVEN_UP):
            log.warning("smpp %s: %s", self.settings.host, why)
        self.detail = why

    async def _ask(self, body: bytes) -> Pdu:
        async with self._all:
            session = await self._bound()
            return await session.ask(Command.SUBMIT_SM, body)

    async def _bound(self) -> Session:
        """The session; one that broke a moment ago may have its successor soon. Raises NotBound."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.bound):
                while self._session is None or self._session.why:
                    if self._session is not None:
                        self._settled.clear()  # before its keeper has noticed
                    elif self._settled.is_set():
                        break
                    await self._settled.wait()
        if self._session is None or self._session.why:
            raise NotBound(self.detail)
        return self._session
