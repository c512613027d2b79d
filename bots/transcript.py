"""Inbound messages as rows of the transcript: what is new, what is kept, what still waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, Select, bindparam, insert, select, update

from bots.channel import Account
from bots.message import Attachment, InboundMessage, Place
from config.database import among, changed, insert_or_ignore, update_rows
from config.ids import new_id
from handoff import tables
from handoff.conversations import Address, Sender, Thread
from handoff.tables import attachment, message, raw_body
from nlu.meaning import Understanding

# Built once: building a statement costs several times what running it does.
_SEEN = select(message.c.channel, message.c.account, message.c.event_key).where(
    message.c.city == bindparam("city"), among(message.c.event_key, "keys")
)
_UNANSWERED = select(message.c.id).where(
    message.c.city == bindparam("city"), among(message.c.id, "ids"), message.c.answered_at.is_(None)
)
_KEEP_MEANING = (
    update(message)
    .where(message.c.city == bindparam("b_city"), message.c.id == bindparam("b_id"), message.c.answered_at.is_(None))
    .values(understanding=bindparam("b_meaning", type_=message.c.understanding.type), urgency=None)
)
_OF_SHARE = (
    message.c.city == bindparam("city"),
    message.c.conversation_id % bindparam("places", type_=BigInteger) == bindparam("place", type_=BigInteger),
)
# Of accounts that are in the settings: those of one that was taken out stand in nobody's way.
_OURS = among(tables.ACCOUNT, "ours")
_OLDEST_FIRST = select(message).order_by(message.c.created_at, message.c.id).limit(bindparam("most"))
# For ``stored``: all that was kept and not answered; of it what nobody has read yet; and what goes first.
WAITING = _OLDEST_FIRST.where(*_OF_SHARE, tables.UNANSWERED, _OURS)
UNREAD = _OLDEST_FIRST.where(*_OF_SHARE, tables.UNREAD, _OURS)
URGENT = _OLDEST_FIRST.where(*_OF_SHARE, tables.URGENT, _OURS)
_OLDEST = (
    select(message.c.created_at)
    .where(message.c.city == bindparam("city"))
    .order_by(message.c.created_at, message.c.id)
    .limit(1)
)
_EARLIEST = _OLDEST.where(tables.UNANSWERED)
_EARLIEST_URGENT = _OLDEST.where(tables.URGENT)
URGENT_FIRST = 0  # urgency of a stored message that goes before the others
STORED_URGENT = "stored_urgent"  # the change that tells of one
Lines = tuple[tuple[str, str], ...]  # when (ISO) and what
Share = tuple[int, int]
"""Our place among the processes that answer what waits, and how many they are. A conversation is one process's work."""


@dataclass(slots=True, eq=False)
class Raw:
    """One delivery's body, byte for byte. Kept once, however many messages it held."""

    body: bytes
    problem: str | None = None
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Turn:
    """One inbound message on its way. ``broken`` says why a person gets it; ``stored`` that its row exists already."""

    account: Account
    message: InboundMessage
    received_at: datetime
    raw: Raw | None = None
    id: int = field(default_factory=new_id)
    understanding: Understanding | None = None  # of its own words
    meaning: Understanding | None = None  # what was decided on: with its pin, read together with earlier lines
    joined: dict[str, Understanding] = field(default_factory=dict)  # of its words joined with earlier lines
    lines: Lines = ()  # it and the lines before it, as the next one of its chat will be read with them
    incident_id: int | None = None
    broken: str | None = None
    stored: bool = False
    fresh: bool = True  # false once it turned out to be a redelivery
    deferred: int = 0  # how often another process held its chat when its turn had come


def address_of(turn: Turn) -> Address:
    """Whose thread it belongs to."""
    return turn.account.channel, turn.account.name, turn.message.chat


def sender_of(turn: Turn) -> Sender:
    """Who wrote it, as the case file names people."""
    one = turn.message
    return Sender(turn.account.channel, turn.account.name, one.chat, one.sender_name, one.phone, one.language)


