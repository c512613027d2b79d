"""The only words that a channel speaks: what came in, what goes out, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

InboundKind = Literal[
    "text",
    "location",  # a pin, a venue or one fix of a live location
    "photo",
    "voice",  # voice note or audio file
    "video",
    "document",
    "contact",
    "sticker",
    "button",  # an answer by a button or list row; ``button`` holds its data, ``text`` its label
    "reaction",  # ``text`` holds the emoji, empty when it was taken back
    "edit",  # ``edit_of`` names the message, ``text`` and ``place`` hold what it says now
    "deleted",  # ``edit_of`` names the message that its sender took back
    "fix",  # a position that a telephone sent by itself (AML); without ``place`` where it knows none
    "call",  # rang a number that only reads, and was rejected
    "unknown",  # nothing that we can read; ``text`` may hold the provider's name for it
]
AttachmentKind = Literal["photo", "voice", "video", "document", "sticker"]
DeliveryState = Literal["sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class Place:
    """A position that somebody sent. Degrees WGS 84, metres."""

    lat: float
    lon: float
    accuracy_m: float | None = None
    label: str | None = None  # a venue's name or address, as its sender's app wrote it
    live: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the provider holds for us until we fetch it by ``ref``."""

    kind: AttachmentKind
    ref: str  # Telegram file_id, WhatsApp media id; for web chat the name under which it is already kept
    mime: str | None = None
    size: int | None = None  # bytes, as the provider says
    name: str | None = None
    seconds: int | None = None  # length of a voice note or video


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a citizen, or of an agency's officer, whatever channel it came by."""

    event_key: str  # unique within the account: a redelivery has the same key
    chat: str  # whom to answer, in the channel's own terms
    kind: InboundKind
    sent_at: datetime  # by the provider's clock, UTC
    text: str = ""
    provider_id: str | None = None  # the message's own id within its chat or account
    sender_name: str | None = None
    phone: str | None = None  # E.164, only where the channel proves it
    language: str | None = None  # BCP 47, as the sender's app says
    place: Place | None = None
    attachments: tuple[Attachment, ...] = ()
    button: str | None = None
    reply_to: str | None = None  # provider_id of the quoted message
    edit_of: str | None = None  # provider_id of the edited, deleted or reacted-to message


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message of ours. States only move forward; a later ``sent`` does not undo ``read``."""

    provider_id: str
    state: DeliveryState
    at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that one delivery of a provider held."""

    messages: tuple[InboundMessage, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()
    answer: bytes | None = None  # the body that the provider wants back (WhatsApp's hub.challenge)


@dataclass(frozen=True, slots=True)
class Button:
    """A reply that the citizen can give by one tap. ``title`` at most 20 characters (WhatsApp's limit)."""

    data: str
    title: str


@dataclass(frozen=True, slots=True)
class Template:
    """A message that the provider approved beforehand: the only kind outside WhatsApp's 24-hour window."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message for one chat, as a channel sends it.

    ``id`` is the same at every attempt: a channel with idempotency keys uses it as such.
    A channel that has no buttons leaves them out: the text says what to write ("1 = ya, 2 = tidak") already.
    """

    id: int
    chat: str
    text: str
    buttons: tuple[Button, ...] = ()
    ask_location: bool = False  # show the native "send my position" button, where there is one
    place: Place | None = None  # send this position along
    photo: str | None = None  # path of a picture to send, ``text`` being its caption
    template: Template | None = None
    urgent: bool = False
    expires_at: datetime | None = None  # of no use to anybody later: for networks that keep what they cannot deliver
    reply_to: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
