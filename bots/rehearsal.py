"""The real turn, tried out with drafts in place of what is published. Nothing is kept and nobody is written to.

What the console shows beside the editor, and the check that stands before every publishing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from bots import dialogue, replay, thought
from bots.channel import Account
from bots.gist import gist
from bots.half_written import SAYABLE, sayable
from bots.message import InboundMessage
from bots.state import Decision, Line, Scene, State
from bots.town import Town, town_of
from bots.transcript import Turn
from bots.words import SMS
from config.clock import Clock
from config.database import Database
from knowledge_base.articles import taught_in
from knowledge_base.city import City
from knowledge_base.kinds import KINDS, checked
from knowledge_base.live_city import city_with
from nlu.understand import Understander
from sms_gateway.lines import readable
from sms_gateway.segments import parts

Drafted = tuple[str, str, Mapping[str, Any]]  # kind, slug, body
LONGEST = 4096  # characters of a question
# What becomes of a message, as staff read it.
_DECISIONS = {
    "escalate": "Petugas langsung dipanggil.",
    "ask": "Ditanya dulu apakah ada bahaya.",
    "answer": "Dijawab oleh bot.",
    "warn": "Dianggap iseng: ditegur.",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A city as it would be with some drafts published, and who would understand its citizens then."""

    city: City
    town: Town
    understander: Understander


class Rehearsal:
    """Tries the turn. One of these a process; ``sms_numbers`` by city."""

    def __init__(
        self, database: Database, clock: Clock, understander: Understander, sms_numbers: Mapping[str, str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._understander = understander
        self._sms_numbers = sms_numbers
        self._last: tuple[City, str, Trial] | None = None  # somebody who tries questions changes no draft between them
        self._one_at_a_time = asyncio.Lock()
        self._emergencies = replay.Emergencies()

    async def rehearse(self, city: City, text: str, channel: str, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        """What the bot would say to ``text`` on this channel with these drafts published, and why."""
        return await asyncio.to_thread(self._rehearse, city, text[:LONGEST], channel, drafts)

    async def check(self, city: City, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        """What publishing them would change. ``blocked``: an emergency would be answered instead of heard."""
        async with self._one_at_a_time:
            recorded = await self._database.read(partial(replay.recorded, city.slug))
            reported = await self._database.read(partial(replay.reported, city.slug))
            trial = await asyncio.to_thread(self._trial, city, drafts)
            articles = [slug for kind, slug, _ in drafts if kind == "article"]
            before = replay.Side(self._understander, _titles(city))
            after = replay.Side(trial.understander, _titles(trial.city))
            report = await asyncio.to_thread(
                replay.report,
                trial.city,
                drafts,
                articles,
                before,
                after,
                recorded,
                reported,
                self._emergencies,
                trial.town.book,
            )
            return report | {"changed": [*_reworded(city, drafts), *report["changed"]]}

    def _rehearse(self, city: City, text: str, channel: str, drafts: Sequence[Drafted]) -> dict[str, Any]:
        trial, now = self._trial(city, drafts), self._clock.now()
        message = InboundMessage("rehearsal", "rehearsal", "text", now, text)
        turn = Turn(Account(city.slug, channel, "rehearsal"), message, now)
        turn.understanding = trial.understander.understand([gist(text, city.slug, trial.understander)])[0]
        heard, state = thought.read(turn, State(), trial.understander)
        decision = dialogue.hear(Scene(state, trial.town.book, channel=channel), heard)
        topic = next((line.topic for line in decision.lines if line.topic), None)
        drafted = ("article", topic) in {(kind, slug) for kind, slug, _ in drafts}
        return {
            "understanding": heard.understanding.to_json(),
            "decision": _DECISIONS.get(decision.label, ""),
            "human": decision.report is not None,
            "replies": [self._reply(trial, line, decision, channel, now) for line in decision.lines],
            "topic": topic
            and {
                "slug": topic,
                "title": trial.town.book.titles[topic],
                "from": "draft" if drafted else "published",
            },
        }

    def _reply(self, trial: Trial, line: Line, decision: Decision, channel: str, now: datetime) -> dict[str, Any]:
        words, report = trial.town.words, decision.report
        category = trial.town.book.categories.get(report.categories[0]) if report and report.categories else None
        about = {
            "code": f"{trial.city.incident_prefix}-0000",
            "category": words.kind(category),
            "place": "",
            "numbers": words.numbers(category),
        }
        said = words.reply(line, channel, about, now)
        return {
            "text": said.text,
            "buttons": [] if channel == SMS else [title for _, title in said.buttons],
            "sms_parts": parts(readable(said.text)).parts if channel == SMS else None,
        }

    def _trial(self, city: City, drafts: Sequence[Drafted]) -> Trial:
        named = json.dumps(drafts, sort_keys=True, default=str)
        last = self._last
        if last is not None and last[0] is city and last[1] == named:
            return last[2]
        tried = city_with(city, [one for draft in drafts if _is_valid(one := sayable(city, draft), city)])
        town = town_of(tried, self._sms_numbers.get(city.slug, ""), self._clock.now())
        understander = self._understander.with_variants(city.slug, tuple(taught_in(tried)))
        trial = Trial(tried, town, understander)
        self._last = (city, named, trial)
        return trial


def _reworded(city: City, drafts: Sequence[Drafted]) -> Iterator[dict[str, str]]:
    """Sentences of the bot, old and new: no machine knows whether one still says what it must, so a person reads it."""
    for kind, slug, body in drafts:
        if kind == "wording" and city.wording.get(slug) != body.get("text"):
            yield {"text": slug, "from": city.wording.get(slug, ""), "to": str(body.get("text", ""))}


def _titles(city: City) -> dict[str, str]:
    return {one.topic: one.title for one in city.articles}


def _is_valid(draft: Drafted, city: City) -> bool:
    """Whether it can be tried: words as soon as they stand in their places, anything else when it has no fault."""
    kind, slug, body = draft
    try:
        KINDS[kind].row(slug, body)
        return kind in SAYABLE or not checked(kind, slug, body, city)[1]
    except (ValidationError, KeyError):
        return False
