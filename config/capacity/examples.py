"""The named cases of docs/capacity.md, each with what somebody might have who has not reckoned yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from config.capacity.load import Have, Load


@dataclass(frozen=True, slots=True)
class Example:
    """A named case of the docs."""

    title: str
    load: Load
    have: Have


EXAMPLES: Final[Mapping[str, Example]] = MappingProxyType(
    {
        "city": Example(
            "a city of 400,000 in the minutes after an earthquake",
            Load(300.0),
            Have(1, 2, 1, 4, 100, 1, 1, 4, 0, 12),
        ),
        "province": Example(
            "a province of 11 cities and regencies in the same minutes",
            Load(3_000.0, cities=11, whatsapp_rate=1_000.0),
            Have(1, 16, 8, 16, 300, 11, 11, 22, 1, 66),
        ),
        "nation": Example(
            "all 514 cities and regencies at once",
            Load(17_000.0, cities=514, whatsapp_rate=1_000.0, smpp_rate=500.0),
            Have(1, 100, 50, 64, 1_000, 514, 514, 0, 10, 3_000),
        ),
    }
)
