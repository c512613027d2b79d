"""Telegram's own ways: what goes out and in which parts, what a refusal means, how a long poll confirms."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import telegram

from bots.channel import Account, BadSignature, Delivery, Ports, SendFailed
from bots.channels.telegram import Adapter
from bots.door import NOBODY
from bots.message import Attachment, Button, OutboundMessage, Parsed, Place
from bots.telegram_updates import read_update
from tests.providers.clocks import HurryingClock, until
from tests.providers.faults import Fault, flooded
from tests.providers.telegram import TOKEN, FakeTelegram

PAYLOADS = Path(__file__).parents[1] / "payloads" / "telegram"
CHAT = "5550101"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
def clock() -> HurryingClock:
    return HurryingClock()


@pytest.fixture
async def adapter(clock: HurryingClock) -> AsyncIterator[Adapter]:
    async with aiohttp.ClientSession() as http:
        yield Adapter(Ports(http, clock))


@pytest.fixture
def account(fake: FakeTelegram) -> Account:
    return account_of(fake)


def account_of(fake: FakeTelegram, **credentials: str) -> Account:
    return Account("kendari", "telegram", "main", {"token": TOKEN, "base_url": fake.url, **credentials})


def out(text: str = "", message_id: int = 1, chat: str = CHAT, **more: Any) -> OutboundMessage:
    return OutboundMessage(id=message_id, chat=chat, text=text, **more)


# ---- bodies


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.expect.json")), ids=lambda path: path.name.split(".")[0])
def test_payloads_are_what_the_library_takes_and_agree_with_it(path: Path, clock: HurryingClock) -> None:
    """python-telegram-bot stands for Telegram's documentation: a payload that it refuses would be a wrong test."""
    raw = json.loads(Path(str(path).replace(".expect", "")).read_text())
    theirs = telegram.Update.de_json(raw)
    messages = [] if "raises" in json.loads(path.read_text()) else read_update(raw, clock.now()).messages
    for ours in messages:
        if theirs.effective_chat:
            assert ours.chat.split("@")[0] == str(theirs.effective_chat.id)
        if theirs.effective_user and ours.sender_name and not theirs.effective_user.is_bot:
            assert ours.sender_name == theirs.effective_user.full_name
        if theirs.message:
            assert ours.sent_at == theirs.message.date
            assert ours.provider_id == f"{ours.chat}:{theirs.message.message_id}"


def test_a_polled_account_believes_no_webhook(adapter: Adapter, account: Account) -> None:
    with pytest.raises(BadSignature):
        adapter.parse(account, Delivery("POST", {}, {"x-telegram-bot-api-secret-token": ""}, b'{"update_id":1}'))


@pytest.mark.parametrize(
    ("credentials", "listens"),
    [
        ({}, True),
        ({"webhook_secret": "s"}, False),
        ({"webhook_secret": "s", "mode": "poll"}, True),
        ({"mode": "webhook"}, False),
    ],
)
def test_listens_where_it_must_pull(adapter: Adapter, credentials: dict[str, str], listens: bool) -> None:
    assert adapter.listens(Account("ambon", "telegram", "main", credentials)) is listens


# ---- out


async def test_text_goes_out_plain(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    provider_id = await adapter.send(account, out("Petugas sedang dipanggil. <b>*x*", reply_to=f"{CHAT}:77"))
    [sent] = fake.sent
    assert provider_id == sent.provider_id
    assert provider_id.startswith(f"{CHAT}:")
    assert sent.fields == {
        "chat_id": int(CHAT),
        "text": "Petugas sedang dipanggil. <b>*x*",
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": 77, "allow_sending_without_reply": True},
    }


async def test_long_text_goes_out_in_parts_with_the_buttons_on_the_last(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    words = "api " * 2500
    await adapter.send(account, out(words, buttons=(Button("safe:yes", "Ya"), Button("safe:no", "Tidak"))))
    assert len(fake.sent) == 3
    assert " ".join(fake.texts()).split() == words.split()
    assert ["reply_markup" in sent.fields for sent in fake.sent] == [False, False, True]
    assert fake.sent[-1].fields["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Ya", "callback_data": "safe:yes"}],
            [{"text": "Tidak", "callback_data": "safe:no"}],
        ]
    }