def unseen(connection: Connection, city: str, turns: Sequence[Turn]) -> list[Turn]:
    """Those that are not in the transcript yet, each key once.

    Their contacts are locked by now, so that another process with the same redelivery waits for our commit.
    """
    keys = {turn.message.event_key for turn in turns if not turn.stored}
    found = connection.execute(_SEEN, {"city": city, "keys": sorted(keys)}) if keys else ()
    seen = {tuple(row) for row in found}
    waits = _still_waiting(connection, city, [turn.id for turn in turns if turn.stored])
    new = []
    for turn in turns:
        key = (turn.account.channel, turn.account.name, turn.message.event_key)
        turn.fresh = turn.id in waits if turn.stored else key not in seen
        if turn.fresh:
            seen.add(key)
            new.append(turn)
    return new


def _still_waiting(connection: Connection, city: str, ids: Sequence[int]) -> set[int]:
    """Of stored messages, those that nobody has answered meanwhile."""
    return set(connection.scalars(_UNANSWERED, {"city": city, "ids": sorted(ids)})) if ids else set()


def write(
    connection: Connection,
    city: str,
    threads: Mapping[Address, Thread],
    turns: Sequence[Turn],
    now: datetime,
    *,
    answered: bool,
    urgent: bool = False,
) -> None:
    """Keep ``turns``: new ones with their files to fetch and raw bodies; stored ones get what the turn made of them.

    ``urgent``: of those that are not answered yet, these go first.
    """
    new = [turn for turn in turns if not turn.stored]
    _write_new(connection, city, threads, new, now if answered else None, URGENT_FIRST if urgent else None)
    if answered:
        _mark_answered(connection, city, [turn for turn in turns if turn.stored], now)
    _follow_edits(connection, city, threads, turns, now)
    _keep_bodies(connection, city, new)
    for turn in turns:
        changed(connection, "message", city, turn.id, threads[address_of(turn)].id)
    if urgent:
        changed(connection, STORED_URGENT, city, 0)


def _write_new(
    connection: Connection,
    city: str,
    threads: Mapping[Address, Thread],
    turns: Sequence[Turn],
    answered_at: datetime | None,
    urgency: int | None,
) -> None:
    if not turns:
        return
    rows = [_row(city, threads[address_of(turn)].id, turn, answered_at) | {"urgency": urgency} for turn in turns]
    connection.execute(insert(message), rows)
    files = [
        _file_row(city, threads[address_of(turn)].id, turn, one) for turn in turns for one in turn.message.attachments
    ]
    if files:
        connection.execute(insert(attachment), files)


def _keep_bodies(connection: Connection, city: str, turns: Sequence[Turn]) -> None:
    bodies = {turn.raw.id: turn for turn in turns if turn.raw is not None}
    # Another message of the same delivery may have brought the body already.
    insert_or_ignore(connection, raw_body, [_raw_row(city, turn) for turn in bodies.values()])


def _raw_row(city: str, turn: Turn) -> dict[str, Any]:
    """The row that keeps a delivery's body."""
    assert turn.raw is not None  # noqa: S101 - the caller chose those that have one
    return {
        "city": city,
        "id": turn.raw.id,
        "channel": turn.account.channel,
        "account": turn.account.name,
        "received_at": turn.received_at,
        "problem": turn.raw.problem,
        "body": turn.raw.body,
    }


def _row(city: str, conversation_id: int, turn: Turn, answered_at: datetime | None) -> dict[str, Any]:
    one = turn.message
    return {
        "city": city,
        "id": turn.id,
        "conversation_id": conversation_id,
        "incident_id": turn.incident_id,
        "direction": "in",
        "author": "citizen",
        "channel": turn.account.channel,
        "account": turn.account.name,
        "chat": one.chat,
        "event_key": one.event_key,
        "provider_id": one.provider_id,
        "kind": one.kind,
        "text": one.text,
        "content": _content(turn),
        "at": one.sent_at,
        "created_at": turn.received_at,
        "answered_at": answered_at,
        "understanding": _kept_meaning(turn),
    }


def _kept_meaning(turn: Turn) -> dict[str, Any] | None:
    meaning = turn.meaning or turn.understanding
    return meaning.to_json() if meaning else None


def _content(turn: Turn) -> dict[str, Any] | None:
    one = turn.message
    kept: dict[str, Any] = {}
    if one.place is not None:
        kept["place"] = asdict(one.place)
    for name in ("button", "reply_to", "edit_of", "sender_name", "phone", "language"):
        value = getattr(one, name)
        if value is not None:
            kept[name] = value
    if one.attachments and turn.stored is False:
        kept["attachments"] = len(one.attachments)
    if turn.raw is not None:
        kept["raw"] = str(turn.raw.id)
    if turn.broken is not None:
        kept["broken"] = turn.broken
    return kept or None


