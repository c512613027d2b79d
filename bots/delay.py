"""The honest line for whoever must wait: it is kept, questions are answered later, and what to do in danger."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bots.door import NOBODY
from bots.state import Line
from bots.town import Town
from handoff.conversations import Reply, Thread, say_once

log = logging.getLogger(__name__)

PATIENCE = 15.0  # seconds within which an answer takes the line's place
OF_USE = 180.0  # seconds after which it is not sent any more
AGAIN = 900  # seconds between two such lines to one person, by the clock
_LINE = Line(keys=("delayed",), wait=PATIENCE, lifetime=OF_USE)


def tell_delay(connection: Connection, town: Town, threads: Sequence[Thread], now: datetime) -> None:
    """Queue it for everybody whom nobody else tells something; once in a while."""
    period = int(now.timestamp()) // AGAIN
    waiting = {thread.id: thread for thread in threads if _waits_for_the_bot(thread)}
    replies = [(thread, reply) for thread in waiting.values() if (reply := _reply(town, thread, period, now))]
    try:
        with connection.begin_nested():
            say_once(connection, replies, now)
    except Exception:  # whatever it is: their messages are stored all the same
        log.exception("those who must wait could not be told")


def _waits_for_the_bot(thread: Thread) -> bool:
    talk = thread.conversation
    a_person_cares = talk["holder"] == "operator" or talk["incident_id"] is not None
    return not a_person_cares and not talk["silent"] and thread.contact["address"] != NOBODY


def _reply(town: Town, thread: Thread, period: int, now: datetime) -> Reply | None:
    person = thread.contact
    try:
        reply = town.words.reply(_LINE, person["channel"], {}, now, cannot_call=person["cannot_call"])
    except (KeyError, ValueError, IndexError):  # sentences older than this program: messages are stored all the same
        log.warning("the line for those who must wait is missing: run sigap seed", extra={"city": thread.city})
        return None
    return replace(reply, client_id=f"delayed:{thread.id}:{period}")
