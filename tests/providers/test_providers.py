"""The fakes themselves: a webhook comes out as the provider would send it, and goes wrong as told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bots.channel import Account, Channel, Delivery, Ports
from bots.channels.telegram import Adapter as Telegram
from bots.channels.whatsapp import Adapter as WhatsApp
from bots.message import DeliveryReport, InboundMessage, OutboundMessage
from config.clock import VirtualClock
from tests.providers.clocks import until
from tests.providers.doors import AsgiDoor, UrlDoor
from tests.providers.signers import SIGNERS
from tests.providers.telegram import FakeTelegram
from tests.providers.whatsapp import FakeWhatsApp


class Desk:
    """An ASGI application that parses what is posted to it with the real adapters."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        ports = Ports(http, VirtualClock())
        self._adapters: dict[str, Channel] = {"telegram": Telegram(ports), "whatsapp": WhatsApp(ports)}
        self.messages: list[InboundMessage] = []
        self.reports: list[DeliveryReport] = []

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        name = scope["path"].split("/")[2]
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.take(name, Delivery(scope["method"], {}, headers, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-kept", b"1")]})
        await send({"type": "http.response.body", "body": b"ok"})

    def take(self, name: str, delivery: Delivery) -> None:
        parsed = self._adapters[name].parse(SIGNERS[name].account, delivery)
        self.messages += parsed.messages
        self.reports += parsed.reports


@pytest.mark.parametrize("provider", [FakeTelegram, FakeWhatsApp])
async def test_webhooks_reach_an_application_in_this_process(provider: type[FakeTelegram] | type[FakeWhatsApp]) -> None:
    async with aiohttp.ClientSession() as http:
        desk = Desk(http)
        name = "telegram" if provider is FakeTelegram else "whatsapp"
        async with provider(AsgiDoor(desk, f"/in/{name}/main")) as fake:
            if isinstance(fake, FakeTelegram):
                answers = await fake.deliver(fake.message(5550101, "tolong"), times=2)
            else:
                answers = await fake.deliver(fake.message("6281355500101", "tolong"), times=2)
    assert [(answer.status, answer.body, answer.headers["x-kept"]) for answer in answers] == [(200, b"ok", "1")] * 2
    assert [message.text for message in desk.messages] == ["tolong", "tolong"]
    assert len({message.event_key for message in desk.messages}) == 1


async def test_webhooks_reach_a_url() -> None:
    async with aiohttp.ClientSession() as http:
        desk = Desk(http)

        async def take(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            desk.take("telegram", Delivery("POST", {}, headers, await request.read()))
            return web.Response(status=503)

        app = web.Application()
        app.add_routes([web.post("/in/telegram/main", take)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with FakeTelegram(UrlDoor(f"{site.name}/in/telegram/main", http)) as fake:
            [answer] = await fake.deliver(fake.message(5550101, "tolong"))
        await runner.cleanup()
    assert answer.status == 503
    assert [message.text for message in desk.messages] == ["tolong"]


async def test_statuses_follow_a_message_in_the_order_that_is_asked_for() -> None:
    async with aiohttp.ClientSession() as http:
        desk = Desk(http)
        door = AsgiDoor(desk, "/in/whatsapp/main")
        async with FakeWhatsApp(door, statuses=("read", "sent", "delivered", "delivered")) as fake:
            known = dict(SIGNERS["whatsapp"].account.credentials) | {"base_url": fake.url}
            sender = WhatsApp(Ports(http, VirtualClock()))
            account = Account("kendari", "whatsapp", "main", known)
            ids = await asyncio.gather(
                *(sender.send(account, OutboundMessage(n, f"62813555001{n:02d}", "halo")) for n in range(20))
            )
            await until(lambda: len(desk.reports) == 80)
    for wamid in ids:
        states = [report.state for report in desk.reports if report.provider_id == wamid]
        assert states == ["read", "sent", "delivered", "delivered"]
