"""Aggregators as files: what the three examples read, whom they believe, and what a broken file is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.channel import Account, BadSignature, Delivery, Ports
from bots.channel import Unreadable as NotTheChannels
from bots.channels.sms import Adapter
from bots.door import NOBODY
from config.clock import VirtualClock
from sms_gateway import aggregator
from sms_gateway.aggregator import Unreadable, Unverified
from sms_gateway.aggregator_call import Sms, call_for
from sms_gateway.aggregator_file import Moment
from sms_gateway.aggregator_folder import FOLDER, AggregatorError, described, known, load
from sms_gateway.aggregator_seals import Delivered
from sms_gateway.aggregator_words import at_path, fits, moment, said
from sms_gateway.gateway import InboundSms, SmsReport
from sms_gateway.line import Line
from tests.providers.sessions import unused_session

NOW = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
AT = datetime(2026, 9, 21, 14, 3, 21, tzinfo=UTC)
CITIZEN = "+6281255501234"
HOOK = "https://sigap.example/in/sms/agregator"
JSON = {"aggregator": "json_bearer", "base_url": "https://a.example", "token": "t", "webhook_secret": "kunci"}
FORM = {
    "aggregator": "form_basic",
    "base_url": "https://a.example",
    "account_id": "AC1",
    "token": "kunci",
    "sender": "+62811555000",
    "webhook_url": HOOK,
}
KANNEL = {
    "aggregator": "kannel",
    "base_url": "http://10.0.0.5:13013",
    "user": "kota",
    "password": "p",
    "webhook_url": HOOK,
    "webhook_token": "kata&kunci",
}

Options = Mapping[str, str]
Heard = list[InboundSms | SmsReport]


def posted(content: Any) -> Delivered:
    """As the JSON example's aggregator posts."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    seal = hmac.new(b"kunci", body, hashlib.sha256).hexdigest()
    return Delivered("POST", {}, {"x-signature": f"sha256={seal}"}, body)


def filled(**fields: str) -> Delivered:
    """As the form example's aggregator posts."""
    signed = HOOK + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    seal = base64.b64encode(hmac.new(b"kunci", signed.encode(), hashlib.sha1).digest()).decode()
    return Delivered("POST", {}, {"x-signature": seal}, urlencode(fields).encode())


def got(**query: str) -> Delivered:
    """As Kannel asks."""
    return Delivered("GET", {"token": "kata&kunci", **query}, {}, b"")


def read(options: Options, delivered: Delivered) -> Heard:
    return aggregator.read(described(options), options, delivered, NOW, "agregator")


def sms(key: str, text: str, sender: str = CITIZEN, at: datetime = AT, **more: Any) -> InboundSms:
    return InboundSms(key, sender, text, at, "agregator", **more)


