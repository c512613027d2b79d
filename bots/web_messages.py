"""What the citizen's page posts, as messages.

    {"id": UUID, "type": "text", "text": "…"}
    {"id": UUID, "type": "location", "lat": -3.97, "lon": 122.5, "accuracy": 25}
    {"id": UUID, "type": "photo", "photo": "kendari/web-….jpg", "text": "…"}
    {"id": UUID, "type": "button", "data": "yes", "title": "1 Ya"}

Each may carry ``age``: the seconds that it waited on the phone for a connection.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from datetime import datetime, timedelta
from typing import Final

from bots.door import Fields, number, said
from bots.message import Attachment, InboundMessage, Place
from bots.web_tokens import owns

LONGEST_WAIT: Final = 24 * 3600.0  # seconds; an older message counts as a day old
SOUND_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


def read_message(content: Fields, body: bytes, now: datetime, *, token: str, chat: str, city: str) -> InboundMessage:
    """One message of the chat. What cannot be read becomes "unknown", without words, so that a human sees it."""
    key = f"{chat}:{_id(content, body)}"
    at = now - timedelta(seconds=min(LONGEST_WAIT, max(0.0, number(content.get("age")) or 0.0)))
    text = said(content, "text")
    match said(content, "type"):
        case "text" if text.strip():
            return InboundMessage(key, chat, "text", at, text, key)
        case "location" if place := _place(content):
            return InboundMessage(key, chat, "location", at, text, key, place=place)
        case "photo":
            return InboundMessage(key, chat, "photo", at, text, key, attachments=_photo(content, token, city))
        case "button" if said(content, "title").strip():
            data = said(content, "data")[:64] or None
            return InboundMessage(key, chat, "button", at, said(content, "title"), key, button=data)
    return InboundMessage(key, chat, "unknown", at, provider_id=key)


def _id(content: Fields, body: bytes) -> str:
    """The page's own id; without a sound one a hash of the body, so that the same body is the same message."""
    own = said(content, "id")
    return own if SOUND_ID.fullmatch(own) else hashlib.sha256(body).hexdigest()[:40]


def _place(content: Fields) -> Place | None:
    lat, lon = number(content.get("lat")), number(content.get("lon"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    accuracy = number(content.get("accuracy"))
    return Place(lat, lon, accuracy if accuracy is not None and accuracy >= 0 else None)


def _photo(content: Fields, token: str, city: str) -> tuple[Attachment, ...]:
    """The photo, if it was given out to this citizen; else the message goes on without it, and a human sees that."""
    ref = said(content, "photo")
    if not owns(token, city, ref):
        return ()
    return (Attachment("photo", ref, mimetypes.guess_type(ref)[0]),)
