"""WhatsApp's own ways: whom it believes, what goes out in which form, what a refusal means, where files come from."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.channel import Account, BadSignature, Delivery, Ports, SendFailed
from bots.channels.whatsapp import Adapter
from bots.door import NOBODY
from bots.message import Attachment, Button, OutboundMessage, Place, Template
from config.clock import VirtualClock
from tests.providers.faults import Fault
from tests.providers.sessions import unused_session
from tests.providers.signers import SIGNERS
from tests.providers.whatsapp import APP_SECRET, PHONE_NUMBER_ID, TOKEN, VERIFY_TOKEN, FakeWhatsApp, seal

CHAT = "6281355500421"
USER_ID = "ID.13491208655302741918"
THREE = tuple(Button(f"b{number}", f"Pilihan {number}") for number in range(3))


@pytest.fixture
async def fake() -> AsyncIterator[FakeWhatsApp]:
    async with FakeWhatsApp() as server:
        yield server


@pytest.fixture
async def adapter() -> AsyncIterator[Adapter]:
    async with aiohttp.ClientSession() as http:
        yield Adapter(Ports(http, VirtualClock()))


@pytest.fixture(scope="module")
def reader() -> Iterator[Adapter]:
    with unused_session() as http:
        yield Adapter(Ports(http, VirtualClock()))


@pytest.fixture
def account(fake: FakeWhatsApp) -> Account:
    return account_of(fake)


def account_of(fake: FakeWhatsApp, **credentials: str) -> Account:
    known = {
        "token": TOKEN,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "phone_number_id": PHONE_NUMBER_ID,
        "base_url": fake.url,
    }
    return Account("ambon", "whatsapp", "main", {**known, **credentials})


def out(text: str = "", message_id: int = 1, chat: str = CHAT, **more: Any) -> OutboundMessage:
    return OutboundMessage(id=message_id, chat=chat, text=text, **more)


# ---- whom it believes


def asked(**query: str) -> Delivery:
    return Delivery("GET", {name.replace("_", ".", 1): value for name, value in query.items()}, {}, b"")


async def test_answers_meta_s_challenge(adapter: Adapter, account: Account) -> None:
    good = asked(hub_mode="subscribe", hub_verify_token=VERIFY_TOKEN, hub_challenge="1158201444")
    assert adapter.parse(account, good).answer == b"1158201444"


@pytest.mark.parametrize("word", ["", "salah", "kata-kunci-uji ", "kunci\u2603", "\udcff"])
async def test_a_challenge_without_our_word_is_turned_away(adapter: Adapter, account: Account, word: str) -> None:
    with pytest.raises(BadSignature):
        adapter.parse(account, asked(hub_mode="subscribe", hub_verify_token=word, hub_challenge="1"))
    with pytest.raises(BadSignature):
        adapter.parse(Account("ambon", "whatsapp", "main", {}), asked(hub_verify_token=word, hub_challenge="1"))


async def test_a_body_changed_on_the_way_is_turned_away(adapter: Adapter, account: Account) -> None:
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    headers = {"x-hub-signature-256": seal(body)}
    assert not adapter.parse(account, Delivery("POST", {}, headers, body)).messages
    for changed in (body + b" ", body.replace(b"entry", b"Entry"), b""):
        with pytest.raises(BadSignature):
            adapter.parse(account, Delivery("POST", {}, headers, changed))


async def test_it_is_pushed_and_never_pulls(adapter: Adapter, account: Account) -> None:
    assert not adapter.listens(account)
    assert Adapter.limits.window_hours == 24
    assert Adapter.limits.merge


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@given(broken=JSON | st.dictionaries(st.sampled_from(["id", "from", "type", "text", "context", "timestamp"]), JSON))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_broken_message_never_costs_its_neighbours(reader: Adapter, broken: object) -> None:
    signer = SIGNERS["whatsapp"]
    assert signer.batch
    body = json.loads(signer.batch([("62855500001", "1", "pertama"), ("62855500002", "2", "terakhir")]))
    body["entry"][0]["changes"][0]["value"]["messages"].insert(1, broken)
    delivery = signer.sign(json.dumps(body).encode())
    messages = reader.parse(signer.account, delivery).messages
    assert len(messages) == 3
    assert (messages[0].text, messages[-1].text) == ("pertama", "terakhir")
    assert messages == reader.parse(signer.account, delivery).messages


# ---- out


async def test_text_goes_out_without_preview(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    wamid = await adapter.send(account, out("Pesan masuk.", 77, reply_to="wamid.I1"))
    [sent] = fake.sent
    assert wamid == sent.provider_id
    assert sent.fields == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": CHAT,
        "type": "text",
        "text": {"preview_url": False, "body": "Pesan masuk."},
        "context": {"message_id": "wamid.I1"},
        "biz_opaque_callback_data": "77",
    }


async def test_a_user_without_number_is_addressed_by_user_id(
    fake: FakeWhatsApp, adapter: Adapter, account: Account
) -> None:
    await adapter.send(account, out("Bisa balas? 1 ya, 2 tidak", chat=USER_ID))
    assert fake.sent[0].fields["recipient"] == USER_ID
    assert "to" not in fake.sent[0].fields


async def test_three_buttons_are_buttons_and_four_a_list(
    fake: FakeWhatsApp, adapter: Adapter, account: Account
) -> None:
    await adapter.send(account, out("Butuh apa?", 1, buttons=THREE))
    four = (*THREE, Button("lain", "Lainnya sekali ya"))
    await adapter.send(account, out("Butuh apa?", 2, buttons=four, extra={"list_button": "Pilih"}))
    buttons, rows = (sent.fields["interactive"] for sent in fake.sent)
    assert buttons["action"] == {
        "buttons": [{"type": "reply", "reply": {"id": f"b{n}", "title": f"Pilihan {n}"}} for n in range(3)]
    }
    assert rows["type"] == "list"
    assert rows["action"]["button"] == "Pilih"
    assert [row["id"] for row in rows["action"]["sections"][0]["rows"]] == ["b0", "b1", "b2", "lain"]


async def test_thirteen_choices_make_two_lists(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    choices = tuple(Button(f"c{number}", f"Jenis kejadian darurat {number}") for number in range(13))
    await adapter.send(account, out("Apa yang terjadi?", buttons=choices))
    lists = [sent.fields["interactive"]["action"]["sections"][0]["rows"] for sent in fake.sent]
    assert [len(rows) for rows in lists] == [10, 3]
    assert [row["id"] for rows in lists for row in rows] == [choice.data for choice in choices]
    assert fake.texts() == ["Apa yang terjadi?", "…"]


async def test_the_position_is_asked_for(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    await adapter.send(account, out("Di mana tempatnya?", 1, ask_location=True))
    await adapter.send(account, out("Di mana?", 2, ask_location=True, buttons=THREE))
    kinds = [(sent.fields["interactive"]["type"], sent.fields["interactive"]["body"]["text"]) for sent in fake.sent]
    assert kinds == [
        ("location_request_message", "Di mana tempatnya?"),
        ("button", "Di mana?"),
        ("location_request_message", "📍"),
    ]


async def test_long_texts_keep_within_every_limit(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    words = "🔥 api " * 1500
    await adapter.send(account, out(words, 1))
    await adapter.send(account, out(words, 2, buttons=THREE))
    plain, asking = fake.texts()[:3], fake.texts()[3:]
    assert " ".join(plain).split() == " ".join(asking).split() == words.split()
    assert fake.sent[-1].fields["type"] == "interactive"
    assert not fake.refused


async def test_a_picture_is_uploaded_then_named(
    fake: FakeWhatsApp, adapter: Adapter, account: Account, tmp_path: Path
) -> None:
    picture = tmp_path / "kartu.png"
    picture.write_bytes(b"gambar" * 1000)
    await adapter.send(account, out("Tekan kuat.", 1, photo=str(picture)))
    image = fake.sent[0].fields["image"]
    assert image["caption"] == "Tekan kuat."
    assert fake.media[image["id"]] == picture.read_bytes()
    await adapter.send(account, out("Sudah?", 2, photo=str(picture), buttons=THREE))
    assert [sent.fields["type"] for sent in fake.sent[1:]] == ["image", "interactive"]


async def test_a_position_and_a_template(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    await adapter.send(account, out("", 1, place=Place(-3.7, 128.2, label="Titik kumpul")))
    assert fake.sent[0].fields["location"] == {"latitude": -3.7, "longitude": 128.2, "name": "Titik kumpul"}
    fake.outside_window.add(CHAT)
    template = Template("masih_butuh", "id", ("A-0427", "baris satu\n\tbaris     dua", ""))
    await adapter.send(account, out("", 2, template=template))
    sent = fake.sent[1].fields["template"]
    assert (sent["name"], sent["language"]) == ("masih_butuh", {"code": "id"})
    assert [one["text"] for one in sent["components"][0]["parameters"]] == ["A-0427", "baris satu baris dua", "-"]


# ---- refusals


async def failure(adapter: Adapter, account: Account, message: OutboundMessage) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await adapter.send(account, message)
    assert TOKEN not in f"{failed.value.reason} {failed.value.__context__ or ''}"
    assert CHAT not in failed.value.reason
    return failed.value


@pytest.mark.parametrize(
    ("code", "permanent", "scope", "waits"),
    [
        (131056, False, "chat", 6.0),
        (130429, False, "account", 5.0),
        (80007, False, "account", 60.0),
        (4, False, "account", 60.0),
        (131016, False, "account", 5.0),
        (131000, False, "chat", None),
        (131047, True, "chat", None),
        (131026, True, "chat", None),
        (131051, True, "chat", None),
        (131009, True, "chat", None),
        (132001, True, "chat", None),
        (190, False, "account", 60.0),
        (10, False, "account", 60.0),
        (200, False, "account", 60.0),
        (368, False, "account", 60.0),
        (131031, False, "account", 60.0),
        (133010, False, "account", 60.0),
    ],
)
async def test_what_meta_s_codes_mean(
    fake: FakeWhatsApp,
    adapter: Adapter,
    account: Account,
    code: int,
    permanent: bool,
    scope: str,
    waits: float | None,
) -> None:
    fake.faults.plan(
        Fault(status=400, error={"code": code, "message": f"(#{code}) said Meta", "type": "OAuthException"})
    )
    failed = await failure(adapter, account, out("tolong"))
    assert (failed.permanent, failed.scope, failed.retry_after, failed.code) == (permanent, scope, waits, str(code))
    await adapter.send(account, out("tolong"))
    assert fake.texts() == ["tolong"]


async def test_outside_the_window_and_unreachable(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    fake.outside_window.add(CHAT)
    fake.unreachable.add("6281355500999")
    closed = await failure(adapter, account, out("Sudah ditangani?"))
    gone = await failure(adapter, account, out("a", chat="6281355500999"))
    assert (closed.permanent, closed.code) == (True, "131047")
    assert (gone.permanent, gone.code) == (True, "131026")


async def test_what_cannot_be_sent_at_all(adapter: Adapter, account: Account, fake: FakeWhatsApp) -> None:
    for message in (out("a", chat=NOBODY), out("a", chat="0813'"), out(" \n"), out("a", photo="/nowhere/x.png")):
        assert (await failure(adapter, account, message)).permanent
    assert not fake.sent


async def test_words_leave_as_the_template_that_they_are_marked_for(
    fake: FakeWhatsApp, adapter: Adapter, account: Account
) -> None:
    marked = {"template": "balasan_petugas/id", "silent": "no"}
    await adapter.send(account, out("Masih aman?\n\nBalas ya.", ask_location=True, buttons=THREE, extra=marked))
    await adapter.send(account, out("kata " * 300, 2, extra={"template": "balasan_petugas"}))
    sent = [one.fields for one in fake.sent]
    assert [one["type"] for one in sent] == ["template"] * 3
    assert {one["template"]["name"] for one in sent} == {"balasan_petugas"}
    assert {one["template"]["language"]["code"] for one in sent} == {"id"}
    said = [one["template"]["components"][0]["parameters"][0]["text"] for one in sent]
    assert said[0] == "Masih aman? Balas ya."
    assert max(len(part) for part in said) <= 900
    assert " ".join(said[1:]).split() == ["kata"] * 300


@pytest.mark.parametrize("wrong", [{"token": "EAA-old"}, {"token": ""}, {"phone_number_id": ""}])
async def test_a_dead_token_is_the_account_s_fault(fake: FakeWhatsApp, adapter: Adapter, wrong: dict[str, str]) -> None:
    failed = await failure(adapter, account_of(fake, **wrong), out("a"))
    assert (failed.permanent, failed.scope) == (False, "account")
    assert "token" in failed.reason or "phone_number_id" in failed.reason


async def test_a_wrong_number_id_is_the_account_s_fault(fake: FakeWhatsApp, adapter: Adapter) -> None:
    failed = await failure(adapter, account_of(fake, phone_number_id="999"), out("a"))
    assert (failed.permanent, failed.scope, failed.code) == (False, "account", "100")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=500), "500"),
        (Fault(status=503), "503"),
        (Fault(status=401), "401"),
        (Fault(status=403), "403"),
        (Fault(status=302), "302"),
        (Fault(reset=True), "network"),
        (Fault(hangs=True), "time-out"),
        (Fault(delay=30), "time-out"),
        (Fault(garbled=True), ""),
        (Fault(status=429), "130429"),
    ],
)
async def test_what_may_pass_is_tried_again(fake: FakeWhatsApp, adapter: Adapter, fault: Fault, code: str) -> None:
    fake.faults.plan(fault)
    account = account_of(fake, timeout="1") if code == "time-out" else account_of(fake)
    failed = await failure(adapter, account, out("tolong"))
    assert (failed.permanent, failed.code) == (False, code)
    await adapter.send(account_of(fake), out("tolong"))
    assert fake.texts() == ["tolong"]


async def test_a_time_out_does_not_prove_that_nothing_was_sent(fake: FakeWhatsApp, adapter: Adapter) -> None:
    """At least once: the second copy bears the same mark, so that it can be told apart."""
    fake.faults.plan(Fault(hangs=True, after_work=True))
    await failure(adapter, account_of(fake, timeout="1"), out("tolong", 88))
    await adapter.send(account_of(fake), out("tolong", 88))
    assert [sent.fields["biz_opaque_callback_data"] for sent in fake.sent] == ["88", "88"]


async def test_a_retry_goes_on_where_the_last_try_stopped(
    fake: FakeWhatsApp, adapter: Adapter, account: Account
) -> None:
    long = out("a " * 3000)
    fake.faults.plan(Fault(), Fault(status=500))
    await failure(adapter, account, long)
    await adapter.send(account, long)
    assert len(fake.sent) == 2
    assert " ".join(fake.texts()).split() == long.text.split()


async def test_a_message_that_grew_begins_anew(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    fake.faults.plan(Fault(), Fault(status=500))
    await failure(adapter, account, out("a " * 3000))
    await adapter.send(account, out("a " * 3000 + "dan satu lagi"))
    assert fake.texts()[-1].endswith("dan satu lagi")
    assert len(fake.sent) == 3


async def test_a_picture_that_cannot_be_uploaded(
    fake: FakeWhatsApp, adapter: Adapter, account: Account, tmp_path: Path
) -> None:
    picture = tmp_path / "kartu.jpg"
    picture.write_bytes(b"gambar")
    fake.faults.plan(Fault(status=500, path="/media"))
    assert (await failure(adapter, account, out("a", photo=str(picture)))).permanent is False
    await adapter.send(account, out("a", photo=str(picture)))
    assert len(fake.sent) == 1


# ---- files


async def fetched(adapter: Adapter, account: Account, ref: str) -> bytes:
    return b"".join([piece async for piece in adapter.fetch(account, Attachment("photo", ref))])


async def test_fetches_a_file_with_the_token(fake: FakeWhatsApp, adapter: Adapter, account: Account) -> None:
    fake.media["1479537139650973"] = bytes(range(256)) * 1000
    assert await fetched(adapter, account, "1479537139650973") == fake.media["1479537139650973"]


@pytest.mark.parametrize(
    "address",
    [
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evil.example/lookaside.fbsbx.com",
        "http://lookaside.fbsbx.com/x",
        "http://127.0.0.1:1/x",
        "//lookaside.fbsbx.com/x",
        "file:///etc/passwd",
        "http://[::1",
        "",
    ],
)
async def test_the_token_goes_to_no_other_host(
    fake: FakeWhatsApp, adapter: Adapter, account: Account, address: str
) -> None:
    fake.media["1"] = b"x"
    fake.media_url = address or "relative/path"
    with pytest.raises(SendFailed) as failed:
        await fetched(adapter, account, "1")
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("ref", "fault", "permanent"),
    [
        ("1", Fault(status=500), False),
        ("1", Fault(reset=True, times=2), False),
        ("1", Fault(status=404, path="/download"), True),
        ("1", Fault(status=401, path="/download"), False),
        ("1", Fault(garbled=True), False),
        ("2", None, True),
        ("../1", None, True),
        ("1?x=y", None, True),
    ],
)
async def test_a_file_that_does_not_come(
    fake: FakeWhatsApp, adapter: Adapter, account: Account, ref: str, fault: Fault | None, permanent: bool
) -> None:
    fake.media["1"] = b"x"
    if fault:
        fake.faults.plan(fault)
    with pytest.raises(SendFailed) as failed:
        await fetched(adapter, account, ref)
    assert failed.value.permanent is permanent