def _file_row(city: str, conversation_id: int, turn: Turn, file: Attachment) -> dict[str, Any]:
    # A web page's upload is kept before its message is; everything else is still with the provider.
    here = turn.account.channel == "web"
    return {
        "city": city,
        "id": new_id(),
        "message_id": turn.id,
        "conversation_id": conversation_id,
        "channel": turn.account.channel,
        "account": turn.account.name,
        "kind": file.kind,
        "ref": file.ref,
        "mime": file.mime,
        "name": file.name,
        "size": file.size,
        "seconds": file.seconds,
        "state": "fetched" if here else "queued",
        "path": file.ref if here else None,
        "attempts": 0,
        "not_before": turn.received_at,
    }


def _mark_answered(connection: Connection, city: str, turns: Sequence[Turn], now: datetime) -> None:
    rows = [
        {
            "city": city,
            "id": turn.id,
            "answered_at": now,
            "understanding": _kept_meaning(turn),
            "incident_id": turn.incident_id,
        }
        for turn in turns
    ]
    update_rows(connection, message, rows)


def _follow_edits(
    connection: Connection, city: str, threads: Mapping[Address, Thread], turns: Sequence[Turn], now: datetime
) -> None:
    """What its sender changed or took back shows so on the message itself; the first words stay on record."""
    for turn in turns:
        if turn.message.edit_of is None or turn.message.kind not in ("edit", "deleted"):
            continue
        news = {"deleted_at": now} if turn.message.kind == "deleted" else {"edited_text": turn.message.text}
        connection.execute(
            update(message)
            .where(
                message.c.city == city,
                message.c.channel == turn.account.channel,
                message.c.account == turn.account.name,
                message.c.provider_id == turn.message.edit_of,
                message.c.conversation_id == threads[address_of(turn)].id,
                message.c.direction == "in",
                message.c.kind.not_in(("edit", "deleted")),
            )
            .values(news)
        )


def stored(
    connection: Connection,
    which: Select[Any],
    city: str,
    ours: Mapping[tuple[str, str], Account],
    limit: int,
    share: Share,
) -> list[Turn]:
    """Messages that wait, oldest first, as far as their conversations are our ``share``.

    ``which``: WAITING, UNREAD or URGENT.
    """
    place, places = share
    names = sorted("/".join(key) for key in ours)
    wanted = {"city": city, "place": place, "places": places, "most": limit, "ours": names}
    rows = connection.execute(which, wanted).mappings()
    return [_turn(row, ours[row["channel"], row["account"]]) for row in rows]


def earliest_urgent(connection: Connection, city: str) -> datetime | None:
    """When the oldest message that goes first came."""
    return connection.scalar(_EARLIEST_URGENT, {"city": city})


def earliest_waiting(connection: Connection, city: str) -> datetime | None:
    """When the oldest message that waits for an answer came."""
    return connection.scalar(_EARLIEST, {"city": city})


def keep_meanings(city: str, turns: Sequence[Turn], connection: Connection) -> None:
    """What stored messages were found to say, unless somebody has answered them meanwhile; none of it is urgent."""
    rows = [{"b_city": city, "b_id": turn.id, "b_meaning": _kept_meaning(turn)} for turn in turns]
    connection.execute(_KEEP_MEANING, rows)


def _turn(row: RowMapping, account: Account) -> Turn:
    content = row["content"] or {}
    one = InboundMessage(
        event_key=row["event_key"],
        chat=row["chat"],
        kind=row["kind"],
        sent_at=row["at"],
        text=row["text"],
        provider_id=row["provider_id"],
        place=Place(**content["place"]) if "place" in content else None,
        button=content.get("button"),
        reply_to=content.get("reply_to"),
        edit_of=content.get("edit_of"),
        sender_name=content.get("sender_name"),
        phone=content.get("phone"),
        language=content.get("language"),
    )
    kept = Understanding.from_json(row["understanding"]) if row["understanding"] else None
    return Turn(account, one, row["created_at"], id=row["id"], stored=True, understanding=kept)