RECEIVED = {"type": "message.received", "messageId": "i-1", "from": "6281255501234", "text": "tolong"}
RECEIVED_AT = {**RECEIVED, "receivedAt": "2026-09-21T14:03:21Z"}
STATUS = {"type": "message.status", "messageId": "j-1", "occurredAt": "2026-09-21T22:03:21.000+08:00"}
CASES: list[tuple[str, Options, Delivered, Heard]] = [
    ("json: an SMS", JSON, posted({"events": [RECEIVED_AT]}), [sms("i-1", "tolong")]),
    ("json: without a time", JSON, posted({"events": [RECEIVED]}), [sms("i-1", "tolong", at=NOW)]),
    (
        "json: a time ahead of ours",
        JSON,
        posted({"events": [{**RECEIVED, "receivedAt": "2026-09-21T19:03:21Z"}]}),
        [sms("i-1", "tolong", at=NOW)],
    ),
    (
        "json: one row without its list",
        JSON,
        posted({"events": RECEIVED_AT}),
        [sms("i-1", "tolong")],
    ),
    (
        "json: a name, an empty text, NUL and half a pair",
        JSON,
        posted({"events": [{**RECEIVED_AT, "from": "TELKOMSEL", "text": "a\0b\ud83d"}, {**RECEIVED_AT, "text": ""}]}),
        [sms("i-1", "ab", sender="TELKOMSEL"), sms("i-1", "")],
    ),
    (
        "json: data",
        JSON,
        posted({"events": [{**RECEIVED_AT, "binary": "AAEC", "port": 6969}]}),
        [sms("i-1", "", data=b"\0\1\2", port=6969)],
    ),
    (
        "json: data that is none",
        JSON,
        posted({"events": [{**RECEIVED_AT, "binary": "***", "port": "x"}]}),
        [sms("i-1", "tolong")],
    ),
    (
        "json: receipts, of which two are the last word",
        JSON,
        posted(
            {
                "events": [
                    {**STATUS, "status": {"code": "SENT"}},
                    {**STATUS, "status": {"code": "delivered"}},
                    {**STATUS, "status": {"code": "EXPIRED", "description": "kedaluwarsa"}},
                    {"type": "message.status", "status": {"code": "DELIVERED"}},
                ]
            }
        ),
        [SmsReport("j-1", "delivered", AT), SmsReport("j-1", "failed", AT, "kedaluwarsa")],
    ),
    (
        "json: both kinds, news of the account and a stranger together",
        JSON,
        posted({"events": [RECEIVED_AT, {"type": "account.credit"}, {**STATUS, "status": {"code": "DELIVERED"}}]}),
        [sms("i-1", "tolong"), SmsReport("j-1", "delivered", AT)],
    ),
    ("json: nothing new", JSON, posted({"events": []}), []),
    ("json: a ping", JSON, posted({"type": "ping"}), []),
    (
        "form: an SMS",
        FORM,
        filled(MessageSid="SM1", From=CITIZEN, To="+62811555000", Body="Jl. A & B é 漢", NumMedia="0"),
        [sms("SM1", "Jl. A & B é 漢", at=NOW)],
    ),
    ("form: an empty SMS", FORM, filled(MessageSid="SM1", From=CITIZEN, Body=""), [sms("SM1", "", at=NOW)]),
    (
        "form: delivered",
        FORM,
        filled(MessageSid="SM2", MessageStatus="delivered", To=CITIZEN),
        [SmsReport("SM2", "delivered", NOW)],
    ),
    (
        "form: not delivered",
        FORM,
        filled(MessageSid="SM2", MessageStatus="undelivered", ErrorCode="30003"),
        [SmsReport("SM2", "failed", NOW, "30003")],
    ),
    ("form: on its way", FORM, filled(MessageSid="SM2", MessageStatus="sent"), []),
    (
        "kannel: an SMS",
        KANNEL,
        got(kind="sms", id="k-1", **{"from": "0812-5550-1234"}, at="1790000601", text="tolong ada banjir"),
        [sms("k-1", "tolong ada banjir", at=datetime(2026, 9, 21, 14, 23, 21, tzinfo=UTC))],
    ),
    (
        "kannel: delivered",
        KANNEL,
        got(kind="report", ref="7-ab", state="1", at=str(int(AT.timestamp())), why=""),
        [SmsReport("7-ab", "delivered", AT)],
    ),
    (
        "kannel: refused by the SMSC",
        KANNEL,
        got(kind="report", ref="7-ab", state="16", at="soon", why="NACK/0x0b"),
        [SmsReport("7-ab", "failed", NOW, "NACK/0x0b")],
    ),
    ("kannel: handed to the SMSC", KANNEL, got(kind="report", ref="7-ab", state="8"), []),
]


