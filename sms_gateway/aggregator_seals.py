"""Whether a delivery is the aggregator's own. Words are compared as bytes: what is not ASCII must not raise."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sms_gateway.aggregator_call import basic_pair, fill
from sms_gateway.aggregator_file import Hmac, Login, Seal, SignedForm, Token


@dataclass(frozen=True, slots=True)
class Delivered:
    """One HTTP request of an aggregator's. Header names are lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


def is_theirs(seal: Seal, words: Mapping[str, str], delivered: Delivered) -> bool:
    """Whether ``seal`` holds. Without a secret none does."""
    if isinstance(seal, Hmac):
        return _has_hmac(seal, words, delivered)
    if isinstance(seal, SignedForm):
        return _is_signed(seal, words, delivered)
    if isinstance(seal, Login):
        user, password = str(fill(seal.user, words)), str(fill(seal.password, words))
        return bool(password) and _same(
            delivered.headers.get("authorization", ""), f"Basic {basic_pair(user, password)}"
        )
    return _has_token(seal, words, delivered)


def _has_token(seal: Token, words: Mapping[str, str], delivered: Delivered) -> bool:
    held = delivered.headers if seal.place == "header" else delivered.query
    shown = held.get(seal.name.lower() if seal.place == "header" else seal.name, "")
    wanted = str(fill(seal.value, words))
    # "Bearer " around nothing is nobody's token: what the template holds besides its words does not count.
    return wanted != str(fill(seal.value, dict.fromkeys(words, ""))) and _same(shown, wanted)


def _has_hmac(seal: Hmac, words: Mapping[str, str], delivered: Delivered) -> bool:
    secret = str(fill(seal.secret, words))
    made = hmac.new(secret.encode(), delivered.body, seal.algorithm)
    digest = made.hexdigest() if seal.encoding == "hex" else base64.b64encode(made.digest()).decode()
    shown = delivered.headers.get(seal.header.lower(), "")
    if seal.encoding == "hex":
        shown = shown.lower()
    # Of a GET nothing is signed: any one would fit.
    return bool(secret and delivered.body) and _same(shown, f"{seal.prefix}{digest}")


def _is_signed(seal: SignedForm, words: Mapping[str, str], delivered: Delivered) -> bool:
    secret = str(fill(seal.secret, words))
    fields = delivered.form if delivered.method == "POST" else {}
    signed = f"{fill(seal.url, words)}{''.join(f'{name}{fields[name]}' for name in sorted(fields))}"
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest()
    return bool(secret) and _same(delivered.headers.get(seal.header.lower(), ""), base64.b64encode(digest).decode())


def _same(shown: str, wanted: str) -> bool:
    return hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
