"""SMS by an aggregator's HTTP API, as a file describes it: a new aggregator needs no code.

The words of a line: ``aggregator``, a file of ``sms_gateway/aggregators/`` without its ".yml" or the whole path of one
of the city's own; and the options that the file declares, such as ``token`` or ``sender``. Receipts and SMS of citizens
come by webhook to ``/in/sms/<account>``; see ``sms_gateway/aggregator.py``.

One SMS is one request, and never more: what was cut off after it was written is in doubt, for whoever sends it again
may send it twice. A connection is used once: a server that closes an idle one would leave us in the same doubt.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import quote, quote_plus, urlsplit

import aiohttp
from yarl import URL

from sms_gateway.aggregator_answer import reference_in
from sms_gateway.aggregator_call import Call, Sms, basic_pair, call_for, fill
from sms_gateway.aggregator_file import Aggregator, Basic
from sms_gateway.aggregator_folder import AggregatorError, described
from sms_gateway.driver import DriverPorts, Problem
from sms_gateway.gateway import HearSms, LineState, SmsFailed
from sms_gateway.line import Line

LARGEST_ANSWER: Final = 64 * 1024
CONNECTING: Final = 10.0  # seconds at most, DNS and TLS with it; half of all the patience where that is less
ILL_FOR: Final = timedelta(minutes=1)  # a line that failed is worth another try after it
LONGEST_REASON: Final = 200
MASK: Final = "[...]"
SHORT: Final = 8  # characters: "1" or "ya" is no secret, and masked it would eat half of every reason


class _Cut(Exception):
    """The connection ended after the request began to leave."""


@dataclass(slots=True)
class _Fate:
    """How one line fared."""

    failed: str = ""
    at: datetime | None = None
    since: datetime | None = None
    sent: datetime | None = None


class Driver:
    """Every aggregator of this process."""

    name: ClassVar[str] = "http"
    per_minute_default: ClassVar[float | None] = None
    held: ClassVar[bool] = False

    def __init__(self, ports: DriverPorts) -> None:
        self._clock, self._http = ports.clock, ports.http
        self._fates: dict[tuple[str, str], _Fate] = {}

    async def send(self, line: Line, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta) -> str:
        sms = Sms(to, text, key, urgent, valid_for)
        try:
            reference = await self._send(line, sms)
        except SmsFailed as failure:
            if not failure.permanent:
                self._note(line, failure.reason)
            raise
        self._note(line, "")
        self._fate(line).sent = self._clock.now()
        return reference

    async def listen(self, line: Line, hear: HearSms) -> None:  # noqa: ARG002 - webhooks come to the web process
        await asyncio.Event().wait()

    def state(self, line: Line) -> LineState:
        fate = self._fate(line)
        if problems := self.check(line):
            return LineState(line.name, up=False, detail=problems[0].what, since=fate.since, last_sent=fate.sent)
        lately = fate.at is not None and self._clock.now() - fate.at < ILL_FOR
        detail = fate.failed or "in order"
        return LineState(line.name, not (fate.failed and lately), detail, fate.since, last_sent=fate.sent)

    def words(self, line: Line) -> Collection[str]:
        try:
            return ("aggregator", *described(line.options).options)
        except AggregatorError:
            return line.options  # nobody can tell; ``check`` says why

    def check(self, line: Line) -> Sequence[Problem]:
        try:
            aggregator = described(line.options)
        except AggregatorError as error:
            what, _, mend = str(error).partition(": ")
            return [Problem(f"the aggregator of line {line.name}: {what}", mend)]
        found = [
            Problem(f"line {line.name} has no {name}", f"add {name} to its account: {aggregator.options[name].about}")
            for name in aggregator.missing(line.options)
        ]
        return found or list(_in_the_open(aggregator, line, self._clock.now()))

    async def _send(self, line: Line, sms: Sms) -> str:
        try:
            aggregator = described(line.options)
        except AggregatorError as error:
            raise SmsFailed(str(error)[:LONGEST_REASON], permanent=False) from None
        if missing := aggregator.missing(line.options):
            raise SmsFailed(f"the account has no {missing[0]}", permanent=False)
        call = call_for(aggregator, line, sms, self._clock.now())
        try:
            status, headers, body = await self._ask(call, aggregator.send.seconds)
            return reference_in(aggregator.send.answer, status, headers, body, sms.mark, self._clock.now())
        except SmsFailed as failure:
            failure.reason = " ".join(masked(failure.reason, _hidden(aggregator, line, sms)).split())[:LONGEST_REASON]
            failure.args = (failure.reason,)
            raise

    async def _ask(self, call: Call, patience: float) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body. What aiohttp raises is named by its kind alone: its texts hold the address."""
        if self._http is None:
            raise SmsFailed("this process has no way to the network", permanent=False)
        try:
            async with self._http.request(
                call.method,
                URL(call.url, encoded=True),
                data=call.body,
                headers={**call.headers, "Connection": "close"},
                timeout=aiohttp.ClientTimeout(total=patience, connect=min(CONNECTING, patience / 2)),
                allow_redirects=False,
                middlewares=(_once,),
            ) as response:
                body = await _beginning(response)
                return response.status, {name.lower(): word for name, word in response.headers.items()}, body
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as fault:
            raise SmsFailed(f"no connection to the aggregator: {type(fault).__name__}", permanent=False) from None
        except (aiohttp.InvalidURL, ValueError, RuntimeError) as fault:
            reason = f"the address or a header cannot be used: {type(fault).__name__}"
            raise SmsFailed(reason, permanent=False) from None
        except TimeoutError:
            raise SmsFailed("the aggregator did not answer in time", permanent=False, doubt=True) from None
        except (_Cut, aiohttp.ClientError, OSError) as fault:
            kind = type(fault.__cause__ or fault).__name__
            raise SmsFailed(f"cut off before the answer was whole: {kind}", permanent=False, doubt=True) from None

    def _note(self, line: Line, failed: str) -> None:
        fate, now = self._fate(line), self._clock.now()
        if bool(fate.failed) != bool(failed) or fate.since is None:
            fate.since = now
        fate.failed, fate.at = failed, now

    def _fate(self, line: Line) -> _Fate:
        return self._fates.setdefault((line.city, line.name), _Fate())