@pytest.mark.parametrize(("options", "delivered", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_what_the_examples_hear(options: Options, delivered: Delivered, expected: Heard) -> None:
    assert read(options, delivered) == expected


def test_every_example_has_cases() -> None:
    assert known() == sorted({case[1]["aggregator"] for case in CASES})


def test_a_stranger_among_rows_is_shown_to_a_human_and_costs_no_neighbour() -> None:
    delivered = posted({"events": [17, RECEIVED_AT, {"type": "message.holographic"}, {"type": "message.received"}]})
    first, neighbour, second, third = read(JSON, delivered)
    assert neighbour == sms("i-1", "tolong")
    strangers = [one for one in (first, second, third) if isinstance(one, InboundSms)]
    assert [(one.sender, one.text, one.whole) for one in strangers] == [("", "", False)] * 3
    assert len({one.key for one in strangers}) == 3
    assert read(JSON, delivered) == [first, neighbour, second, third]


STRANGE = [
    (JSON, posted({"news": []})),
    (JSON, posted({"events": [{"type": "message.holographic"}]})),
    (JSON, posted({"events": 7})),
    (JSON, posted([])),
    (JSON, posted(b"[" * 100_000)),
    (JSON, posted(b"9" * 10_000)),
    (JSON, posted(b"\xff\xfe")),
    (JSON, posted(b"null")),
    (FORM, filled(Hello="world")),
    (FORM, filled(MessageSid="SM1", Body="from nobody")),
    (KANNEL, got(kind="weather")),
    (KANNEL, got()),
]


@pytest.mark.parametrize(("options", "delivered"), STRANGE)
def test_what_is_of_another_kind_is_unreadable(options: Options, delivered: Delivered) -> None:
    with pytest.raises(Unreadable):
        read(options, delivered)


def forged() -> Iterator[tuple[Options, Delivered]]:
    right = posted({"events": [RECEIVED]})
    shown = right.headers["x-signature"]
    for headers in ({}, {"x-signature": ""}, {"x-signature": shown[:-1]}, {"x-signature": "é" * 71}):
        yield JSON, Delivered("POST", {}, headers, right.body)
    yield JSON, Delivered("POST", {}, right.headers, right.body + b" ")
    nobody = hmac.new(b"", right.body, hashlib.sha256).hexdigest()
    yield {**JSON, "webhook_secret": ""}, Delivered("POST", {}, {"x-signature": f"sha256={nobody}"}, right.body)
    nothing = hmac.new(b"kunci", b"", hashlib.sha256).hexdigest()
    yield JSON, Delivered("GET", {"type": "ping"}, {"x-signature": f"sha256={nothing}"}, b"")
    form = filled(MessageSid="SM1", From=CITIZEN, Body="tolong")
    yield FORM, Delivered("POST", {}, form.headers, form.body.replace(b"tolong", b"lari"))
    yield FORM, Delivered("POST", {}, {}, form.body)
    yield {**FORM, "webhook_url": "https://else.example/"}, form
    yield KANNEL, Delivered("GET", {"kind": "sms", "from": CITIZEN, "text": "a"}, {}, b"")
    yield KANNEL, got(kind="sms", token="kata")
    yield {**KANNEL, "webhook_token": ""}, got(kind="sms", token="")


@pytest.mark.parametrize(("options", "delivered"), list(forged()))
def test_what_is_not_theirs_is_refused(options: Options, delivered: Delivered) -> None:
    with pytest.raises(Unverified):
        read(options, delivered)


SEALS = [
    ("{kind: token, place: header, name: X-Token, value: '{webhook_secret}'}", {"x-token": "kunci"}),
    (
        "{kind: token, place: header, name: Authorization, value: 'Bearer {webhook_secret}'}",
        {"authorization": "Bearer kunci"},
    ),
    (
        "{kind: basic, user: sigap, password: '{webhook_secret}'}",
        {"authorization": "Basic " + base64.b64encode(b"sigap:kunci").decode()},
    ),
    ("{kind: hmac, header: X-Sha1, algorithm: sha1, encoding: hex, secret: '{webhook_secret}'}", "sha1"),
    ("{kind: hmac, header: X-Sha512, algorithm: sha512, encoding: base64, secret: '{webhook_secret}'}", "sha512"),
]


@pytest.mark.parametrize(("seal", "shown"), SEALS)
def test_every_kind_of_seal(tmp_path: Path, seal: str, shown: Mapping[str, str] | str) -> None:
    options = {**JSON, "aggregator": bent(tmp_path, r"- \{kind: hmac, header: X-Signature.*\}", f"- {seal}")}
    body = posted({"type": "ping"}).body
    if isinstance(shown, str):
        made = hmac.new(b"kunci", body, shown)
        word = made.hexdigest().upper() if shown == "sha1" else base64.b64encode(made.digest()).decode()
        shown = {f"x-{shown}": word}
    assert read(options, Delivered("POST", {}, shown, body)) == []
    less = {name: word.removesuffix("kunci")[:60] for name, word in shown.items()}
    less = {name: word if word != shown[name] else word[:-2] for name, word in less.items()}
    for headers, secret in (({}, "kunci"), (less, "kunci"), (less, ""), (shown, "lain")):
        with pytest.raises(Unverified):
            read({**options, "webhook_secret": secret}, Delivered("POST", {}, headers, body))


def bent(tmp_path: Path, pattern: str, now: str, kind: str = "json_bearer") -> str:
    """An example, changed, as a city's own file."""
    text = (FOLDER / f"{kind}.yml").read_text(encoding="utf-8")
    changed, count = re.subn(pattern, lambda _: now, text, count=1)
    assert count == 1
    path = tmp_path / "kota.yml"
    path.write_text(changed, encoding="utf-8")
    load.cache_clear()
    return str(path)


def test_what_the_city_changes_in_a_file_is_what_happens(tmp_path: Path) -> None:
    options = {**JSON, "aggregator": bent(tmp_path, r"as: iso", "as: '%d/%m/%Y %H.%M.%S', zone: Asia/Makassar")}
    delivered = posted({"events": [{**STATUS, "occurredAt": "21/09/2026 22.03.21", "status": {"code": "DELIVERED"}}]})
    assert read(options, delivered) == [SmsReport("j-1", "delivered", AT)]


def test_an_sms_without_an_id_is_known_by_what_it_says(tmp_path: Path) -> None:
    options = {**JSON, "aggregator": bent(tmp_path, r"      key: messageId\n", "")}

    def key(**change: str) -> str:
        [one] = read(options, posted({"events": [{**RECEIVED_AT, **change}]}))
        assert isinstance(one, InboundSms)
        return one.key

    assert key() == key(messageId="another")
    assert len({key(), key(text="lain"), key(receivedAt="2026-09-21T14:03:22Z"), key(**{"from": "6281255501235"})}) == 4
    # Without a time two equal texts of one citizen may be two; the same delivery again is still the same.
    assert key(receivedAt="") == key(receivedAt="")
    assert key(receivedAt="") != key(receivedAt="", more="x")


def test_a_long_id_is_kept_short_and_apart() -> None:
    keys = [
        one.key
        for end in "ab"
        for one in read(JSON, posted({"events": [{**RECEIVED, "messageId": "x" * 500 + end}]}))
        if isinstance(one, InboundSms)
    ]
    assert [len(key) for key in keys] == [64, 64]
    assert keys[0] != keys[1]


def test_the_receipt_that_kannel_is_asked_for_carries_the_reference() -> None:
    line = Line("kendari", "agregator", "http", options=KANNEL)
    sent = Sms(CITIZEN, "Pesan masuk.", 7, urgent=False, valid_for=timedelta(hours=1))
    [asked] = parse_qs(urlsplit(call_for(described(KANNEL), line, sent, NOW).url).query)["dlr-url"]
    address = urlsplit(asked.replace("%d", "1").replace("%T", str(int(AT.timestamp()))).replace("%A", "ok"))
    assert f"{address.scheme}://{address.netloc}{address.path}" == HOOK
    delivered = Delivered("GET", dict(parse_qsl(address.query)), {}, b"")
    assert read(KANNEL, delivered) == [SmsReport(sent.mark, "delivered", AT)]


# What is written in place of what, and which words the complaint must hold.
BROKEN = [
    (r"about: JSON.*\n", "", ["`about` is missing"]),
    (r"method: POST", "method: SHOUT", ["send.method", "POST"]),
    (r"means: sent\}", "means: fine}", ["send.answer.rules.2.means", "sent"]),
    (r"means: sent\}(?s:.*)means: sent\}", "means: failed}", ["send.answer", "no rule means sent"]),
    (r"status: 2xx", "status: OK", ["send.answer.rules.2", "200"]),
    (r'token: "\{token\}"', "token: {token}", ["send.auth", "quotes"]),
    (r'text: "\{text\}"', "text: {text}", ["send.json.messages.0.text", "quotes"]),
    (r"\{key\}", "{kee}", ["send.json.messages.0.clientReference", "{kee} is no word", "key"]),
    (r'secret: "\{webhook_secret\}"', 'secret: "{text}"', ["receive.verify.0.secret", "{text} is no word"]),
    (r"kind: bearer", "kind: handshake", ["send.auth", "bearer"]),
    (r"  reports:", "  recipts:", ["receive.recipts", "not known here"]),
    (r"as: iso", "as: iso, zone: Asia/Kendari", ["receive.reports.0.at.zone", "Asia/Jakarta"]),
    (r"form: json", "form: text", ["send.answer", "pattern"]),
    (r"form: json", "form: text\n    pattern: '(['", ["send.answer.pattern", "no regular expression"]),
    (r"form: json", "form: text\n    pattern: 'ok'", ["send.answer.pattern", "name"]),
    (r"  method: POST", "  method: GET", ["send", "query"]),
    (r"  json:", "  form: {a: b}\n  json:", ["send", "keep one"]),
    (r"  verify:\n.*\n", "  verify: []\n", ["receive.verify"]),
    (r"delivered: \[DELIVERED\]", "delivered: []", ["receive.reports.0.delivered"]),
    (r"  token: \{about", "  text: {about: a}\n  token: {about", ["options.text", "choose another"]),
    (r"  sender: \{about", "  cost: {about: a}\n  sender: {about", ["options.cost", "choose another"]),
    (r"means: permanent", "means: throttled, retry_after: soon", ["retry_after", "number"]),
    (r"send:\n", "send:\n  method: GET\n", ["method stands twice"]),
    (r"send:\n", "send: [\n", ["broken YAML"]),
    (r"(?s).*", "", ["kota.yml"]),
    (r"(?s).*", "- a\n- b\n", ["kota.yml"]),
    (r"(?s).*", "? [a]\n: b\n", ["kota.yml"]),
]


@pytest.mark.parametrize(("pattern", "now", "words"), BROKEN)
def test_a_broken_file_is_told_where_and_what_to_do(tmp_path: Path, pattern: str, now: str, words: list[str]) -> None:
    path = bent(tmp_path, pattern, now)
    with pytest.raises(AggregatorError) as broken:
        described({"aggregator": path})
    complaint = str(broken.value)
    assert complaint.startswith("kota.yml: ")
    assert [word for word in words if word not in complaint] == []


def test_yaml_guesses_nothing(tmp_path: Path) -> None:
    path = bent(tmp_path, r"delivered: \[DELIVERED\]", "delivered: [yes, NO, 1, 007]")
    receive = described({"aggregator": path}).receive
    assert receive is not None
    assert receive.reports[0].delivered[:3] == ("yes", "NO", "1")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("message.received"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["events", "type", "from", "text", "status", "code", "receivedAt"]), inner)
    ),
    max_leaves=12,
)


