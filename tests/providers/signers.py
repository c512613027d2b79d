"""How each channel's provider proves that a delivery is its own. A new channel adds one entry here, and payload files.

A channel that is never posted to (a modem) has an entry too: its ``seal`` is empty, its bodies are what it parses.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
}
