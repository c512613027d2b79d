"""A Rasa server beside us: heard in time, never waited for, left alone when it is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots import second_opinion
from bots.channel import Account
from bots.message import InboundMessage
from bots.second_opinion import FAILURES, SecondOpinion
from bots.transcript import Turn
from config.clock import SystemClock
from nlu.meaning import Understanding

KTP = Understanding("question", "answer", topics=(("ktp", 0.9),))


class FakeRasa:
    """Answers `/model/parse` as told; ``asked`` are the texts."""

    def __init__(self) -> None:
        self.intent: dict[str, Any] = {"name": "darurat_medis", "confidence": 0.95}
        self.status, self.slow = 200, 0.0
        self.asked: list[str] = []
        self.tokens: list[str | None] = []

    async def parse(self, request: web.Request) -> web.Response:
        self.asked.append((await request.json())["text"])
        self.tokens.append(request.query.get("token"))
        await asyncio.sleep(self.slow)
        return web.json_response({"intent": self.intent}, status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[tuple[FakeRasa, str, aiohttp.ClientSession]]:
    fake, app = FakeRasa(), web.Application()
    app.router.add_post("/model/parse", fake.parse)
    async with TestServer(app) as running, aiohttp.ClientSession() as http:
        yield fake, str(running.make_url("/")), http


def turn(text: str = "mati lampu", understanding: Understanding | None = KTP) -> Turn:
    now = SystemClock().now()
    one = InboundMessage(event_key=text, chat="c", kind="text", sent_at=now, text=text)
    return Turn(Account("kendari", "web", "kendari", {}), one, now, understanding=understanding)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no later than this machine is slow is in time."""
    monkeypatch.setattr(second_opinion, "DEADLINE", 20.0)


@pytest.mark.usefixtures("patient")
async def test_what_rasa_says_in_time_raises(server: Any) -> None:
    fake, url, http = server
    heard = [
        turn("satu"),
        turn("dua", replace(KTP, action="escalate", kind="emergency")),
        turn("", KTP),
        turn("x", None),
    ]
    await SecondOpinion(http, f"{url}?token=rahasia").hear(heard)
    assert fake.asked == ["satu"]
    assert fake.tokens == ["rahasia"]
    assert heard[0].understanding is not None
    assert heard[0].understanding.action == "ask"


async def test_a_late_answer_is_not_waited_for(server: Any) -> None:
    fake, url, http = server
    fake.slow = 30.0
    one = turn()
    begun = asyncio.get_running_loop().time()
    await SecondOpinion(http, url).hear([one])
    assert asyncio.get_running_loop().time() - begun < 15
    assert one.understanding == KTP


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("status", [500, 401])
async def test_a_server_that_fails_is_left_alone(server: Any, status: int) -> None:
    fake, url, http = server
    fake.status = status
    second = SecondOpinion(http, url)
    for _ in range(FAILURES + 5):
        one = turn()
        await second.hear([one])
        assert one.understanding == KTP
    assert len(fake.asked) == FAILURES


async def test_nobody_there_and_nonsense(server: Any) -> None:
    fake, url, http = server
    one = turn()
    await SecondOpinion(http, "http://127.0.0.1:9").hear([one])
    fake.intent = {"name": None}
    await SecondOpinion(http, url).hear([one])
    assert one.understanding == KTP
