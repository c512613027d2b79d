"""What the console's API says, in Pydantic: cases, conversations, messages. Ids are 64-bit integers as strings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Id = Annotated[str, BeforeValidator(str), Field(description="A 64-bit integer as a string", examples=["7305001"])]
Fact = str | int | float | bool | None


class Shape(BaseModel):
    """Built from what the database keeps; a key that is not ours is left out."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)


class Person(Shape):
    """Somebody at the desk."""

    id: Id
    name: str


class Contact(Shape):
    """Whoever wrote or called. An empty name is an unknown one; a caller noted by hand has an empty id."""

    id: Id
    name: str
    phone: str | None
    channel: str | None
    address: str
    cannot_call: bool = Field(description="Deaf or speech-impaired: never ring")
    language: str | None = None


class Place(Shape):
    """Where it happens, as far as known. WGS 84 degrees; a name without a known point has none."""

    text: str | None = None
    kecamatan: str | None = None
    kelurahan: str | None = None
    landmark: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    source: str | None = Field(None, description="pin, coordinates, link, pluscode, text or operator")
    confidence: float | None = None
    nearest: bool = Field(False, description="The kelurahan is only the one whose centre is nearest to the position")


class Incident(Shape):
    """One case."""

    city: str
    id: Id
    code: str
    number: int
    status: Literal["waiting", "claimed", "closed"]
    reason: str = Field(description="Why a human sees it")
    source: Literal["chat", "phone", "radio", "walk_in"]
    category: str | None
    categories: list[str]
    severity: int = Field(ge=1, le=4)
    restricted: bool
    summary: str
    place: Place | None
    alternatives: list[Place]
    outside: bool = Field(description="The place lies, it seems, outside the city")
    facts: dict[str, Any]
    why: list[str]
    note: str
    alarm: Literal["disconnected", "bot_failed", "send_failed"] | None
    conversation_id: Id | None
    channel: str | None
    contact: Contact | None
    silent: bool
    opened_at: AwareDatetime
    heard_at: AwareDatetime = Field(description="The first sign reached us: every clock starts here")
    claimed_at: AwareDatetime | None
    claimed_by: Person | None
    closed_at: AwareDatetime | None
    close_reason: str | None
    last_in_at: AwareDatetime | None
    last_text: str | None
    version: int


class Conversation(Shape):
    """One contact's thread."""

    city: str
    id: Id
    contact: Contact
    holder: Literal["bot", "operator"] = Field(description="Who speaks")
    operator: Person | None
    silent: bool
    incident_id: Id | None
    state: str = Field(description="What the bot is doing, in a few words")
    last_in_at: AwareDatetime | None
    last_out_at: AwareDatetime | None
    last_text: str | None
    window_until: AwareDatetime | None = Field(description="Free text is allowed until then; null: always")
    channel: str
    account: str = Field(description="By which of our numbers, bots or pages")


class Pin(Shape):
    """A position that somebody sent."""

    lat: float
    lon: float
    accuracy_m: float | None = None
    label: str | None = None
    live: bool = False


class Attachment(Shape):
    """A file that came with a message. ``url`` is set once it is here."""

    id: Id
    kind: str
    mime: str | None
    size: int | None
    seconds: int | None
    state: Literal["queued", "fetched", "failed"]
    url: str | None


class Understanding(Shape):
    """What the bot took a message for."""

    kind: str | None = None
    categories: list[str] = []
    severity: int | None = None
    action: str | None = None
    topics: list[Any] = []
    facts: dict[str, Any] = {}
    reasons: list[str] = []
    language: str | None = None


class Message(Shape):
    """One message of a transcript, either way."""

    id: Id
    conversation_id: Id
    direction: Literal["in", "out"]
    author: Literal["citizen", "bot", "operator", "system"]
    operator: Person | None
    kind: str
    text: str
    place: Pin | None
    attachments: list[Attachment]
    buttons: list[str]
    at: AwareDatetime
    received_at: AwareDatetime
    state: str | None = Field(description="queued sending sent delivered read failed dropped stale")
    error: str | None
    client_id: str | None
    edited_text: str | None
    deleted: bool
    understanding: Understanding | None


class PastCase(Shape):
    """A line of what the contact reported before."""

    code: str
    category: str | None
    opened_at: AwareDatetime
    close_reason: str | None


class Event(Shape):
    """A line of the audit."""

    at: AwareDatetime
    who: str
    verb: str
    detail: dict[str, Any]


class Health(Shape):
    """One part of the service, and what is wrong with it."""

    name: str
    ok: bool
    detail: str = ""


class Error(BaseModel):
    """Why not. ``detail`` tells the operator what to do; some errors say more (see each call)."""

    model_config = ConfigDict(extra="allow")

    error: str
    detail: str


class Queue(Shape):
    """The desk as it stood at ``at``."""

    incidents: list[Incident]
    conversations: list[Conversation]
    at: AwareDatetime


class Opened(Shape):
    """One conversation with its newest messages, oldest first."""

    conversation: Conversation
    messages: list[Message]
    more: bool = Field(description="There are older ones")
    incident: Incident | None = Field(description="The open case, else the last one")
    history: list[PastCase]
    viewers: list[Person]


class Older(Shape):
    """Messages before those that are known, oldest first."""

    messages: list[Message]
    more: bool


class Held(Shape):
    """A conversation and its case after it changed hands."""

    conversation: Conversation
    incident: Incident | None


class CaseFile(Shape):
    """One case and who did what."""

    incident: Incident
    events: list[Event]
