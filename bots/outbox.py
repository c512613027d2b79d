"""Send what is queued: urgent first, in order within a chat, inside each provider's limits; retry; give up loudly.

A message is claimed before it is sent and marked after: a crash in between sends it a second time, never not at all
(see config/decisions/0003).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, literal_column, select

from bots.channel import Account, Channel, SendFailed
from bots.claims import CLAIM, Claims, Sent, Taken, earliest, earliest_urgent, note_sent
from bots.fit import fit_provider_id
from bots.message import Button, OutboundMessage
from bots.pace import Pace
from bots.pictures import Pictures
from bots.rounds import Rounds
from config import metrics
from config.clock import Clock
from config.database import Change, Database, Priority
from handoff.tables import IN_OUTBOX, message

log = logging.getLogger(__name__)

LOUD = 5  # tries, about half a minute, after which the case says that the citizen has not heard us
NOTE_AGAIN = 1.0  # seconds
NOTED_TOGETHER = 0.02  # seconds: what became of sends is gathered so long while more are under way
STALE = 1.0  # seconds after which a claimed message is looked at again before it leaves
FIRST_RETRY = 1.5  # seconds, doubled with each try, with jitter
LONGEST_RETRY = 60.0
RESERVED = 8  # sends at once that only emergencies and operators may use, beside the channel's own
OF_A_CASE = 1  # urgency up to which words belong to an open case
DOUBT = "may have been sent"  # how the error of such a message begins
UNSURE = 0.5  # seconds until we look again whether we count as living
UNDER_WAY = 400  # chats being sent to at once
MANY = 10_000  # rows that are counted of a city
_COUNT = select(func.count()).select_from(
    select(literal_column("1"))
    .where(message.c.city == bindparam("city"), IN_OUTBOX, message.c.not_before <= bindparam("now"))
    .limit(MANY)
    .subquery()
)


@dataclass(slots=True)
class _Doubted:
    """Claimed rows that waited, to be looked at again in one question, and what came of it."""

    found: asyncio.Future[dict[int, Sent | None]]
    rows: list[RowMapping] = field(default_factory=list)
    asked: bool = False


class Outbox:
    """One sender for emergencies and operators (``urgent_only``), one for everything; both may run in any process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        accounts: Mapping[tuple[str, str], Account],
        name: str,
        pictures: Pictures | None = None,
        *,
        alive: Callable[[], bool] = lambda: True,
        senders: Callable[[str], int] = lambda _city: 1,
    ) -> None:
        """``alive``: whether what we have claimed is still ours; ``senders``: how many processes send for a city."""
        self._database = database
        self._pictures = pictures
        self._clock = clock
        self._channels = channels
        self._accounts = accounts
        self._alive = alive
        self._cities = cities = sorted({account.city for account in accounts.values()})
        self._rounds = (Rounds(database, clock, cities, earliest_urgent), Rounds(database, clock, cities, earliest))
        self._pace = Pace()
        self._claims = Claims(channels, accounts, self._pace, name, senders)
        self._slots = {key: asyncio.Semaphore(channels[key[0]].limits.concurrency) for key in accounts}
        self._urgent_slots = {key: asyncio.Semaphore(RESERVED) for key in accounts}
        self._sending: set[asyncio.Task[None]] = set()
        self._doubted: _Doubted | None = None
        self._one_question = asyncio.Lock()
        self._results: list[Sent] = []
        self._noting: asyncio.Task[None] | None = None
        self.wake = (asyncio.Event(), asyncio.Event())  # for the loop of the urgent, and for that of everything
        database.on_commit(self._hear)

    def _hear(self, changes: Sequence[Change]) -> None:
        kinds = {change.what for change in changes}
        if "queued_urgent" in kinds:
            self.wake[0].set()
        if "queued" in kinds:
            self.wake[1].set()

    async def step(self, *, urgent_only: bool = False) -> int:
        """Claim what is due and begin to send it. Returns how many rows were claimed: none means that all is quiet.

        A slow provider holds up its own rows alone: nobody waits here for a send to end (see ``drain``).
        """
        rows: list[RowMapping] = []
        if len(self._sending) >= UNDER_WAY and not urgent_only:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        for city in await self._rounds[0 if urgent_only else 1].due() if self._alive() else ():
            rows += await self._begin(city, urgent_only)
        return len(rows)

    async def _begin(self, city: str, urgent_only: bool) -> list[RowMapping]:
        """Claim one city's due rows and begin to send them; its fault is no other city's."""
        priority = Priority.EMERGENCY if urgent_only else Priority.BACKGROUND
        try:
            claimed = self._clock.now()
            claim = partial(self._claims.take, city, urgent_only, claimed)
            taken: Taken = await self._database.write(claim, priority, in_order=True)
        except Exception:
            log.exception("a city's messages could not be claimed; tried again")
            return []
        for group in _by_chat(taken.rows).values():
            task = asyncio.create_task(self._send_chat(group, claimed), name="send")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self._gather(taken.refused)
        return [*taken.rows, *(one.row for one in taken.refused)]

    def free(self, connection: Connection, dead: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
        """What dead processes had claimed is sent by whoever comes first: see ``config.processes``."""
        self._claims.free(connection, dead, now)

    async def drain(self) -> None:
        """Return when nothing is under way and all that became of it is written."""
        while self._sending or self._noting is not None:
            await asyncio.gather(*self._sending)
            if self._noting is not None:
                await self._noting

    async def count(self) -> None:
        """Tell monitors how many replies wait."""
        metrics.queued.set(await self.due())

    async def due(self) -> int:
        """How many rows should have left by now, ``MANY`` at most a city: beyond it nobody needs a figure."""

        def count(connection: Connection) -> int:
            now = self._clock.now()
            return sum(connection.scalar(_COUNT, {"city": city, "now": now}) or 0 for city in self._cities)

        return await self._database.read(count, in_order=True)

    async def next_due(self) -> datetime | None:
        """When the next row is due; for whoever drives the clock."""
        return await self._rounds[1].next_due()

    async def _send_chat(self, rows: Sequence[RowMapping], claimed: datetime) -> None:
        """Send one chat's rows: one after another, or as one message where the provider wants few."""
        merged = [list(rows)] if all(self._claims.merges(row) for row in rows) else [[row] for row in rows]
        for group in merged:
            async with self._slot(group):
                results = await self._send_if_true(group, claimed)
            # Not in one step with the await: the list is another one by then, whenever it was written meanwhile.
            self._gather(results)

    def _gather(self, results: list[Sent]) -> None:
        """Have these written soon, many in one commit."""
        self._results += results
        if self._results and self._noting is None:
            self._noting = asyncio.create_task(self._note(), name="note sent")

    async def _send_if_true(self, rows: list[RowMapping], claimed: datetime) -> list[Sent]:
        """Send rows that may have waited for their slot: a person may speak by now, or the claim be another's."""
        while not self._alive():  # we could not say that we live: others may be sending them by now
            await self._clock.sleep(UNSURE)
        now = self._clock.now()
        put_back = [Sent(row, "queued", again_at=now, attempts=row["attempts"]) for row in rows]
        if now - claimed > CLAIM / 2:
            return put_back
        if now - claimed <= timedelta(seconds=STALE):
            return await self._send(rows)
        try:
            found = await self._look_again(rows)
        except Exception:
            log.exception("who speaks could not be read; the message goes back into the queue")
            return put_back
        refused = [verdict for row in rows if (verdict := found.get(row["id"])) is not None]
        left = [row for row in rows if row["id"] in found and found[row["id"]] is None]
        return refused + (await self._send(left) if left else [])

    async def _look_again(self, rows: list[RowMapping]) -> dict[int, Sent | None]:
        """See ``Claims.still_ours``. Asked together with whoever asks meanwhile: hundreds of chats may wait."""
        if self._doubted is None or self._doubted.asked:
            self._doubted = _Doubted(asyncio.get_running_loop().create_future())
            self._asking = asyncio.create_task(self._ask(self._doubted), name="look again")
        doubted = self._doubted
        doubted.rows += rows
        return await asyncio.shield(doubted.found)

    async def _ask(self, doubted: _Doubted) -> None:
        async with self._one_question:
            await asyncio.sleep(0)
            doubted.asked = True
            try:
                doubted.found.set_result(
                    await self._database.read(partial(self._claims.still_ours, doubted.rows, self._clock.now()))
                )
            except Exception as error:
                doubted.found.set_exception(error)

    def _slot(self, rows: Sequence[RowMapping]) -> asyncio.Semaphore:
        """A place to send from. A slow provider's ordinary sends never take the places of the urgent."""
        key = rows[0]["channel"], rows[0]["account"]
        urgent = any(row["urgency"] == 0 for row in rows)
        return self._urgent_slots[key] if urgent else self._slots[key]

    async def _note(self) -> None:
        """Write what became of sends, many in one commit, until it is written: what is forgotten is sent again."""
        try:
            while self._results:
                if self._sending:
                    await asyncio.sleep(NOTED_TOGETHER)
                results, self._results = self._results, []
                await self._note_these(results)
        finally:
            self._noting = None

    async def _note_these(self, results: list[Sent]) -> None:
        try:
            await self._database.write(partial(note_sent, results, now=self._clock.now()))
        except Exception:
            if len(results) > 1:
                middle = len(results) // 2
                await self._note_these(results[:middle])
                await self._note_these(results[middle:])
                return
            log.exception("the outcome of a send could not be written; tried again")
            await asyncio.sleep(NOTE_AGAIN)
            self._results += results

    async def _send(self, rows: Sequence[RowMapping]) -> list[Sent]:
        first = rows[0]
        account = self._accounts[first["channel"], first["account"]]
        try:
            message = replace(_outbound(rows), photo=await self._photo(rows))
            provider_id = await self._channels[first["channel"]].send(account, message)
        except SendFailed as error:
            return self._failed(rows, account, error)
        except Exception as error:  # an adapter's fault is no reason to lose the message
            log.exception("an adapter broke while sending")
            return self._failed(rows, account, SendFailed(type(error).__name__, permanent=False))
        named = fit_provider_id(provider_id) if provider_id else None
        return [Sent(row, "sent", named) for row in rows]

    async def _photo(self, rows: Sequence[RowMapping]) -> str | None:
        """The file of an answer's picture. Where it is not to be had the words go alone: they matter more."""
        key = next((one["picture"] for row in rows if "picture" in (one := row["content"] or {})), None)
        if key is None or self._pictures is None:
            return None
        try:
            file = await self._pictures.file(rows[0]["city"], key)
        except Exception:
            log.exception("a picture could not be fetched; its words go alone")
            return None
        return str(file) if file else None

    def _failed(self, rows: Sequence[RowMapping], account: Account, error: SendFailed) -> list[Sent]:
        now = self._clock.now()
        if error.retry_after is not None:
            chat = None if error.scope == "account" else rows[0]["chat"]
            self._pace.pause((account.channel, account.name), chat, now + timedelta(seconds=error.retry_after))
        log.warning("not sent", extra={"channel": account.channel, "reason": error.reason, "code": error.code})
        return [_outcome(row, error, now) for row in rows]


def _outcome(row: RowMapping, error: SendFailed, now: datetime) -> Sent:
    """Given up, or tried again until it is too old to be of use. A dead token is no fault of the message's."""
    of_account = error.scope == "account"
    if error.permanent:
        return Sent(row, "failed", error=error.reason, of_account=of_account)
    tries = row["attempts"] + 1
    if error.busy:
        again = now + timedelta(seconds=error.retry_after or FIRST_RETRY)
        return Sent(row, "queued", again_at=again, attempts=row["attempts"])
    if error.doubt:
        return _in_doubt(row, error, now)
    wait = error.retry_after or min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(tries - 1, 12))
    again = now + timedelta(seconds=wait * random.uniform(1.0, 1.25))
    return Sent(row, "queued", error=error.reason, again_at=again, of_account=of_account, loud=tries == LOUD)


