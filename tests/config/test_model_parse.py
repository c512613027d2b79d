"""Our understanding behind Rasa's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from config.model_parse import LARGEST, model_parse
from tests.fakes import Keywords

URL = "/model/parse?token=rahasia"


@pytest.fixture
async def rasa() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(model_parse(Keywords(), "rahasia", ("kendari",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sigap") as client:
        yield client


async def test_a_rasa_bot_asks_what_a_message_means(rasa: httpx.AsyncClient) -> None:
    answer = await rasa.post(URL, json={"text": "tolong ada kebakaran", "city": "kendari"})
    said = answer.json()
    assert answer.status_code == 200
    assert said["intent"]["name"] == "darurat_kebakaran"
    assert said["intent_ranking"][0] == said["intent"]
    assert said["sigap"]["action"] == "escalate"


@pytest.mark.parametrize("token", ["", "?token=", "?token=falsch", "?token=rahasi\u00e1"])
async def test_nobody_asks_without_the_token(rasa: httpx.AsyncClient, token: str) -> None:
    answer = await rasa.post(f"/model/parse{token}", json={"text": "halo"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "NotAuthenticated")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"text": 7}', b'{"text": "' + b"a" * 4001 + b'"}', b"x" * (LARGEST + 1)]
)
async def test_what_is_no_question_is_refused_with_a_word(rasa: httpx.AsyncClient, body: bytes) -> None:
    answer = await rasa.post(URL, content=body)
    assert (answer.status_code, answer.json()["status"]) == (400, "failure")
