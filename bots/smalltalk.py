"""Greetings, thanks, pranks, and who wants no messages. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bots.case import PAUSE
from bots.state import Decision, Heard, Line, State

PRANK_REPLIES = 3  # after so many the bot answers a prankster no more for a while; every message is still read
FORGIVEN = timedelta(hours=1)  # after so long without one, a prank is a first prank again
SLOWEST = 60.0  # seconds

_STOP = ("stop", "berhenti", "unreg", "unsub", "unsubscribe", "batal langganan", "stop sms", "stop promo")


def wants_no_broadcasts(heard: Heard) -> bool:
    """Whether these are the words that end a subscription, and nothing else."""
    return heard.kind == "text" and heard.text.strip(" .!").lower() in _STOP


def end_broadcasts(state: State) -> Decision:
    """What goes out to many reaches them no more; who writes in danger is heard and answered as ever."""
    return Decision(state, (Line(keys=("stopped",), wait=PAUSE),), no_broadcasts=True, label="answer")


def answer_small_talk(state: State, heard: Heard) -> Decision:
    """The menu once, then shorter."""
    key = "menu" if "menu" not in state.told else "hello_again"
    if heard.understanding.facts.get("thanks"):
        key = "thanks_closed" if state.stage == "closed" else "thanks"
    told = tuple(dict.fromkeys((*state.told, key)))
    return Decision(replace(state, told=told), (Line(keys=(key,), wait=PAUSE),), label="answer")


def warn(state: State, at: datetime) -> Decision:
    """Slow a prank down, never shut anyone out: each reply takes longer, then none; danger is always heard."""
    forgiven = state.pranked_at is None or at - datetime.fromisoformat(state.pranked_at) > FORGIVEN
    pranks = 1 if forgiven else state.pranks + 1
    wait = min(SLOWEST, PAUSE * 3 ** (pranks - 1))
    lines = (Line(keys=("prank",), wait=wait, lifetime=600.0),) if pranks <= PRANK_REPLIES else ()
    return Decision(replace(state, pranks=pranks, pranked_at=at.isoformat()), lines, prank=True, label="warn")
