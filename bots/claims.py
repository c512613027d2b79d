"""Which messages may leave now: claimed for one sender, refused for good, or put off; and what became of each.

A claim is the row's state "sending" with ``not_before`` as its end. What a process had claimed that died is free as
soon as it is buried (config.processes), and due again at the claim's end at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, func, not_, or_, select, update

from bots.channel import Account, Channel, HoldsLines
from bots.pace import Pace
from config import metrics
from config.database import among, changed, update_rows
from config.processes import WORKS
from handoff import accounts as account_states
from handoff import open_cases
from handoff.tables import ACCOUNT, IN_OUTBOX, conversation, message

CLAIM = timedelta(seconds=90)  # longer than any send may take
AT_ONCE = 200  # rows claimed in one commit
SOON = timedelta(seconds=0.3)  # when to look again after a message whose predecessor is just being sent

URGENCIES: Final = (0, 1, 2)  # a claim goes through them one after another, each in the order of the index

# Built once: building a statement costs several times what running it does.
_OF_URGENCY = (message.c.city == bindparam("city"), IN_OUTBOX, message.c.urgency == bindparam("urgency"))
_DUE = (
    select(message)
    .where(
        *_OF_URGENCY,
        message.c.not_before <= bindparam("now"),
        not_(among(ACCOUNT, "elsewhere")),
    )
    .order_by(message.c.not_before, message.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EARLIEST = select(message.c.not_before).where(*_OF_URGENCY).order_by(message.c.not_before, message.c.id).limit(1)
# Bound, not written out: rows that are named by their keys are not to be looked for in the index of all that waits.
_NOT_LEFT = or_(message.c.state == "queued", message.c.state == "sending")
_UNDER_WAY = select(
    message.c.conversation_id, message.c.id, message.c.urgency, message.c.state, message.c.not_before
).where(
    message.c.city == bindparam("city"),
    _NOT_LEFT,
    # What waits for a more quiet moment of its conversation holds nobody up, until that moment.
    or_(
        message.c.state == "sending",
        message.c.error.is_not(None),
        message.c.replaceable.is_(False),
        message.c.not_before <= bindparam("now"),
    ),
    among(message.c.conversation_id, "talks"),
)
_CLAIMED = select(message.c.id, message.c.attempts).where(
    message.c.city == bindparam("city"),
    among(message.c.id, "ids"),
    message.c.claimed_by == bindparam("name"),
    message.c.state == "sending",
)
_HELD = select(conversation.c.id, conversation.c.holder, conversation.c.silent, conversation.c.last_in_at).where(
    conversation.c.city == bindparam("city"), among(conversation.c.id, "talks")
)
_CLAIM = (
    update(message)
    .where(message.c.city == bindparam("b_city"), among(message.c.id, "b_ids"))
    .values(
        state="sending",
        claimed_by=bindparam("b_name"),
        not_before=bindparam("b_ends"),
        attempts=message.c.attempts + 1,
    )
)
_BECOMES = bindparam("b_state", type_=message.c.state.type)
_NOTE_SENT = (
    update(message)
    .where(
        message.c.city == bindparam("b_city"),
        message.c.id == bindparam("b_id"),
        _NOT_LEFT,  # what has left stays as it is, whatever comes late: a report may know more by then
        # That it has left is true whoever says so. The rest is for whoever claimed it last: another may be sending it.
        or_(_BECOMES == "sent", _BECOMES == "unsure", message.c.attempts == bindparam("b_tried")),
    )
    .values(
        state=_BECOMES,
        provider_id=func.coalesce(bindparam("b_provider", type_=message.c.provider_id.type), message.c.provider_id),
        sent_at=func.coalesce(bindparam("b_sent", type_=message.c.sent_at.type), message.c.sent_at),
        error=bindparam("b_error"),
        attempts=func.coalesce(bindparam("b_attempts", type_=message.c.attempts.type), message.c.attempts),
        not_before=func.coalesce(bindparam("b_again", type_=message.c.not_before.type), message.c.not_before),
    )
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one claimed row."""

    row: RowMapping
    state: str  # sent, queued (again), failed, dropped, stale, unsure (it may have left)
    provider_id: str | None = None
    error: str | None = None
    again_at: datetime | None = None
    of_account: bool = False  # the fault is the account's, not the message's: a dead token, a line that is down
    loud: bool = False  # it goes on being tried, and its case says that the citizen has not heard us
    attempts: int | None = None  # None: as counted when it was claimed


@dataclass(frozen=True, slots=True)
class Taken:
    """Claimed rows: those that may leave now, and what is to be noted, in another commit, of those that must not."""

    rows: list[RowMapping]
    refused: list[Sent]


