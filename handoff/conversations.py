"""Who writes to us, who speaks to them, and the only way to queue a reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, insert, select, update

from config.database import among, changed, insert_or_ignore, update_rows
from config.ids import new_id
from handoff.audit import Who, note
from handoff.tables import contact, conversation, message

# Seconds. What the bot says of a case is soon untrue: ten minutes late it would promise what no longer holds.
LIFETIMES = {"bot": 600.0, "system": 3600.0, "operator": 6 * 3600.0}
PEOPLE = 8  # conversations of one number that are looked at
LONGEST_BY_SMS = 3600.0  # whoever has no data reads no time beside it, and takes what comes for now

Address = tuple[str, str, str]  # channel, account, chat

# Statements of the hot path are built once: building one costs several times what running it does.
_CONTACTS = (
    select(contact)
    .where(
        contact.c.city == bindparam("city"),
        among(contact.c.address, "chats"),
        among(contact.c.account, "accounts"),
        among(contact.c.channel, "channels"),
    )
    .order_by(contact.c.address, contact.c.account, contact.c.channel)
    .with_for_update()
)
_CONVERSATIONS = (
    select(conversation)
    .where(conversation.c.city == bindparam("city"), among(conversation.c.contact_id, "contacts"))
    .order_by(conversation.c.id + 0)  # not by the key itself: SQLite would read all of a city to be spared the sorting
    .with_for_update()
)
# The same, without what another process holds.
_FREE_CONTACTS = _CONTACTS.with_for_update(skip_locked=True)
_FREE_CONVERSATIONS = _CONVERSATIONS.with_for_update(skip_locked=True)
_QUEUE = insert(message)
_REPLACE_WAITING = (
    update(message)
    .where(
        message.c.city == bindparam("b_city"),
        message.c.state == "queued",
        message.c.replaceable.is_(True),
        message.c.not_before > bindparam("b_now"),
        message.c.attempts == 0,
        among(message.c.conversation_id, "b_ids"),
    )
    .values(state="dropped", error="replaced")
)
_SAY_AFTER_ALL = (
    update(message)
    .where(
        message.c.city == bindparam("b_city"),
        message.c.event_key == bindparam("b_event_key"),
        message.c.state == "dropped",
        message.c.error == "replaced",
    )
    .values(state="queued", error=None, not_before=bindparam("b_not_before"), expires_at=bindparam("b_expires_at"))
)
_REMEMBERED = ("state", "incident_id", "silent", "due_at", "last_in_at", "last_out_at", "last_text")


@dataclass(frozen=True, slots=True)
class Sender:
    """One who wrote, as the channel names them."""

    channel: str
    account: str
    chat: str
    name: str | None = None
    phone: str | None = None
    language: str | None = None

    @property
    def address(self) -> Address:
        return self.channel, self.account, self.chat


@dataclass(slots=True)
class Thread:
    """A contact and their one conversation, as they stood when they were read."""

    contact: RowMapping | dict[str, Any]
    conversation: dict[str, Any]

    @property
    def id(self) -> int:
        return int(self.conversation["id"])

    @property
    def city(self) -> str:
        return str(self.conversation["city"])


@dataclass(frozen=True, slots=True)
class Reply:
    """Words for one conversation. ``urgency`` 0 leaves first (an operator's words, an emergency's first answer)."""

    text: str
    author: str = "bot"  # bot, operator, system
    urgency: int = 2
    wait: float = 0.0  # seconds; a reply that waits is replaced by the next one of its conversation
    lifetime: float | None = None  # seconds after which it is stale; None: LIFETIMES'
    buttons: tuple[tuple[str, str], ...] = ()  # (data, title)
    ask_location: bool = False
    operator_id: int | None = None
    client_id: str | None = None  # the console's own id: the same reply is queued once
    card: str | None = None  # slug and version of the pre-arrival card that it quotes
    picture: str | None = None  # id of an answer's picture, for channels that carry one
    extra: Mapping[str, str] = field(default_factory=dict)  # for the channel: names of its own buttons, "silent"


def find_or_open(
    connection: Connection, city: str, senders: Iterable[Sender], now: datetime, *, patient: bool = True
) -> dict[Address, Thread]:
    """The thread of every sender, opened where there is none. Contacts are locked in the order of their keys.

    ``patient`` false: whoever another process holds is left out instead of waited for.
    """
    by_address = {sender.address: sender for sender in sorted(senders, key=lambda one: one.address)}
    people = _contacts(connection, city, list(by_address), patient=patient)
    known = {_address(row) for row in people}
    strangers = [sender for address, sender in by_address.items() if address not in known]
    if strangers:  # or known ones that another process holds: those are not there afterwards either
        people += _greet(connection, city, strangers, now, patient=patient)
    threads = _load(connection, city, people, patient=patient)
    without = [row for row in people if _address(row) not in threads]
    if without:
        _open(connection, city, without, now)
        threads.update(_load(connection, city, without, patient=patient))
    _learn_names(connection, city, by_address, threads)
    return threads


def _address(row: RowMapping | dict[str, Any]) -> Address:
    return row["channel"], row["account"], row["address"]


def _load(
    connection: Connection, city: str, people: Iterable[RowMapping], *, patient: bool = True
) -> dict[Address, Thread]:
    by_id = {row["id"]: row for row in people}
    if not by_id:
        return {}
    wanted = _CONVERSATIONS if patient else _FREE_CONVERSATIONS
    found = connection.execute(wanted, {"city": city, "contacts": list(by_id)}).mappings()
    threads = [Thread(by_id[row["contact_id"]], dict(row)) for row in found]
    return {_address(one.contact): one for one in threads}


def _contacts(connection: Connection, city: str, addresses: Sequence[Address], *, patient: bool) -> list[RowMapping]:
    """Contacts by address, locked in the order of their keys."""
    if not addresses:
        return []
    channels, accounts, chats = (sorted(set(names)) for names in zip(*addresses, strict=True))
    wanted = {"city": city, "channels": channels, "accounts": accounts, "chats": chats}
    asked = set(addresses)
    rows = connection.execute(_CONTACTS if patient else _FREE_CONTACTS, wanted).mappings()
    return [row for row in rows if _address(row) in asked]


def _greet(
    connection: Connection, city: str, senders: Sequence[Sender], now: datetime, *, patient: bool
) -> list[RowMapping]:
    """Contacts for those who have none, locked."""
    rows = [
        {
            "city": city,
            "id": new_id(),
            "channel": one.channel,
            "account": one.account,
            "address": one.chat,
            "name": one.name,
            "phone": one.phone,
            "language": one.language,
            "cannot_call": False,
            "pranks": 0,
            "created_at": now,
        }
        for one in senders
    ]
    insert_or_ignore(connection, contact, rows)
    return _contacts(connection, city, [one.address for one in senders], patient=patient)


def _open(connection: Connection, city: str, people: Iterable[RowMapping], now: datetime) -> None:
    """Their conversations, where they have none."""
    rows = [
        {
            "city": city,
            "id": new_id(),
            "contact_id": row["id"],
            "holder": "bot",
            "state": {},
            "silent": False,
            "created_at": now,
        }
        for row in people
    ]
    insert_or_ignore(connection, conversation, rows)


def _learn_names(
    connection: Connection, city: str, senders: dict[Address, Sender], threads: dict[Address, Thread]
) -> None:
    news = [
        {
            "city": city,
            "id": thread.contact["id"],
            "name": thread.contact["name"] or sender.name,
            "phone": thread.contact["phone"] or sender.phone,
        }
        for address, sender in senders.items()
        if (thread := threads.get(address))
        and ((sender.name and not thread.contact["name"]) or (sender.phone and not thread.contact["phone"]))
    ]
    update_rows(connection, contact, news)


def get_thread(connection: Connection, city: str, conversation_id: int, *, lock: bool = False) -> Thread | None:
    """One thread by its conversation's id."""
    query = select(conversation).where(conversation.c.city == city, conversation.c.id == conversation_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        return None
    person = connection.execute(
        select(contact).where(contact.c.city == city, contact.c.id == row["contact_id"])
    ).mappings()
    return Thread(person.one(), dict(row))


def elsewhere(connection: Connection, thread: Thread) -> list[dict[str, Any]]:
    """The conversations that the same person has by other lines and channels, as far as their number tells."""
    number = thread.contact["phone"]
    if number is None:
        return []
    same = (contact.c.city == thread.city, contact.c.phone == number, contact.c.id != thread.contact["id"])
    found = select(conversation).join(
        contact, and_(contact.c.city == conversation.c.city, contact.c.id == conversation.c.contact_id)
    )
    return [dict(row) for row in connection.execute(found.where(*same).limit(PEOPLE)).mappings()]


def say(connection: Connection, thread: Thread, reply: Reply, now: datetime) -> dict[str, Any]:
    """Queue one reply. Returns the message's row; the outbox sends it after the commit."""
    return say_all(connection, [(thread, reply)], now)[0]


def say_all(connection: Connection, replies: Sequence[tuple[Thread, Reply]], now: datetime) -> list[dict[str, Any]]:
    """Queue replies, in order. Whatever waited in the same conversation for a more quiet moment is replaced."""
    if not replies:
        return []
    replace_waiting(connection, [thread for thread, reply in replies if reply.author == "bot"], now)
    rows = [_row(thread, reply, now) for thread, reply in replies]
    connection.execute(_QUEUE, rows)
    for row in rows:
        changed(connection, "message", row["city"], row["id"], row["conversation_id"])
        changed(connection, "queued_urgent" if row["urgency"] == 0 else "queued", row["city"], row["id"])
    return rows


def say_once(connection: Connection, replies: Sequence[tuple[Thread, Reply]], now: datetime) -> None:
    """Queue replies, each of a ``client_id`` that was not queued before; all that waits in a conversation stays."""
    rows = [_row(thread, reply, now) for thread, reply in replies]
    insert_or_ignore(connection, message, rows)
    names = ("city", "event_key", "not_before", "expires_at")
    if rows:  # one that an answer replaced before it left is to be said after all
        connection.execute(_SAY_AFTER_ALL, [{f"b_{name}": row[name] for name in names} for row in rows])
    # A thread to which nothing was ever said is not looked through for what its next answer replaces.
    first = [thread for thread, _ in replies if thread.conversation["last_out_at"] is None]
    update_rows(connection, conversation, [{"city": one.city, "id": one.id, "last_out_at": now} for one in first])
    for row in rows:
        changed(connection, "queued", row["city"], row["id"])


def replace_waiting(connection: Connection, threads: Sequence[Thread], now: datetime) -> None:
    """Drop the bot's replies that have not left yet: the citizen wrote on, or a human speaks now."""
    for city in {thread.city for thread in threads}:
        ids = sorted({thread.id for thread in threads if thread.city == city and thread.conversation["last_out_at"]})
        if ids:
            connection.execute(_REPLACE_WAITING, {"b_city": city, "b_now": now, "b_ids": ids})


def drop_unsent(connection: Connection, thread: Thread) -> None:
    """Whatever the bot has queued and not sent stays unsent: a person speaks now, or silence was asked for."""
    connection.execute(
        update(message)
        .where(
            message.c.city == thread.city,
            message.c.conversation_id == thread.id,
            message.c.state == "queued",
            message.c.author != "operator",
        )
        .values(state="dropped", error="overtaken")
    )


def _row(thread: Thread, reply: Reply, now: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if reply.buttons:
        content["buttons"] = [list(button) for button in reply.buttons]
    if reply.ask_location:
        content["ask_location"] = True
    if reply.card:
        content["card"] = reply.card
    if reply.picture:
        content["picture"] = reply.picture
    extra = {**reply.extra, "silent": "yes"} if thread.conversation["silent"] else dict(reply.extra)
    if extra:
        content["extra"] = extra
    return {
        "city": thread.city,
        "id": new_id(),
        "conversation_id": thread.id,
        "incident_id": thread.conversation["incident_id"],
        "direction": "out",
        "author": reply.author,
        "operator_id": reply.operator_id,
        "channel": thread.contact["channel"],
        "account": thread.contact["account"],
        "chat": thread.contact["address"],
        "event_key": f"out:{reply.client_id}" if reply.client_id else None,
        "kind": "text",
        "text": reply.text,
        "content": content or None,
        "at": now,
        "created_at": now,
        "state": "queued",
        "urgency": reply.urgency,
        "not_before": now + timedelta(seconds=reply.wait),
        "expires_at": now + timedelta(seconds=_lifetime(thread, reply)),
        "replaceable": reply.wait > 0,
        "attempts": 0,
    }


def _lifetime(thread: Thread, reply: Reply) -> float:
    lifetime = reply.lifetime or LIFETIMES[reply.author]
    return min(lifetime, LONGEST_BY_SMS) if thread.contact["channel"] == "sms" else lifetime


def hold(connection: Connection, thread: Thread, operator_id: int, who: Who, now: datetime) -> None:
    """An operator speaks from now on; what the bot had not yet sent stays unsent."""
    _set_holder(connection, thread, "operator", operator_id)
    drop_unsent(connection, thread)
    note(connection, thread.city, who, "hold", now, conversation_id=thread.id)


def hand_to_bot(connection: Connection, thread: Thread, who: Who, now: datetime) -> None:
    """The bot speaks again."""
    _set_holder(connection, thread, "bot", None)
    note(connection, thread.city, who, "hand_to_bot", now, conversation_id=thread.id)


def _set_holder(connection: Connection, thread: Thread, holder: str, operator_id: int | None) -> None:
    news = {"holder": holder, "operator_id": operator_id}
    update_rows(connection, conversation, [{"city": thread.city, "id": thread.id, **news}])
    thread.conversation.update(news)
    changed(connection, "conversation", thread.city, thread.id)


def remember(connection: Connection, threads: Sequence[Thread]) -> None:
    """Write back what the dialogue changed: state, case, silence, timers, last words."""
    rows = [
        {"city": one.city, "id": one.id, **{name: one.conversation[name] for name in _REMEMBERED}} for one in threads
    ]
    update_rows(connection, conversation, rows)
    for one in threads:
        changed(connection, "conversation", one.city, one.id)
