"""SMS: the gateway's lines in and out. Knows no modem: that is ``sms_gateway``'s trade.

Credentials: ``line`` (default: the account's name); ``number``, to which the city's citizens write; ``webhook_secret``,
with which another SMS gateway (a telephone with an app, an aggregator) may post what it heard to ``/in/sms/<account>``:

    {"messages": [{"key": "…", "from": "+62…", "text": "…", "at": 1790000000}],
     "reports": [{"reference": "…", "state": "delivered" or "failed", "at": 1790000000, "error": "…"}]}

signed by ``X-Sigap-Signature: sha256=<HMAC of the body>``. Without the secret nobody can post here. Where the account's
``driver`` is "http", the file of its aggregator says instead how what comes is signed and read.

With ``aml_key`` Android's Emergency Location Service may post positions to ``/in/sms/<account>`` too, whatever the
driver is, sealed with that key (see ``sms_gateway.aml_https``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final

import orjson

from bots.channel import Account, BadSignature, Delivery, Hear, Limits, Ports, SendFailed, Unreadable
from bots.door import NOBODY, Fields, clean_text, moment, pieces, read_json, rows, said
from bots.message import Attachment, DeliveryReport, DeliveryState, InboundMessage, OutboundMessage, Parsed, Place
from bots.parts import Parts
from sms_gateway import aggregator
from sms_gateway.aggregator_folder import AggregatorError, described
from sms_gateway.aggregator_seals import Delivered
from sms_gateway.aml import AmlPlace, is_aml, parse_aml, parse_aml_data
from sms_gateway.aml_https import is_signed, parse_aml_post
from sms_gateway.gateway import VALID_FOR, Gateway, Heard, InboundSms, LineState, MissedCall, SmsFailed, SmsReport
from sms_gateway.numbers import can_answer, sender_of

SIGNED_BY: Final = "x-sigap-signature"
AGGREGATOR: Final = "http"  # the driver whose lines hear by webhook
LONGEST_KEY: Final = 100
SHORTEST: Final = timedelta(minutes=5)  # what networks take for a lifetime at least


class Adapter:
    """Both directions of a city's SMS lines."""

    name: ClassVar[str] = "sms"
    # Six SMS joined: what a telephone of 2005 still puts together.
    limits: ClassVar[Limits] = Limits(per_second=10, per_chat_seconds=0.0, merge=True, max_text=6 * 153)

    def __init__(self, ports: Ports) -> None:
        self._gateway = ports.gateway
        self._clock = ports.clock
        self._parts = Parts()

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        if is_signed(delivery.body, account.credentials.get("aml_key", "")):
            return _posted(delivery.body, self._clock.now())
        if account.credentials.get("driver") == AGGREGATOR:
            return _from_aggregator(account, delivery, self._clock.now())
        _check_seal(account, delivery)
        return _read(read_json(delivery.body), delivery.body, self._clock.now())

    async def send(self, account: Account, message: OutboundMessage) -> str | None:
        """Words alone. Buttons are left out, for the text says what to write; a position is written as degrees."""
        gateway = self._open_gateway()
        text = clean_text(message.text)
        if message.place:
            text += f"\n{message.place.lat:.5f},{message.place.lon:.5f}"
        valid_for = self._valid_for(message)
        steps = [
            partial(_send, gateway, account, message, piece, valid_for) for piece in pieces(text, self.limits.max_text)
        ]
        if not steps:
            raise SendFailed("nothing to send", permanent=True)
        return await self._parts.send(message, steps)

    def _valid_for(self, message: OutboundMessage) -> timedelta:
        """How long the network may keep it for a telephone that is off: an instruction of hours ago misleads."""
        left = message.expires_at - self._clock.now() if message.expires_at else VALID_FOR
        return min(VALID_FOR, max(SHORTEST, left))

    def listens(self, account: Account) -> bool:  # noqa: ARG002 - the port's own signature
        return True

    def sends_here(self, account: Account) -> bool:
        return self._gateway is None or self._gateway.sends_here(_line(account))

    def left(self, account: Account) -> None:
        self._open_gateway().left(_line(account))

    def state(self, account: Account) -> LineState:
        return self._open_gateway().state(_line(account))

    async def listen(self, account: Account, hear: Hear) -> None:
        async def hear_sms(heard: Heard) -> None:
            await hear(_parsed(heard), orjson.dumps(asdict(heard), default=bytes.hex))

        await self._open_gateway().listen(_line(account), hear_sms)

    def fetch(self, account: Account, attachment: Attachment) -> AsyncIterator[bytes]:  # noqa: ARG002
        """An SMS holds no file."""
        raise SendFailed("SMS has no files", permanent=True)

    def _open_gateway(self) -> Gateway:
        if self._gateway is None:
            raise SendFailed("no SMS gateway runs", permanent=False, scope="account")
        return self._gateway


def _line(account: Account) -> str:
    return account.credentials.get("line") or account.name


async def _send(gateway: Gateway, account: Account, message: OutboundMessage, text: str, valid_for: timedelta) -> str:
    try:
        return await gateway.send(
            _line(account), message.chat, text, key=message.id, urgent=message.urgent, valid_for=valid_for
        )
    except SmsFailed as failure:
        # A line that wants a rest wants it from everybody; one that is merely busy lets the urgent pass.
        raise SendFailed(
            failure.reason,
            permanent=failure.permanent,
            retry_after=failure.retry_after,
            scope="chat" if failure.busy or failure.doubt else "account",
            doubt=failure.doubt,
            busy=failure.busy,
        ) from None