async def test_the_position_is_asked_for_with_the_native_button(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    asked = out("Di mana tempatnya?", ask_location=True, extra={"location_button": "📍 Kirim lokasi"})
    await adapter.send(account, asked)
    markup = fake.sent[0].fields["reply_markup"]
    assert markup["keyboard"] == [[{"text": "📍 Kirim lokasi", "request_location": True}]]
    assert markup["one_time_keyboard"] is True
    await adapter.send(account, out("Di mana?", 2, chat="-100555", ask_location=True))
    assert "reply_markup" not in fake.sent[1].fields  # a group has no such button
    assert not fake.refused


async def test_photo_is_uploaded_with_its_caption(
    fake: FakeTelegram, adapter: Adapter, account: Account, tmp_path: Path
) -> None:
    picture = tmp_path / "kartu.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 5000)
    await adapter.send(account, out("Tekan kuat dengan kain.", photo=str(picture), buttons=(Button("ok", "Sudah"),)))
    [sent] = fake.sent
    assert sent.method == "sendPhoto"
    assert sent.files["photo"] == ("kartu.png", picture.read_bytes())
    assert sent.fields["caption"] == "Tekan kuat dengan kain."
    assert sent.fields["reply_markup"]["inline_keyboard"][0][0]["text"] == "Sudah"
    await adapter.send(account, out("y" * 1500, 2, photo=str(picture)))
    assert [sent.method for sent in fake.sent[1:]] == ["sendMessage", "sendPhoto"]  # too long for a caption


async def test_position_silence_and_business_chats(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    message = out("Titik kumpul", chat=f"{CHAT}@bc55", place=Place(-3.7, 128.2), extra={"silent": "1"})
    await adapter.send(account, message)
    assert [sent.method for sent in fake.sent] == ["sendMessage", "sendLocation"]
    assert (fake.sent[1].fields["latitude"], fake.sent[1].fields["longitude"]) == (-3.7, 128.2)
    assert {sent.fields["business_connection_id"] for sent in fake.sent} == {"bc55"}
    assert all(sent.fields["disable_notification"] is True for sent in fake.sent)


async def test_what_cannot_be_encoded_does_not_stop_a_message(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    await adapter.send(account, out("ke\ud800luar\0 sekarang"))
    assert fake.texts() == ["keluar sekarang"]


async def test_a_message_goes_out_without_the_buttons_that_are_refused(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    await adapter.send(account, out("Masih butuh bantuan?", buttons=(Button("x" * 80, "Ya"),)))
    assert fake.texts() == ["Masih butuh bantuan?"]
    assert len(fake.refused) == 1


# ---- refusals


async def failure(adapter: Adapter, account: Account, message: OutboundMessage) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await adapter.send(account, message)
    assert TOKEN not in f"{failed.value.reason} {failed.value!r} {failed.value.__context__ or ''}"
    return failed.value


async def test_a_flood_holds_one_chat_back_and_two_the_account(
    fake: FakeTelegram, adapter: Adapter, account: Account, clock: HurryingClock
) -> None:
    fake.faults.plan(flooded(7), flooded(5), flooded(3))
    first = await failure(adapter, account, out("a", 1))
    again = await failure(adapter, account, out("a", 1))
    other = await failure(adapter, account, out("b", 2, chat="5550102"))
    assert [(one.permanent, one.retry_after, one.scope, one.code) for one in (first, again, other)] == [
        (False, 7, "chat", "429"),
        (False, 5, "chat", "429"),
        (False, 3, "account", "429"),
    ]
    await clock.sleep(60)
    fake.faults.plan(flooded(7))
    assert (await failure(adapter, account, out("c", 3, chat="5550103"))).scope == "chat"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=500), "network"),
        (Fault(status=502, garbled=False), "network"),
        (Fault(reset=True), "network"),
        (Fault(garbled=True), "network"),
        (Fault(hangs=True), "time-out"),
        (Fault(delay=30), "time-out"),
        (Fault(status=429), "429"),
    ],
)
async def test_what_may_pass_is_tried_again(fake: FakeTelegram, adapter: Adapter, fault: Fault, code: str) -> None:
    fake.faults.plan(fault)
    account = account_of(fake, timeout="1") if code == "time-out" else account_of(fake)
    failed = await failure(adapter, account, out("tolong"))
    assert (failed.permanent, failed.code, failed.scope) == (False, code, "chat")
    adapter._bots.clear()  # each keeps its patience
    await adapter.send(account_of(fake), out("tolong"))
    assert fake.texts() == ["tolong"]


