"""The application as it is served: which route answers, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import aiohttp
import httpx
import pytest
from fastapi import FastAPI

from bots.channels.web import SHOWN_BY
from bots.web_tokens import new_token
from config import metrics
from config.app import build_app, stumble
from config.clock import VirtualClock
from config.schema import migrate
from config.settings import Settings
from config.wiring import build
from knowledge_base.seed import seed_city
from nlu.understand import Understander
from tests.fakes import Keywords
from tests.served import served

QUEUED = "sigap_outbox_queued "


@asynccontextmanager
async def web_of(wanted: Settings, after: float = 0.0) -> AsyncIterator[FastAPI]:
    """The real application, without the background work, ``after`` so many seconds."""
    clock = VirtualClock()
    system = await build(wanted, cast(Understander, Keywords()), clock=clock)
    await migrate(system.database)
    for city in system.cities.values():
        await system.database.write(partial(seed_city, city=city, now=clock.now()))
    clock.advance(after)
    application = build_app(system, with_worker=False)
    async with application.router.lifespan_context(application):
        yield application


def browser_of(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("198.51.100.7", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://sigap.test")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[FastAPI]:
    async with web_of(Settings(data=tmp_path, cities=("kendari",))) as application:
        yield application


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app) as client:
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


async def test_a_web_without_a_worker_counts_the_replies_that_wait(tmp_path: Path) -> None:
    metrics.queued.set(0)
    wanted = Settings(data=tmp_path, cities=("kendari",))
    async with web_of(wanted) as app, browser_of(app) as browser:
        posted = await browser.post("/in/web/kendari", json=written(1), headers={SHOWN_BY: new_token()})
        assert posted.status_code == 200
    async with web_of(wanted, after=60.0) as app, browser_of(app) as browser:  # which counts as soon as it starts
        shown = ""
        for _ in range(3000):
            shown = next(line for line in (await browser.get("/metrics")).text.splitlines() if line.startswith(QUEUED))
            if float(shown.removeprefix(QUEUED)) > 0:
                return
            await asyncio.sleep(0.01)
    raise AssertionError(shown)


@pytest.mark.postgres
async def test_the_processes_on_one_postgres_show_how_they_fare_together(tmp_path: Path, postgres_url: str) -> None:
    async with (
        web_of(Settings(data=tmp_path, cities=("kendari",), database_url=postgres_url)) as app,
        browser_of(app) as browser,
    ):
        parts = {part["name"]: part for part in (await browser.get("/health")).json()["parts"]}
    assert {"clocks", "media folder", "workers"} <= parts.keys()
    assert parts["workers"]["ok"], "a start is no alarm"


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
        assert time.monotonic() - begun < 12, "half as long as the page would have waited"
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
