"""What the dialogue decided, done: cases opened or heard more of, replies queued, the conversation's memory kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, update

from bots import dialogue, thought
from bots.case import LOOK_SECONDS
from bots.door import NOBODY
from bots.heard_questions import HeardQuestions
from bots.state import Case, Decision, Line, Scene, State
from bots.town import Town
from bots.transcript import Turn, address_of
from bots.words import place_words
from config import metrics
from config.database import update_rows
from handoff.conversations import Address, Reply, Thread, drop_unsent, elsewhere, remember, say_all
from handoff.open_cases import OpenCases
from handoff.report import Origin, Report
from handoff.tables import contact
from nlu.understand import Understander

log = logging.getLogger(__name__)

_COUNT_PRANK = (  # built once: building a statement costs several times what running it does
    update(contact)
    .where(contact.c.city == bindparam("b_city"), contact.c.id == bindparam("b_id"))
    .values(pranks=contact.c.pranks + 1)
)

SHOWN = 200  # characters of a message that lists show


@dataclass(frozen=True, slots=True)
class _Said:
    """A line for a citizen, in words once its case has a number. ``turn``: the how-manieth decision with words."""

    thread: Thread
    line: Line
    row: Mapping[str, Any] | None
    about: Mapping[str, str]
    turn: int


class Acts:
    """All decisions of one batch in one city, written in a few statements. Messages must come in order of time."""

    def __init__(
        self, connection: Connection, city: str, town: Town, threads: Mapping[Address, Thread], now: datetime
    ) -> None:
        self._connection = connection
        self._town = town
        self._threads = threads
        self._now = now
        self._said: list[_Said] = []
        self._turns: dict[int, int] = {}  # by conversation
        self._touched: dict[int, Thread] = {}
        self._pranks: list[dict[str, Any]] = []
        self._questions = HeardQuestions(city, town.book)
        ids = [thread.conversation["incident_id"] for thread in threads.values()]
        self._cases = OpenCases(connection, city, ids, now)

    def hear(self, turn: Turn, understander: Understander) -> None:
        """Decide on one message and do what was decided, all but the writing."""
        thread = self._threads[address_of(turn)]
        state = State.from_json(thread.conversation["state"])
        try:
            if turn.broken is not None:
                raise RuntimeError(turn.broken)
            heard, state = thought.read(turn, state, understander)
            decision = dialogue.hear(self._scene(thread, state), heard)
        except Exception as error:
            log.error("the dialogue failed on a message; a person gets it", exc_info=error)
            metrics.bot_failed.inc()
            turn.broken = turn.broken or f"dialogue: {type(error).__name__}"
            decision = self._failed(thread, state, turn)
        said_at = min(turn.message.sent_at, self._now)  # a phone's clock may be wrong
        if said_at >= (thread.conversation["last_in_at"] or said_at):
            thread.conversation["last_in_at"] = said_at
            thread.conversation["last_text"] = turn.message.text[:SHOWN] or turn.message.kind
        metrics.actions.labels(thread.city, decision.label).inc()
        if turn.understanding is not None and turn.understanding.facts.get("cannot_call"):
            self._note_of(thread, "cannot_call")
        if self._case_row(thread) is None:
            self._questions.hear(turn, thread, state, decision)
        self._do(thread, decision, turn.received_at)
        if turn.message.kind == "fix" and self._case_row(thread) is None:
            self._place_elsewhere(thread, decision.state, turn.received_at)
        turn.incident_id = thread.conversation["incident_id"] if self._case_row(thread) else None

    def look(self, thread: Thread, decide: Any) -> None:
        """Decide at a due time."""
        self._do(thread, decide(self._scene(thread, State.from_json(thread.conversation["state"]))), self._now)

    def give_up(self, thread: Thread, reason: str) -> None:
        """The bot broke on this conversation with nothing new heard: a person gets it, no more clock is set."""
        self._report(thread, Report("bot_failed", severity=2, why=(reason,), alarm="bot_failed"), self._now)
        self._cases.write()
        thread.conversation["due_at"] = None
        remember(self._connection, [thread])

    def write(self) -> None:
        """Open the cases, queue the replies, count the pranks, keep what the dialogue remembers."""
        self._cases.write()
        if self._pranks:
            self._connection.execute(_COUNT_PRANK, self._pranks)
        self._questions.write(self._connection)
        # A line that waits for a quiet moment is meant only while nothing was decided after it.
        kept = [
            (one.thread, self._words(one))
            for one in self._said
            if not one.line.wait or one.turn == self._turns[one.thread.id]
        ]
        say_all(self._connection, kept, self._now)
        for thread, _ in kept:
            thread.conversation["last_out_at"] = self._now
        remember(self._connection, [self._touched[key] for key in sorted(self._touched)])

    def _case_row(self, thread: Thread) -> dict[str, Any] | None:
        return self._cases.get(thread.conversation["incident_id"])

    def _scene(self, thread: Thread, state: State) -> Scene:
        row = self._case_row(thread)
        return Scene(
            state=state,
            book=self._town.book,
            holder=thread.conversation["holder"],
            case=_case_of(row) if row else None,
            silent=thread.conversation["silent"],
            cannot_call=thread.contact["cannot_call"],
            has_phone=thread.contact["phone"] is not None,
            channel=thread.contact["channel"],
            desk=self._town.desk,
        )

    def _do(self, thread: Thread, decision: Decision, heard_at: datetime) -> None:
        if decision.report is not None:
            self._report(thread, decision.report, heard_at)
        row = self._case_row(thread)
        if row is not None and decision.lead is not None:
            self._cases.lead(row, decision.lead)
        if row is not None and decision.alarm is not None:
            alarm = None if decision.alarm == "clear" else decision.alarm
            # That somebody fell silent says less than that they never heard us.
            if row["alarm"] == "disconnected" or (alarm is not None and row["alarm"] is None):
                self._cases.ring(row, alarm)
        if decision.silent is not None:
            thread.conversation["silent"] = decision.silent
        if decision.no_broadcasts:
            self._note_of(thread, "no_broadcasts")
        if decision.prank:
            self._pranks.append({"b_city": thread.city, "b_id": thread.contact["id"]})
        if decision.silent:
            # What was queued before may tell whom they write to.
            drop_unsent(self._connection, thread)
            self._said = [one for one in self._said if one.thread.id != thread.id]
        lines = () if thread.contact["address"] == NOBODY else decision.lines
        if lines:
            self._turns[thread.id] = self._turns.get(thread.id, 0) + 1
        turn = self._turns.get(thread.id, 0)
        self._said += [_Said(thread, line, row, self._about(row), turn) for line in lines]
        thread.conversation["state"] = decision.state.to_json()
        due = None if decision.due_in is None else self._now + timedelta(seconds=decision.due_in)
        thread.conversation["due_at"] = due
        self._touched[thread.id] = thread

    def _report(self, thread: Thread, report: Report, heard_at: datetime) -> None:
        row = self._case_row(thread)
        if row is not None:
            self._cases.hear_more(row, report)
            return
        if report.place is None:
            report = replace(report, place=self._fix_of(thread, heard_at))
        origin = Origin(
            thread.city,
            self._town.words.city.incident_prefix,
            conversation_id=thread.id,
            contact_id=thread.contact["id"],
        )
        if not report.summary:
            report = replace(report, summary=thread.conversation["last_text"] or "")
        thread.conversation["incident_id"] = self._cases.open(origin, report, heard_at)["id"]

    def _fix_of(self, thread: Thread, at: datetime) -> Mapping[str, Any] | None:
        """Where their telephone said by itself that they are, to whichever of our numbers."""
        talks = [thread.conversation, *elsewhere(self._connection, thread)]
        fixes = (State.from_json(talk["state"]).fix_at(at) for talk in talks)
        return next((place for place in fixes if place is not None), None)

    def _place_elsewhere(self, thread: Thread, state: State, at: datetime) -> None:
        """A fix that came by another number than the words belongs to the case of those words."""
        place = state.fix_at(at)
        for row in self._cases.load(talk["incident_id"] for talk in elsewhere(self._connection, thread)):
            self._cases.hear_more(row, Report("pin", severity=4, place=place))

    def _note_of(self, thread: Thread, wish: str) -> None:
        """Keep what a person said of themselves once and for all: ``cannot_call``, ``no_broadcasts``."""
        if not thread.contact[wish]:
            update_rows(self._connection, contact, [{"city": thread.city, "id": thread.contact["id"], wish: True}])
            thread.contact = {**thread.contact, wish: True}

    def _about(self, row: Mapping[str, Any] | None) -> dict[str, str]:
        """What there is to say of a case now, but for its code, which it may not have yet."""
        category = self._town.book.categories.get(row["category"] or "") if row else None
        return {
            "category": self._town.words.kind(category),
            "place": place_words(row["place"]) if row else "",
            "numbers": self._town.words.numbers(category),
        }

    def _words(self, one: _Said) -> Reply:
        line, row, person = one.line, one.row, one.thread.contact
        about = {**one.about, "code": row["code"] if row else ""}
        if about["place"] == "":
            line = replace(line, keys=tuple("noted_no_place" if key == "noted" else key for key in line.keys))
        gently = bool(row and row["facts"].get("self_harm"))
        return self._town.words.reply(
            line, person["channel"], about, self._now, cannot_call=person["cannot_call"], gently=gently
        )

    def _failed(self, thread: Thread, state: State, turn: Turn) -> Decision:
        """The bot broke: the message is kept, a person gets it, and the citizen is told where it went."""
        report = Report(
            "bot_failed", severity=2, summary=turn.message.text, why=(turn.broken or "",), alarm="bot_failed"
        )
        talk = thread.conversation
        mute = talk["silent"] or talk["holder"] == "operator" or "bot_failed" in state.told
        lines = () if mute else (Line(keys=("bot_failed",), urgency=0),)
        state = replace(state, stage="case", asked=None, told=(*state.told, "bot_failed"))
        return Decision(state, lines, report, LOOK_SECONDS, label="escalate")


def _case_of(row: Mapping[str, Any]) -> Case:
    return Case(
        code=row["code"],
        status=row["status"],
        severity=row["severity"],
        categories=tuple(dict.fromkeys([one for one in (row["category"], *row["categories"]) if one])),
        place=row["place"],
        facts=row["facts"],
    )


def threads_by_id(threads: Sequence[Thread]) -> dict[Address, Thread]:
    """Threads by their address, as ``Acts`` wants them."""
    return {(one.contact["channel"], one.contact["account"], one.contact["address"]): one for one in threads}
