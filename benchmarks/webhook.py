"""Webhooks as Meta posts them, written out and signed."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any

import orjson

from benchmarks.setting import APP_SECRET, HOST, phone_number_id
from benchmarks.wire import request

Json = dict[str, Any]


def body_of(account: int, messages: Sequence[Json] = (), statuses: Sequence[Json] = ()) -> bytes:
    """One delivery with all of them in one change."""
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62811555000112", "phone_number_id": str(phone_number_id(account))},
    }
    if messages:
        chats = dict.fromkeys(one["from"] for one in messages)
        value["contacts"] = [{"profile": {"name": f"Warga {chat[-3:]}"}, "wa_id": chat} for chat in chats]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    changes = [{"value": value, "field": "messages"}]
    return orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}
    )


def text_message(wamid: str, chat: str, text: str, at: float = 0.0) -> Json:
    """What a citizen wrote, ``at`` seconds since 1970 (now)."""
    return {"from": chat, "id": wamid, "timestamp": str(int(at or time.time())), "type": "text", "text": {"body": text}}


def signed(account: str, body: bytes) -> bytes:
    """The whole request, signed with the app's secret."""
    seal = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = f"X-Hub-Signature-256: sha256={seal}\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
    return request(f"/in/whatsapp/{account}", HOST, body, headers)
