"""One contract for every channel that is found: what it reads of its provider's bodies, and whom it believes.

A new channel adds ``payloads/<channel>/<name>.json`` (a body as the provider documents it) with ``<name>.expect.json``
beside it (only the fields named there are compared; messages and reports are counted), and one entry in
``providers/signers.py``. No test here knows a channel's name.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.channel import Account, BadSignature, Channel, Delivery, Ports, Unreadable, discover
from bots.door import LONGEST_TEXT
from bots.message import Parsed
from config.clock import VirtualClock
from tests.providers.sessions import unused_session
from tests.providers.signers import SIGNERS, Signer

PAYLOADS = Path(__file__).parent / "payloads"
CHANNELS = discover()
FOUND = sorted(CHANNELS.keys() & SIGNERS.keys())
SEALED = [name for name in FOUND if SIGNERS[name].seal]
BATCHED = [name for name in FOUND if SIGNERS[name].batch]
CASES = [
    (name, path.name.removesuffix(".expect.json"))
    for name in FOUND
    for path in sorted((PAYLOADS / name).glob("*.expect.json"))
]
HOSTILE = [
    "\u202e\u2066kebakaran\u2069\u202c",  # turned writing
    "t\u0336o\u0336l\u0336o\u0336n\u0336g" + "\u0300\u0301\u0302" * 300,
    "\u200b\u200d\ufeff \u2028\u2029\u0085",
    "'; DROP TABLE messages; --",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %s %n {0} \\u0000",
    "\U0001f9d1\u200d\U0001f692" * 2000,
    "=cmd|'/c calc'!A0",
    "\x1b[2J\x07\x08\r\n\t",
    "\ufdd0\uffff\U0010ffff",
    "٣ ④ Ⅷ",
]


@pytest.fixture(scope="module")
def adapters() -> Iterator[dict[str, Channel]]:
    """Every adapter, to read only."""
    with unused_session() as http:
        yield {name: adapter(Ports(http, VirtualClock())) for name, adapter in CHANNELS.items()}


def test_every_channel_has_a_signer_and_payloads() -> None:
    assert CHANNELS
    assert sorted(SIGNERS) == sorted(CHANNELS)
    for name, adapter in CHANNELS.items():
        assert adapter.name == name == SIGNERS[name].account.channel
        assert any(case == name for case, _ in CASES), f"tests/payloads/{name}/ is empty"


def test_every_payload_has_its_expectation() -> None:
    bodies = {path for path in PAYLOADS.glob("*/*.json") if not path.name.endswith(".expect.json")}
    expectations = {Path(str(path).removesuffix(".expect.json") + ".json") for path in PAYLOADS.glob("*/*.expect.json")}
    assert bodies == expectations


@pytest.mark.parametrize(("name", "case"), CASES)
def test_reads_what_its_provider_documents(adapters: dict[str, Channel], name: str, case: str) -> None:
    body = (PAYLOADS / name / f"{case}.json").read_bytes()
    expected = json.loads((PAYLOADS / name / f"{case}.expect.json").read_text())
    if expected.get("raises") == "Unreadable":
        with pytest.raises(Unreadable):
            parse(adapters, name, body)
        return
    parsed = parse(adapters, name, body)
    check_sound(parsed)
    assert_holds(plain(parsed.messages), expected["messages"])
    assert_holds(plain(parsed.reports), expected["reports"])
    assert json.loads(parsed.answer or b"null") == expected.get("answer")


# ---- whom it believes


@pytest.mark.parametrize("name", SEALED)
@pytest.mark.parametrize("seal", [None, "", "x", "sha256=", "sha256=" + "0" * 64, "ségel-\u2603", "\udcff\udc80", "\0"])
def test_turns_away_what_is_not_sealed(adapters: dict[str, Channel], name: str, seal: str | None) -> None:
    signer = SIGNERS[name]
    good = signer.sign(signer.text(("5550101", "7", "tolong")))
    headers = {header: value for header, value in good.headers.items() if header != signer.seal}
    if seal is not None:
        headers[signer.seal] = seal
    with pytest.raises(BadSignature):
        adapters[name].parse(signer.account, dataclasses.replace(good, headers=headers))


@pytest.mark.parametrize("name", SEALED)
def test_an_account_without_its_secret_believes_nobody(adapters: dict[str, Channel], name: str) -> None:
    signer = SIGNERS[name]
    bare = Account(signer.account.city, name, signer.account.name, {})
    for headers in ({}, {signer.seal: ""}, dict(signer.sign(b"{}").headers)):
        with pytest.raises(BadSignature):
            adapters[name].parse(bare, Delivery("POST", {}, headers, b"{}"))


@pytest.mark.parametrize("name", SEALED)
def test_the_seal_is_looked_at_before_the_body(adapters: dict[str, Channel], name: str) -> None:
    with pytest.raises(BadSignature):
        adapters[name].parse(SIGNERS[name].account, Delivery("POST", {}, {}, b"not even JSON"))


# ---- one of each


@pytest.mark.parametrize("name", FOUND)
def test_a_redelivery_has_the_same_keys(adapters: dict[str, Channel], name: str) -> None:
    body = SIGNERS[name].text(("5550101", "7", "tolong"))
    once, again = parse(adapters, name, body), parse(adapters, name, body)
    assert once.messages == again.messages
    assert len(once.messages) == 1


@pytest.mark.parametrize("name", FOUND)
def test_two_chats_may_use_one_message_id(adapters: dict[str, Channel], name: str) -> None:
    signer = SIGNERS[name]
    [first] = parse(adapters, name, signer.text(("5550101", "7", "api"))).messages
    [second] = parse(adapters, name, signer.text(("5550102", "7", "api"))).messages
    assert first.chat != second.chat
    assert first.event_key != second.event_key
    assert first.provider_id is None or first.provider_id != second.provider_id


@pytest.mark.parametrize("name", FOUND)
def test_two_messages_of_one_chat_are_two(adapters: dict[str, Channel], name: str) -> None:
    signer = SIGNERS[name]
    [first] = parse(adapters, name, signer.text(("5550101", "7", "api"))).messages
    [second] = parse(adapters, name, signer.text(("5550101", "8", "api"))).messages
    assert (first.chat, first.text) == (second.chat, second.text)
    assert first.event_key != second.event_key


@pytest.mark.parametrize("name", BATCHED)
def test_nothing_of_a_full_batch_is_lost(adapters: dict[str, Channel], name: str) -> None:
    lines = [(str(5550000 + number % 100), str(number), f"pesan {number}") for number in range(1000)]
    batch = SIGNERS[name].batch
    assert batch
    messages = parse(adapters, name, batch(lines)).messages
    assert [message.text for message in messages] == [words for _, _, words in lines]
    assert len({message.event_key for message in messages}) == 1000


@pytest.mark.parametrize("name", BATCHED)
def test_a_duplicate_inside_a_batch_has_the_same_key(adapters: dict[str, Channel], name: str) -> None:
    batch = SIGNERS[name].batch
    assert batch
    messages = parse(adapters, name, batch([("5550101", "7", "api"), ("5550101", "7", "api")])).messages
    assert len({message.event_key for message in messages}) == 1


# ---- hostile bodies


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_is_only_text(adapters: dict[str, Channel], name: str, words: str) -> None:
    parsed = parse(adapters, name, SIGNERS[name].text(("5550101", "7", words)))
    check_sound(parsed)
    assert [message.text.strip() for message in parsed.messages] == [words.strip()]


@pytest.mark.parametrize("name", FOUND)
def test_nul_and_lone_surrogates_are_left_at_the_door(adapters: dict[str, Channel], name: str) -> None:
    parsed = parse(adapters, name, SIGNERS[name].text(("5550101", "7", "\0ada\udfff api\ud800\0 di pasar")))
    check_sound(parsed)
    assert [message.text for message in parsed.messages] == ["ada api di pasar"]


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("words", ["tolong " * 20_000, "🔥" * 30_000])
def test_an_oversize_text_is_cut_and_kept(adapters: dict[str, Channel], name: str, words: str) -> None:
    parsed = parse(adapters, name, SIGNERS[name].text(("5550101", "7", words)))
    [message] = parsed.messages
    assert 1000 < len(message.text.encode()) <= LONGEST_TEXT
    assert words.startswith(message.text[:1000])
    assert message.text.endswith("…")


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5000]
)
def test_what_is_no_body_at_all_is_unreadable(adapters: dict[str, Channel], name: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(adapters, name, body)


@given(body=st.binary(max_size=200))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_random_bytes_never_raise_anything_else(adapters: dict[str, Channel], body: bytes) -> None:
    for name in FOUND:
        survive(adapters, name, body)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, -(2**64), 10**30, 10**400]),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(["", "0", "-1", "9" * 30, "\0", "\ud800", "x" * 70_000]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data())
@settings(max_examples=400, deadline=None, derandomize=True)
def test_no_change_of_a_body_breaks_the_reader(adapters: dict[str, Channel], data: st.DataObject) -> None:
    name, case = data.draw(st.sampled_from(CASES))
    body: Any = json.loads((PAYLOADS / name / f"{case}.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        body = mutated(data, body)
    survive(adapters, name, json.dumps(body).encode())


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("depth", [100, 900, 5000])
def test_no_depth_breaks_the_reader(adapters: dict[str, Channel], name: str, depth: int) -> None:
    """Deep nesting in the place of every field, one after the other."""
    for case in sorted(path for path in (PAYLOADS / name).glob("*.expect.json"))[:12]:
        body = json.loads(Path(str(case).removesuffix(".expect.json") + ".json").read_bytes())
        for holder, key in list(places(body)):
            kept, holder[key] = holder[key], "@deep@"
            raw = json.dumps(body).encode().replace(b'"@deep@"', b'{"a":[' * depth + b"1" + b"]}" * depth)
            holder[key] = kept
            survive(adapters, name, raw)


# ---- how it is told


def parse(adapters: dict[str, Channel], name: str, body: bytes) -> Parsed:
    signer: Signer = SIGNERS[name]
    return adapters[name].parse(signer.account, signer.sign(body))


def survive(adapters: dict[str, Channel], name: str, body: bytes) -> None:
    """Sound words or Unreadable; any other exception fails the test."""
    try:
        parsed = parse(adapters, name, body)
    except Unreadable:
        return
    check_sound(parsed)


def check_sound(parsed: Parsed) -> None:
    """What every later part may rely on, whatever came in."""
    for message in parsed.messages:
        assert message.event_key
        assert len(message.event_key) <= 300
        assert message.chat
        assert message.sent_at.tzinfo
        assert all(attachment.ref for attachment in message.attachments)
        if message.place:
            assert -90 <= message.place.lat <= 90
            assert -180 <= message.place.lon <= 180
    for report in parsed.reports:
        assert report.provider_id
        assert report.at.tzinfo
    for text in texts(plain([*parsed.messages, *parsed.reports])):
        assert "\0" not in text
        assert len(text.encode()) <= LONGEST_TEXT  # encode raises on a lone surrogate


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def plain(value: Any) -> Any:
    """Dataclasses as JSON would write them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def assert_holds(found: Any, expected: Any, where: str = "") -> None:
    """Everything that is expected is there: of an object the fields that are named, of a list every row."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            assert name in found, f"{where}.{name}: no such field"
            assert_holds(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), f"{where}: {found}"
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_holds(one, other, f"{where}[{number}]")
    else:
        assert found == expected, where


def places(body: Any) -> Iterator[tuple[Any, Any]]:
    """Every field and row of a body, as its holder and its key there."""
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for key in keys:
        yield body, key
        yield from places(body[key])


def mutated(data: st.DataObject, body: Any) -> Any:
    """``body`` with one of its fields or rows changed, doubled, renamed or gone."""
    body = copy.deepcopy(body)
    found = list(places(body))
    if not found:
        return data.draw(JSON)
    holder, key = data.draw(st.sampled_from(found))
    match data.draw(st.sampled_from(["change", "wrap", "drop", "rename"])):
        case "change":
            holder[key] = data.draw(JSON)
        case "wrap":
            holder[key] = data.draw(st.sampled_from([[holder[key]], {"x": holder[key]}, [holder[key]] * 2]))
        case "drop":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[data.draw(st.text(max_size=5))] = holder.pop(key)
    return body