def masked(text: str, hidden: Iterable[str]) -> str:
    """``text`` without these words, longest first: one may hold another."""
    for word in sorted(hidden, key=len, reverse=True):
        text = text.replace(word, MASK)
    return text


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp asks a GET or PUT that was cut off a second time by itself: which for an SMS means twice."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise  # nothing had left
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as cut:
        raise _Cut from cut


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) >= LARGEST_ANSWER:
            break
    return body[:LARGEST_ANSWER]


def _hidden(aggregator: Aggregator, line: Line, sms: Sms) -> set[str]:
    """Secrets, as they are and as they travel, and whom the SMS is for and what it says."""
    secrets = aggregator.secrets(line.options)
    auth, words = aggregator.send.auth, aggregator.words(line.options)
    if isinstance(auth, Basic):
        secrets.append(basic_pair(str(fill(auth.user, words)), str(fill(auth.password, words))))
    said = [*secrets, sms.to, sms.to.removeprefix("+"), sms.text if len(sms.text) > SHORT else ""]
    return {form for word in said for form in (word, quote(word, safe=""), quote_plus(word)) if form}


def _in_the_open(aggregator: Aggregator, line: Line, now: datetime) -> Iterable[Problem]:
    """A secret that crosses the Internet readable. Within a house (a name without a dot, a private address) it may."""
    address = urlsplit(call_for(aggregator, line, _NOBODY, now).url)
    host = address.hostname or ""
    if address.scheme not in ("http", "https") or not host:
        yield Problem(f"line {line.name} has no web address to send to", "write it with https:// before it")
    elif address.scheme == "http" and not _is_near(host) and aggregator.secrets(line.options):
        yield Problem(f"line {line.name} shows its secrets to everybody on the way to {host}", "write https://")


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


_NOBODY: Final = Sms("+62", "", 0, urgent=False, valid_for=timedelta())
