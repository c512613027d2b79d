"""What a page may ask of the rehearsal: known channels, and bodies that are no deeper than a form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handoff.conftest import LogIn

REHEARSE, ANSWERS = "/knowledge/ujung/rehearse", "/knowledge/ujung/article"


def deep(levels: int) -> Any:
    """So many lists within one another."""
    lists: Any = "x"
    for _ in range(levels):
        lists = [lists]
    return lists


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms", "web"])
async def test_each_channel_can_be_rehearsed(log_in: LogIn, channel: str) -> None:
    author = await log_in("ani", "author")
    assert (await author.post(REHEARSE, {"text": "ktp?", "channel": channel})).status_code == 200


@pytest.mark.parametrize("channel", ["", "fax", "SMS", "rehearsal"])
async def test_a_channel_that_there_is_not_is_refused(log_in: LogIn, channel: str) -> None:
    author = await log_in("ani", "author")
    answer = await author.post(REHEARSE, {"text": "ktp?", "channel": channel})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert "saluran" in answer.json()["detail"]


@pytest.mark.parametrize("call", ["rehearse", "check"])
async def test_a_body_deeper_than_any_form_is_refused(log_in: LogIn, call: str) -> None:
    author = await log_in("ani", "author")
    drafts = [{"kind": "article", "slug": "x", "body": {"title": deep(300)}}]
    answer = await author.post(f"/knowledge/ujung/{call}", {"text": "ktp?", "drafts": drafts})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")


async def test_such_a_draft_is_no_error_of_ours_and_goes_no_further(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    made = await author.post(ANSWERS, {"title": "Dalam", "body": {"answer": deep(300)}})
    assert made.status_code == 201, made.text
    assert "answer" in {one["field"] for one in made.json()["faults"]}
    sent = await author.post(f"{ANSWERS}/dalam/submit", {"revision": made.json()["draft"]["revision"]})
    assert (sent.status_code, sent.json()["error"]) == (422, "faults")
