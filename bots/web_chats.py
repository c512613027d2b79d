"""What a citizen's page shows of its own chat, and how it waits for more. Never a line of another chat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping, and_, or_, select

from bots.channel import Account
from bots.message import DeliveryReport
from config.clock import Clock
from config.database import Change, Database
from handoff.tables import contact, conversation, message

SHOWN: Final = 40  # lines that a page is given, and of which it says that it has them
WAITING: Final = 3  # pages of one chat that may wait at once; the one that waited longest goes
ALL_WAITING: Final = 5000  # pages that may wait in this process; further ones ask again after a pause
RECHECK: Final = (20.0, 2.0)  # seconds until a waiting page looks by itself: one process (SQLite), several (PostgreSQL)

Author = Literal["own", "bot", "staff"]
Mode = Literal["", "no_call", "silent"]
Key = tuple[str, int]  # city, conversation

_SAID: Final = ("sent", "delivered", "read")
_OWN: Final = ("text", "button", "location", "photo")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the page shows it. ``key``: the page's own id of a message that it sent."""

    id: str
    author: Author
    kind: str
    text: str
    at: datetime
    key: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    ask_location: bool = False
    picture: str = ""  # id of the answer's picture

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.author,
            "kind": self.kind,
            "text": self.text,
            "at": self.at.isoformat(timespec="seconds"),
            "key": self.key,
            "buttons": [list(button) for button in self.buttons],
            "ask_location": self.ask_location,
            "picture": self.picture,
        }


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as it stands. ``mode`` "no_call": never ask to telephone; "silent": nothing may tell who is written to.

    ``unproven``: replies that no page has said to have, by line and provider's id.
    """

    key: Key | None = None
    lines: tuple[Line, ...] = ()
    mode: Mode = ""
    unproven: dict[str, str] = field(default_factory=dict)

    def news(self, have: Collection[str]) -> list[Line]:
        """The lines that a page does not have yet. Ids alone decide: a late line may stand before one that it has."""
        return [line for line in self.lines if line.id not in have]

    def proven(self, have: Collection[str], now: datetime) -> tuple[DeliveryReport, ...]:
        """What a page has is delivered."""
        return tuple(
            DeliveryReport(provider_id, "delivered", now) for one, provider_id in self.unproven.items() if one in have
        )


class Chats:
    """All chats of the pages that this process serves."""

    def __init__(self, database: Database, clock: Clock, closing: asyncio.Event) -> None:
        self._database = database
        self._clock = clock
        self._closing = closing
        self._recheck = RECHECK[0 if database.is_sqlite else 1]
        self._waiting: dict[Key, list[asyncio.Event]] = {}
        self._count = 0
        database.on_commit(self._hear)

    async def read(self, account: Account, address: str) -> Chat:
        """The chat as it stands; one without lines where nothing was written yet."""
        return await self._database.read(partial(_read, account, address))

    async def wait(self, account: Account, address: str, have: Collection[str], seconds: float) -> Chat:
        """The chat as soon as it has lines beyond ``have``, at the latest after ``seconds``."""
        chat = await self.read(account, address)
        if chat.key is None or chat.news(have) or seconds <= 0 or self._count >= ALL_WAITING:
            return chat
        woken = asyncio.Event()
        self._enter(chat.key, woken)
        try:
            return await self._wait(account, address, have, woken, self._clock.now() + timedelta(seconds=seconds))
        finally:
            self._leave(chat.key, woken)

    async def _wait(
        self, account: Account, address: str, have: Collection[str], woken: asyncio.Event, end: datetime
    ) -> Chat:
        while True:
            woken.clear()
            chat = await self.read(account, address)  # read after listening began: nothing falls in between
            left = (end - self._clock.now()).total_seconds()
            if chat.news(have) or left <= 0 or not self._may_wait(chat.key, woken):
                return chat
            await _first(woken.wait(), self._closing.wait(), self._clock.sleep(min(left, self._recheck)))

    def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.what not in ("message", "conversation"):
                continue
            key = (change.city, change.parent or 0) if change.what == "message" else (change.city, change.id)
            for woken in self._waiting.get(key, ()):
                woken.set()

    def _enter(self, key: Key, woken: asyncio.Event) -> None:
        waiting = self._waiting.setdefault(key, [])
        waiting.append(woken)
        self._count += 1
        if len(waiting) > WAITING:
            self._leave(key, waiting[0])

    def _leave(self, key: Key, woken: asyncio.Event) -> None:
        waiting = self._waiting.get(key, [])
        if woken in waiting:
            waiting.remove(woken)
            woken.set()
            self._count -= 1
        if not waiting:
            self._waiting.pop(key, None)

    def _may_wait(self, key: Key | None, woken: asyncio.Event) -> bool:
        return key is not None and woken in self._waiting.get(key, ()) and not self._closing.is_set()


async def _first(*waits: Awaitable[object]) -> None:
    """Return when one of ``waits`` is over; the others end."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _read(account: Account, address: str, connection: Connection) -> Chat:
    found = connection.execute(
        select(conversation.c.id, conversation.c.silent, contact.c.cannot_call)
        .join(contact, and_(contact.c.city == conversation.c.city, contact.c.id == conversation.c.contact_id))
        .where(
            contact.c.city == account.city,
            contact.c.channel == account.channel,
            contact.c.account == account.name,
            contact.c.address == address,
        )
    ).first()
    if found is None:
        return Chat()
    rows = _rows(connection, account.city, found.id)
    return Chat(
        (account.city, found.id),
        tuple(sorted(_lines(rows, address, silent=found.silent), key=lambda line: (line.at, line.id))),
        "silent" if found.silent else "no_call" if found.cannot_call else "",
        {str(row["id"]): row["provider_id"] for row in rows if row["state"] == "sent" and row["provider_id"]},
    )


