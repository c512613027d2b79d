"""The citizen's page over the real spine: database, inbox, outbox and webhook, with an understander of single words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, Table, select, update
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bots import citizen_page
from bots.channel import Account, Channel, discover
from bots.channel import Ports as ChannelPorts
from bots.inbox import Inbox
from bots.looks import Looks
from bots.outbox import Outbox
from bots.reports import Reports
from bots.town import Towns
from bots.turn import Turns
from bots.webhooks import Webhooks
from config.clock import Clock
from config.database import Database
from handoff import conversations
from handoff.tables import conversation
from knowledge_base.city import load_cities
from knowledge_base.seed import seed_city
from sms_gateway.lines import Lines, open_gateway
from tests.fakes import Keywords
from tests.schema import migrated_file


@dataclass(slots=True)
class House:
    """All that a test of the page reaches into."""

    app: FastAPI
    database: Database
    clock: Clock
    inbox: Inbox
    outbox: Outbox
    looks: Looks
    channels: dict[str, Channel]
    accounts: dict[tuple[str, str], Account]
    gateway: Lines
    media: Path
    closing: asyncio.Event

    async def settle(self) -> None:
        """Send everything that is due."""
        while await self.looks.step() + await self.outbox.step():
            await self.outbox.drain()
        await self.outbox.drain()

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """A whole table, in the order of its ids."""
        return await self.database.read(
            lambda connection: [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]
        )

    async def say(self, text: str, *, author: str = "operator", **more: Any) -> None:
        """Let an operator, or the bot, say something in the only conversation, and let it leave."""

        def queue(connection: Connection) -> None:
            row = connection.execute(select(conversation.c.city, conversation.c.id)).one()
            thread = conversations.get_thread(connection, row.city, row.id)
            assert thread is not None
            reply = conversations.Reply(text, author=author, urgency=0, **more)
            conversations.say(connection, thread, reply, self.clock.now())

        await self.database.write(queue)
        await self.settle()

    async def set(self, table: Table, **values: Any) -> None:
        """Change every row of a table."""

        def change(connection: Connection) -> None:
            connection.execute(update(table).values(values))

        await self.database.write(change)

    def browser(self, **more: Any) -> httpx.AsyncClient:
        """Somebody's browser, without script."""
        transport = httpx.ASGITransport(app=self.app, client=("198.51.100.7", 5000))
        return httpx.AsyncClient(transport=transport, base_url="http://sigap.test", **more)


@asynccontextmanager
async def open_house(folder: Path, clock: Clock, *, cities: tuple[str, ...] = ("kendari",)) -> AsyncIterator[House]:
    """A house in ``folder`` that serves ``cities`` by web and SMS."""
    database, media = Database(f"sqlite:///{migrated_file(folder / 'sigap.db')}"), folder / "media"
    known = load_cities(cities)
    for city in known.values():
        await database.write(partial(seed_city, city=city, now=clock.now()))
    accounts = {(channel, slug): Account(slug, channel, slug) for slug in cities for channel in ("web", "sms")}
    gateway, understander, closing = open_gateway(clock), Keywords(), asyncio.Event()
    towns = Towns(database, clock, known, {}, lambda _: 1)
    await towns.refresh()
    reports = Reports(database, clock)
    async with aiohttp.ClientSession() as http:
        ports = ChannelPorts(http, clock, gateway)
        channels: dict[str, Channel] = {name: adapter(ports) for name, adapter in discover().items()}
        turns = Turns(database, clock, understander, towns)  # type: ignore[arg-type]
        inbox = Inbox(turns, reports, understander, clock)  # type: ignore[arg-type]
        outbox = Outbox(database, clock, channels, accounts, "test")
        looks = Looks(database, clock, towns)
        webhooks = Webhooks(channels, accounts, inbox)
        app = FastAPI()
        app.router.routes.extend(
            citizen_page.routes(
                citizen_page.Ports(
                    database=database,
                    inbox=inbox,
                    cities=known,
                    accounts={key: one for key, one in accounts.items() if one.channel == "web"},
                    media_folder=media,
                    clock=clock,
                    urgent=understander.urgent,
                    webhook=webhooks,
                    closing=closing,
                )
            )
        )
        app.router.routes.append(Route("/in/{channel}/{account}", _plain(webhooks), methods=["GET", "POST"]))
        inbox.start()
        try:
            yield House(app, database, clock, inbox, outbox, looks, channels, accounts, gateway, media, closing)
        finally:
            await inbox.stop()
            await outbox.drain()
            await database.close()


def _plain(webhooks: Webhooks) -> Callable[[Request], Any]:
    async def webhook(request: Request) -> Response:
        return await webhooks(request)

    return webhook
