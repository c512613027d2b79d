"""`sigap story run`: conversations played through the real app, each on an empty database and a clock of its own.

The form of both files is documented in docs/stories.md; tests, benchmarks and outsiders rely on it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection, select

from bots.door import clean_text
from bots.listener import Listener, stand_between
from bots.message import Attachment, AttachmentKind, InboundMessage, Parsed, Place
from config.clock import VirtualClock
from config.database import Database
from config.schema import migrate
from config.settings import Settings
from config.wiring import System, build
from config.worker import settle
from handoff.tables import incident
from knowledge_base.city import City
from knowledge_base.seed import seed_city
from nlu.understand import Understander

GAP = 20.0  # seconds between two turns, unless a turn says otherwise
LONGEST = 30 * 24 * 3600.0  # seconds that one turn may last
LONGEST_STORY = 366 * 24 * 3600.0  # seconds


class StoryTurn(BaseModel):
    """One turn of the citizen. A bare string in the file is a text."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["text", "location", "photo", "voice", "video", "sticker", "silence", "button", "document", "call"] = (
        "text"
    )
    text: str = ""
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    accuracy: float | None = Field(None, ge=0, allow_inf_nan=False)
    caption: str = ""
    seconds: float = Field(0.0, ge=0, le=LONGEST, allow_inf_nan=False)
    after: float | None = Field(
        None,
        ge=0,
        le=LONGEST,
        allow_inf_nan=False,
        description="Seconds since the turn before; 20, and 0 before a silence",
    )

    late: float = Field(0.0, ge=0, le=LONGEST, allow_inf_nan=False, description="Seconds that it was on its way")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type == "location" and (self.lat is None or self.lon is None):
            raise ValueError("a location needs lat and lon")
        return self


class Story(BaseModel):
    """One conversation."""

    model_config = ConfigDict(extra="ignore")

    id: str
    channel: Literal["web", "whatsapp", "telegram", "sms"] = "web"
    city: str
    turns: list[StoryTurn]

    @model_validator(mode="before")
    @classmethod
    def _bare_strings(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("turns"), list):
            turns = [{"type": "text", "text": turn} if isinstance(turn, str) else turn for turn in value["turns"]]
            return {**value, "turns": turns}
        return value

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if sum((turn.after or GAP) + turn.seconds for turn in self.turns) > LONGEST_STORY:
            raise ValueError(f"it lasts longer than {LONGEST_STORY:.0f} s: a clock has an end")
        return self


@dataclass(frozen=True, slots=True)
class Said:
    """One reply that left, and the turn that it followed (from 1)."""

    turn: int
    text: str


