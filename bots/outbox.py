"""Send what is queued: urgent first, in order within a chat, inside each provider's limits; retry; give up loudly.

A message is claimed before it is sent and marked after: a crash in between sends it a second time, never not at all
(see config/decisions on at-least-once sending). A claim is the row's state "sending" with ``not_before`` as its end.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from bots.channel import Account, Channel, SendFailed
from bots.message import Button, OutboundMessage
from bots.pace import Pace
from config import metrics
from config.clock import Clock
from config.database import Change, Database, Priority, changed
from handoff import accounts as account_states
from handoff import incidents
from handoff.tables import IN_OUTBOX, conversation, message

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=90)  # longer than any send may take
TRIES = 8
FIRST_RETRY = 1.5  # seconds, doubled with each try, with jitter
LONGEST_RETRY = 300.0
AT_ONCE = 200  # rows claimed in one commit
UNDER_WAY = 400  # chats being sent to at once


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one claimed row."""

    row: RowMapping
    state: str  # sent, queued (again), failed, dropped, stale
    provider_id: str | None = None
    error: str | None = None
    again_at: datetime | None = None
    attempts: int | None = None  # None: as counted when it was claimed


class Outbox:
    """One sender for emergencies and operators (``urgent_only``), one for everything; both may run in any process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        accounts: Mapping[tuple[str, str], Account],
        name: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._accounts = accounts
        self._cities = sorted({account.city for account in accounts.values()})
        self._name = name
        self._pace = Pace()
        self._slots = {key: asyncio.Semaphore(channels[key[0]].limits.concurrency) for key in accounts}
        self._sending: set[asyncio.Task[None]] = set()
        self._results: list[Sent] = []
        self._noting: asyncio.Task[None] | None = None
        self.wake = (asyncio.Event(), asyncio.Event())  # one for each of the two loops that may step
        database.on_commit(self._hear)

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(change.what == "message" for change in changes):
            for event in self.wake:
                event.set()

    async def step(self, *, urgent_only: bool = False) -> int:
        """Claim what is due and begin to send it. Returns how many rows were claimed: none means that all is quiet.

        A slow provider holds up its own rows alone: nobody waits here for a send to end (see ``drain``).
        """
        rows: list[RowMapping] = []
        if len(self._sending) >= UNDER_WAY and not urgent_only:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        for city in self._cities:
            rows += await self._database.write(
                partial(self._claim, city, urgent_only), Priority.EMERGENCY if urgent_only else Priority.BACKGROUND
            )
        for group in _by_chat(rows).values():
            task = asyncio.create_task(self._send_chat(group), name="send")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(rows)

    async def recover(self) -> None:
        """Where this is the only process, whatever is still claimed was claimed before a crash: send it now."""

        def free(connection: Connection) -> None:
            connection.execute(
                update(message)
                .where(IN_OUTBOX, message.c.state == "sending")
                .values(state="queued", not_before=self._clock.now())
            )

        await self._database.write(free)

    async def drain(self) -> None:
        """Return when nothing is under way and all that became of it is written."""
        while self._sending or self._noting is not None:
            await asyncio.gather(*self._sending)
            if self._noting is not None:
                await self._noting

    async def due(self) -> int:
        """How many rows should have left by now."""

        def count(connection: Connection) -> int:
            query = select(func.count()).where(
                message.c.city.in_(self._cities), IN_OUTBOX, message.c.not_before <= self._clock.now()
            )
            return connection.scalar(query) or 0

        return await self._database.read(count)

    async def next_due(self) -> datetime | None:
        """When the next row is due; for whoever drives the clock."""

        def earliest(connection: Connection) -> datetime | None:
            times = connection.execute(
                select(message.c.not_before)
                .where(message.c.city.in_(self._cities), IN_OUTBOX)
                .order_by(message.c.not_before)
                .limit(1)
            )
            return times.scalar()

        return await self._database.read(earliest)

    # claim ------------------------------------------------------------------------------------------------------

    def _claim(self, city: str, urgent_only: bool, connection: Connection) -> list[RowMapping]:
        now = self._clock.now()
        rows = self._due(connection, city, urgent_only, now)
        if not rows:
            return []
        held = self._held(connection, city, rows)
        kept, settled, later = [], [], []
        busy: set[int] = set()
        for row in rows:
            verdict = self._refusal(row, held, now)
            if verdict is not None:
                settled.append(verdict)
            elif (ready := self._ready_at(row, now)) > now:
                later.append((row, ready))
                busy.add(row["conversation_id"])
            elif row["conversation_id"] not in busy or self._merges(row):
                kept.append(row)
                busy.add(row["conversation_id"])
        _note_sent(settled, connection, now)
        _postpone(connection, city, later)
        self._mark_claimed(connection, city, kept, now)
        return kept

    def _due(self, connection: Connection, city: str, urgent_only: bool, now: datetime) -> list[RowMapping]:
        """Due rows, most urgent first; none of a chat that has an earlier one under way or waiting for its next try."""
        query = select(message).where(message.c.city == city, IN_OUTBOX, message.c.not_before <= now)
        if urgent_only:
            query = query.where(message.c.urgency == 0)
        query = query.order_by(message.c.urgency, message.c.not_before, message.c.id).limit(AT_ONCE)
        rows = list(connection.execute(query.with_for_update(skip_locked=True)).mappings())
        under_way = self._under_way(connection, city, rows, now)
        free = [row for row in rows if row["id"] < under_way.get(row["conversation_id"], row["id"] + 1)]
        return sorted(free, key=lambda row: (row["urgency"], row["id"]))

    def _under_way(
        self, connection: Connection, city: str, rows: Sequence[RowMapping], now: datetime
    ) -> dict[int, int]:
        """Conversations with a row that is being sent or waits for its next try, and that row's id."""
        if not rows:
            return {}
        found = connection.execute(
            select(message.c.conversation_id, func.min(message.c.id))
            .where(
                message.c.city == city,
                IN_OUTBOX,
                message.c.not_before > now,
                message.c.attempts > 0,
                message.c.conversation_id.in_({row["conversation_id"] for row in rows}),
            )
            .group_by(message.c.conversation_id)
        )
        return {row[0]: row[1] for row in found}

    def _held(self, connection: Connection, city: str, rows: Sequence[RowMapping]) -> dict[int, RowMapping]:
        """Who speaks in these conversations now: checked again here, at the last moment before sending."""
        found = connection.execute(
            select(conversation.c.id, conversation.c.holder, conversation.c.silent, conversation.c.last_in_at).where(
                conversation.c.city == city, conversation.c.id.in_({row["conversation_id"] for row in rows})
            )
        ).mappings()
        return {row["id"]: row for row in found}

    def _refusal(self, row: RowMapping, held: Mapping[int, RowMapping], now: datetime) -> Sent | None:
        """Why a due row must not be sent any more, or cannot be."""
        talk = held[row["conversation_id"]]
        channel = self._channels.get(row["channel"])
        account = self._accounts.get((row["channel"], row["account"]))
        if row["expires_at"] is not None and row["expires_at"] <= now:
            return Sent(row, "stale", error="too late to be of use")
        if row["author"] == "bot" and talk["holder"] == "operator":
            return Sent(row, "dropped", error="an operator speaks")
        if row["author"] == "bot" and talk["silent"] and not (row["content"] or {}).get("extra", {}).get("silent"):
            return Sent(row, "dropped", error="queued before silence was asked for")
        if channel is None or account is None:
            return Sent(row, "failed", error=f"no account {row['channel']}/{row['account']} in the settings")
        window = channel.limits.window_hours
        if window is not None and (talk["last_in_at"] or now) + timedelta(hours=window) <= now:
            return Sent(row, "failed", error="outside the provider's window for free text")
        return None

    def _ready_at(self, row: RowMapping, now: datetime) -> datetime:
        return self._pace.ready_at((row["channel"], row["account"]), row["chat"], now)

    def _merges(self, row: RowMapping) -> bool:
        return self._channels[row["channel"]].limits.merge

    def _mark_claimed(self, connection: Connection, city: str, rows: Sequence[RowMapping], now: datetime) -> None:
        for row in rows:
            limits = self._channels[row["channel"]].limits
            self._pace.spend((row["channel"], row["account"]), row["chat"], limits, now)
        if rows:
            connection.execute(
                update(message)
                .where(message.c.city == city, message.c.id.in_([row["id"] for row in rows]))
                .values(state="sending", claimed_by=self._name, not_before=now + CLAIM, attempts=message.c.attempts + 1)
            )

    # send -------------------------------------------------------------------------------------------------------

    async def _send_chat(self, rows: Sequence[RowMapping]) -> None:
        """Send one chat's rows: one after another, or as one message where the provider wants few."""
        merged = [list(rows)] if self._merges(rows[0]) else [[row] for row in rows]
        claimed = self._clock.now()
        for group in merged:
            async with self._slots[group[0]["channel"], group[0]["account"]]:
                now = self._clock.now()
                if now - claimed > CLAIM / 2:  # too long in the queue for a slot: the claim might end while we send
                    self._results += [Sent(row, "queued", again_at=now, attempts=row["attempts"]) for row in group]
                else:
                    self._results += await self._send(group)
            if self._noting is None:
                self._noting = asyncio.create_task(self._note(), name="note sent")

    async def _note(self) -> None:
        """Write what became of sends, many in one commit; what cannot be written is sent again when its claim ends."""
        try:
            while self._results:
                results, self._results = self._results, []
                await self._database.write(partial(_note_sent, results, now=self._clock.now()))
        except Exception:
            log.exception("the outcome of sends could not be written")
        finally:
            self._noting = None

    async def _send(self, rows: Sequence[RowMapping]) -> list[Sent]:
        first = rows[0]
        account = self._accounts[first["channel"], first["account"]]
        try:
            provider_id = await self._channels[first["channel"]].send(account, _outbound(rows))
        except SendFailed as error:
            return self._failed(rows, account, error)
        except Exception as error:  # an adapter's fault is no reason to lose the message
            log.exception("an adapter broke while sending")
            return self._failed(rows, account, SendFailed(type(error).__name__, permanent=False))
        return [Sent(row, "sent", provider_id if row is rows[-1] else None) for row in rows]

    def _failed(self, rows: Sequence[RowMapping], account: Account, error: SendFailed) -> list[Sent]:
        now = self._clock.now()
        if error.retry_after is not None:
            chat = None if error.scope == "account" else rows[0]["chat"]
            self._pace.pause((account.channel, account.name), chat, now + timedelta(seconds=error.retry_after))
        log.warning("not sent", extra={"channel": account.channel, "reason": error.reason, "code": error.code})
        results = []
        for row in rows:
            if error.permanent or (row["attempts"] + 1 >= TRIES and error.scope != "account"):
                results.append(Sent(row, "failed", error=error.reason))
            else:
                wait = error.retry_after or min(LONGEST_RETRY, FIRST_RETRY * 2 ** row["attempts"])
                again = now + timedelta(seconds=wait * random.uniform(1.0, 1.25))
                # A dead token is no fault of the message: it waits for the token, however long that takes.
                tries = row["attempts"] if error.scope == "account" else None
                results.append(Sent(row, "queued", error=error.reason, again_at=again, attempts=tries))
        return results


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
        urgent=any(row["urgency"] == 0 for row in rows),
        extra={name: word for one in content for name, word in one.get("extra", {}).items()},
    )


