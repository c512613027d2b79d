"""A stand-in for a provider: parses as the real channel does and writes down what is sent. For stories and the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

from bots.channel import Account, Channel
from bots.message import Attachment, OutboundMessage


class Listener:
    """One channel whose provider takes everything."""

    def __init__(self, real: Channel) -> None:
        self._real = real
        self.name = real.name
        self.limits = real.limits
        self.sent: list[OutboundMessage] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def listens(self, _account: Account) -> bool:
        return False

    async def send(self, _account: Account, message: OutboundMessage) -> str:
        self.sent.append(message)
        return f"story-{message.id}"

    async def fetch(self, _account: Account, attachment: Attachment) -> AsyncIterator[bytes]:
        yield attachment.ref.encode()


def stand_between(listeners: dict[str, Listener], channels: dict[str, Channel]) -> dict[str, Channel]:
    """Put a listener before every channel; they are kept in ``listeners`` by name."""
    listeners.update({name: Listener(channel) for name, channel in channels.items()})
    return {name: cast(Channel, listener) for name, listener in listeners.items()}
