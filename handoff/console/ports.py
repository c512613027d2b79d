"""What the wiring lends to the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from config.clock import Clock
from config.database import Database
from handoff.console.acts import Templates
from handoff.live import Live
from handoff.passwords import Passwords
from knowledge_base.city import City

STATIC = Path(__file__).parent / "static"  # what handoff.console.build_hook builds

Drafted = tuple[str, str, Mapping[str, Any]]
"""Kind, slug and body of a draft."""


class RehearsalPort(Protocol):
    """The real turn, tried out: nothing is kept, nobody is written to. Answers are JSON for the page."""

    async def rehearse(self, city: City, text: str, channel: str, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        """What the bot would say to ``text`` on this channel with these drafts published, and why."""

    async def check(self, city: City, drafts: Sequence[Drafted]) -> Mapping[str, Any]:
        """What publishing them would change. ``blocked``: an emergency would be answered instead of heard."""


@dataclass(frozen=True, slots=True)
class ConsolePorts:
    """Everything that the console stands on. One of these a process."""

    database: Database
    clock: Clock
    cities: Mapping[str, City]  # by slug: those that this process serves
    live: Live
    passwords: Passwords
    media_folder: Path  # attachment.path is relative to it
    windows: Mapping[str, float | None]  # channel -> hours in which free text may be sent; None: always
    sms_parts: Callable[[str], int]  # how many SMS a text takes
    templates: Templates = field(default_factory=dict)  # what carries free text once the window is shut
    tile_url: str | None = None  # of the map, with {z} {x} {y}
    attribution: str = ""  # of the map
    secure_cookies: bool = True  # false only where the console is served without https
    allowed_origins: frozenset[str] = frozenset()  # beside the host under which the console is asked for
    static_folder: Path = STATIC
    rehearsal: RehearsalPort | None = None  # without it nothing that the bot says is published