class Claims:
    """Claims for one sender, called ``name``."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        accounts: Mapping[tuple[str, str], Account],
        pace: Pace,
        name: str,
        senders: Callable[[str], int] = lambda _city: 1,
    ) -> None:
        """``senders``: how many processes send for a city."""
        self._senders = senders
        self._channels = channels
        self._accounts = accounts
        self._pace = pace
        self._name = name
        self._holding = {key: channel for key, channel in channels.items() if isinstance(channel, HoldsLines)}

    def take(self, city: str, urgent_only: bool, now: datetime, connection: Connection) -> Taken:
        """The city's rows that may leave now, claimed; none of a chat that must wait for its turn.

        What must not leave is claimed too, and noted later: a failure rings on its case, and cases are locked before
        messages. Whoever held messages here and waited for a case would stop a turn that holds the case.
        """
        rows = self._due(connection, city, urgent_only, now)
        if not rows:
            return Taken([], [])
        held = self._held(connection, city, rows)
        kept, refused, later = [], [], []
        busy: set[int] = set()
        for row in rows:
            verdict = self._refusal(row, held, now)
            if verdict is not None:
                refused.append(verdict)
            elif (ready := self._ready_at(row, now)) > now:
                later.append((row, ready))
                busy.add(row["conversation_id"])
            elif row["conversation_id"] not in busy or self.merges(row):
                kept.append(row)
                busy.add(row["conversation_id"])
        _postpone(connection, city, later)
        self._spend(kept, now)
        self._mark_claimed(connection, city, [*kept, *(one.row for one in refused)], now)
        return Taken(kept, refused)

    def _due(self, connection: Connection, city: str, urgent_only: bool, now: datetime) -> list[RowMapping]:
        """Due rows, most urgent first; none of a chat that is being sent to, or has an earlier one put off."""
        rows: list[RowMapping] = []
        wanted = {"city": city, "now": now, "elsewhere": self._elsewhere()}
        for urgency in URGENCIES[:1] if urgent_only else URGENCIES:
            if len(rows) < AT_ONCE:
                these = {**wanted, "urgency": urgency, "most": AT_ONCE - len(rows)}
                rows += connection.execute(_DUE, these).mappings()
        under_way = self._under_way(connection, city, rows, now)
        free, behind = [], []
        for row in rows:
            then = max((_free_at(row, one, now) for one in under_way.get(row["conversation_id"], ())), default=now)
            if then <= now:
                free.append(row)
            else:
                behind.append((row, then))
        # Whoever waits behind another message of the same chat steps back: a provider that fails for many chats must
        # not fill every claim.
        _postpone(connection, city, behind)
        return sorted(free, key=lambda row: (row["urgency"], row["id"]))

    def _elsewhere(self) -> list[str]:
        """Accounts that only another process can send by: it holds their modem or bind."""
        bound = [one for one in self._accounts.values() if one.channel in self._holding]
        return [f"{one.channel}/{one.name}" for one in bound if not self._holding[one.channel].sends_here(one)]

    def _under_way(
        self, connection: Connection, city: str, rows: Sequence[RowMapping], now: datetime
    ) -> dict[int, list[RowMapping]]:
        """By conversation: rows that are being sent, wait for their next try, were put off, or are just claimed."""
        found: dict[int, list[RowMapping]] = {}
        if rows:
            ours = {row["id"] for row in rows}
            wanted = {"city": city, "now": now, "talks": _talks(rows)}
            for row in connection.execute(_UNDER_WAY, wanted).mappings():
                if row["id"] not in ours:
                    found.setdefault(row["conversation_id"], []).append(row)
        return found

    def _held(self, connection: Connection, city: str, rows: Sequence[RowMapping]) -> dict[int, RowMapping]:
        """Who speaks in these conversations now: checked again here, at the last moment before sending."""
        found = connection.execute(_HELD, {"city": city, "talks": _talks(rows)}).mappings()
        return {row["id"]: row for row in found}

    def still_ours(self, rows: Sequence[RowMapping], now: datetime, connection: Connection) -> dict[int, Sent | None]:
        """Claimed rows that waited before they could be sent, by id: why one must not be sent any more, or None.

        Those that are not in the answer are another process's by now: it may have sent them.
        """
        found: dict[int, Sent | None] = {}
        for city in sorted({row["city"] for row in rows}):
            ours = [row for row in rows if row["city"] == city]
            wanted = {"city": city, "name": self._name, "ids": sorted(row["id"] for row in ours)}
            claimed = {row["id"]: row["attempts"] for row in connection.execute(_CLAIMED, wanted).mappings()}
            held = self._held(connection, city, ours)
            for row in ours:
                if claimed.get(row["id"]) == row["attempts"] + 1:
                    found[row["id"]] = self._refusal(row, held, now)
        return found

    def _refusal(self, row: RowMapping, held: Mapping[int, RowMapping], now: datetime) -> Sent | None:
        """Why a due row must not be sent any more, or cannot be."""
        talk = held[row["conversation_id"]]
        channel = self._channels.get(row["channel"])
        account = self._accounts.get((row["channel"], row["account"]))
        if row["expires_at"] is not None and row["expires_at"] <= now:
            return Sent(row, "stale", error="too late to be of use")
        if row["author"] == "bot" and talk["holder"] == "operator":
            return Sent(row, "dropped", error="an operator speaks")
        if row["author"] != "operator" and talk["silent"] and not (row["content"] or {}).get("extra", {}).get("silent"):
            return Sent(row, "dropped", error="queued before silence was asked for")
        if channel is None or account is None:
            return Sent(row, "failed", error=f"no account {row['channel']}/{row['account']} in the settings")
        window = None if _is_template(row) else channel.limits.window_hours
        if window is not None and (talk["last_in_at"] or now) + timedelta(hours=window) <= now:
            return Sent(row, "failed", error="outside the provider's window for free text")
        return None

    def _ready_at(self, row: RowMapping, now: datetime) -> datetime:
        return self._pace.ready_at((row["channel"], row["account"]), row["chat"], now)

    def merges(self, row: RowMapping) -> bool:
        """Whether it may leave as one message with others of its chat."""
        return self._channels[row["channel"]].limits.merge and not _is_template(row)

    def _spend(self, rows: Sequence[RowMapping], now: datetime) -> None:
        for row in rows:
            limits = self._channels[row["channel"]].limits
            key = row["channel"], row["account"]
            self._pace.spend(key, row["chat"], limits, now, self._senders(row["city"]))

    def _mark_claimed(self, connection: Connection, city: str, rows: Sequence[RowMapping], now: datetime) -> None:
        if rows:
            ids = sorted(row["id"] for row in rows)
            claim = {"b_city": city, "b_ids": ids, "b_name": self._name, "b_ends": now + CLAIM}
            connection.execute(_CLAIM, claim)

    def free(self, connection: Connection, dead: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
        """What senders that are dead had claimed is due again, in whichever city."""
        names = sorted(dead)
        cities = {account.city for account in self._accounts.values()}
        for city in sorted(cities.union(*(tells.get(WORKS, ()) for tells in dead.values()))):
            # A claim that holds ends in the future: what waits, however much, is not looked at.
            theirs = (message.c.claimed_by.in_(names), message.c.state == "sending", message.c.not_before > now)
            for urgency in URGENCIES:
                connection.execute(
                    update(message)
                    .where(message.c.city == city, IN_OUTBOX, message.c.urgency == urgency, *theirs)
                    .values(state="queued", not_before=now)
                )
            changed(connection, "queued_urgent", city, 0)


def earliest(connection: Connection, city: str) -> datetime | None:
    """When the city's first message may leave."""
    times = [earliest_urgent(connection, city, urgency) for urgency in URGENCIES]
    return min((at for at in times if at is not None), default=None)


