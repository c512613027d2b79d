"""Our messages as calls of the Bot API: text in parts, buttons, the request for the position, a photo, a pin."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import telegram
from telegram.error import BadRequest, TelegramError

from bots.channel import SendFailed
from bots.door import clean_text, pieces, whole
from bots.message import OutboundMessage
from bots.parts import Step

TEXT: Final = 4096  # UTF-16 units in a message
CAPTION: Final = 1024  # UTF-16 units under a photo
MARKUP_REFUSED: Final = re.compile("button|keyboard|markup|private chats", re.IGNORECASE)
# What the library raises over a 200 that holds no result.
NOT_AN_ANSWER: Final = (KeyError, TypeError, ValueError, AttributeError)

log = logging.getLogger(__name__)

Method = Callable[..., Awaitable[telegram.Message]]
Markup = telegram.InlineKeyboardMarkup | telegram.ReplyKeyboardMarkup | None


async def compose(bot: telegram.Bot, chat: str, message: OutboundMessage) -> list[Step]:
    """The calls that make one message: text in as many parts as it needs, then photo, then position.

    The buttons hang on the last part of the text, or on what there is without one.
    """
    number, _, business = chat.partition("@")
    if whole(_number(number)) is None:
        raise SendFailed("no such chat", permanent=True, code="400")
    to: dict[str, Any] = {"chat_id": int(number), "business_connection_id": business or None}
    to["disable_notification"] = bool(message.extra.get("silent")) or None
    text, photo = clean_text(message.text), await _picture(message)
    caption = text if photo and len(pieces(text, CAPTION)) == 1 else ""
    plain = {"link_preview_options": telegram.LinkPreviewOptions(is_disabled=True)}
    parts = [] if caption else pieces(text, TEXT)
    calls: list[tuple[Method, dict[str, Any]]] = [(bot.send_message, {"text": part, **plain}) for part in parts]
    marked = max(0, len(calls) - 1)
    if photo:
        calls.append((bot.send_photo, {"photo": photo, "caption": caption or None}))
    if message.place:
        calls.append((bot.send_location, {"latitude": message.place.lat, "longitude": message.place.lon}))
    if not calls:
        raise SendFailed("nothing to send", permanent=True)
    calls[0][1]["reply_parameters"] = _quoted(message)
    calls[marked][1]["reply_markup"] = _markup(message, private=not number.startswith("-"))
    return [partial(_call, message.chat, method, {**to, **what}) for method, what in calls]


async def _call(chat: str, method: Method, what: dict[str, Any]) -> str:
    """One call. A message whose buttons are refused goes out without them: its words matter more."""
    try:
        return f"{chat}:{(await method(**what)).message_id}"
    except BadRequest as refusal:
        if not what.get("reply_markup") or not MARKUP_REFUSED.search(refusal.message):
            raise
        log.error("telegram: buttons refused: %s", refusal.message)
        return await _call(chat, method, {**what, "reply_markup": None})
    except NOT_AN_ANSWER:
        raise TelegramError("Invalid server response") from None


async def _picture(message: OutboundMessage) -> telegram.InputFile | None:
    if not message.photo:
        return None
    path = Path(message.photo)
    try:
        return telegram.InputFile(await asyncio.to_thread(path.read_bytes), filename=path.name)
    except OSError:
        raise SendFailed("photo cannot be read", permanent=True, code="photo") from None


def _quoted(message: OutboundMessage) -> telegram.ReplyParameters | None:
    quoted = whole(_number((message.reply_to or "").rpartition(":")[2]))
    return telegram.ReplyParameters(quoted, allow_sending_without_reply=True) if quoted else None


def _markup(message: OutboundMessage, *, private: bool) -> Markup:
    """Inline buttons; or, beside the position button (private chats only), keys that type their title."""
    if message.ask_location and private:
        ask = telegram.KeyboardButton(message.extra.get("location_button", "📍"), request_location=True)
        keys = [[ask], *([telegram.KeyboardButton(button.title)] for button in message.buttons)]
        return telegram.ReplyKeyboardMarkup(keys, resize_keyboard=True, one_time_keyboard=True)
    if message.buttons:
        return telegram.InlineKeyboardMarkup(
            [[telegram.InlineKeyboardButton(button.title, callback_data=button.data)] for button in message.buttons]
        )
    return None


def _number(digits: str) -> int | None:
    return int(digits) if re.fullmatch(r"-?[0-9]{1,19}", digits) else None
