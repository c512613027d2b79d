"""The gate: what was heard waits here, emergencies first, until one committer has made it durable.

Two paths, one code. Usually a message is understood, answered and written in one commit, and then acknowledged. When
messages come faster than that, those that have waited past the budget are only stored, acknowledged, and answered later
by whoever answers what waits (``bots.backlog``): emergencies only where other processes do nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bots.channel import Account
from bots.door import NOBODY
from bots.fit import fit
from bots.message import InboundMessage, Parsed
from bots.pressure import CALM, ORDER, Pressure
from bots.reports import Reports
from bots.transcript import Raw, Turn
from bots.turn import Turns
from config import metrics
from config.clock import Clock
from config.witness import is_no_store
from handoff import accounts
from nlu.understand import Understander

log = logging.getLogger(__name__)


class NotStored(Exception):
    """The message could not be made durable: the provider must send it again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message at the gate, since when (seconds of the event loop's clock), and whoever awaits its commit."""

    since: float
    turn: Turn
    done: asyncio.Future[None]


class Lane:
    """Messages of one urgency, waiting for the committer of that lane."""

    PACE = 0.03  # seconds from one batch to the next at least: few large ones cost a fifth less than many small ones

    def __init__(self, *, urgent: bool, batch: int) -> None:
        self.urgent = urgent
        self.batch = batch
        self.waiting: deque[Waiting] = deque()
        self.something = asyncio.Event()
        self.closing = False
        self._begun = 0.0

    async def turn_comes(self) -> None:
        """Wait until something is there, and a moment longer where the last batch has only just begun."""
        await self.something.wait()
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._begun + self.PACE - loop.time()))
        self._begun = loop.time()


