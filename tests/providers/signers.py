"""How each channel's provider proves that a delivery is its own. A new channel adds one entry here, and payload files.

A channel that is never posted to (a modem) has an entry too: its ``seal`` is empty, its bodies are what it parses.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bots import web_tokens
from bots.channel import Account, Delivery
from tests.providers import telegram, whatsapp

Line = tuple[str, str, str]  # chat, the message's id there, words


@dataclass(frozen=True)
class Signer:
    """``sign`` makes a delivery of a raw body; ``seal`` names the header that proves it ("" for a channel without).

    ``text`` is a raw body with one text message; ``batch`` one with several, None where the provider never batches.
    """

    account: Account
    sign: Callable[[bytes], Delivery]
    seal: str
    text: Callable[[Line], bytes]
    batch: Callable[[Sequence[Line]], bytes] | None = None


def _telegram_delivery(body: bytes) -> Delivery:
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": telegram.SECRET}
    return Delivery("POST", {}, headers, body)


def _telegram_text(line: Line) -> bytes:
    chat, message_id, words = line
    person = {"id": int(chat), "first_name": "Warga"}
    message = {
        "message_id": int(message_id),
        "from": {**person, "is_bot": False},
        "chat": {**person, "type": "private"},
        "date": 1_790_000_000,
        "text": words,
    }
    return _dump({"update_id": zlib.crc32(f"{chat}:{message_id}".encode()), "message": message})


def _whatsapp_delivery(body: bytes) -> Delivery:
    headers = {"content-type": "application/json", "x-hub-signature-256": whatsapp.seal(body)}
    return Delivery("POST", {}, headers, body)


def _whatsapp_batch(lines: Sequence[Line]) -> bytes:
    messages = [
        {
            "from": chat,
            "id": f"wamid.{chat}.{message_id}",  # Meta's ids differ between chats by themselves
            "timestamp": "1790000000",
            "type": "text",
            "text": {"body": words},
        }
        for chat, message_id, words in lines
    ]
    return _dump(whatsapp.FakeWhatsApp().delivery(*messages))


SMS_SECRET = "rahasia-gerbang-sms-uji"


def _sms_delivery(body: bytes) -> Delivery:
    seal = hmac.new(SMS_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Delivery("POST", {}, {"content-type": "application/json", "x-sigap-signature": f"sha256={seal}"}, body)


def _sms_batch(lines: Sequence[Line]) -> bytes:
    messages = [
        {"key": message_id, "from": f"+62812{chat}", "text": words, "at": 1_790_000_000}
        for chat, message_id, words in lines
    ]
    return _dump({"messages": messages})


def _web_delivery(body: bytes) -> Delivery:
    """The page's token says who writes; here ``for`` in the body, which the channel does not read, chooses it."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    chat = str(content.get("for", "")) if isinstance(content, dict) else ""
    token = web_tokens.seal(hashlib.md5(chat.encode("utf-8", "replace"), usedforsecurity=False).digest())
    return Delivery("POST", {}, {"content-type": "application/json", "x-sigap-chat": token}, body)


def _web_text(line: Line) -> bytes:
    chat, message_id, words = line
    return _dump({"for": chat, "id": message_id, "type": "text", "text": words})


def _dump(body: object) -> bytes:
    """JSON with escapes, so that the lone surrogates of a hostile text come through."""
    return json.dumps(body).encode()


SIGNERS: dict[str, Signer] = {
    "telegram": Signer(
        Account("kendari", "telegram", "main", {"token": telegram.TOKEN, "webhook_secret": telegram.SECRET}),
        _telegram_delivery,
        "x-telegram-bot-api-secret-token",
        _telegram_text,
    ),
    "whatsapp": Signer(
        Account(
            "kendari",
            "whatsapp",
            "main",
            {
                "token": whatsapp.TOKEN,
                "app_secret": whatsapp.APP_SECRET,
                "verify_token": whatsapp.VERIFY_TOKEN,
                "phone_number_id": whatsapp.PHONE_NUMBER_ID,
            },
        ),
        _whatsapp_delivery,
        "x-hub-signature-256",
        lambda line: _whatsapp_batch([line]),
        _whatsapp_batch,
    ),
    "sms": Signer(
        Account("kendari", "sms", "main", {"webhook_secret": SMS_SECRET}),
        _sms_delivery,
        "x-sigap-signature",
        lambda line: _sms_batch([line]),
        _sms_batch,
    ),
    # No secret of the account's: the citizen's own token is looked at in tests/bots/test_web.py.
    "web": Signer(Account("kendari", "web", "main"), _web_delivery, "", _web_text),
}
