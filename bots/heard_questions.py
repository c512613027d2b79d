"""What was asked and what the bot made of it, kept for those who curate the answers; and a few to be judged by a human.

Masked, and nothing of violence, suicide or children. One statement a batch.
"""

from __future__ import annotations

import zlib
from typing import Any

from sqlalchemy import Connection

from bots.state import Book, Decision, State
from bots.transcript import Turn
from bots.violence import TOPIC as VIOLENCE
from config.database import insert_or_ignore, update_rows
from handoff.conversations import Thread
from knowledge_base.masking import masked
from knowledge_base.private_subjects import is_private
from knowledge_base.tables import heard_question, judgement

ONE_IN = 50  # of what was taken for no emergency is judged by a human: 2 %
_LONGEST = 300  # characters of a question that are kept
_LONGEST_JUDGED = 2000
_UNKNOWN = {"dont_know", "complaint"}  # lines that say that there is no answer
_FEWEST_WORDS = 2  # of a question without an answer: one word alone teaches nobody what to write


class HeardQuestions:
    """Those of one batch in one city."""

    def __init__(self, city: str, book: Book) -> None:
        self._city = city
        self._book = book
        self._questions: list[dict[str, Any]] = []
        self._judged: list[dict[str, Any]] = []
        self._outcomes: dict[int, str] = {}

    def hear(self, turn: Turn, thread: Thread, before: State, decision: Decision) -> None:
        """Note one message without an open case, as it was decided on. ``before`` is the state before it."""
        if decision.feedback is not None and before.answered is not None:
            self._outcomes[before.answered[2]] = decision.feedback
        talk, meaning = thread.conversation, turn.meaning
        calm = decision.report is None and not decision.silent and talk["holder"] == "bot" and not talk["silent"]
        if not calm or meaning is None or turn.message.kind != "text" or decision.label not in ("answer", "warn"):
            return
        answered = decision.state.answered
        topic = answered[0] if answered is not None and answered[2] == turn.id else None
        row = {"city": self._city, "id": turn.id, "conversation_id": thread.id, "at": turn.message.sent_at}
        if zlib.crc32(str(turn.id).encode()) % ONE_IN == 0:
            self._judged.append(
                {**row, "text": _masked(turn, _LONGEST_JUDGED), "taken_for": meaning.kind, "topic": topic}
            )
        outcome = "answered" if topic else "unknown" if _says_unknown(decision) else None
        if outcome and not self._is_private(turn, topic) and (topic or len(_text(turn).split()) >= _FEWEST_WORDS):
            kind = "complaint" if meaning.kind == "complaint" else "question"
            text = _masked(turn, _LONGEST)
            self._questions.append({**row, "text": text, "kind": kind, "outcome": outcome, "topic": topic})

    def write(self, connection: Connection) -> None:
        """Keep them."""
        if not (self._questions or self._judged or self._outcomes):
            return
        insert_or_ignore(connection, heard_question, self._questions)
        insert_or_ignore(connection, judgement, self._judged)
        rows = [{"city": self._city, "id": key, "outcome": outcome} for key, outcome in self._outcomes.items()]
        update_rows(connection, heard_question, rows)

    def _is_private(self, turn: Turn, topic: str | None) -> bool:
        assert turn.meaning is not None  # noqa: S101 - hear looked
        kinds = (self._book.categories.get(slug) for slug in turn.meaning.categories)
        restricted = any(kind is not None and kind.restricted for kind in kinds)
        return restricted or topic == VIOLENCE or is_private(_text(turn))


def _says_unknown(decision: Decision) -> bool:
    return decision.feedback is None and any(not _UNKNOWN.isdisjoint(line.keys) for line in decision.lines)


def _text(turn: Turn) -> str:
    """Its words; with the quick lines before it where only all of them together were understood."""
    if turn.meaning is turn.understanding or not turn.lines:
        return turn.message.text
    return " ".join(said for _, said in turn.lines)


def _masked(turn: Turn, longest: int) -> str:
    text = " ".join(masked(_text(turn)).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
