"""The http driver against an aggregator on this machine that speaks all three examples, well and badly."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from config.clock import VirtualClock
from sms_gateway.driver import DriverPorts
from sms_gateway.drivers.http import Driver
from sms_gateway.gateway import Heard, SmsFailed
from sms_gateway.line import Line
from sms_gateway.lines import open_gateway
from sms_gateway.store import MemoryStore
from tests.providers.clocks import pass_by
from tests.providers.faults import Fault, suffer
from tests.providers.server import FakeProvider, Sent

CITIZEN = "+6281255501234"
TOKEN = "kunci/rahasia+uji="
HOOK = "https://sigap.example/in/sms/agregator"
PATIENCE = 21.0  # seconds, and nobody waits for an answer any longer: 20, which aiohttp rounds up
CONNECTING = 11.0  # the same for a connection: 10
KANNEL_SAYS = {503: "Temporal failure, try again later.", 403: "Authorization failed for sendsms"}


class FakeAggregator(FakeProvider):
    """Takes each of the three examples' submissions; ``code`` is its verdict on the next, in its own words."""

    def __init__(self) -> None:
        super().__init__()
        self.code = ""
        self.headers: list[dict[str, str]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v2/messages", self._json),
            web.post("/2010/Accounts/{account}/Messages.json", self._form),
            web.get("/cgi-bin/sendsms", self._query),
        ]

    def words(self, sent: Sent) -> str:
        return str(sent.fields.get("text") or sent.fields.get("Body") or "")

    async def _json(self, request: web.Request) -> web.StreamResponse:
        [one] = (await request.json())["messages"]
        status = {"code": self.code or "ACCEPTED", "description": f"{self.code} {one['to']}: {TOKEN} {one['text']}"}
        return await self._take(
            request, one["to"], one, web.json_response({"messages": [{"id": "j-1", "status": status}]})
        )

    async def _form(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        answer = {"sid": "SM1", "status": "queued"}
        if self.code:
            answer = {"code": self.code, "message": f"trouble {self.code} with {fields['To']}"}
        response = web.json_response(answer, status=400 if self.code else 201)
        return await self._take(request, fields["To"], fields, response)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(text=self.code or "0: Accepted for delivery", status=202)
        return await self._take(request, request.query["to"], dict(request.query), response)

    async def _take(
        self, request: web.Request, to: str, fields: dict[str, Any], answer: web.StreamResponse
    ) -> web.StreamResponse:
        fault = self.faults.take(request.path, to)
        self.headers.append(dict(request.headers))
        if (fault is None or fault.after_work) and not self.code:
            await self.note(Sent(request.path, to, fields))
        if fault and (broken := await suffer(fault, request)):
            return broken
        if fault and fault.status:
            extra = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after else {}
            return web.Response(status=fault.status, text=KANNEL_SAYS.get(fault.status, "upstream"), headers=extra)
        return answer


@pytest.fixture
async def provider() -> AsyncIterator[FakeAggregator]:
    async with FakeAggregator() as one:
        yield one


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def driver(http: aiohttp.ClientSession, clock: VirtualClock) -> Driver:
    return Driver(DriverPorts(clock, http, MemoryStore()))


OPTIONS = {
    "json_bearer": {"token": TOKEN, "sender": "KENDARI112", "webhook_secret": "w"},
    "form_basic": {"account_id": "AC1", "token": TOKEN, "sender": "+62811555000", "webhook_url": HOOK},
    "kannel": {"user": "kota", "password": TOKEN, "webhook_url": HOOK, "webhook_token": "kata&kunci"},
}
KINDS = sorted(OPTIONS)


def line(kind: str, url: str, **more: str) -> Line:
    return Line("kendari", "agregator", "http", options={"aggregator": kind, "base_url": url, **OPTIONS[kind], **more})


def send(driver: Driver, one: Line, text: str = "Pesan masuk.", **more: Any) -> Awaitable[str]:
    asked = {"key": 7, "urgent": False, "valid_for": timedelta(hours=1), **more}
    return driver.send(one, CITIZEN, text, **asked)


async def failure(driver: Driver, one: Line, text: str = "Pesan masuk.") -> SmsFailed:
    with pytest.raises(SmsFailed) as failed:
        await send(driver, one, text)
    return failed.value


async def test_json_with_a_bearer_token(provider: FakeAggregator, driver: Driver) -> None:
    assert await send(driver, line("json_bearer", provider.url)) == "j-1"
    [sent] = provider.sent
    reference = sent.fields.pop("clientReference")
    assert reference.startswith("7-")
    assert sent.fields == {
        "from": "KENDARI112",
        "to": "6281255501234",
        "text": "Pesan masuk.",
        "encoding": "gsm7",
        "priority": "normal",
        "validityMinutes": 60,
    }
    assert provider.headers[0]["Authorization"] == f"Bearer {TOKEN}"
    assert provider.headers[0]["Content-Type"] == "application/json"


async def test_what_is_not_set_is_left_out_and_choices_follow_the_sms(provider: FakeAggregator, driver: Driver) -> None:
    await send(driver, line("json_bearer", provider.url, sender=""), "Pesan 漢 masuk", urgent=True)
    [sent] = provider.sent
    assert "from" not in sent.fields
    assert (sent.fields["encoding"], sent.fields["priority"]) == ("unicode", "high")


async def test_form_fields_with_basic_authentication(provider: FakeAggregator, driver: Driver) -> None:
    assert await send(driver, line("form_basic", provider.url), "Jl. A & B = 100% + émé €") == "SM1"
    [sent] = provider.sent
    assert sent.fields == {
        "To": CITIZEN,
        "From": "+62811555000",
        "Body": "Jl. A & B = 100% + émé €",
        "ValidityPeriod": "3600",
        "StatusCallback": HOOK,
    }
    pair = base64.b64encode(f"AC1:{TOKEN}".encode()).decode()
    assert provider.headers[0]["Authorization"] == f"Basic {pair}"


async def test_a_query_with_a_receipts_address_inside(provider: FakeAggregator, driver: Driver) -> None:
    reference = await send(driver, line("kannel", provider.url), "Pesan & 漢?")
    [sent] = provider.sent
    assert (sent.fields["text"], sent.fields["coding"], sent.fields["validity"]) == ("Pesan & 漢?", "2", "60")
    assert (sent.fields["to"], sent.fields["password"]) == (CITIZEN, TOKEN)
    assert "from" not in sent.fields
    assert sent.fields["dlr-url"] == (f"{HOOK}?kind=report&ref={reference}&state=%d&at=%T&why=%A&token=kata%26kunci")


async def test_the_key_is_the_same_for_another_try_and_another_for_the_next_part(
    provider: FakeAggregator, driver: Driver
) -> None:
    one = line("json_bearer", provider.url)
    for text, key in (("bagian satu", 7), ("bagian satu", 7), ("bagian dua", 7), ("bagian satu", 8)):
        await send(driver, one, text, key=key)
    keys = [headers["Idempotency-Key"] for headers in provider.headers]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


# kind, what it says, permanent, retry_after, doubt
VERDICTS = [
    ("json_bearer", "INVALID_DESTINATION", True, None, False),
    ("json_bearer", "OUT_OF_CREDIT", False, 300, False),
    ("json_bearer", "SOMETHING_NEW", False, None, True),  # a 200 that nobody foresaw
    ("form_basic", "21610", True, None, False),
    ("form_basic", "20003", False, 300, False),
    ("form_basic", "20429", False, 10, False),
    ("form_basic", "99999", False, None, False),  # refused, for a reason that another line may not share
    ("kannel", "5: Something new", False, None, True),
]


@pytest.mark.parametrize(("kind", "code", "permanent", "rest", "doubt"), VERDICTS)
async def test_its_verdicts(
    provider: FakeAggregator, driver: Driver, kind: str, code: str, permanent: bool, rest: float | None, doubt: bool
) -> None:
    provider.code = code
    failed = await failure(driver, line(kind, provider.url))
    assert (failed.permanent, failed.retry_after, failed.doubt) == (permanent, rest, doubt)
    assert failed.reason == str(failed)


# status, retry_after that it names; permanent, retry_after, doubt
STATUSES = [
    (429, None, False, 30, False),
    (429, 7, False, 7, False),
    (429, 999999, False, 3600, False),
    (401, None, False, 300, False),
    (302, None, False, 300, False),
    (422, None, False, None, False),
    (408, None, False, None, False),
    (500, None, False, None, True),
    (502, None, False, None, True),
    (504, None, False, None, True),
]


@pytest.mark.parametrize(("status", "names", "permanent", "rest", "doubt"), STATUSES)
@pytest.mark.parametrize("kind", KINDS)
async def test_statuses_of_which_the_description_says_nothing(
    provider: FakeAggregator,
    driver: Driver,
    kind: str,
    status: int,
    names: float | None,
    permanent: bool,
    rest: float | None,
    doubt: bool,
) -> None:
    provider.faults.plan(Fault(status=status, retry_after=names))
    failed = await failure(driver, line(kind, provider.url))
    assert (failed.permanent, failed.retry_after, failed.doubt) == (permanent, rest, doubt)


async def test_kannel_says_it_in_words(provider: FakeAggregator, driver: Driver) -> None:
    provider.faults.plan(Fault(status=403), Fault(status=503))
    refused = await failure(driver, line("kannel", provider.url))
    assert (refused.reason, refused.retry_after) == ("the aggregator says: user or password is refused", 300)
    tired = await failure(driver, line("kannel", provider.url))
    assert (tired.reason, tired.retry_after, tired.doubt) == (
        f"the aggregator says: {KANNEL_SAYS[503]}",
        10,
        False,
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_never_comes_is_a_doubt(provider: FakeAggregator, driver: Driver, kind: str) -> None:
    provider.faults.plan(Fault(hangs=True, after_work=True))
    failing = asyncio.create_task(failure(driver, line(kind, provider.url)))
    await provider.took(1)
    pass_by(PATIENCE)
    failed = await failing
    assert (failed.permanent, failed.doubt) == (False, True)
    assert "in time" in failed.reason
    assert len(provider.sent) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_cut_off_is_a_doubt_and_asked_once_only(
    provider: FakeAggregator, driver: Driver, kind: str
) -> None:
    """aiohttp would ask a GET again by itself: the citizen would get everything twice."""
    provider.faults.plan(Fault(reset=True, after_work=True, times=3))
    failed = await failure(driver, line(kind, provider.url))
    assert (failed.permanent, failed.doubt) == (False, True)
    assert len(provider.headers) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_web_page_in_place_of_an_answer_is_a_doubt(provider: FakeAggregator, driver: Driver, kind: str) -> None:
    provider.faults.plan(Fault(garbled=True))
    assert (await failure(driver, line(kind, provider.url))).doubt


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n0: Acc",
        b"HTTP/1.1 2",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_half_an_answer_is_a_doubt(driver: Driver, kind: str, answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await failure(driver, line(kind, f"http://127.0.0.1:{port}"))).doubt


async def test_an_endless_answer_is_read_to_its_limit(driver: Driver) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\n\r\n0: Accepted for delivery\n")
        while not writer.is_closing():
            writer.write(b"x" * 65536)
            await asyncio.sleep(0)

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        one = line("kannel", f"http://127.0.0.1:{port}")
        assert (await send(driver, one)).startswith("7-")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_connection_is_no_doubt(driver: Driver, kind: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        failed = await failure(driver, line(kind, f"http://127.0.0.1:{closed.getsockname()[1]}"))
    assert (failed.permanent, failed.doubt) == (False, False)


async def test_a_connection_that_never_stands_is_no_doubt(driver: Driver) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)  # of TLS's first word, and no answer to it
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        failing = asyncio.create_task(failure(driver, line("json_bearer", f"https://127.0.0.1:{port}")))
        await asked.wait()
        pass_by(CONNECTING)
        failed = await failing
    assert (failed.permanent, failed.doubt) == (False, False)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "nonsense", "http://", "http://[", "http://127.0.0.1:99999"])