def earliest_urgent(connection: Connection, city: str, urgency: int = 0) -> datetime | None:
    """When the city's first message of an operator or an emergency may leave."""
    return connection.scalar(_EARLIEST, {"city": city, "urgency": urgency})


def _free_at(row: RowMapping, other: RowMapping, now: datetime) -> datetime:
    """When ``other`` of the same chat lets ``row`` pass: one at a time, and in order unless ``row`` is more urgent."""
    then: datetime = other["not_before"]
    if other["state"] == "sending":
        return min(now + SOON, then) if then > now else now + SOON
    then = max(then, now + SOON)  # due already, and not in our claim: another process is just taking it
    return then if other["id"] < row["id"] and other["urgency"] <= row["urgency"] else now


def _is_template(row: RowMapping) -> bool:
    """Whether it leaves as an approved template, which no window holds back."""
    return "template" in (row["content"] or {}).get("extra", {})


def _talks(rows: Sequence[RowMapping]) -> list[int]:
    return sorted({row["conversation_id"] for row in rows})


def _postpone(connection: Connection, city: str, later: Sequence[tuple[RowMapping, datetime]]) -> None:
    """Rows that the provider's pace does not let through yet step back, so that they do not fill the next claim."""
    update_rows(connection, message, [{"city": city, "id": row["id"], "not_before": at} for row, at in later])


def note_sent(results: Sequence[Sent], connection: Connection, now: datetime) -> None:
    """Write what became of claimed rows; a failure that a human must know of rings on its case."""
    by_city: dict[str, list[Sent]] = {}
    for one in sorted(results, key=lambda one: (one.row["city"], one.row["id"])):
        by_city.setdefault(one.row["city"], []).append(one)
    for city, outcomes in by_city.items():
        _note_city(connection, city, outcomes, now)


def _note_city(connection: Connection, city: str, results: Sequence[Sent], now: datetime) -> None:
    """Locks in the order of a turn: cases, messages by their ids, accounts; then the next city."""
    unheard = [one.row for one in results if one.loud or one.state in ("failed", "stale", "unsure")]
    open_cases.ring(connection, city, [row["incident_id"] for row in unheard], "send_failed", now)
    connection.execute(
        _NOTE_SENT,
        [
            {
                "b_city": city,
                "b_id": one.row["id"],
                "b_state": one.state,
                "b_provider": one.provider_id,
                "b_sent": now if one.state == "sent" else None,
                "b_error": one.error[:300] if one.error else None,
                "b_attempts": one.attempts,
                "b_tried": one.row["attempts"] + 1,
                "b_again": one.again_at,
            }
            for one in results
        ],
    )
    for one in results:
        metrics.sent.labels(city, one.row["channel"], one.state).inc()
        changed(connection, "message", city, one.row["id"], one.row["conversation_id"])
    account_states.note_sending(connection, results, now)
