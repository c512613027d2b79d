"""A line: one number by which a city hears and sends SMS, and the driver that serves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# What an account may say of any line; the rest belongs to its driver.
WORDS: Final = ("line", "number", "driver", "operators", "cost", "per_minute")


@dataclass(frozen=True, slots=True)
class Line:
    """One modem, one bind to an SMSC, or one account with an aggregator."""

    city: str
    name: str
    driver: str = "loopback"
    number: str = ""  # E.164, to which citizens write
    options: Mapping[str, str] = field(default_factory=dict)  # the driver's own words; see its file
    operators: tuple[str, ...] = ()  # whose subscribers it reaches best or cheapest; empty: all alike
    cost: float = 0.0  # rupiah for each part
    per_minute: float | None = None  # SMS parts that leave at most; None: as many as the driver takes