class Inbox:
    """Takes deliveries of every channel; ``keep`` returns once all of a delivery is durable."""

    BUDGET = ORDER["answers"]  # seconds that a message may wait to be answered before it is only stored
    URGENT_BUDGET = 0.25  # the same for an emergency, where another process answers what is stored: it is less burdened
    DEFERRALS = 5  # times that a message steps back behind another process that holds its chat; then it waits there
    STEP_BACK = 0.01  # seconds until it is tried again
    STORE = 500  # messages stored in one commit at most, once the budget is spent

    def __init__(
        self,
        turns: Turns,
        reports: Reports,
        understander: Understander,
        clock: Clock,
        pressure: Pressure | None = None,
        others: Callable[[str], int] = lambda _city: 0,
    ) -> None:
        """``others``: how many other processes answer what is only stored of a city."""
        self._turns = turns
        self._reports = reports
        self._understander = understander
        self._clock = clock
        self._pressure = pressure or Pressure()
        self._others = others
        self._lanes = (Lane(urgent=True, batch=64), Lane(urgent=False, batch=128))
        self._tasks: list[asyncio.Task[None]] = []
        self._stores_until = 0.0  # of the event loop's clock: until then what is not urgent is only stored
        self._heard: dict[accounts.Key, datetime] = {}  # since it was last written down

    def start(self) -> None:
        """Begin to commit. One committer a lane: commit order is the order of arrival."""
        self._tasks = [asyncio.create_task(self._commit(lane), name="committer") for lane in self._lanes]

    async def stop(self) -> None:
        """Finish what waits, then stop."""
        for lane in self._lanes:
            lane.closing = True
            lane.something.set()
        await asyncio.gather(*self._tasks)

    async def keep(self, account: Account, parsed: Parsed, body: bytes) -> None:
        """Make a delivery durable. Raises NotStored when that is not possible."""
        waiting = [
            self._put(Turn(account, one, self._clock.now(), raw)) for raw in [Raw(body)] for one in parsed.messages
        ]
        try:
            if parsed.reports:
                await self._reports.note(account, parsed.reports)
        except Exception as error:
            log.exception("reports could not be stored")
            raise NotStored(type(error).__name__) from error
        finally:
            await _all(waiting)

    async def keep_unreadable(self, account: Account, body: bytes, problem: str) -> None:
        """Keep a delivery that nobody can read, and show it to a human as a placeholder."""
        now = self._clock.now()
        raw = Raw(body, problem[:300])
        one = InboundMessage(event_key=f"raw:{raw.id}", chat=NOBODY, kind="unknown", sent_at=now)
        metrics.unreadable.labels(account.city, account.channel).inc()
        await _all([self._put(Turn(account, one, now, raw))])

    async def note_hearing(self) -> None:
        """Write down when each account last heard something; for the worker: in no batch, whose locks it would hold."""
        heard, self._heard = self._heard, {}
        if heard:
            await self._turns.note_hearing(heard)

    def _put(self, turn: Turn) -> asyncio.Future[None]:
        self._heard[turn.account.city, turn.account.channel, turn.account.name] = turn.received_at
        turn.message = fit(turn.message)
        metrics.heard.labels(turn.account.city, turn.account.channel, turn.message.kind).inc()
        lane = self._lanes[0 if overtakes(turn.message, self._understander) else 1]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append(Waiting(asyncio.get_running_loop().time(), turn, done))
        lane.something.set()
        metrics.waiting.inc()
        return done

    async def _commit(self, lane: Lane) -> None:
        while True:
            await lane.turn_comes()
            batch, late = self._take(lane)
            if not batch:
                if lane.closing:
                    return
                lane.something.clear()
                continue
            held = await self._finish(lane, batch, store_only=late)
            if held:
                self._put_back(lane, held)
                await asyncio.sleep(self.STEP_BACK)

    def _take(self, lane: Lane) -> tuple[list[Waiting], bool]:
        """The next batch, and whether it has waited too long to be answered first."""
        if not lane.waiting:
            return [], False
        waited = asyncio.get_running_loop().time() - lane.waiting[0].since
        self._pressure.note(waited)
        late = self._only_stores(lane, waited)
        size = min(len(lane.waiting), self.STORE if late else lane.batch)
        if self._is_patient(lane.waiting[0]):
            size = 1  # nobody else waits with it
        metrics.waiting.dec(size)
        return [lane.waiting.popleft() for _ in range(size)], late

    def _only_stores(self, lane: Lane, waited: float) -> bool:
        """Whether the next batch of a lane, whose oldest message has waited so many seconds, is answered later."""
        if lane.urgent:  # here and now, unless somebody else would do so sooner
            cities = {one.turn.account.city for one in islice(lane.waiting, self.STORE)}
            return waited > self.URGENT_BUDGET and all(self._others(city) for city in cities)
        now = asyncio.get_running_loop().time()
        if waited > self.BUDGET:  # until there is calm: to answer in between would cost emergencies their time
            self._stores_until = now + CALM
        return now < self._stores_until

    def _put_back(self, lane: Lane, held: Sequence[Waiting]) -> None:
        """To the front, in their order: later lines of the same chats stand behind them."""
        for one in reversed(held):
            one.turn.deferred += 1
            lane.waiting.appendleft(one)
        metrics.waiting.inc(len(held))

    def _is_patient(self, one: Waiting) -> bool:
        return one.turn.deferred >= self.DEFERRALS

    async def _finish(self, lane: Lane, batch: Sequence[Waiting], *, store_only: bool) -> list[Waiting]:
        """Make a batch durable; returns what must be tried again, because another process holds its chat."""
        turns, patient = [one.turn for one in batch], self._is_patient(batch[0])
        try:
            if store_only:
                held = await self._turns.keep(turns, urgent=lane.urgent, patient=patient)
            else:
                held = await self._turns.take(turns, urgent=lane.urgent, patient=patient)
        except Exception as error:
            if store_only and len(batch) > 1 and not is_no_store(error):
                middle = len(batch) // 2  # one message that cannot be stored must not cost its neighbours
                held_there = await self._finish(lane, batch[:middle], store_only=True)
                return held_there + await self._finish(lane, batch[middle:], store_only=True)
            log.exception("a batch could not be stored")
            for one in batch:
                if not one.done.done():
                    one.done.set_exception(NotStored(type(error).__name__))
            return []
        again = {one.id for one in held}
        for one in batch:
            if one.turn.id not in again and not one.done.done():
                one.done.set_result(None)
        return [one for one in batch if one.turn.id in again]


def overtakes(message: InboundMessage, understander: Understander) -> bool:
    """Whether it goes first. Over-calling costs nothing; a pin or a voice note may be all that somebody can send."""
    if message.kind in ("location", "voice"):
        return True
    try:
        return understander.urgent(message.text)
    except Exception:
        log.exception("the urgency pre-filter failed")
        return True


async def _all(waiting: Sequence[asyncio.Future[None]]) -> None:
    """Wait for every message of a delivery. The first failure is raised once all are settled."""
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            with contextlib.suppress(NotStored):
                raise result
            raise NotStored(str(result)) from result