def _postpone(connection: Connection, city: str, later: Sequence[tuple[RowMapping, datetime]]) -> None:
    """Rows that the provider's pace does not let through yet step back, so that they do not fill the next claim."""
    if later:
        connection.execute(
            update(message)
            .where(message.c.city == city, message.c.id == bindparam("b_id"))
            .values(not_before=bindparam("b_at")),
            [{"b_id": row["id"], "b_at": at} for row, at in later],
        )


def _note_sent(results: Sequence[Sent], connection: Connection, now: datetime) -> None:
    """Write what became of claimed rows; a failure that a human must know of rings on its case."""
    if not results:
        return
    connection.execute(
        update(message)
        .where(message.c.city == bindparam("b_city"), message.c.id == bindparam("b_id"))
        .values(
            state=bindparam("b_state"),
            provider_id=func.coalesce(bindparam("b_provider", type_=message.c.provider_id.type), message.c.provider_id),
            sent_at=func.coalesce(bindparam("b_sent", type_=message.c.sent_at.type), message.c.sent_at),
            error=bindparam("b_error"),
            attempts=func.coalesce(bindparam("b_attempts", type_=message.c.attempts.type), message.c.attempts),
            not_before=func.coalesce(bindparam("b_again", type_=message.c.not_before.type), message.c.not_before),
        ),
        [
            {
                "b_city": one.row["city"],
                "b_id": one.row["id"],
                "b_state": one.state,
                "b_provider": one.provider_id,
                "b_sent": now if one.state == "sent" else None,
                "b_error": one.error,
                "b_attempts": one.attempts,
                "b_again": one.again_at,
            }
            for one in results
        ],
    )
    for one in results:
        metrics.sent.labels(one.row["city"], one.row["channel"], one.state).inc()
        changed(connection, "message", one.row["city"], one.row["id"], one.row["conversation_id"])
    account_states.note_sending(connection, results, now)
    _ring(connection, [one.row for one in results if one.state == "failed"], now)


def _ring(connection: Connection, failed: Sequence[RowMapping], now: datetime) -> None:
    ids = {(row["city"], row["incident_id"]) for row in failed if row["incident_id"] is not None}
    for city, incident_id in sorted(ids):
        for row in incidents.load_open(connection, city, [incident_id]).values():
            incidents.ring(connection, row, "send_failed", now)
