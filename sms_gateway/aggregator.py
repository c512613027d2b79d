"""What an aggregator delivers by webhook: verified and read as its description says. Pure; the caller stores it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sms_gateway.aggregator_file import Aggregator, Data, Form, Inbound, Mapped, Receive, Reports
from sms_gateway.aggregator_seals import Delivered, is_theirs
from sms_gateway.aggregator_words import at_path, first_said, fits, holds, moment, said
from sms_gateway.gateway import InboundSms, SmsReport
from sms_gateway.numbers import sender_of

LONGEST_KEY: Final = 100
LONGEST_REFERENCE: Final = 160
LONGEST_SENDER: Final = 64
LONGEST_ERROR: Final = 200


class Unverified(Exception):
    """The delivery does not come from the aggregator."""


class Unreadable(Exception):
    """Nothing in the delivery is what the description tells of."""


def read(
    aggregator: Aggregator, options: Mapping[str, str], delivered: Delivered, now: datetime, line: str = ""
) -> list[InboundSms | SmsReport]:
    """Every SMS and receipt of one delivery; ``now`` stands in for a time that cannot be read.

    A row that nobody can read is an SMS of nobody, without text, so that a human sees that something came.
    Raises Unverified or Unreadable, nothing else.
    """
    receive = aggregator.receive
    words = aggregator.words(options)
    if receive is None or not any(is_theirs(seal, words, delivered) for seal in receive.verify):
        raise Unverified("signature or token missing or wrong")
    return [one for found in _rows(receive, delivered) for one in _heard(*found, delivered, now, line)]


def _rows(receive: Receive, delivered: Delivered) -> list[tuple[Mapped | None, object, int]]:
    """Every row of the delivery, with what it is (None: a stranger among known ones) and its place."""
    kinds: tuple[Mapped, ...] = (*receive.reports, *receive.inbound, *receive.ignore)
    contents = _contents(delivered)
    found: list[tuple[Mapped | None, object, int]] = []
    known = False
    for form, each in dict.fromkeys((kind.form, kind.each) for kind in kinds):
        if (rows := _under(contents.get(form), each)) is None:
            continue
        alike = [kind for kind in kinds if (kind.form, kind.each) == (form, each)]
        sorted_rows = [(next((kind for kind in alike if holds(row, kind.where)), None), row) for row in rows]
        known = known or any(kind for kind, _ in sorted_rows) or (bool(each) and not rows)
        found += [(kind, row, len(found) + n) for n, (kind, row) in enumerate(sorted_rows) if kind or each]
    if not known:
        raise Unreadable("nothing that the description of this aggregator tells of")
    return found


def _contents(delivered: Delivered) -> dict[Form, object]:
    """The delivery in each form in which it can be read."""
    found: dict[Form, object] = {}
    if delivered.query:
        found["query"] = dict(delivered.query)
    if delivered.body:
        try:
            found["json"] = json.loads(delivered.body.decode("utf-8-sig", "replace"), strict=False)
        except (ValueError, RecursionError):
            found["form"] = delivered.form
    return found


def _under(content: object, each: tuple[str, ...]) -> list[object] | None:
    rows = at_path(content, each)
    if not each:
        return None if content is None else [content]
    if isinstance(rows, dict):
        return [rows]  # one row, by aggregators that make a list only of several
    return rows if isinstance(rows, list) else None


def _heard(
    kind: Mapped | None, row: object, place: int, delivered: Delivered, now: datetime, line: str
) -> Iterator[InboundSms | SmsReport]:
    if isinstance(kind, Reports):
        yield from _report(kind, row, now)
    elif isinstance(kind, Inbound):
        yield _sms(kind, row, place, delivered, now, line)
    elif kind is None:
        yield InboundSms(_own_key(delivered, place), "", "", now, line, whole=False)


def _report(kind: Reports, row: object, now: datetime) -> Iterator[SmsReport]:
    reference, state = said(row, kind.reference)[:LONGEST_REFERENCE], said(row, kind.state)
    at = moment(row, kind.at, now)
    if reference and fits(state, kind.delivered):
        yield SmsReport(reference, "delivered", at)
    elif reference and fits(state, kind.failed):
        yield SmsReport(reference, "failed", at, (first_said(row, kind.error) or state)[:LONGEST_ERROR])


def _sms(kind: Inbound, row: object, place: int, delivered: Delivered, now: datetime, line: str) -> InboundSms:
    sender, text = said(row, kind.sender), said(row, kind.text)
    data, port = _data(kind.data, row)
    return InboundSms(
        key=_key(kind, row, sender, text) or _own_key(delivered, place),
        sender=sender_of(sender)[:LONGEST_SENDER],
        text="" if data is not None else text,
        smsc_at=moment(row, kind.at, now),
        line=line,
        whole=bool(sender),
        data=data,
        port=port,
    )


def _key(kind: Inbound, row: object, sender: str, text: str) -> str:
    """The aggregator's id; else what makes this SMS differ from another. "" where two equal ones could be two."""
    if key := said(row, kind.key) if kind.key else "":
        return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()
    at = said(row, kind.at.path) if kind.at else ""
    return hashlib.sha256(f"{sender}\0{at}\0{text}".encode()).hexdigest()[:40] if sender and at else ""


def _own_key(delivered: Delivered, place: int) -> str:
    """The same for the same delivery, should it come again."""
    whole = hashlib.sha256(delivered.body)
    for name in sorted(delivered.query):
        whole.update(f"\0{name}={delivered.query[name]}".encode("utf-8", "replace"))
    return f"{whole.hexdigest()[:40]}:{place}"


def _data(read: Data | None, row: object) -> tuple[bytes | None, int | None]:
    word = said(row, read.path).strip() if read else ""
    if read is None or not word:
        return None, None
    try:
        data = bytes.fromhex(word) if read.encoding == "hex" else base64.b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        return None, None
    port = said(row, read.port) if read.port else ""
    return data, int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else None