def _parsed(heard: Heard) -> Parsed:
    if isinstance(heard, SmsReport):
        return _reported(heard)
    if isinstance(heard, MissedCall):
        # Who hid their number can neither be told how to write nor be rung back: only the line's log knows of them.
        return Parsed((_ring(heard),) if can_answer(heard.caller) else ())
    return Parsed((_message(heard),))


def _ring(call: MissedCall) -> InboundMessage:
    return InboundMessage(call.key, call.caller, "call", call.at, provider_id=call.key, phone=call.caller)


def _message(sms: InboundSms) -> InboundMessage:
    if is_aml(sms.data or sms.text):
        return _fix(sms)
    text = clean_text(sms.text)
    return InboundMessage(
        event_key=sms.key,
        chat=sms.sender or NOBODY,
        kind="text" if text.strip() else "unknown",  # an empty SMS may be a cry for help: a human sees it
        sent_at=sms.smsc_at,
        text=text,
        provider_id=sms.key,
        phone=sms.sender if can_answer(sms.sender) else None,
    )


def _fix(sms: InboundSms) -> InboundMessage:
    """Where a telephone says that it is, when its owner calls for help."""
    found = parse_aml_data(sms.data) if sms.data else parse_aml(sms.text)
    return _placed(sms.key, sms.sender, sms.smsc_at, found)


def _posted(body: bytes, now: datetime) -> Parsed:
    """The same, posted. Without its number it can be matched with nobody's words, and is only kept."""
    post = parse_aml_post(body)
    if not can_answer(post.number):
        raise Unreadable("a position from a telephone that does not know its own number")
    key = f"els:{hashlib.sha256(body).hexdigest()[:40]}"
    return Parsed((_placed(key, post.number, now, post.place),))


def _placed(key: str, sender: str, at: datetime, found: AmlPlace | None) -> InboundMessage:
    place = Place(found.lat, found.lon, found.radius_m, _sureness(found)) if found else None
    phone = sender if can_answer(sender) else None
    return InboundMessage(key, sender or NOBODY, "fix", at, provider_id=key, phone=phone, place=place)


def _sureness(found: AmlPlace) -> str:
    """How the telephone found it, for whoever reads the transcript: "wifi, 68 %, 03:12:05 UTC"."""
    share = f"{found.confidence:.0f} %" if found.confidence is not None else ""
    return ", ".join(word for word in (found.method, share, f"{found.at:%H:%M:%S} UTC" if found.at else "") if word)


def _reported(report: SmsReport) -> Parsed:
    state: DeliveryState = "delivered" if report.state == "delivered" else "failed"
    return Parsed(reports=(DeliveryReport(report.reference, state, report.at, report.error),))


def _from_aggregator(account: Account, delivery: Delivery, now: datetime) -> Parsed:
    """What an aggregator delivered, as its file says; refused, to come again, while that file cannot be used."""
    options = account.credentials
    delivered = Delivered(delivery.method, delivery.query, delivery.headers, delivery.body)
    try:
        theirs = described(options)
        found = [_parsed(one) for one in aggregator.read(theirs, options, delivered, now, _line(account))]
    except (AggregatorError, aggregator.Unverified) as problem:
        raise BadSignature(str(problem)) from None
    except aggregator.Unreadable as problem:
        raise Unreadable(str(problem)) from None
    return Parsed(
        tuple(message for one in found for message in one.messages),
        tuple(report for one in found for report in one.reports),
        theirs.receive.answer.encode() if theirs.receive else None,
    )


def _check_seal(account: Account, delivery: Delivery) -> None:
    """The HMAC of the raw body. Compared as bytes: a header that is not ASCII must not raise."""
    secret = account.credentials.get("webhook_secret", "")
    seal = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    shown = delivery.headers.get(SIGNED_BY, "")
    if not secret or not hmac.compare_digest(shown.encode("utf-8", "replace"), f"sha256={seal}".encode()):
        raise BadSignature("signature missing or wrong")


def _read(content: Fields, body: bytes, now: datetime) -> Parsed:
    messages, reports = rows(content, "messages"), rows(content, "reports")
    if not messages and not reports:
        raise Unreadable("neither messages nor reports")
    told = [_told(row, now) for row in reports]
    return Parsed(
        tuple(_heard(row, f"{hashlib.sha256(body).hexdigest()[:40]}:{n}", now) for n, row in enumerate(messages)),
        tuple(one for one in told if one is not None),
    )


def _heard(row: Any, fallback: str, now: datetime) -> InboundMessage:
    """One SMS; a row that is none becomes a message of nobody, which a human sees."""
    if not isinstance(row, dict):
        return InboundMessage(fallback, NOBODY, "unknown", now)
    sender, key = sender_of(said(row, "from")), said(row, "key")
    at = moment(row.get("at"), now)
    return _message(InboundSms(_short(f"{sender}:{key}") if key else fallback, sender[:64], said(row, "text"), at, ""))


def _told(row: Any, now: datetime) -> DeliveryReport | None:
    if not isinstance(row, dict) or not said(row, "reference") or said(row, "state") not in ("delivered", "failed"):
        return None
    report = SmsReport(said(row, "reference")[:160], said(row, "state"), moment(row.get("at"), now))
    [read] = _reported(report).reports
    return DeliveryReport(read.provider_id, read.state, read.at, said(row, "error")[:200] or None)


def _short(key: str) -> str:
    """A key that fits its column, however long the other gateway's own ids are."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
