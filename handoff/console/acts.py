"""What an operator does with cases and conversations: plain functions of a connection, each one act of one person.

Everywhere the same lock order: contact, conversation, incident.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from handoff import conversations, incidents, operators
from handoff.audit import Who
from handoff.console import views
from handoff.console.refusals import Refusal
from handoff.console.shapes import Person
from handoff.console.views import Windows
from handoff.conversations import Reply, Thread
from handoff.incidents import Refused
from handoff.operators import Operator
from handoff.report import Origin, Report
from handoff.tables import conversation
from knowledge_base.city import City

LOOK_AGAIN = timedelta(seconds=30)  # the dialogue's own first look: its clocks run again for what is put back

Row = dict[str, Any]
Templates = Mapping[tuple[str, str], str]
"""By channel and account: the approved template, "name/language", that carries free text once its window is shut."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, in which city, when."""

    operator: Operator
    city: City
    now: datetime
    windows: Windows
    templates: Templates = field(default_factory=dict)

    @property
    def who(self) -> Who:
        return Who(self.operator.username, self.operator.id)


def case_of(connection: Connection, act: Act, incident_id: int) -> Row:
    """The case as it stands. Refusal("not_found") also where this person may not see it."""
    row = incidents.get(connection, act.city.slug, incident_id)
    if row is None or not act.operator.may_see(act.city.slug, row["restricted"]):
        raise Refusal("not_found")
    return row


def thread_of(connection: Connection, act: Act, conversation_id: int) -> Thread:
    """The thread, locked. Refusal("not_found") also where this person may not see it."""
    thread = conversations.get_thread(connection, act.city.slug, conversation_id, lock=True)
    restricted = connection.scalar(
        select(views.is_restricted).where(conversation.c.city == act.city.slug, conversation.c.id == conversation_id)
    )
    if thread is None or not act.operator.may_see(act.city.slug, bool(restricted)):
        raise Refusal("not_found")
    return thread


def open_case(connection: Connection, thread: Thread) -> Row | None:
    """The thread's case that is not closed, locked."""
    incident_id = thread.conversation["incident_id"]
    return incidents.load_open(connection, thread.city, [incident_id]).get(incident_id) if incident_id else None


@contextmanager
def refusing(connection: Connection, act: Act) -> Iterator[None]:
    """Say in the console's words what the case file refuses."""
    try:
        yield
    except Refused as refused:
        raise _in_words(connection, act, refused.code, refused.now) from None


def _in_words(connection: Connection, act: Act, code: str, row: Mapping[str, Any]) -> Refusal:
    if code == "claimed":
        return taken(connection, "claimed", row["operator_id"])
    return Refusal(code, incident=views.incident_by_id(connection, act.city.slug, row["id"]))


def taken(connection: Connection, error: str, operator_id: int | None) -> Refusal:
    """Somebody else has it: say who."""
    row = operators.get(connection, operator_id)
    by = views.person(operator_id, row["name"] if row else None) or Person(id="0", name="rekan lain")
    return Refusal(error, fills={"by": by.name}, by=by)


def claim(connection: Connection, act: Act, incident_id: int) -> None:
    """Take a waiting case, and with it the conversation, in one act. Exactly one of several wins."""
    row = case_of(connection, act, incident_id)
    thread = None
    if row["conversation_id"] is not None:
        thread = thread_of(connection, act, row["conversation_id"])
    newly = thread is not None and not _held_by(thread, act)
    _claim(connection, act, row, thread)
    if thread is not None and newly:
        _tell_opened(connection, act, row, thread)


def _tell_opened(connection: Connection, act: Act, row: Row, thread: Thread) -> None:
    """The citizen hears that a person has opened the report now: nothing more, and nothing where words could betray."""
    if thread.conversation["silent"] or row["silent"]:
        return
    words = act.city.wording["operator_here"]
    conversations.say(connection, thread, Reply(words, author="system", urgency=1), act.now)


