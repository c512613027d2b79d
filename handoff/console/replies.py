"""An operator's words to a citizen: checked, queued once, first in line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from handoff import conversations, incidents
from handoff.audit import note
from handoff.console import acts, views
from handoff.console.acts import Act
from handoff.console.refusals import Refusal
from handoff.console.shapes import Message
from handoff.conversations import Reply, Thread
from handoff.tables import message
from knowledge_base.cards import Card
from knowledge_base.telltales import TELLTALES

SMS = "sms"
LONGEST = 4000  # characters on every channel; an outbox cuts at what its provider takes
LONGEST_SMS = 4  # parts: each further one arrives later and costs the same again
SmsParts = Callable[[str], int]

_NUMBER = re.compile(r"^\s*\d+[.)]\s*")


@dataclass(frozen=True, slots=True)
class Words:
    """What the operator's page sent. ``client_id`` is the same at every try."""

    text: str
    client_id: str
    ask_location: bool = False
    card: str | None = None
    anyway: bool = False  # the operator has seen which words tell


def reply(
    connection: Connection, act: Act, conversation_id: int, words: Words, sms_parts: SmsParts
) -> tuple[Message, bool]:
    """Queue it. Returns the message, and whether it is new: a repeated ``client_id`` gives the stored one again."""
    thread = acts.thread_of(connection, act, conversation_id)
    stored = _stored(connection, act, thread, words.client_id)
    if stored is not None:
        return views.messages(connection, [stored])[0], False
    row = acts.holding(connection, act, thread)
    silent = bool(thread.conversation["silent"] or (row is not None and row["silent"]))
    _check(thread, words, sms_parts)
    template = _template(act, thread, silent)
    if silent:
        _refuse_telltales(connection, act, thread, words)
    said = conversations.say(connection, thread, _reply(act, words, template), act.now)
    thread.conversation["last_out_at"] = act.now
    conversations.remember(connection, [thread])
    if row is not None:
        incidents.mark_answered(connection, row, act.who, act.now)
    return views.messages(connection, [said])[0], True


def _stored(connection: Connection, act: Act, thread: Thread, client_id: str) -> RowMapping | None:
    query = select(message).where(
        message.c.city == thread.city,
        message.c.channel == thread.contact["channel"],
        message.c.account == thread.contact["account"],
        message.c.event_key == f"out:{client_id}",
    )
    row = connection.execute(query).mappings().first()
    if row is not None and (row["conversation_id"], row["operator_id"]) != (thread.id, act.operator.id):
        raise Refusal("client_id")
    return row


def _check(thread: Thread, words: Words, sms_parts: SmsParts) -> None:
    if not words.text.strip():
        raise Refusal("empty")
    channel = thread.contact["channel"]
    if len(words.text) > LONGEST or (channel == SMS and sms_parts(words.text) > LONGEST_SMS):
        raise Refusal("too_long")


def _template(act: Act, thread: Thread, silent: bool) -> str:
    """The approved template as which the words must leave: nothing while free text may be sent.

    A template's own words name us, so there is none for somebody in silent mode. Refusal("window_closed").
    """
    channel = thread.contact["channel"]
    since = thread.conversation["last_in_at"] or thread.conversation["created_at"]
    until = views.window_until(channel, since, act.windows)
    if until is None or act.now < until:
        return ""
    template = act.templates.get((channel, thread.contact["account"]), "")
    if silent or not template:
        raise Refusal("window_closed")
    return template


def _refuse_telltales(connection: Connection, act: Act, thread: Thread, words: Words) -> None:
    """In silent mode a word that tells goes out only once the operator has been asked. Both are on record."""
    found = TELLTALES.found(words.text)
    if not found:
        return
    if not words.anyway:
        raise Refusal("telltale", fills={"words": ", ".join(found[:10])}, words=found[:10])
    about = {"incident_id": thread.conversation["incident_id"], "conversation_id": thread.id}
    note(connection, thread.city, act.who, "telltale", act.now, **about, count=len(found))


def _reply(act: Act, words: Words, template: str) -> Reply:
    return Reply(
        text=words.text,
        author="operator",
        urgency=0,
        ask_location=words.ask_location and not template,
        operator_id=act.operator.id,
        client_id=words.client_id,
        card=_card_quoted(act, words),
        extra={"template": template} if template else {},
    )


def _card_quoted(act: Act, words: Words) -> str | None:
    """Slug and version of the card that these words quote. Refusal where it is not approved today.

    Words that are not the card's own leave as the operator's: only an approved text may carry a card's name.
    """
    if words.card is None:
        return None
    card = act.city.card(words.card)
    today = act.now.astimezone(act.city.timezone).date()
    if card is None or card.kind != "card" or not card.approved_at(today):
        raise Refusal("card_not_approved")
    return f"{card.slug}@{card.version}" if _quotes(words.text, card) else None


def _quotes(text: str, card: Card) -> bool:
    lines = [_NUMBER.sub("", line).strip() for line in text.splitlines() if line.strip()]
    return bool(lines) and all(line in (*card.steps, card.title) for line in lines)


def closing_words(act: Act, row: dict[str, Any], channel: str) -> str:
    """What the citizen is told at the end of a case: the city's own sentence, never a promise."""
    wording = act.city.wording
    text = wording.get("closed_sms") if channel == SMS else None
    city = {"voice": act.city.voice_number, "city": act.city.name, "short": act.city.short_name}
    return (text or wording["closed"]).format_map({**city, "code": row["code"]})