class Stage:
    """Plays stories of some cities. The schema and the seed are made once and copied for each story."""

    def __init__(self, cities: dict[str, City], understander: Understander, folder: Path) -> None:
        self._cities = cities
        self._understander = understander
        self._folder = folder
        self._template = folder / "template.db"

    async def prepare(self) -> None:
        """Make the empty, seeded database that every story starts from."""
        database = Database(f"sqlite:///{self._template}")
        await migrate(database)
        now = VirtualClock().now()
        for city in self._cities.values():
            await database.write(partial(seed_city, city=city, now=now))
        await database.close()

    @asynccontextmanager
    async def open(self, story: Story) -> AsyncIterator[Performance]:
        """A fresh system with this story's citizen before it."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        shutil.copy(self._template, folder / "sigap.db")
        settings = Settings(
            example_cards=True,
            data=folder,
            database_url="",
            cities=(story.city,),
            accounts=[{"city": story.city, "channel": story.channel, "name": "story"}],
        )
        listeners: dict[str, Listener] = {}

        system = await build(
            settings,
            self._understander,
            clock=VirtualClock(),
            cities={story.city: self._cities[story.city]},
            wrap=partial(stand_between, listeners),
            present=lambda _: None,
        )
        await system.start()
        try:
            yield Performance(system, story, listeners[story.channel])
        finally:
            await system.stop()
            shutil.rmtree(folder, ignore_errors=True)

    async def play(self, story: Story) -> dict[str, Any]:
        """Play one story to its end; returns the documented result."""
        async with self.open(story) as performance:
            for number, turn in enumerate(story.turns, 1):
                await performance.play(number, turn)
            await performance.wait(GAP)
            return await performance.result()


class Performance:
    """One story under way."""

    def __init__(self, system: System, story: Story, listener: Listener) -> None:
        self.system = system
        self.story = story
        self.said: list[Said] = []
        self._listener = listener
        self._clock = system.clock
        self._account = system.accounts[story.channel, "story"]
        self._turn = 0
        self._escalated_at: int | None = None

    async def play(self, number: int, turn: StoryTurn) -> None:
        """Let the time before a turn pass, then hear it."""
        if turn.type == "silence":
            await self._keep_silent(number, turn.seconds)
            return
        await self.wait(turn.after if turn.after is not None else GAP if number > 1 else 0.0)
        self._turn = number
        await self.system.inbox.keep(self._account, Parsed((self._message(number, turn),)), b"")
        await self.wait(0.0)

    async def _keep_silent(self, number: int, seconds: float) -> None:
        """What is said in the usual gap still follows the turn before; what comes later, the silence."""
        await self.wait(min(GAP, seconds))
        self._turn = number
        await self.wait(max(0.0, seconds - GAP))

    async def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass, doing whatever falls due at its time."""
        assert isinstance(self._clock, VirtualClock)  # noqa: S101
        until = self._clock.now() + timedelta(seconds=seconds)
        await self._settle()
        while self._clock.now() < until:
            dues = [await one.next_due() for one in (self.system.outbox, self.system.looks, self.system.media)]
            following = min((due for due in dues if due is not None), default=until)
            self._clock.advance_to(min(until, max(following, self._clock.now() + timedelta(milliseconds=10))))
            await self._settle()

    async def _settle(self) -> None:
        await settle(self.system)
        self.said += [Said(self._turn, message.text) for message in self._listener.sent]
        self._listener.sent.clear()
        cases: list[Any] = await self.system.database.read(_cases)
        if self._escalated_at is None and cases:
            self._escalated_at = self._turn

    def _message(self, number: int, turn: StoryTurn) -> InboundMessage:
        kind = turn.type
        files: tuple[Attachment, ...] = ()
        if kind in ("photo", "voice", "video", "sticker", "document"):
            files = (Attachment(_file_kind(kind), f"story-{number}", seconds=int(turn.seconds) or None),)
        place = None
        if turn.lat is not None and turn.lon is not None:
            place = Place(turn.lat, turn.lon, turn.accuracy)
        return InboundMessage(
            event_key=f"story-{number}",
            chat="story",
            kind=kind if kind != "silence" else "text",
            sent_at=self._clock.now() - timedelta(seconds=turn.late),
            text=clean_text(turn.text or turn.caption),
            provider_id=f"story-in-{number}",
            phone="+628115550000" if self.story.channel in ("sms", "whatsapp") else None,
            place=place,
            attachments=files if self.story.channel != "web" else (),
            button=turn.text if kind == "button" else None,
        )

    async def result(self) -> dict[str, Any]:
        """What came of the story, in the documented form."""
        cases = await self.system.database.read(_cases)
        case = cases[0] if cases else None
        return {
            "id": self.story.id,
            "escalated": case is not None,
            "escalated_at_turn": self._escalated_at,
            "category": case["category"] if case else None,
            "severity": case["severity"] if case else None,
            "place": _place(case["place"]) if case else None,
            "facts": case["facts"] if case else {},
            "replies": [{"turn": one.turn, "text": one.text} for one in self.said],
        }


def _place(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The documented fields; None while nobody knows more than words that match no place."""
    named = {name: (place or {}).get(name) for name in ("city", "kecamatan", "kelurahan", "landmark", "lat", "lon")}
    return named if any(value is not None for value in named.values()) else None


def _file_kind(kind: str) -> AttachmentKind:
    kinds: dict[str, AttachmentKind] = {
        "photo": "photo",
        "voice": "voice",
        "video": "video",
        "sticker": "sticker",
        "document": "document",
    }
    return kinds[kind]


def _cases(connection: Connection) -> list[Any]:
    return list(connection.execute(select(incident).order_by(incident.c.number)).mappings())


class BadStory(ValueError):
    """A line of the file is not a story; the message says which, why, and what to do."""


def read_stories(lines: Iterable[str], cities: Iterable[str]) -> list[Story]:
    """The stories of a JSONL file. Raises BadStory with the number of the first line that is none."""
    served = set(cities)
    stories = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            story = Story.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise BadStory(f"line {number} is not JSON ({error.msg}): write one object a line") from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadStory(f"line {number}, {where or 'story'}: {first['msg']}") from error
        if story.city not in served:
            raise BadStory(f"line {number}: city {story.city!r} is not served; use one of {sorted(served)}")
        stories.append(story)
    return stories