@given(JSON_VALUES | st.binary(min_size=1, max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_body_raises_anything_else(content: Any) -> None:
    bodies = [posted(content)]
    if not isinstance(content, bytes):
        bodies.append(posted({"events": [content, {**RECEIVED, "receivedAt": content}]}))
    for delivered in bodies:
        try:
            for one in read(JSON, delivered):
                assert one.at.tzinfo if isinstance(one, SmsReport) else one.smsc_at.tzinfo
        except Unreadable:
            continue


@given(st.dictionaries(st.sampled_from(["kind", "from", "text", "at", "id", "ref", "state"]), st.text(max_size=20)))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_query_raises_anything_else(query: dict[str, str]) -> None:
    for kind in ("sms", "report"):
        for one in read(KANNEL, Delivered("GET", {**query, "kind": kind, "token": "kata&kunci"}, {}, b"")):
            assert (one.at if isinstance(one, SmsReport) else one.smsc_at) <= NOW


TIMES = [
    ("2026-09-21T14:03:21Z", "iso", "UTC", AT),
    ("2026-09-21 14:03:21", "iso", "UTC", AT),
    ("2026-09-21T22:03:21", "iso", "Asia/Makassar", AT),
    ("2026-09-21T23:03:21+0900", "iso", "Asia/Jakarta", AT),
    ("1790000000", "unix", "UTC", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
    ("1790000000.5", "unix", "UTC", datetime(2026, 9, 21, 14, 13, 20, 500000, tzinfo=UTC)),
    ("1790000000000", "unix_ms", "UTC", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
    ("Mon, 21 Sep 2026 14:03:21 +0000", "rfc2822", "UTC", AT),
    ("20260921140321", "%Y%m%d%H%M%S", "UTC", AT),
    ("0001-01-01T00:00:00+14:00", "iso", "UTC", NOW),
    ("999999999999999", "unix", "UTC", NOW),
    ("0", "unix", "UTC", NOW),
    ("yesterday", "iso", "UTC", NOW),
    ("yesterday", "rfc2822", "UTC", NOW),
    ("", "unix", "UTC", NOW),
]


@pytest.mark.parametrize(("written", "form", "zone", "expected"), TIMES)
def test_times(written: str, form: str, zone: str, expected: datetime) -> None:
    assert moment({"a": {"b": written}}, Moment(path="a.b", as_written=form, zone=zone), NOW) == expected


def test_places_words_and_patterns() -> None:
    content = {"a": [{"b.c": 1, "d": True}, 2.0, None], "e": "x"}
    assert at_path(content, ["a", "0", "b.c"]) == 1
    places = (["a", "0", "d"], ["a", "1"], ["a", "2"], ["a"], ["a", "9"], ["e", "0"])
    assert [said(content, place) for place in places] == ["true", "2", "", "", "", ""]
    assert fits("Delivered ", ("DELIV*",))
    assert not fits("", ("*",))
    assert fits("", ("", "x"))
    assert not fits("x", ("",))


@pytest.fixture(scope="module")
def channel() -> Iterator[Adapter]:
    with unused_session() as http:
        yield Adapter(Ports(http, VirtualClock(NOW)))


def arrived(channel: Adapter, options: Options, one: Delivered) -> Any:
    account = Account("kendari", "sms", "agregator", {"driver": "http", **options})
    return channel.parse(account, Delivery(one.method, one.query, one.headers, one.body))


def test_the_channel_hears_by_the_file(channel: Adapter) -> None:
    parsed = arrived(channel, JSON, posted({"events": [RECEIVED_AT, {**STATUS, "status": {"code": "DELIVERED"}}, 7]}))
    first, stranger = parsed.messages
    assert (first.chat, first.phone, first.text, first.event_key, first.sent_at) == (
        CITIZEN,
        CITIZEN,
        "tolong",
        "i-1",
        AT,
    )
    assert (stranger.chat, stranger.kind) == (NOBODY, "unknown")
    assert [(one.provider_id, one.state) for one in parsed.reports] == [("j-1", "delivered")]
    [by_get] = arrived(channel, KANNEL, got(kind="sms", **{"from": CITIZEN}, text="banjir", id="k", at="1")).messages
    assert (by_get.text, by_get.chat) == ("banjir", CITIZEN)


def test_the_channel_refuses_what_is_not_theirs_and_keeps_what_nobody_can_read(channel: Adapter) -> None:
    body = posted({"events": [RECEIVED]})
    for options in ({**JSON, "webhook_secret": "lain"}, {**JSON, "aggregator": "kanel"}, {}):
        with pytest.raises(BadSignature):
            arrived(channel, options, body)
    with pytest.raises(NotTheChannels):
        arrived(channel, JSON, posted({"news": 1}))


def test_the_channel_gives_back_what_the_aggregator_wants(channel: Adapter, tmp_path: Path) -> None:
    options = {**JSON, "aggregator": bent(tmp_path, r"receive:\n", "receive:\n  answer: OK\n")}
    assert arrived(channel, options, posted({"events": [RECEIVED]})).answer == b"OK"