def _in_doubt(row: RowMapping, error: SendFailed, now: datetime) -> Sent:
    """It may have left. The words of a case leave once more, and no oftener, however often they failed before."""
    again = row["urgency"] <= OF_A_CASE and not (row["error"] or "").startswith(DOUBT)
    state, at = ("queued", now + timedelta(seconds=FIRST_RETRY)) if again else ("unsure", None)
    return Sent(row, state, error=f"{DOUBT}: {error.reason}", again_at=at)


def _by_chat(rows: Sequence[RowMapping]) -> dict[tuple[str, int], list[RowMapping]]:
    chats: dict[tuple[str, int], list[RowMapping]] = {}
    for row in rows:
        chats.setdefault((row["city"], row["conversation_id"]), []).append(row)
    return chats


def _outbound(rows: Sequence[RowMapping]) -> OutboundMessage:
    last = rows[-1]
    content = [row["content"] or {} for row in rows]
    return OutboundMessage(
        id=last["id"],
        chat=last["chat"],
        text="\n\n".join(row["text"] for row in rows),
        buttons=tuple(Button(data, title) for data, title in content[-1].get("buttons", ())),
        ask_location=any(one.get("ask_location") for one in content),
        urgent=any(row["urgency"] <= OF_A_CASE for row in rows),
        expires_at=last["expires_at"],
        extra={name: word for one in content for name, word in one.get("extra", {}).items()},
    )
