"""A message that leaves in several parts: a retry goes on where the last try stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bots.message import OutboundMessage

KEPT: Final = 1000  # messages of which some parts are out and the rest waits for a retry

Step = Callable[[], Awaitable[str | None]]  # sends one part, returns the provider's id for it


class Parts:
    """What is out already of the messages that broke off, for as long as the process lives."""

    def __init__(self) -> None:
        self._begun: dict[tuple[int, str], list[str | None]] = {}

    async def send(self, message: OutboundMessage, steps: Sequence[Step]) -> str | None:
        """Take the steps that are left; returns the id of the last, which carries the question and its buttons.

        The outbox may add waiting lines to a message between two tries: with another text it begins anew.
        """
        key = (message.id, message.text)
        sent = self._begun.pop(key, [])
        try:
            for step in steps[len(sent) :]:
                sent.append(await step())
        except BaseException:
            self._keep(key, sent)
            raise
        return sent[-1] if sent else None

    def _keep(self, key: tuple[int, str], sent: list[str | None]) -> None:
        if sent:
            self._begun[key] = sent
            while len(self._begun) > KEPT:
                del self._begun[next(iter(self._begun))]
