"""What is longer than its column, made to fit: PostgreSQL refuses it, for ever, and a refused message is a lost one.

The lengths are read from the tables, so that a column that grows is used at once. The raw body keeps every word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import BigInteger, Column, String

from bots.message import Attachment, InboundMessage
from handoff.tables import attachment, contact, message

Cut = Callable[[str, int], str | None]

_MARK: Final = 32  # hex digits of the hash that stands for the rest of a key


def cut(text: str, longest: int) -> str:
    """The beginning of ``text``: enough for whoever reads it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def key(text: str, longest: int) -> str:
    """``text``, or its beginning and a hash of the whole: the same text is always the same key, and no other's."""
    if len(text) <= longest:
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    return f"{text[: longest - _MARK - 1]}#{mark}"


def _whole_or_none(text: str, longest: int) -> str | None:
    """A number with digits missing is somebody else's: better none to ring."""
    return text if len(text) <= longest else None


def _longest(*columns: Column[Any]) -> int:
    return min(column.type.length or 0 for column in columns if isinstance(column.type, String))


def _largest(column: Column[Any]) -> int:
    return (2**63 if isinstance(column.type, BigInteger) else 2**31) - 1


# A chat that is too long cannot be answered any more, but it is kept, and every message of it meets in one thread.
# What names another message is cut as that message's own id is, so that the two still meet.
_OF_MESSAGE: Final[dict[str, tuple[int, Cut]]] = {
    "event_key": (_longest(message.c.event_key), key),
    "chat": (_longest(message.c.chat, contact.c.address), key),
    "provider_id": (_longest(message.c.provider_id), key),
    "reply_to": (_longest(message.c.provider_id), key),
    "edit_of": (_longest(message.c.provider_id), key),
    "sender_name": (_longest(contact.c.name), cut),
    "language": (_longest(contact.c.language), cut),
    "phone": (_longest(contact.c.phone), _whole_or_none),
}
_OF_FILE: Final[dict[str, tuple[int, Cut]]] = {
    "mime": (_longest(attachment.c.mime), cut),
    "name": (_longest(attachment.c.name), cut),
}
_NUMBERS: Final = {name: _largest(attachment.c[name]) for name in ("size", "seconds")}


def fit(one: InboundMessage) -> InboundMessage:
    """``one`` as the tables can hold it; the same object where it fits as it is."""
    news: dict[str, Any] = _too_long(one, _OF_MESSAGE)
    if one.attachments:
        news["attachments"] = tuple(fit_file(file) for file in one.attachments)
    return replace(one, **news) if news else one


def fit_provider_id(one: str) -> str:
    """A provider's name for a message of ours, cut as reports on it are."""
    longest, way = _OF_MESSAGE["provider_id"]
    return way(one, longest) or ""


def fit_file(file: Attachment) -> Attachment:
    """An attachment as the tables can hold it. A size or length beyond all measure stays beyond ours."""
    news: dict[str, Any] = _too_long(file, _OF_FILE)
    for name, largest in _NUMBERS.items():
        value = getattr(file, name)
        if value is not None and not 0 <= value <= largest:
            news[name] = min(max(value, 0), largest)
    return replace(file, **news) if news else file


def _too_long(one: InboundMessage | Attachment, limits: dict[str, tuple[int, Cut]]) -> dict[str, str | None]:
    return {
        name: way(value, longest)
        for name, (longest, way) in limits.items()
        if (value := getattr(one, name)) is not None and len(value) > longest
    }
