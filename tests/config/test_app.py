"""The application as it is served: which route answers, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import cast

import aiohttp
import httpx
import pytest
from fastapi import FastAPI

from bots.channels.web import SHOWN_BY
from bots.web_tokens import new_token
from config.app import build_app, stumble
from config.clock import VirtualClock
from config.schema import migrate
from config.settings import Settings
from config.wiring import build
from knowledge_base.seed import seed_city
from nlu.understand import Understander
from tests.fakes import Keywords
from tests.served import served


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The real application, without the background work."""
    clock = VirtualClock()
    system = await build(Settings(data=tmp_path, cities=("kendari",)), cast(Understander, Keywords()), clock=clock)
    await migrate(system.database)
    for city in system.cities.values():
        await system.database.write(partial(seed_city, city=city, now=clock.now()))
    application = build_app(system, with_worker=False)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=("198.51.100.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://sigap.test") as client:
        yield client


def written(number: int, text: str = "halo") -> dict[str, str]:
    return {"id": f"m{number}", "type": "text", "text": text}


async def test_whoever_posts_to_the_web_chats_webhook_does_not_pass_the_throttle_by(browser: httpx.AsyncClient) -> None:
    shown = {SHOWN_BY: new_token()}
    answers = [await browser.post("/in/web/kendari", json=written(n), headers=shown) for n in range(32)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429] * 2
    danger = await browser.post("/in/web/kendari", json=written(99, "tolong kebakaran"), headers=shown)
    assert danger.status_code == 200, "words of danger pass always"


async def test_whoever_posts_to_the_web_chats_webhook_does_not_pass_the_size_limit_by(
    browser: httpx.AsyncClient,
) -> None:
    large = await browser.post("/in/web/kendari", json=written(1, "a" * 1_000_000), headers={SHOWN_BY: new_token()})
    assert large.status_code == 413


async def test_the_other_channels_webhooks_are_still_reached(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/in/whatsapp/nobody", content=b"{}")).json()["error"] == "no_account"
    assert (await browser.get("/kendari")).status_code == 200


@pytest.mark.slow
async def test_a_waiting_page_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with served(tmp_path) as sigap, aiohttp.ClientSession() as http:
        shown = {SHOWN_BY: new_token()}
        messages = f"{sigap.address}/in-web/kendari/messages"
        async with http.post(messages, json=written(1), headers=shown) as answer:
            assert answer.status == 200
        # The page has all that there is to tell once the bot has answered, and waits for more.
        have = await _until_still(http, messages, shown)
        page = asyncio.create_task(http.get(f"{messages}?wait=25&have={have}", headers=shown))
        await asyncio.sleep(0.5)
        assert not page.done()
        begun = time.monotonic()
        sigap.process.terminate()
        assert await sigap.process.wait() == 0
        assert time.monotonic() - begun < 2
        assert (await page).status == 200


async def _until_still(http: aiohttp.ClientSession, messages: str, shown: dict[str, str]) -> str:
    have: list[str] = []
    while True:
        async with http.get(f"{messages}?wait=6&have={','.join(have)}", headers=shown) as answer:
            news = [line["id"] for line in (await answer.json())["messages"]]
        if not news:
            return ",".join(have)
        have += news


@pytest.mark.parametrize(("error", "status", "word"), [(OSError("gone"), 503, "no_store"), (KeyError(), 500, "broken")])
async def test_a_page_is_told_what_broke_in_the_form_of_every_refusal(error: Exception, status: int, word: str) -> None:
    app = FastAPI()
    app.add_exception_handler(Exception, stumble)

    @app.get("/api/queue")
    async def queue() -> None:
        raise error

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sigap.test") as client:
        answer = await client.get("/api/queue")
    assert (answer.status_code, answer.json()["error"]) == (status, word)
