"""One conversation: read it, take it from the bot, answer, give it back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from config.database import Priority
from handoff.console import acts, cases, replies, transcript, views
from handoff.console.acts import Act
from handoff.console.guard import AtWork, CityAct, Desk, Key
from handoff.console.refusals import Refusal
from handoff.console.route import Written, subject
from handoff.console.shapes import Conversation, Held, Message, Older, Opened
from handoff.console.sight import note_view, shown_case
from handoff.console.words import Line, Text

router = subject("conversations", 404, 409)


class ReplyBody(BaseModel):
    """An operator's words. The same ``client_id`` is queued once, however often it is sent."""

    text: Text
    client_id: UUID
    ask_location: bool = False
    card: Line | None = None
    anyway: bool = Field(False, description="The operator has seen which words tell, and sends them all the same")


class ContactBody(BaseModel):
    """What is now known of the person; a field left out stays as it is."""

    cannot_call: bool | None = None
    name: Annotated[Line | None, Field(max_length=128)] = None
    language: Annotated[Line | None, Field(max_length=16)] = None
    silent: bool | None = None


@router.get("/conversations/{city}/{key}", summary="Open a conversation", response_model=Opened)
async def read(act: CityAct, key: Key, session: AtWork, desk: Desk) -> Written:
    """The newest 200 messages, oldest first. From here on this session's pages hear of every new one."""
    desk.live.follow(session, act.city.slug, key)
    viewers = desk.live.viewers(act.city.slug, key)

    def job(connection: Connection) -> tuple[str, int | None]:
        shown, case_id = transcript.opened(connection, act, key, viewers)
        return shown.model_dump_json(), case_id

    shown, restricted_case = await desk.database.read(job)
    if restricted_case is not None:
        await note_view(desk, act, restricted_case)
    return Written(shown)


@router.get("/conversations/{city}/{key}/messages", summary="Older messages", response_model=Older)
async def messages(
    act: CityAct, key: Key, desk: Desk, before: Annotated[int, Query(ge=1, lt=2**63, description="A message's id")]
) -> Older:
    """The 200 before the one named, oldest first."""

    def job(connection: Connection) -> tuple[Older, int | None]:
        _, restricted = transcript.seen_conversation(connection, act, key)
        case_id = shown_case(connection, act.city.slug, key) if restricted else None
        return transcript.older(connection, act, key, before), case_id

    page, restricted_case = await desk.database.read(job)
    if restricted_case is not None:
        await note_view(desk, act, restricted_case)
    return page


@router.post("/conversations/{city}/{key}/take", summary="Take a conversation from the bot", response_model=Held)
async def take(act: CityAct, key: Key, desk: Desk) -> Held:
    """Opens a case where none is open, and claims it. 409 ``held`` with ``by`` where a colleague speaks."""

    def job(connection: Connection) -> Held:
        acts.take(connection, act, key)
        return _held(connection, act, key)

    return await desk.database.write(job, Priority.OPERATOR)


@router.post("/conversations/{city}/{key}/handback", summary="Let the bot speak again", response_model=Held)
async def handback(act: CityAct, key: Key, desk: Desk) -> Held:
    """A case that is still open goes back into the queue."""

    def job(connection: Connection) -> Held:
        acts.hand_back(connection, act, key)
        return _held(connection, act, key)

    return await desk.database.write(job, Priority.OPERATOR)


def _held(connection: Connection, act: Act, key: int) -> Held:
    conversation, _ = transcript.seen_conversation(connection, act, key)
    case_id = shown_case(connection, act.city.slug, key)
    incident = None if case_id is None else views.incident_by_id(connection, act.city.slug, case_id)
    return Held(conversation=conversation, incident=incident)


@router.post(
    "/conversations/{city}/{key}/reply",
    summary="Answer the citizen",
    response_model=Message,
    status_code=201,
    responses={200: {"model": Message, "description": "This client_id was queued before: the stored message"}},
)
async def reply(act: CityAct, key: Key, body: ReplyBody, response: Response, desk: Desk) -> Message:
    """Answering a waiting case claims it. 409 ``not_yours``; 422 ``empty``, ``too_long``, ``window_closed``,
    ``telltale`` with ``words`` in silent mode, unless ``anyway``.
    """
    words = replies.Words(body.text, str(body.client_id), body.ask_location, body.card, body.anyway)
    message, fresh = await desk.database.write(
        lambda connection: replies.reply(connection, act, key, words, desk.sms_parts), Priority.OPERATOR
    )
    if not fresh:
        response.status_code = 200
    return message


@router.post("/conversations/{city}/{key}/contact", summary="Note the person's wishes", response_model=Conversation)
async def contact(act: CityAct, key: Key, body: ContactBody, desk: Desk) -> Conversation:
    """``cannot_call``: never ring. ``silent``: nothing sent may tell whom the person writes to."""
    news = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    if not news:
        raise Refusal("invalid", fills={"fields": "isi"})

    def job(connection: Connection) -> Conversation:
        cases.change_contact(connection, act, key, news)
        return transcript.seen_conversation(connection, act, key)[0]

    return await desk.database.write(job, Priority.OPERATOR)
