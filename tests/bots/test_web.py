"""The web chat's channel, its tokens, and the throttle before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import aiohttp
import pytest

from bots import web_tokens
from bots.channel import Account, BadSignature, Delivery, Ports, SendFailed
from bots.channels.web import Adapter
from bots.message import Attachment, OutboundMessage
from bots.throttle import REMEMBERED, Throttle
from config.clock import VirtualClock
from tests.providers.sessions import unused_session

ACCOUNT = Account("kendari", "web", "kendari")
BODY = b'{"id": "a1", "type": "text", "text": "tolong"}'


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def adapter(clock: VirtualClock) -> Iterator[Adapter]:
    with unused_session() as http:
        yield Adapter(Ports(http, clock))


def delivery(token: str, body: bytes = BODY, method: str = "POST") -> Delivery:
    return Delivery(method, {}, {"x-sigap-chat": token}, body)


# ---- tokens


def test_every_token_is_another_citizen() -> None:
    tokens = {web_tokens.new_token() for _ in range(100)}
    assert len({web_tokens.chat_of(token) for token in tokens}) == 100


def test_the_chat_does_not_show_the_token() -> None:
    token = web_tokens.new_token()
    chat = web_tokens.chat_of(token)
    assert chat
    assert len(chat) == 32
    assert token not in chat


def changed(token: str, position: int) -> str:
    other = "A" if token[position] != "A" else "B"
    return token[:position] + other + token[position + 1 :]


@pytest.mark.parametrize("position", [0, 5, 12, 21, 22, 27])
def test_a_token_changed_on_its_way_is_none_of_ours(position: int) -> None:
    assert web_tokens.chat_of(changed(web_tokens.new_token(), position)) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 28, "é" * 28, "\udcff", "A" * 10_000, "AAAA AAAA", "====", "+/" * 14])
def test_what_is_no_token_of_ours_is_nobody(adapter: Adapter, token: str) -> None:
    assert web_tokens.chat_of(token) is None
    with pytest.raises(BadSignature):
        adapter.parse(ACCOUNT, delivery(token))


def test_a_photo_belongs_to_one_citizen_and_one_city() -> None:
    token, other = web_tokens.new_token(), web_tokens.new_token()
    ref = web_tokens.photo_ref(token, "kendari", ".jpg")
    assert web_tokens.owns(token, "kendari", ref)
    assert not web_tokens.owns(other, "kendari", ref)
    assert not web_tokens.owns(token, "ambon", ref)


@pytest.mark.parametrize(
    "ref",
    ["", "kendari/web-", "kendari/web-a-b.jpg", "../../etc/passwd", "kendari/../web-1-2.jpg", "ambon/1.jpg", "\udcff-"],
)
def test_no_other_name_is_a_photo(ref: str) -> None:
    assert not web_tokens.owns(web_tokens.new_token(), "kendari", ref)


def test_a_name_made_of_an_own_one_leads_nowhere_else() -> None:
    token = web_tokens.new_token()
    ref = web_tokens.photo_ref(token, "kendari", ".jpg")
    for other in (f"{ref}/../x.jpg", ref.replace("/web", "/../web"), ref.removesuffix("jpg") + "./x", f"./{ref}"):
        assert not web_tokens.owns(token, "kendari", other)


# ---- the channel


def test_only_a_post_is_a_message(adapter: Adapter) -> None:
    with pytest.raises(BadSignature):
        adapter.parse(ACCOUNT, delivery(web_tokens.new_token(), method="GET"))


def test_the_token_alone_says_who_writes(adapter: Adapter) -> None:
    token = web_tokens.new_token()
    body = json.dumps({"id": "a1", "type": "text", "text": "api", "chat": "somebody-else"}).encode()
    [one] = adapter.parse(ACCOUNT, delivery(token, body)).messages
    assert one.chat == web_tokens.chat_of(token)


@pytest.mark.parametrize(
    ("age", "seconds"), [(90, 90), (0, 0), (-500, 0), (1e12, 24 * 3600), ("x", 0), (None, 0), (float("nan"), 0)]
)
def test_what_waited_on_the_phone_counts_from_when_it_was_written(
    adapter: Adapter, clock: VirtualClock, age: object, seconds: float
) -> None:
    body = json.dumps({"id": "a1", "type": "text", "text": "tolong", "age": age}).encode()
    [one] = adapter.parse(ACCOUNT, delivery(web_tokens.new_token(), body)).messages
    assert one.sent_at == clock.now() - timedelta(seconds=seconds)


def test_without_an_id_the_same_body_is_the_same_message(adapter: Adapter) -> None:
    token, body = web_tokens.new_token(), b'{"type": "text", "text": "api"}'
    [first] = adapter.parse(ACCOUNT, delivery(token, body)).messages
    [again] = adapter.parse(ACCOUNT, delivery(token, body)).messages
    [other] = adapter.parse(ACCOUNT, delivery(token, body + b" ")).messages
    assert first.event_key == again.event_key != other.event_key


async def test_sending_names_the_message_and_pushes_nothing(clock: VirtualClock) -> None:
    async with aiohttp.ClientSession() as http:
        adapter = Adapter(Ports(http, clock))
        assert await adapter.send(ACCOUNT, OutboundMessage(id=42, chat="c", text="halo")) == "web:42"
        assert not adapter.listens(ACCOUNT)
        with pytest.raises(SendFailed):
            adapter.fetch(ACCOUNT, Attachment("photo", "x"))


# ---- the throttle


def test_a_bucket_empties_and_fills_with_time(clock: VirtualClock) -> None:
    throttle = Throttle(clock, per_minute=30, burst=3)
    assert [throttle.wait("a") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert throttle.wait("b") == 0.0
    clock.advance(2)
    assert throttle.wait("a") == 0.0
    assert throttle.wait("a") > 0


def test_who_waits_long_has_the_burst_again_and_no_more(clock: VirtualClock) -> None:
    throttle = Throttle(clock, per_minute=30, burst=2)
    for _ in range(5):
        throttle.wait("a")
    clock.advance(3600)
    assert [throttle.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_a_flood_of_strangers_does_not_fill_the_memory(clock: VirtualClock) -> None:
    throttle = Throttle(clock, per_minute=1, burst=2)
    for number in range(REMEMBERED + 100):
        throttle.wait(f"stranger {number}")
        clock.advance(0.001)
    assert len(throttle._buckets) <= REMEMBERED
    assert throttle.wait(f"stranger {REMEMBERED + 99}") == 0.0
    assert throttle.wait(f"stranger {REMEMBERED + 99}") > 0
