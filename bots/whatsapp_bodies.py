"""The forms in which Meta writes to a WhatsApp webhook.

Every optional field is lenient: one that does not have the documented form reads as None and costs itself alone.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

T = TypeVar("T")


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        return None


Lenient = Annotated[T | None, WrapValidator(_or_none)]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Text(Body):
    body: str


class Media(Body):
    id: str = Field(min_length=1)
    mime_type: Lenient[str] = None
    caption: Lenient[str] = None
    filename: Lenient[str] = None


class Spot(Body):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: Lenient[str] = None
    address: Lenient[str] = None


class Profile(Body):
    name: Lenient[str] = None


class Person(Body):
    """Who wrote, beside the messages. ``wa_id`` is missing where a username hides the number."""

    profile: Lenient[Profile] = None
    wa_id: Lenient[str] = None
    user_id: Lenient[str] = None


class CardName(Body):
    formatted_name: Lenient[str] = None


class CardPhone(Body):
    phone: Lenient[str] = None
    wa_id: Lenient[str] = None


class Card(Body):
    """One shared contact."""

    name: Lenient[CardName] = None
    phones: Lenient[list[Lenient[CardPhone]]] = None


class QuickReply(Body):
    """The button of a template."""

    payload: Lenient[str] = None
    text: Lenient[str] = None


class Choice(Body):
    id: str
    title: Lenient[str] = None


class Form(Body):
    """A flow that was filled in."""

    name: Lenient[str] = None
    response_json: Lenient[str] = None


class Interactive(Body):
    button_reply: Lenient[Choice] = None
    list_reply: Lenient[Choice] = None
    nfm_reply: Lenient[Form] = None


class Reaction(Body):
    message_id: str
    emoji: Lenient[str] = None


class Order(Body):
    text: Lenient[str] = None


class Named(Body):
    """``system`` and ``unsupported``: only their own kind is of use."""

    type: Lenient[str] = None


class Revoke(Body):
    original_message_id: str


class Edit(Body):
    original_message_id: str
    message: Lenient[Message] = None


class Context(Body):
    id: Lenient[str] = None


class Message(Body):
    id: Lenient[str] = None
    sender: Lenient[str] = Field(None, alias="from")
    from_user_id: Lenient[str] = None
    timestamp: Any = None
    type: Lenient[str] = None
    context: Lenient[Context] = None
    text: Lenient[Text] = None
    image: Lenient[Media] = None
    audio: Lenient[Media] = None
    voice: Lenient[Media] = None
    video: Lenient[Media] = None
    document: Lenient[Media] = None
    sticker: Lenient[Media] = None
    location: Lenient[Spot] = None
    contacts: Lenient[list[Lenient[Card]]] = None
    button: Lenient[QuickReply] = None
    interactive: Lenient[Interactive] = None
    reaction: Lenient[Reaction] = None
    order: Lenient[Order] = None
    system: Lenient[Named] = None
    unsupported: Lenient[Named] = None
    edit: Lenient[Edit] = None
    revoke: Lenient[Revoke] = None


class Fault(Body):
    code: Lenient[int] = None
    title: Lenient[str] = None
    message: Lenient[str] = None


class Status(Body):
    id: str
    status: str
    timestamp: Any = None
    errors: Lenient[list[Lenient[Fault]]] = None
