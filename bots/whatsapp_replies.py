"""Our replies as the Graph API wants them: text, at most three buttons, else a list, a request for the position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bots.channel import SendFailed
from bots.door import clean_text, pieces, short
from bots.message import Button, OutboundMessage, Place, Template

TEXT: Final = 4096  # characters in a plain text
BODY: Final = 1024  # characters over buttons, a list or a request for the position, and under a picture
PARAMETER: Final = 900  # characters of ours in a template, whose own words count too in a body's 1024
BUTTONS: Final = 3
ROWS: Final = 10
NOTHING_MORE: Final = "…"  # the body that Meta demands where all is said
PIN: Final = "📍"
OPENS_LIST: Final = "☰"
NUMBER: Final = re.compile(r"\+?([1-9][0-9]{4,14})")
USER_ID: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}")  # of somebody whose number Meta does not tell

Json = dict[str, Any]


def recipient(chat: str) -> Json:
    """The addressee: a number, or a user id where that is all we know. Raises SendFailed for what is neither."""
    if number := NUMBER.fullmatch(chat):
        return {"to": number[1]}
    if USER_ID.fullmatch(chat):
        return {"recipient": chat}
    raise SendFailed("no such chat", permanent=True, code="131026")


def compose(message: OutboundMessage, image: str | None) -> list[Json]:
    """The bodies that make one message, in order. ``image`` is the media id of its picture. Raises SendFailed.

    ``extra["template"]``, "name/language", sends the words as that approved template, whose one parameter is a text:
    nothing else gets through once the window for free text is shut.
    """
    templates = [message.template] if message.template else _as_template(message)
    contents = [_template(one) for one in templates] or list(_contents(message, image))
    if not contents:
        raise SendFailed("nothing to send", permanent=True)
    common = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient(message.chat),
        "biz_opaque_callback_data": str(message.id),  # comes back with every status
    }
    bodies = [{**common, **content} for content in contents]
    if message.reply_to:
        bodies[0]["context"] = {"message_id": message.reply_to}
    return bodies


def _as_template(message: OutboundMessage) -> list[Template]:
    name, _, language = message.extra.get("template", "").partition("/")
    parts = pieces(clean_text(message.text).strip(), PARAMETER) if name else []
    return [Template(name, language or "id", (part,)) for part in parts]


def _contents(message: OutboundMessage, image: str | None) -> Iterator[Json]:
    text, asks = clean_text(message.text).strip(), bool(message.buttons) or message.ask_location
    if image:
        caption = text if len(pieces(text, BODY)) == 1 and not asks else ""
        yield {"type": "image", "image": {"id": image, **({"caption": caption} if caption else {})}}
        text = "" if caption else text
    *before, last = pieces(text, TEXT, BODY if asks else TEXT) or [""]
    for part in before:
        yield _text(part)
    if asks:
        yield from _questions(message, last)
    elif last:
        yield _text(last)
    if message.place:
        yield _location(message.place)


def _questions(message: OutboundMessage, text: str) -> Iterator[Json]:
    """Buttons and the request for the position do not go into one message: the words go with the first of them."""
    for body in _choices(message, text):
        yield body
        text = ""
    if message.ask_location:
        yield _interactive("location_request_message", text or PIN, {"name": "send_location"})


def _choices(message: OutboundMessage, text: str) -> Iterator[Json]:
    if 0 < len(message.buttons) <= BUTTONS:
        yield _interactive("button", text or NOTHING_MORE, {"buttons": [_button(one) for one in message.buttons]})
        return
    opens = short(message.extra.get("list_button", OPENS_LIST), 20)
    for start in range(0, len(message.buttons), ROWS):
        rows = [{"id": one.data[:200], "title": short(one.title, 24)} for one in message.buttons[start : start + ROWS]]
        yield _interactive("list", text or NOTHING_MORE, {"button": opens, "sections": [{"rows": rows}]})
        text = ""


def _button(button: Button) -> Json:
    return {"type": "reply", "reply": {"id": button.data[:256], "title": short(button.title, 20)}}


def _interactive(kind: str, text: str, action: Json) -> Json:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _text(text: str) -> Json:
    return {"type": "text", "text": {"preview_url": False, "body": text}}


def _location(place: Place) -> Json:
    named = {"name": place.label} if place.label else {}
    return {"type": "location", "location": {"latitude": place.lat, "longitude": place.lon, **named}}


def _template(template: Template) -> Json:
    """Meta refuses a parameter with line breaks, tabs or more than four spaces in a row."""
    texts = [{"type": "text", "text": " ".join(clean_text(one).split()) or "-"} for one in template.parameters]
    components = [{"type": "body", "parameters": texts}] if texts else []
    language = {"code": template.language}
    return {"type": "template", "template": {"name": template.name, "language": language, "components": components}}