def _claim(connection: Connection, act: Act, row: Row, thread: Thread | None) -> Row:
    if thread is not None and _held_by_another(thread, act):
        raise taken(connection, "claimed", thread.conversation["operator_id"])
    with refusing(connection, act):
        claimed = incidents.claim(connection, act.city.slug, row["id"], act.operator.id, act.who, act.now)
    if thread is not None and not _held_by(thread, act):
        conversations.hold(connection, thread, act.operator.id, act.who, act.now)
    return claimed


def _held_by(thread: Thread, act: Act) -> bool:
    talk = thread.conversation
    return bool(talk["holder"] == "operator" and talk["operator_id"] == act.operator.id)


def _held_by_another(thread: Thread, act: Act) -> bool:
    return thread.conversation["holder"] == "operator" and not _held_by(thread, act)


def holding(connection: Connection, act: Act, thread: Thread) -> Row | None:
    """Make sure that this person speaks in the thread: a case that waits is claimed by answering it.

    Returns the open case. Refusal("not_yours") where a colleague speaks, or nobody asked for a person.
    """
    row = open_case(connection, thread)
    if _held_by(thread, act):
        return row
    if _held_by_another(thread, act):
        raise taken(connection, "not_yours", thread.conversation["operator_id"])
    if row is None:
        raise Refusal("not_yours")
    if row["status"] == "claimed" and row["operator_id"] != act.operator.id:
        raise taken(connection, "not_yours", row["operator_id"])
    return _claim(connection, act, row, thread)


def take(connection: Connection, act: Act, conversation_id: int) -> None:
    """Take a conversation from the bot; a case is opened where none is."""
    thread = thread_of(connection, act, conversation_id)
    if _held_by_another(thread, act):
        raise taken(connection, "held", thread.conversation["operator_id"])
    row = open_case(connection, thread)
    if row is None:
        row = _open_for(connection, act, thread)
    elif row["status"] == "claimed" and row["operator_id"] != act.operator.id:
        raise taken(connection, "held", row["operator_id"])
    _claim(connection, act, row, thread)


def _open_for(connection: Connection, act: Act, thread: Thread) -> Row:
    talk = thread.conversation
    origin = Origin(
        act.city.slug,
        act.city.incident_prefix,
        conversation_id=thread.id,
        contact_id=thread.contact["id"],
    )
    silent = talk["silent"]
    report = Report("operator", severity=3, summary=talk["last_text"] or "", silent=silent, restricted=silent)
    row = incidents.open_incident(connection, origin, report, talk["last_in_at"] or act.now, act.now, act.who)
    talk["incident_id"] = row["id"]
    talk["state"] = {**{name: kept for name, kept in talk["state"].items() if name != "asked"}, "stage": "case"}
    conversations.remember(connection, [thread])
    return row


def release(connection: Connection, act: Act, incident_id: int) -> None:
    """Put a case back into the queue for anybody, and the conversation back to the bot."""
    row = case_of(connection, act, incident_id)
    thread = None
    if row["conversation_id"] is not None:
        thread = thread_of(connection, act, row["conversation_id"])
    _give_back(connection, act, row, thread)


def hand_back(connection: Connection, act: Act, conversation_id: int) -> None:
    """Let the bot speak again; a case that is still open waits for a person again."""
    thread = thread_of(connection, act, conversation_id)
    if _held_by_another(thread, act) and not act.operator.may_overrule:
        raise taken(connection, "held", thread.conversation["operator_id"])
    _give_back(connection, act, open_case(connection, thread), thread)


def _give_back(connection: Connection, act: Act, row: Row | None, thread: Thread | None) -> None:
    if row is not None:
        refuse_others(connection, act, row)
        with refusing(connection, act):
            incidents.release(connection, act.city.slug, row["id"], act.who, act.now)
    if thread is None or thread.conversation["holder"] == "bot":
        return
    conversations.hand_to_bot(connection, thread, act.who, act.now)
    if row is not None:
        thread.conversation["due_at"] = act.now + LOOK_AGAIN
        conversations.remember(connection, [thread])


def refuse_others(connection: Connection, act: Act, row: Row) -> None:
    """A colleague's case is theirs; a supervisor may overrule."""
    others = row["status"] == "claimed" and row["operator_id"] != act.operator.id
    if others and not act.operator.may_overrule:
        raise taken(connection, "claimed", row["operator_id"])
