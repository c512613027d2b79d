"""What a process remembers of each chat it forgets in time, however many write in the course of a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bots.channel import Account, Limits
from bots.joined import Joined
from bots.message import InboundMessage
from bots.pace import FEW, Pace
from bots.thought import ONE_THOUGHT
from bots.transcript import Turn
from knowledge_base.city import load_cities
from tests.understanders import real_understander

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WHATSAPP = ("whatsapp", "utama")


def turn(account: Account, chat: int, at: datetime, text: str = "tolong") -> Turn:
    one = Turn(account, InboundMessage(event_key=f"{chat}", chat=f"{chat}", kind="text", sent_at=at, text=text), at)
    one.lines = ((at.isoformat(), text),)
    return one


def test_lines_are_remembered_for_as_long_as_they_make_one_thought() -> None:
    account = Account("kendari", "whatsapp", "utama")
    joined = Joined(real_understander(load_cities(["kendari"])))
    for second in range(600):
        joined.remember([turn(account, second, NOW + timedelta(seconds=second))])
        assert len(joined) <= ONE_THOUGHT.total_seconds() + 1
    last = NOW + timedelta(seconds=599)
    assert joined.may_join(turn(account, 599, last))
    assert joined.may_join(turn(account, 590, last))
    assert not joined.may_join(turn(account, 500, last))


def test_a_chat_that_may_be_written_to_again_is_forgotten() -> None:
    pace, limits = Pace(), Limits(per_second=80, per_chat_seconds=6)
    for number in range(20 * FEW):
        now = NOW + timedelta(seconds=number / 10)
        pace.spend(WHATSAPP, f"{number}", limits, now)
        assert len(pace) <= FEW + 1
    assert pace.ready_at(WHATSAPP, f"{20 * FEW - 1}", now) == now + timedelta(seconds=6)


def test_who_must_wait_is_not_forgotten_for_being_many() -> None:
    pace, limits = Pace(), Limits(per_second=1e6, per_chat_seconds=600)
    for number in range(5 * FEW):
        pace.spend(WHATSAPP, f"{number}", limits, NOW)
    assert len(pace) == 5 * FEW
    assert pace.ready_at(WHATSAPP, "0", NOW) == NOW + timedelta(seconds=600)