async def test_an_address_that_is_none_is_no_doubt(driver: Driver, url: str) -> None:
    failed = await failure(driver, line("json_bearer", url))
    assert (failed.permanent, failed.doubt) == (False, False)


async def test_a_header_that_cannot_be_is_no_doubt(provider: FakeAggregator, driver: Driver) -> None:
    failed = await failure(driver, line("json_bearer", provider.url, token="a\r\nX-Evil: 1"))
    assert (failed.doubt, provider.headers) == (False, [])


async def test_neither_reasons_nor_logs_hold_secrets_numbers_or_words(
    provider: FakeAggregator, driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.code = "REJECTED"
    failed = await failure(driver, line("json_bearer", provider.url), "Alamat: Jl. Mawar 12")
    assert failed.reason == "the aggregator says: REJECTED [...]: [...] [...]"
    provider.code = "z" * 150
    cut = await failure(driver, line("json_bearer", provider.url), "Alamat: Jl. Mawar 12")
    assert TOKEN[:5] not in cut.reason  # which ends within 200 characters of the beginning
    provider.code = "z" * 500
    assert len((await failure(driver, line("json_bearer", provider.url))).reason) == 200
    provider.code = ""
    provider.faults.plan(Fault(reset=True), Fault(status=500))
    seen = [str(failed)]
    seen += [repr(await failure(driver, line("kannel", provider.url))) for _ in range(2)]
    seen.append(driver.state(line("kannel", provider.url)).detail)
    seen.append(caplog.text)
    for hidden in (TOKEN, "kunci%2Frahasia%2Buji%3D", CITIZEN, CITIZEN[1:], "Mawar"):
        assert not any(hidden in one for one in seen)


async def test_a_line_is_ill_for_a_minute_after_a_failure_and_well_after_a_success(
    provider: FakeAggregator, driver: Driver, clock: VirtualClock
) -> None:
    one = line("json_bearer", provider.url)
    assert (driver.state(one).up, driver.state(one).last_sent) == (True, None)
    provider.faults.plan(Fault(status=503))
    await failure(driver, one)
    state = driver.state(one)
    assert (state.up, state.detail, state.since) == (False, "the aggregator says: HTTP 503", clock.now())
    clock.advance(61)
    assert driver.state(one).up
    await send(driver, one)
    state = driver.state(one)
    assert (state.up, state.detail, state.since, state.last_sent) == (True, "in order", clock.now(), clock.now())
    provider.code = "BLOCKED"
    await failure(driver, one)  # the citizen's trouble, not the line's
    assert driver.state(one).up


async def test_what_no_settings_can_send_is_said_before_and_then(driver: Driver) -> None:
    cases = [
        ({}, "no aggregator"),
        ({"aggregator": "kanel"}, "kanel.yml"),
        ({"aggregator": "/nowhere/x.yml"}, "x.yml"),
        ({"aggregator": "json_bearer", "base_url": "https://a.example"}, "token"),
        ({"aggregator": "json_bearer", "base_url": "a.example", "token": "x"}, "web address"),
        ({"aggregator": "json_bearer", "base_url": "http://a.example", "token": "x"}, "secrets"),
    ]
    for options, word in cases:
        one = Line("kendari", "agregator", "http", options=options)
        [problem] = driver.check(one)
        assert word in problem.what + problem.mend
        assert problem.mend
        assert not driver.state(one).up
    for options, _ in cases[:4]:
        assert not (await failure(driver, Line("kendari", "agregator", "http", options=options))).doubt


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://10.0.0.5:13013", "http://127.0.0.1", "http://kannel:13013"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_settings_that_are_right_have_no_problem(driver: Driver, kind: str, url: str) -> None:
    assert list(driver.check(line(kind, url))) == []


async def test_without_a_session_nothing_leaves(clock: VirtualClock) -> None:
    lonely = Driver(DriverPorts(clock, None, MemoryStore()))
    assert not (await failure(lonely, line("kannel", "http://127.0.0.1:9"))).doubt


async def test_it_listens_in_silence_until_cancelled(driver: Driver) -> None:
    async def hear(one: Heard) -> None:
        raise AssertionError(one)

    listening = asyncio.create_task(driver.listen(line("kannel", "http://127.0.0.1:9"), hear))
    await asyncio.sleep(0.01)
    assert not listening.done()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_the_gateway_goes_round_an_aggregator_that_refuses_but_not_round_a_doubt(
    provider: FakeAggregator, http: aiohttp.ClientSession, clock: VirtualClock
) -> None:
    first = line("json_bearer", provider.url)
    gateway = open_gateway(clock, http, lines=[first, replace(first, name="cadangan")])
    provider.faults.plan(Fault(status=503))
    await gateway.send("agregator", CITIZEN, "halo", key=1, urgent=True)
    assert [gateway.state(name).up for name in (first.name, "cadangan")] == [False, True]
    sent_at = clock.now()
    clock.advance(61)
    provider.faults.plan(Fault(reset=True, after_work=True))
    with pytest.raises(SmsFailed) as failed:
        await gateway.send("agregator", CITIZEN, "halo", key=2, urgent=True)
    assert failed.value.doubt
    assert gateway.state("cadangan").last_sent == sent_at