def _rows(connection: Connection, city: str, conversation_id: int) -> Sequence[RowMapping]:
    """The newest lines, newest first: what the citizen wrote, and of what they are told only what has left."""
    return (
        connection.execute(
            select(
                message.c.id,
                message.c.direction,
                message.c.author,
                message.c.kind,
                message.c.text,
                message.c.content,
                message.c.at,
                message.c.sent_at,
                message.c.event_key,
                message.c.provider_id,
                message.c.state,
            )
            .where(
                message.c.city == city,
                message.c.conversation_id == conversation_id,
                or_(
                    and_(message.c.direction == "in", message.c.kind.in_(_OWN)),
                    and_(message.c.direction == "out", message.c.state.in_(_SAID)),
                ),
            )
            .order_by(message.c.at.desc(), message.c.id.desc())
            .limit(SHOWN)
        )
        .mappings()
        .all()
    )


def _lines(rows: Sequence[RowMapping], address: str, *, silent: bool) -> Iterator[Line]:
    """In silent mode nothing of what we said before it: that tells whom this person writes to."""
    for row in rows:
        harmless = row["direction"] == "in" or (row["content"] or {}).get("extra", {}).get("silent")
        if harmless or not silent:
            yield _line(row, address, silent=silent)


def _line(row: RowMapping, address: str, *, silent: bool) -> Line:
    content = row["content"] or {}
    if row["direction"] == "in":
        key = (row["event_key"] or "").removeprefix(f"{address}:")
        return Line(str(row["id"]), "own", row["kind"], row["text"], row["at"], key)
    # In silent mode not even a heading may tell that a human of 112 writes.
    author: Author = "staff" if row["author"] == "operator" and not silent else "bot"
    buttons = tuple((data, title) for data, title in content.get("buttons", ()))
    ask = bool(content.get("ask_location"))
    about = (row["kind"], row["text"], row["sent_at"] or row["at"])
    return Line(str(row["id"]), author, *about, "", buttons, ask, content.get("picture", ""))
