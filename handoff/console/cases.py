"""What an operator writes into a case: corrections, the person's own wishes, the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, update

from config.database import changed
from handoff import conversations, incidents
from handoff.audit import note
from handoff.console import acts, corrections, views
from handoff.console.acts import Act, Row
from handoff.console.refusals import Refusal
from handoff.console.replies import closing_words
from handoff.console.spots import placed
from handoff.conversations import Reply, Thread
from handoff.tables import contact
from knowledge_base.city import City


@dataclass(frozen=True, slots=True)
class Correction:
    """What a human changes. None: as it is. ``facts`` take the place of all those known."""

    category: str | None = None
    severity: int | None = None
    place: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    note: str | None = None
    alarm_seen: bool = False


def correct(connection: Connection, act: Act, incident_id: int, version: int, what: Correction) -> None:
    """Change a case. Refusal("stale") with the case as it stands where somebody else was quicker."""
    row = acts.case_of(connection, act, incident_id)
    row = incidents.load_open(connection, act.city.slug, [incident_id]).get(incident_id, row)  # now locked
    news: Row = {}
    if what.category is not None:
        news |= _categorised(act.city, row, what.category)
    if what.severity is not None:
        news["severity"] = what.severity
    if what.place is not None:
        known = {one["kecamatan"] for one in (row["place"], *row["alternatives"]) if one and one.get("kecamatan")}
        news |= placed(act.city, what.place, known)
    if what.facts is not None:
        news["facts"] = dict(what.facts)
    if what.note is not None:
        news["note"] = what.note
    if what.alarm_seen:
        news["alarm"] = None
    with acts.refusing(connection, act):
        after = incidents.correct(connection, act.city.slug, incident_id, version, news, act.who, act.now)
    corrections.note_correction(connection, act, row, after)


def _categorised(city: City, row: Row, slug: str) -> Row:
    category = city.categories.get(slug)
    if category is None:
        raise Refusal("unknown_category")
    others = [one for one in row["categories"] if one != slug]
    # Whoever was in the small circle's care stays there: a word that was seen cannot be unseen.
    return {"category": slug, "categories": [slug, *others], "restricted": row["restricted"] or category.restricted}


def close(connection: Connection, act: Act, incident_id: int, version: int, reason: str, remark: str) -> None:
    """End a case: the bot listens again, and the citizen is told, unless words could betray them."""
    row = acts.case_of(connection, act, incident_id)
    thread = None
    if row["conversation_id"] is not None:
        thread = acts.thread_of(connection, act, row["conversation_id"])
    if row["status"] == "closed":
        return
    acts.refuse_others(connection, act, row)
    with acts.refusing(connection, act):
        closed = incidents.close(connection, act.city.slug, incident_id, version, reason, remark, act.who, act.now)
    corrections.note_closing(connection, act, closed, reason)
    if thread is not None and thread.conversation["incident_id"] == incident_id:
        _part(connection, act, closed, thread)


def _part(connection: Connection, act: Act, row: Row, thread: Thread) -> None:
    talk = thread.conversation
    conversations.drop_unsent(connection, thread)  # what the bot had still to say is untrue now
    if not (talk["silent"] or row["silent"]) and _may_write(act, thread):
        words = closing_words(act, row, thread.contact["channel"])
        conversations.say(connection, thread, Reply(words, author="system", urgency=1), act.now)
        talk["last_out_at"] = act.now
    if talk["holder"] == "operator":
        conversations.hand_to_bot(connection, thread, act.who, act.now)
    # Silence outlives the case: whoever had to be careful still may have to be. An operator lifts it.
    talk.update(incident_id=None, due_at=None, state={"stage": "closed", "told": [], "closed_at": act.now.isoformat()})
    conversations.remember(connection, [thread])


def _may_write(act: Act, thread: Thread) -> bool:
    talk = thread.conversation
    until = views.window_until(thread.contact["channel"], talk["last_in_at"] or talk["created_at"], act.windows)
    return until is None or until > act.now


def change_contact(connection: Connection, act: Act, conversation_id: int, news: Mapping[str, Any]) -> None:
    """Write down what the person is called, speaks, and can bear: never to be rung, never to be given away."""
    found = conversations.get_thread(connection, act.city.slug, conversation_id)
    if found is None:
        raise Refusal("not_found")
    about = {name: news[name] for name in ("cannot_call", "name", "language") if name in news}
    if about:
        connection.execute(
            update(contact).where(contact.c.city == found.city, contact.c.id == found.contact["id"]).values(about)
        )
    thread = acts.thread_of(connection, act, conversation_id)  # refuses, and undoes this, where it may not be seen
    row = acts.open_case(connection, thread)
    if "silent" in news and news["silent"] != thread.conversation["silent"]:
        thread.conversation["silent"] = news["silent"]
        conversations.remember(connection, [thread])
        if row is not None:
            _silence(connection, act, row, news["silent"])
    case_id = thread.conversation["incident_id"]
    about_whom = {"incident_id": case_id, "conversation_id": thread.id}
    note(connection, thread.city, act.who, "contact", act.now, **about_whom, fields=sorted(news))
    changed(connection, "conversation", thread.city, thread.id)


def _silence(connection: Connection, act: Act, row: Row, silent: bool) -> None:
    news = {"silent": silent, "restricted": row["restricted"] or silent}
    with acts.refusing(connection, act):
        incidents.correct(connection, row["city"], row["id"], row["version"], news, act.who, act.now)
