"""What a delivery of WhatsApp's says, in our words.

Read message by message, of which one delivery may bring a thousand: a broken one never costs its neighbours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bots.channel import Unreadable
from bots.door import NOBODY, Fields, moment, rows
from bots.message import (
    Attachment,
    AttachmentKind,
    DeliveryReport,
    DeliveryState,
    InboundMessage,
    Parsed,
    Place,
)
from bots.whatsapp_bodies import Card, Message, Person, Status

LONGEST_KEY: Final = 200  # characters of an id, which indexes hold; Meta's have less than 150
M = TypeVar("M", bound=BaseModel)

MEDIA: Final[dict[str, AttachmentKind]] = {
    "image": "photo",
    "audio": "voice",
    "voice": "voice",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}

# "played" is a voice message that was heard. Others ("deleted", "warning", what may come) change nothing for us.
STATES: Final[dict[str, DeliveryState]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


def read_body(body: Fields, seal: str, now: datetime) -> Parsed:
    """Every message and every status of every change of every entry.

    What is broken inside comes out as a message of kind "unknown", of NOBODY where its sender cannot be read.
    ``seal``, the same for a redelivery, makes its key; ``now`` stands in for a time that cannot be read.
    Raises Unreadable where there are no entries at all.
    """
    if "entry" not in body:
        raise Unreadable("no entries")
    broken: list[object] = []
    found: list[Callable[[str], InboundMessage]] = []
    reports: list[DeliveryReport] = []
    for value in _values(body, broken):
        people = [person for person in (_model(Person, one) for one in rows(value, "contacts")) if person]
        found += [partial(_read_message, one, people, now) for one in _each(value, "messages")]
        found += [partial(_read_call, one, people, now) for one in rows(value, "calls") if _is_ringing(one)]
        reports += [report for report in (_read_status(one, now) for one in rows(value, "statuses")) if report]
    found += [partial(_read_message, one, [], now) for one in broken]
    return Parsed(tuple(read(f"{seal}:{place}") for place, read in enumerate(found)), tuple(reports))


def _values(body: Fields, broken: list[object]) -> Iterator[Fields]:
    for entry in _each(body, "entry"):
        for change in _each(entry, "changes") if isinstance(entry, dict) else [entry]:
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                yield value
            else:
                broken.append(change)


def _each(value: Fields, name: str) -> list[Any]:
    """The rows under ``name``; what stands there in place of a list is one broken row, not none."""
    found = value.get(name)
    return found if isinstance(found, list) else [found] if found is not None else []


def _model(model: type[M], raw: object) -> M | None:
    """``raw`` as ``model``, or None: hostile nesting raises RecursionError, everything else ValidationError."""
    try:
        return model.model_validate(raw)
    except (ValidationError, RecursionError):
        return None


def _read_message(raw: object, people: list[Person], now: datetime, spare_key: str) -> InboundMessage:
    message = _model(Message, raw)
    if message is None:
        return InboundMessage(spare_key, NOBODY, "unknown", now, "message")
    person = _person(message.sender, message.from_user_id, people)
    number = message.sender or person.wa_id
    key = _key(message.id)
    chat = message.from_user_id or person.user_id or number or NOBODY
    sent = InboundMessage(
        event_key=key or spare_key,
        chat=chat if len(chat) <= LONGEST_KEY else NOBODY,
        kind="unknown",
        sent_at=moment(message.timestamp, now),
        text=message.type or "message",
        provider_id=key,
        sender_name=person.profile.name if person.profile else None,
        phone=_e164(number),
        reply_to=_key(message.context.id) if message.context else None,
    )
    return _with_content(sent, message)


def _with_content(sent: InboundMessage, message: Message) -> InboundMessage:
    """``sent`` with what it says; as it is, "unknown" under Meta's name for it, where that cannot be read."""
    kind = message.type or ""
    if kind in MEDIA and (media := getattr(message, kind)):
        attachment = Attachment(MEDIA[kind], media.id, media.mime_type, name=media.filename)
        return replace(sent, kind=MEDIA[kind], text=media.caption or "", attachments=(attachment,))
    return CONTENTS.get(kind, _text)(sent, message) or sent


def _text(sent: InboundMessage, message: Message) -> InboundMessage | None:
    return replace(sent, kind="text", text=message.text.body) if message.text else None


