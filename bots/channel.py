"""The Channel port: what every adapter in ``bots/channels/`` can do, and how they are found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import aiohttp

import bots.channels
from bots.message import Attachment, OutboundMessage, Parsed
from config.clock import Clock
from sms_gateway.gateway import Gateway, LineState


class SendFailed(Exception):
    """A message was not sent, or nobody can say that it was.

    ``permanent``: another try cannot help (blocked, no such chat, outside the window).
    ``retry_after``: seconds that the provider asks us to wait before anything more goes to ``scope``.
    ``reason``: short, for operators and logs, without the message's text.
    ``doubt``: it may well have left, and who sends it again may say everything twice: done once, for an emergency.
    ``busy``: nothing is wrong, others wait too: no try is counted.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        retry_after: float | None = None,
        scope: str = "chat",
        code: str = "",
        doubt: bool = False,
        busy: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.scope = scope  # "chat" or "account"
        self.code = code
        self.doubt = doubt
        self.busy = busy


class BadSignature(Exception):
    """The delivery does not come from the provider: answered with 401, nothing kept."""


class Unreadable(Exception):
    """The delivery is not in the provider's form at all: kept raw, shown to a human, answered with 200."""


@dataclass(frozen=True, slots=True)
class Account:
    """One number, bot or page of one city. ``credentials`` are the settings' own words for this channel."""

    city: str
    channel: str
    name: str
    credentials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request of a provider, as it came. Header names are lower case; ``body`` is what was signed."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider lets through, as data for the outbox. Seconds and messages a second."""

    per_second: float  # for the whole account
    per_chat_seconds: float  # between two messages to one chat
    merge: bool = False  # several waiting lines for one chat leave as one message
    max_text: int = 4096  # characters in one message
    window_hours: float | None = None  # free text only this long after the citizen's last message
    concurrency: int = 32  # sends under way at once


@dataclass(frozen=True, slots=True)
class Ports:
    """What the wiring lends to every adapter."""

    http: aiohttp.ClientSession
    clock: Clock
    gateway: Gateway | None = None


Hear = Callable[[Parsed, bytes], Awaitable[None]]
"""Hands over what was heard, with the raw body; returns once it is durable, so that it may be confirmed."""


class Channel(Protocol):
    """Both directions of one channel. The class is found by its module: ``bots/channels/<name>.py`` has ``Adapter``."""

    name: ClassVar[str]
    limits: ClassVar[Limits]

    def __init__(self, ports: Ports) -> None: ...

    def parse(self, account: Account, delivery: Delivery) -> Parsed:
        """Read one delivery. Raises BadSignature or Unreadable, nothing else, whatever the body holds."""

    async def send(self, account: Account, message: OutboundMessage) -> str | None:
        """Send, and return the provider's id for it. Raises SendFailed, nothing else."""

    def listens(self, account: Account) -> bool:
        """Whether this account must be pulled (long polling, a modem) instead of waiting for webhooks."""

    async def listen(self, account: Account, hear: Hear) -> None:
        """Pull until cancelled. Confirms to the provider only what ``hear`` has returned for."""

    def fetch(self, account: Account, attachment: Attachment) -> AsyncIterator[bytes]:
        """The bytes of an attachment, in pieces. Raises SendFailed."""


@runtime_checkable
class Registers(Protocol):
    """An adapter that can tell its provider where to deliver (Telegram; WhatsApp's is set in Meta's own console)."""

    async def register(self, account: Account, url: str) -> None:
        """Have deliveries of ``account`` posted to ``url``. Raises SendFailed."""


@runtime_checkable
class HoldsLines(Protocol):
    """An adapter some of whose accounts hang on one process: a modem, a bind."""

    def sends_here(self, account: Account) -> bool:
        """Whether this process can send by it; else whoever holds its line does."""

    def left(self, account: Account) -> None:
        """Another process listens to it now."""

    def state(self, account: Account) -> LineState:
        """How its line fares, as far as this process knows."""


def discover() -> dict[str, type[Channel]]:
    """Every adapter in ``bots/channels/``, by name. The file's name, the class's ``name`` and the key are one word."""
    found: dict[str, type[Channel]] = {}
    for module in pkgutil.iter_modules(bots.channels.__path__):
        adapter: type[Channel] = importlib.import_module(f"bots.channels.{module.name}").Adapter
        if adapter.name != module.name:
            raise RuntimeError(f"bots/channels/{module.name}.py calls its adapter {adapter.name!r}: use one word")
        found[module.name] = adapter
    return found
