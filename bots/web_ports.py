"""What the wiring lends to the citizen's page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from bots.channel import Account
from bots.inbox import Inbox
from config.clock import Clock
from config.database import Database
from knowledge_base.city import City


@dataclass(frozen=True, slots=True)
class Ports:
    """``webhook`` answers ``POST /in/{channel}/{account}``; ``urgent`` is the understander's quick look at words.

    ``closing``, once set, sends waiting pages home: without it a web server that stops waits for them up to 25 s.
    """

    database: Database
    inbox: Inbox
    cities: Mapping[str, City]
    accounts: Mapping[tuple[str, str], Account]  # of the channel "web", by (channel, name)
    media_folder: Path
    clock: Clock
    urgent: Callable[[str], bool]
    webhook: Callable[[Request], Awaitable[Response]]
    closing: asyncio.Event = field(default_factory=asyncio.Event)