def _location(sent: InboundMessage, message: Message) -> InboundMessage | None:
    if not (spot := message.location):
        return None
    label = ", ".join(part for part in (spot.name, spot.address) if part)
    return replace(sent, kind="location", text="", place=Place(spot.latitude, spot.longitude, label=label or None))


def _contacts(sent: InboundMessage, message: Message) -> InboundMessage | None:
    cards = [_card(card) for card in message.contacts or () if card]
    return replace(sent, kind="contact", text="; ".join(cards)) if cards else None


def _card(card: Card) -> str:
    numbers = [number.phone or number.wa_id for number in card.phones or () if number]
    return " ".join(part for part in ((card.name.formatted_name if card.name else None), *numbers) if part)


def _button(sent: InboundMessage, message: Message) -> InboundMessage | None:
    if not (pressed := message.button):
        return None
    label = pressed.text or pressed.payload or ""
    return replace(sent, kind="button", text=label, button=pressed.payload or label)


def _interactive(sent: InboundMessage, message: Message) -> InboundMessage | None:
    answer = message.interactive
    if answer and (choice := answer.button_reply or answer.list_reply):
        return replace(sent, kind="button", text=choice.title or choice.id, button=choice.id)
    if answer and (form := answer.nfm_reply):
        return replace(sent, kind="button", text=form.response_json or "", button=form.name or "flow")
    return None


def _reaction(sent: InboundMessage, message: Message) -> InboundMessage | None:
    """An emoji on a message of ours; without one it was taken back."""
    if not (reaction := message.reaction):
        return None
    return replace(sent, kind="reaction", text=reaction.emoji or "", edit_of=reaction.message_id)


def _edit(sent: InboundMessage, message: Message) -> InboundMessage | None:
    if not (edit := message.edit):
        return None
    says = _with_content(replace(sent, text=""), edit.message) if edit.message else replace(sent, text="")
    return replace(says, kind="edit", edit_of=edit.original_message_id)


def _revoke(sent: InboundMessage, message: Message) -> InboundMessage | None:
    if not (revoke := message.revoke):
        return None
    return replace(sent, kind="deleted", text="", edit_of=revoke.original_message_id)


def _order(sent: InboundMessage, message: Message) -> InboundMessage | None:
    return replace(sent, text=message.order.text) if message.order and message.order.text else None


def _named(sent: InboundMessage, message: Message) -> InboundMessage | None:
    """Meta's word for what it does not pass on, or for its own notice ("user_changed_number")."""
    named = message.system or message.unsupported
    return replace(sent, text=named.type) if named and named.type else None


CONTENTS: Final[dict[str, Callable[[InboundMessage, Message], InboundMessage | None]]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "order": _order,
    "system": _named,
    "unsupported": _named,
}


def _read_call(raw: Any, people: list[Person], now: datetime, spare_key: str) -> InboundMessage:
    """Somebody rings us on WhatsApp, where nobody answers: a human must see it."""
    call = _model(Message, {**raw, "type": "call"}) or Message()
    sent = _read_message(call.model_dump(by_alias=True), people, now, spare_key)
    return replace(sent, provider_id=None)


def _is_ringing(raw: object) -> bool:
    return isinstance(raw, dict) and raw.get("event") == "connect" and raw.get("direction") != "BUSINESS_INITIATED"


def _read_status(raw: object, now: datetime) -> DeliveryReport | None:
    status = _model(Status, raw)
    if status is None or status.status not in STATES:
        return None
    errors = [
        f"{fault.code or ''} {fault.title or fault.message or ''}".strip() for fault in status.errors or () if fault
    ]
    error = "; ".join(errors) or None
    return DeliveryReport(status.id, STATES[status.status], moment(status.timestamp, now), error)


def _person(number: str | None, user_id: str | None, people: list[Person]) -> Person:
    """Who in ``contacts`` wrote the message; of one alone that is sure, though the number may be written otherwise."""
    if len(people) == 1:
        return people[0]
    for person in people:
        if (user_id and person.user_id == user_id) or (number and person.wa_id == number):
            return person
    return Person()


def _key(message_id: str | None) -> str | None:
    if message_id and len(message_id) > LONGEST_KEY:
        return hashlib.sha256(message_id.encode()).hexdigest()
    return message_id or None


def _e164(number: str | None) -> str | None:
    return f"+{number}" if number and re.fullmatch("[1-9][0-9]{4,14}", number) else None
