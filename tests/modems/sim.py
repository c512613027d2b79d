"""The SIM and the network behind a modem: what is stored, what waits outside, what left, and the reports on it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from tests.modems import pdu

Network = Literal["home", "roaming", "searching", "none", "denied"]
REGISTERED: dict[Network, int] = {"none": 0, "home": 1, "searching": 2, "denied": 3, "roaming": 5}
TRIES = 3  # wrong PINs before the SIM locks itself


@dataclass(slots=True)
class Sim:
    """One SIM, in whatever modem it sits. ``report_status`` 0 delivers; ``report_after`` None: never a report."""

    number: str = "+628115550112"
    size: int = 20
    pin: str | None = None
    network: Network = "home"
    signal: int = 18  # 0 to 31
    operator: str = "51010"
    ussd: dict[str, str] = field(default_factory=lambda: {"*888#": "Sisa pulsa Rp 12.345 s.d. 31/12/2026"})
    report_after: float | None = 0.1
    report_status: int = 0
    report_reference: int | None = None  # instead of the right one
    stored: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # slot: state and PDU
    outside: deque[bytes] = field(default_factory=deque)  # what the network holds for it
    sent: list[pdu.Submitted] = field(default_factory=list)
    tries: int = TRIES
    unlocked: bool = False
    reference: int = 0

    @property
    def locked(self) -> bool:
        return self.pin is not None and not self.unlocked

    @property
    def reachable(self) -> bool:
        return self.network in ("home", "roaming") and not self.locked

    def enter(self, pin: str) -> bool:
        self.unlocked = pin == self.pin and self.tries > 0
        self.tries = TRIES if self.unlocked else self.tries - 1
        return self.unlocked

    def take(self) -> int | None:
        """Store the next SMS from outside; its slot, or None when there is none or no room."""
        free = next((slot for slot in range(1, self.size + 1) if slot not in self.stored), None)
        if free is None or not self.outside or not self.reachable:
            return None
        self.stored[free] = (0, self.outside.popleft())
        return free

    def submit(self, raw: bytes) -> int:
        """Let an SMS leave; its reference."""
        self.reference = (self.reference + 1) % 256
        self.sent.append(pdu.read_submit(raw))
        return self.reference

    def report_on(self, reference: int, sent: pdu.Submitted) -> bytes:
        wrong = self.report_reference
        return pdu.status_report(reference if wrong is None else wrong, sent.to, self.report_status)

    @property
    def texts(self) -> list[str]:
        """The texts that left, parts by themselves."""
        return [one.text for one in self.sent]
