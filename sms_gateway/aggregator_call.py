"""What is said to an aggregator: one submission, made of its description and one SMS. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from sms_gateway.aggregator_file import CHOICES, PLACEHOLDER, Aggregator, Auth, Basic, Bearer, InHeader, InQuery
from sms_gateway.line import Line
from sms_gateway.segments import encoding_of, parts

INDONESIA: Final = "+62"
SPACE: Final = uuid.UUID("8a1f5c3e-2f0b-5d57-9d0e-5167a6112112")  # of the keys as UUIDs; any, but always the same

Word = str | int


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS on its way out."""

    to: str  # E.164
    text: str
    key: int
    urgent: bool
    valid_for: timedelta

    @property
    def mark(self) -> str:
        """The same for another try. One message of ours may be several SMS: hence the text in it."""
        said = f"{self.to}\0{self.text}".encode("utf-8", "replace")
        return f"{self.key}-{hashlib.sha256(said).hexdigest()[:10]}"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request."""

    method: str
    url: str  # percent-encoded
    headers: dict[str, str]
    body: bytes | None


def call_for(aggregator: Aggregator, line: Line, sms: Sms, now: datetime) -> Call:
    """The request that submits ``sms`` by ``line``."""
    send, words = aggregator.send, _words(aggregator, line, sms, now)
    picks = {encoding_of(sms.text), "urgent" if sms.urgent else "normal"}
    headers = {name: str(filled) for name, one in send.headers.items() if (filled := fill(one, words)) != ""}
    query = _pairs(send.query, words, picks)
    _authorize(send.auth, words, headers, query)
    body = None
    if send.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = _encoded(_pairs(send.form, words, picks)).encode()
    elif send.json_body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(_filled(send.json_body, words, picks)).encode()
    return Call(send.method, _address(send.url, words, query), headers, body)


def fill(template: str, words: Mapping[str, Word]) -> Word:
    """``template`` with its words in place; one that is a single word keeps its kind, so that JSON gets a number."""
    if (alone := PLACEHOLDER.fullmatch(template)) and not alone[2]:
        return words[alone[1]]
    return PLACEHOLDER.sub(
        lambda found: quote(str(words[found[1]]), safe="") if found[2] else str(words[found[1]]), template
    )


def basic_pair(user: str, password: str) -> str:
    """The two as HTTP basic authentication carries them."""
    return base64.b64encode(f"{user}:{password}".encode("utf-8", "replace")).decode()


def _words(aggregator: Aggregator, line: Line, sms: Sms, now: datetime) -> dict[str, Word]:
    until = now + sms.valid_for
    seconds = max(1, math.floor(sms.valid_for.total_seconds()))
    return {
        **aggregator.words(line.options),
        "to": sms.to,
        "to_digits": sms.to.removeprefix("+"),
        "to_local": f"0{sms.to[3:]}" if sms.to.startswith(INDONESIA) else sms.to,
        "text": sms.text,
        "parts": parts(sms.text).parts,
        "key": sms.mark,
        "uuid": str(uuid.uuid5(SPACE, sms.mark)),
        "number": line.number,
        "number_digits": line.number.removeprefix("+"),
        "valid_seconds": seconds,
        "valid_minutes": max(1, seconds // 60),
        "expires_at": f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "expires_unix": int(until.timestamp()),
    }


def _filled(template: Any, words: Mapping[str, Word], picks: set[str]) -> Any:
    """A template with its words and choices in place; what fills to nothing is left out of its list or mapping."""
    if isinstance(template, str):
        return fill(template, words)
    if isinstance(template, list):
        return [one for item in template if (one := _filled(item, words, picks)) != ""]
    if isinstance(template, dict):
        if set(template) in CHOICES:
            [chosen] = set(template) & picks
            return _filled(template[chosen], words, picks)
        return {name: one for name, item in template.items() if (one := _filled(item, words, picks)) != ""}
    return template


def _pairs(template: Mapping[str, Any], words: Mapping[str, Word], picks: set[str]) -> list[tuple[str, str]]:
    """Fields of a form or a query; a list is a field that comes several times."""
    return [
        (name, _plain(one))
        for name, value in _filled(dict(template), words, picks).items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _authorize(
    auth: Auth | None, words: Mapping[str, Word], headers: dict[str, str], query: list[tuple[str, str]]
) -> None:
    if isinstance(auth, Basic):
        headers["Authorization"] = f"Basic {basic_pair(str(fill(auth.user, words)), str(fill(auth.password, words)))}"
    elif isinstance(auth, Bearer):
        headers["Authorization"] = f"Bearer {fill(auth.token, words)}"
    elif isinstance(auth, InHeader):
        headers[auth.name] = str(fill(auth.value, words))
    elif isinstance(auth, InQuery):
        query.append((auth.name, str(fill(auth.value, words))))


def _address(template: str, words: Mapping[str, Word], query: list[tuple[str, str]]) -> str:
    """The address; a word in it that is not the beginning of one itself is percent-encoded."""
    url = PLACEHOLDER.sub(lambda found: _in_address(str(words[found[1]])), template)
    return f"{url}{'&' if '?' in url else '?'}{_encoded(query)}" if query else url


def _in_address(word: str) -> str:
    return word.rstrip("/") if word.startswith(("http://", "https://")) else quote(word, safe="")


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")
