"""PINs that a SIM refused. The third wrong one locks it, and a service that starts again and again tries as often."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field

from config.clock import Clock
from sms_gateway.store import SmsStore

log = logging.getLogger(__name__)


def mark_of(imei: str, pin: str) -> str:
    """What stands for a PIN in a modem. The PIN itself stands in the settings alone."""
    return hashlib.sha256(f"{imei}\0{pin}".encode()).hexdigest()[:40]


@dataclass(slots=True)
class RefusedPins:
    """Of one line; they outlive the process."""

    city: str
    line: str
    store: SmsStore
    clock: Clock
    _here: set[str] = field(default_factory=set)

    async def known(self) -> frozenset[str] | None:
        """Their marks. None where nobody can tell: then no PIN may be tried."""
        try:
            return frozenset(self._here) | await self.store.refused_pins(self.city, self.line)
        except Exception as error:  # whatever the store's is
            log.exception("line %s: no PIN is tried while refused ones cannot be read", self.line, exc_info=error)
            return None

    async def note(self, mark: str, *, for_good: bool) -> None:
        """Not again by this process; ``for_good``: nor by another."""
        self._here.add(mark)
        if not for_good:
            return
        try:
            await self.store.note_refused_pin(self.city, self.line, mark, self.clock.now())
        except Exception as error:
            log.exception("line %s: a refused PIN could not be noted", self.line, exc_info=error)
