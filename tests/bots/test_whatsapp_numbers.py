"""Several numbers of one Meta app post to one address: each message is taken by the account whose number it names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from starlette.requests import Request
from starlette.types import Message

from bots.channel import Account, Ports
from bots.channels.whatsapp import Adapter
from bots.door import NOBODY
from bots.webhooks import Webhooks
from handoff.tables import incident, message, raw_body
from tests.fakes import World
from tests.providers.whatsapp import APP_SECRET, seal

WRITER = "6281355500421"


def account(name: str, number: str, secret: str = APP_SECRET) -> Account:
    return Account("kendari", "whatsapp", name, {"app_secret": secret, "phone_number_id": number})


ACCOUNTS = (account("satu", "111"), account("dua", "222"), account("lain", "333", "rahasia-aplikasi-lain"))


class Meta:
    """What Meta posts, to the address of the first account."""

    def __init__(self, world: World, http: aiohttp.ClientSession) -> None:
        self.world = world
        accounts = {("whatsapp", one.name): one for one in ACCOUNTS}
        self.webhooks = Webhooks({"whatsapp": Adapter(Ports(http, world.clock))}, accounts, world.inbox)

    async def post(self, *changes: Any) -> int:
        body = orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": list(changes)}]})
        headers = [(b"x-hub-signature-256", seal(body).encode())]
        path = {"channel": "whatsapp", "account": "satu"}
        scope = {"type": "http", "method": "POST", "query_string": b"", "headers": headers, "path_params": path}
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return parts.pop()

        return (await self.webhooks(Request(scope, receive))).status_code

    async def heard(self) -> list[tuple[str, str, str]]:
        rows = await self.world.rows(message)
        return [(row["account"], row["chat"], row["text"]) for row in rows if row["direction"] == "in"]


@pytest.fixture
async def meta(world: World) -> AsyncIterator[Meta]:
    async with aiohttp.ClientSession() as http:
        yield Meta(world, http)


def change(number: Any, text: str, wamid: str, **more: Any) -> dict[str, Any]:
    said = {"from": WRITER, "id": wamid, "timestamp": "1767582000", "type": "text", "text": {"body": text}}
    value = {"metadata": {"phone_number_id": number}, "messages": [said], **more}
    return {"field": "messages", "value": value}


async def test_each_number_s_message_is_its_own_account_s(meta: Meta) -> None:
    assert await meta.post(change("111", "halo", "w1"), change("222", "tolong kebakaran", "w2")) == 200
    assert sorted(await meta.heard()) == [("dua", WRITER, "tolong kebakaran"), ("satu", WRITER, "halo")]
    said = [row for row in await meta.world.rows(message) if row["direction"] == "out"]
    assert {row["account"] for row in said if row["text"].startswith("Pesan masuk")} == {"dua"}


async def test_the_same_delivery_again_changes_nothing(meta: Meta) -> None:
    for _ in range(2):
        await meta.post(change("111", "halo", "w1"), change(222, "halo", "w2"))
    assert sorted(await meta.heard()) == [("dua", WRITER, "halo"), ("satu", WRITER, "halo")]


@pytest.mark.parametrize("number", ["999", "333"], ids=["nobody's", "another app's"])
async def test_a_number_that_is_not_ours_is_shown_to_a_human_and_never_answered(meta: Meta, number: str) -> None:
    assert await meta.post(change(number, "tolong kebakaran", "w1"), change("222", "halo", "w2")) == 200
    assert sorted(await meta.heard()) == [("dua", WRITER, "halo"), ("satu", NOBODY, "")]
    assert [row["reason"] for row in await meta.world.rows(incident)] == ["media"]
    raw = [row for row in await meta.world.rows(raw_body) if row["problem"]]
    assert [number in row["problem"] for row in raw] == [True]
    assert b"tolong kebakaran" in raw[0]["body"]
    rows = await meta.world.rows(message)
    assert [
        row for row in rows if row["direction"] == "out" and (row["account"], row["chat"]) == ("satu", WRITER)
    ] == []


async def test_what_became_of_another_number_s_messages_is_none_of_ours(meta: Meta) -> None:
    status = {"id": "w9", "status": "delivered", "timestamp": "1767582000", "recipient_id": WRITER}
    assert (
        await meta.post(
            change("999", "", "w1") | {"value": {"metadata": {"phone_number_id": "999"}, "statuses": [status]}}
        )
        == 200
    )
    assert await meta.heard() == []


async def test_what_names_no_number_belongs_to_the_address(meta: Meta) -> None:
    nameless = change("111", "tolong kebakaran", "w1")
    del nameless["value"]["metadata"]
    assert await meta.post(nameless, "rusak", change("222", "halo", "w2")) == 200
    heard = sorted(await meta.heard())
    assert heard[0] == ("dua", WRITER, "halo")
    assert ("satu", WRITER, "tolong kebakaran") in heard
    assert ("satu", NOBODY, "message") in heard