async def test_what_cannot_pass_is_said_so(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    fake.blocked.add(CHAT)
    fake.missing.add("5550199")
    blocked = await failure(adapter, account, out("a"))
    missing = await failure(adapter, account, out("a", chat="5550199"))
    nobody = await failure(adapter, account, out("a", chat=NOBODY))
    empty = await failure(adapter, account, out("", chat="5550102"))
    unread = await failure(adapter, account, out("a", chat="5550102", photo="/nowhere/x.png"))
    assert all(one.permanent for one in (blocked, missing, nobody, empty, unread))
    assert (blocked.code, blocked.reason) == ("403", "Forbidden: bot was blocked by the user")
    assert missing.reason == "Chat not found"
    assert not fake.sent


async def test_a_dead_token_is_the_account_s_fault(fake: FakeTelegram, adapter: Adapter) -> None:
    for token in ("1:revoked", ""):
        failed = await failure(adapter, account_of(fake, token=token), out("a"))
        assert (failed.permanent, failed.scope, failed.code, failed.retry_after) == (False, "account", "token", 60)
        assert "token" in failed.reason


async def test_no_server_at_all(adapter: Adapter) -> None:
    nowhere = Account("ambon", "telegram", "main", {"token": TOKEN, "base_url": "http://127.0.0.1:9"})
    assert (await failure(adapter, nowhere, out("a"))).permanent is False


async def test_a_group_that_moved_is_followed(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    fake.migrated["-5550099"] = -1005550099
    await adapter.send(account, out("Ada tugas", 1, chat="-5550099"))
    await adapter.send(account, out("Selesai", 2, chat="-5550099"))
    assert [sent.chat for sent in fake.sent] == ["-1005550099", "-1005550099"]
    assert len(fake.refused) == 1


async def test_a_retry_goes_on_where_the_last_try_stopped(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    long = out("a " * 3000)
    fake.faults.plan(Fault(delay=0), Fault(status=500))
    await failure(adapter, account, long)
    assert len(fake.sent) == 1
    await adapter.send(account, long)
    assert len(fake.sent) == 2
    assert " ".join(fake.texts()).split() == long.text.split()


# ---- long polling


Hearing = Callable[[Parsed, bytes], Any]


@contextlib.asynccontextmanager
async def listening(adapter: Adapter, account: Account, hear: Hearing) -> AsyncIterator[None]:
    task = asyncio.create_task(adapter.listen(account, hear))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Ear:
    """Keeps what it hears; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.heard: list[Parsed] = []
        self.bodies: list[bytes] = []
        self._failures = failures
        self._more = asyncio.Condition()

    async def __call__(self, parsed: Parsed, body: bytes) -> None:
        if self._failures:
            self._failures -= 1
            raise OSError("disk full")
        self.heard.append(parsed)
        self.bodies.append(body)
        async with self._more:
            self._more.notify_all()

    async def count(self, wanted: int) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.heard) >= wanted)

    @property
    def texts(self) -> list[str]:
        return [message.text for parsed in self.heard for message in parsed.messages]


async def test_hears_in_order_with_the_raw_body(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    ear = Ear()
    updates = [fake.message(5550101, f"pesan {number}") for number in range(5)]
    async with listening(adapter, account, ear):
        for update in updates:
            await fake.deliver(update)
        await ear.count(5)
    assert ear.texts == [f"pesan {number}" for number in range(5)]
    assert [json.loads(body) for body in ear.bodies] == updates


async def test_confirms_only_what_was_kept(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    kept = asyncio.Event()
    asked = asyncio.Event()

    async def slow(parsed: Parsed, body: bytes) -> None:
        asked.set()
        await kept.wait()

    await fake.deliver(fake.message(5550101, "tolong"))
    async with listening(adapter, account, slow):
        await asyncio.wait_for(asked.wait(), 30)
        await asyncio.sleep(0.05)
        assert len(fake.updates) == 1  # not confirmed while it is not durable
        kept.set()
        await until(lambda: not fake.updates)


async def test_what_was_not_kept_comes_again(
    fake: FakeTelegram, adapter: Adapter, account: Account, clock: HurryingClock
) -> None:
    ear = Ear(failures=2)
    await fake.deliver(fake.message(5550101, "satu"))
    await fake.deliver(fake.message(5550101, "dua"))
    async with listening(adapter, account, ear):
        await ear.count(2)
    assert ear.texts == ["satu", "dua"]
    assert clock.slept[0] == 1.0


async def test_lives_through_every_fault_and_drops_nothing(
    fake: FakeTelegram, adapter: Adapter, account: Account, clock: HurryingClock
) -> None:
    fake.faults.plan(
        Fault(status=409), Fault(status=500), Fault(reset=True), Fault(garbled=True), flooded(30), Fault(status=401)
    )
    await fake.deliver(fake.message(5550101, "tolong"))
    ear = Ear()
    async with listening(adapter, account, ear):
        await ear.count(1)
    assert ear.texts == ["tolong"]
    assert clock.slept == [1, 2, 4, 8, 30, 32]


async def test_an_update_that_cannot_be_read_is_kept_for_a_human(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    ear = Ear()
    await fake.deliver({"update_id": 731000001, "telepathy": {"thought": "tolong"}})
    await fake.deliver(fake.message(5550101, "sesudahnya"))
    async with listening(adapter, account, ear):
        await ear.count(2)
    [strange] = ear.heard[0].messages
    assert (strange.chat, strange.kind, strange.event_key) == (NOBODY, "unknown", "unreadable:731000001")
    assert b"telepathy" in ear.bodies[0]
    assert ear.texts[1:] == ["sesudahnya"]


async def test_a_pressed_button_is_answered_once_it_is_kept(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    ear = Ear()
    person = {"id": 5550101, "is_bot": False, "first_name": "Sari"}
    await fake.deliver(fake.update("callback_query", id="cq1", **{"from": person}, chat_instance="1", data="safe:yes"))
    async with listening(adapter, account, ear):
        await ear.count(1)
        await until(lambda: fake.answered)
    assert ear.heard[0].messages[0].button == "safe:yes"
    assert fake.answered == ["cq1"]


async def test_a_left_over_webhook_is_taken_away_only_where_poll_is_written(
    fake: FakeTelegram, adapter: Adapter, clock: HurryingClock
) -> None:
    fake.webhook = "https://sigap.example/in/telegram/main"
    ear = Ear()
    async with listening(adapter, account_of(fake), ear):
        await until(lambda: len(clock.slept) >= 3)
    assert fake.webhook
    await fake.deliver(fake.message(5550101, "tolong"))
    async with listening(adapter, account_of(fake, mode="poll"), ear):
        await ear.count(1)
    assert not fake.webhook


# ---- files


async def fetched(adapter: Adapter, account: Account, ref: str) -> bytes:
    return b"".join([piece async for piece in adapter.fetch(account, Attachment("photo", ref))])


async def test_fetches_a_file_in_pieces(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    fake.files["AgACbesar"] = bytes(range(256)) * 1000
    assert await fetched(adapter, account, "AgACbesar") == fake.files["AgACbesar"]


@pytest.mark.parametrize(
    ("fault", "permanent"),
    [
        (Fault(status=500, path="/file/"), False),
        (Fault(reset=True, path="/file/", times=2), False),  # aiohttp asks a second time by itself
        (Fault(reset=True, path="getFile"), False),
        (Fault(garbled=True, path="getFile"), False),
        (Fault(status=404, path="/file/"), True),
    ],
)
async def test_a_file_that_does_not_come(
    fake: FakeTelegram, adapter: Adapter, account: Account, fault: Fault, permanent: bool
) -> None:
    fake.files["AgAC"] = b"x"
    fake.faults.plan(fault)
    with pytest.raises(SendFailed) as failed:
        await fetched(adapter, account, "AgAC")
    assert failed.value.permanent is permanent


async def test_a_file_that_may_come_back(fake: FakeTelegram, adapter: Adapter, account: Account) -> None:
    with pytest.raises(SendFailed) as failed:
        await fetched(adapter, account, "gone")
    assert failed.value.permanent is False


async def test_a_file_that_is_too_large_may_be_left_in_the_middle(
    fake: FakeTelegram, adapter: Adapter, account: Account
) -> None:
    fake.files["AgAC"] = bytes(10_000_000)
    stream = adapter.fetch(account, Attachment("photo", "AgAC"))
    first = await anext(stream)
    assert 0 < len(first) <= 64 * 1024
    await stream.aclose()
    await adapter.send(account, out("masih jalan"))


# ---- set-up


async def test_telegram_is_told_where_to_post(fake: FakeTelegram, adapter: Adapter) -> None:
    await adapter.register(account_of(fake, webhook_secret="rahasia"), "https://sigap.example/in/telegram/main")
    assert fake.webhook == "https://sigap.example/in/telegram/main"
    assert fake.webhook_secret == "rahasia"
    assert {"message", "message_reaction", "callback_query"} <= set(fake.webhook_kinds)
    with pytest.raises(SendFailed) as failed:
        await adapter.register(account_of(fake, token="1:old"), "https://sigap.example/in/telegram/main")
    assert failed.value.code == "token"
