"""What must be true of the database and of the provider after any number of crashes."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from benchmarks import ledger
from benchmarks.phase import Taken
from handoff.tables import contact, incident, message

LEFT = ("sent", "delivered", "read")


@dataclass(slots=True)
class Findings:
    """Counts, all of which but the first four must be nought; ``wrong`` names the first of each."""

    acknowledged: int
    emergencies: int
    replies: int
    sent_twice: int  # a crash between a send and its note sends it again: at least once, never not at all
    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    unsent: int = 0  # replies given up, or said to be sent and never taken by the provider
    waiting: int = 0  # replies still in the outbox when the time to drain was over: late on a slow machine, not lost
    without_case: int = 0  # emergencies
    with_two_cases: int = 0
    twice_without_crash: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        return not (
            self.lost
            or self.doubled
            or self.unanswered
            or self.unsent
            or self.without_case
            or self.with_two_cases
            or self.twice_without_crash
        )


def check(
    connection: Connection,
    acknowledged: Collection[str],
    emergencies: Collection[str],
    taken: Sequence[Taken],
    crashes: Sequence[float],
) -> Findings:
    """``acknowledged`` are event keys, ``emergencies`` chats, ``crashes`` moments of the monotonic clock."""
    kept = ledger.read(connection, acknowledged)
    found = Findings(
        acknowledged=len(acknowledged),
        emergencies=len(emergencies),
        replies=sum(kept.replies.values()),
        sent_twice=0,
        lost=kept.lost,
        doubled=kept.doubled,
        unanswered=kept.unanswered,
        unsent=kept.replies.get("failed", 0),
        waiting=kept.waiting,
    )
    _check_cases(connection, emergencies, found)
    _check_replies(connection, taken, found)
    _check_repeats(taken, sorted(crashes), found)
    return found


def _check_cases(connection: Connection, emergencies: Collection[str], found: Findings) -> None:
    of_contact = (contact.c.city == incident.c.city) & (contact.c.id == incident.c.contact_id)
    rows = connection.execute(select(contact.c.address).select_from(incident.join(contact, of_contact)))
    cases = Counter(row[0] for row in rows)
    for chat in sorted(emergencies):
        if cases[chat] != 1:
            found.wrong.append(f"{chat} cried for help and has {cases[chat]} cases")
    found.without_case = sum(1 for chat in emergencies if cases[chat] == 0)
    found.with_two_cases = sum(1 for chat in emergencies if cases[chat] > 1)


def _check_replies(connection: Connection, taken: Sequence[Taken], found: Findings) -> None:
    """Every reply that counts as sent was taken at least once. Several may have left as one message."""
    words: dict[str, list[str]] = {}
    for one in taken:
        words.setdefault(one.chat, []).append(one.words)
    replies = select(message.c.chat, message.c.text, message.c.state).where(message.c.direction == "out")
    for chat, text, state in connection.execute(replies):
        if state in LEFT and not any(text.strip() in said for said in words.get(chat, ())):
            found.unsent += 1
            found.wrong.append(f"a reply to {chat} is {state} and was never taken")


def _check_repeats(taken: Sequence[Taken], crashes: Sequence[float], found: Findings) -> None:
    """The same words of the same message twice: only with a crash in between."""
    last: dict[tuple[str, str], float] = {}
    for one in sorted(taken, key=lambda taken_one: taken_one.at):
        key = (one.key, one.words)
        if key in last:
            found.sent_twice += 1
            if bisect(crashes, last[key]) == bisect(crashes, one.at):
                found.twice_without_crash += 1
                found.wrong.append(f"{one.chat} got message {one.key} twice without a crash")
        last[key] = one.at
