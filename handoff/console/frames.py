"""What the live socket says: one JSON object a frame."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from handoff.console.shapes import Conversation, Health, Id, Incident, Message, Person


class Hello(BaseModel):
    """The first frame: from here on nothing is missed, so take the snapshot now."""

    type: Literal["hello"] = "hello"
    server_time: AwareDatetime


class Ping(BaseModel):
    """Every ten seconds; the page answers with a pong."""

    type: Literal["ping"] = "ping"
    server_time: AwareDatetime


class IncidentFrame(BaseModel):
    type: Literal["incident"] = "incident"
    incident: Incident


class ConversationFrame(BaseModel):
    type: Literal["conversation"] = "conversation"
    conversation: Conversation


class MessageFrame(BaseModel):
    type: Literal["message"] = "message"
    city: str
    conversation_id: Id
    message: Message


class ViewersFrame(BaseModel):
    type: Literal["viewers"] = "viewers"
    city: str
    conversation_id: Id
    viewers: list[Person]


class HealthFrame(BaseModel):
    type: Literal["health"] = "health"
    parts: list[Health]
