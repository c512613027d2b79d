"""Fakes of the ports: a keyword understander, a channel that records, and a small world that joins the real parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Table, select

from bots.backlog import Backlog
from bots.channel import Account, Channel, Delivery, Hear, Limits, Ports, SendFailed
from bots.inbox import Inbox
from bots.looks import Looks
from bots.message import Attachment, InboundMessage, OutboundMessage, Parsed
from bots.outbox import Outbox
from bots.reports import Reports
from bots.town import Towns
from bots.turn import Turns
from config.clock import VirtualClock
from config.database import Database
from config.schema import migrate
from knowledge_base.city import City, load_city
from knowledge_base.seed import seed_city
from nlu.meaning import Heard, PlaceGuess, Understanding
from tests.schema import migrated_file

KENDARI = Account("kendari", "fake", "kendari")


class Moment:
    """A monotonic clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Keywords:
    """Understands by single words; raises on "rusak", as a broken understander would."""

    def understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        return [self._one(one.text.lower()) for one in heard]

    def urgent(self, text: str) -> bool:
        return any(word in text.lower() for word in ("kebakaran", "tolong", "pingsan"))

    def places_at(
        self, lat: float, lon: float, city: str | None, accuracy_m: float | None = None
    ) -> tuple[PlaceGuess, ...]:
        return (PlaceGuess(city, "Wua-Wua", "Anawai", None, lat, lon, 0.6, "pin", accuracy_m=accuracy_m),)

    def _one(self, text: str) -> Understanding:
        if "rusak" in text:
            raise RuntimeError("broken")
        places = (PlaceGuess("kendari", "Wua-Wua", None, None, -3.99, 122.53, 0.9),) if "wua" in text else ()
        facts: dict[str, Any] = {}
        if text.strip().isdigit():
            facts["digit"] = int(text)
        facts |= {"answer": "yes"} if text.strip() == "ya" else {"answer": "no"} if text.strip() == "tidak" else {}
        facts |= {"wants_human": True} if "petugas" in text else {}
        facts |= {"silent": True} if "jangan telepon" in text else {}
        facts |= {"thanks": True} if "terima kasih" in text else {}
        if "kebakaran" in text or "tolong" in text or "pingsan" in text or facts.get("silent"):
            category = "kebakaran" if "kebakaran" in text else "medis" if "pingsan" in text else "lainnya"
            category = "kriminal" if facts.get("silent") else category
            return Understanding("emergency", "escalate", (category,), 1, places=places, facts=facts, reasons=("word",))
        if "ktp" in text:
            return Understanding("question", "answer", topics=(("ktp", 0.9),), places=places, facts=facts)
        if "wkwk" in text:
            return Understanding("prank", "warn", facts=facts)
        if facts or text in ("halo", ""):
            return Understanding("smalltalk", "answer", places=places, facts=facts)
        return Understanding("question", "ask", places=places, facts=facts)


class FakeChannel:
    """Records what is sent; ``faults`` are raised first, one a send."""

    name: ClassVar[str] = "fake"
    limits: ClassVar[Limits] = Limits(per_second=1000, per_chat_seconds=0)

    def __init__(self, ports: Ports | None = None) -> None:
        self.sent: list[OutboundMessage] = []
        self.faults: list[SendFailed] = []
        self.named = ""  # the provider's id of whatever is sent; empty: one of its own for each
        self.open = asyncio.Event()  # cleared: what is sent hangs at the provider
        self.open.set()
        self.hung: dict[str, asyncio.Event] = {}  # the same for single chats

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        return Parsed()

    async def send(self, account: Account, message: OutboundMessage) -> str:
        await self.open.wait()
        if message.chat in self.hung:
            await self.hung[message.chat].wait()
        elif self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)
        return self.named or f"sent-{message.id}"

    def listens(self, account: Account) -> bool:
        return False

    async def listen(self, account: Account, hear: Hear) -> None:
        return

    async def fetch(self, account: Account, attachment: Attachment) -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff fake"


@dataclass(slots=True)
class World:
    """The real spine over a fake channel, a virtual clock and a temporary database."""

    database: Database
    clock: VirtualClock
    channel: FakeChannel
    city: City
    turns: Turns
    inbox: Inbox
    outbox: Outbox
    reports: Reports
    looks: Looks
    backlog: Backlog
    account: Account = KENDARI
    keys: int = 0
    said: list[str] = field(default_factory=list)

    def message(self, text: str = "", chat: str = "c1", **more: Any) -> InboundMessage:
        self.keys += 1
        given = {"event_key": f"e{self.keys}", "kind": "text", "sent_at": self.clock.now()} | more
        return InboundMessage(chat=chat, text=text, **given)

    async def hear(self, text: str = "", chat: str = "c1", **more: Any) -> None:
        """One message, durable when it returns."""
        await self.inbox.keep(self.account, Parsed((self.message(text, chat, **more),)), b"{}")

    async def settle(self) -> list[str]:
        """Everything that is due, done; the texts that left."""
        while await self.backlog.step() + await self.looks.step() + await self.outbox.step():
            await self.outbox.drain()
        await self.outbox.drain()
        texts = [message.text for message in self.channel.sent]
        self.channel.sent.clear()
        return texts

    async def wait(self, seconds: float) -> list[str]:
        """Let time pass in small steps, as the worker's loops would see it."""
        texts: list[str] = []
        while seconds > 0:
            self.clock.advance(min(1.0, seconds))
            seconds -= 1.0
            texts += await self.settle()
        return texts

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """A whole table."""
        return await self.database.read(
            lambda connection: [dict(row) for row in connection.execute(select(table)).mappings()]
        )


@cache
def kendari() -> City:
    """Read once: nothing changes a city in passing (see tests/knowledge_base/test_city.py)."""
    return load_city("kendari")


@asynccontextmanager
async def open_world(
    url: str | Path, *, present: int | None = None, understander: Any = None, city: City | None = None
) -> AsyncIterator[World]:
    """A world on the database at ``url`` (a path: SQLite)."""
    database = Database(f"sqlite:///{migrated_file(url)}" if isinstance(url, Path) else url)
    clock, channel, city = VirtualClock(), FakeChannel(), city or kendari()
    await migrate(database)
    await database.write(lambda connection: seed_city(connection, city, clock.now()))
    understander = understander or Keywords()
    accounts = {("fake", "kendari"): KENDARI}
    channels: dict[str, Channel] = {"fake": channel}
    towns = Towns(database, clock, {"kendari": city}, {}, lambda _: present)
    await towns.refresh()
    turns, reports = Turns(database, clock, understander, towns), Reports(database, clock)
    inbox = Inbox(turns, reports, understander, clock)
    outbox = Outbox(database, clock, channels, accounts, "test")
    looks = Looks(database, clock, towns)
    backlog = Backlog(database, clock, turns, accounts)
    inbox.start()
    try:
        yield World(database, clock, channel, city, turns, inbox, outbox, reports, looks, backlog)
    finally:
        await inbox.stop()
        await outbox.drain()
        await database.close()
