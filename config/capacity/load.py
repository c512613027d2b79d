"""What is asked: how many messages at the worst moment, of whom, by which channels; and what one has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from config.findings import Mendable

CHANNELS: Final = ("whatsapp", "telegram", "sms", "web")
USUAL: Final[Mapping[str, float]] = MappingProxyType({"whatsapp": 0.6, "telegram": 0.1, "sms": 0.2, "web": 0.1})
MOST: Final = 1_000_000.0  # messages a second: more than all telephones of the country write

MOST_OF_EACH: Final = 100_000  # processes, cores, lines, operators: for more of them the reckoning takes long


class BadLoad(Mendable):
    """What was asked makes no sense."""


def _within(name: str, value: float, least: float, most: float, *, open_below: bool = False) -> None:
    """Also false for what is no number at all."""
    if not (least <= value <= most) or (open_below and value == least):
        mend = f"write a number above {least:g}" if open_below else f"write a number from {least:g}"
        raise BadLoad(f"{name} cannot be {value:g}", f"{mend} up to {most:,.0f}")


@dataclass(frozen=True, slots=True)
class Load:
    """The worst moment. ``messages`` a second, of all channels and cities together; shares from 0 to 1."""

    messages: float
    emergencies: float = 0.03  # of the messages, those that open a case
    lines: float = 3.0  # that somebody in need writes: "kebakaran", where, how many
    replies: float | None = None  # to a message; None: as measured
    mix: Mapping[str, float] = field(default_factory=lambda: dict(USUAL))
    cities: int = 1  # among which all of it spreads evenly
    keep_days: int = 90
    peak: float = 1_000.0  # how many times a usual day's average the worst moment is
    peak_hours: float = 6.0  # at the peak, in all of the time that is kept
    handling: float = 180.0  # seconds of one operator's whole attention for a case
    media: float = 0.05  # of the messages, those with a photo or a voice note
    media_kb: float = 150.0
    whatsapp_rate: float = 80.0  # messages a second and number, both ways together; 1,000 once Meta has raised it
    smpp_rate: float = 100.0  # SMS a second and bind, as the carrier sells it

    def __post_init__(self) -> None:
        _within("--messages-per-second", self.messages, 0, MOST, open_below=True)
        _within("--emergencies", self.emergencies, 0, 1)
        _within("--replies-per-message", self.replies or 0, 0, 20)
        _within("--cities", self.cities, 1, 10_000)
        _within("--keep-days", self.keep_days, 1, 36_500)
        _within("--peak", self.peak, 1, 1_000_000)
        _within("--peak-hours", self.peak_hours, 0, 24 * self.keep_days)
        _within("--handling-seconds", self.handling, 1, 86_400)
        _within("--whatsapp-rate", self.whatsapp_rate, 1, 10_000)
        _within("--smpp-rate", self.smpp_rate, 1, 2_000)

    @property
    def in_need(self) -> float:
        """The share of messages that somebody in need writes."""
        return min(1.0, self.emergencies * self.lines)

    @property
    def cases(self) -> float:
        """Cases a second."""
        return self.messages * self.emergencies


@dataclass(frozen=True, slots=True)
class Have:
    """What one has, in all; None: not said. Of databases one is taken for granted."""

    databases: int | None = None
    web_processes: int | None = None
    workers: int | None = None
    postgres_cores: int | None = None
    postgres_connections: int | None = None
    whatsapp_numbers: int | None = None
    telegram_bots: int | None = None
    modems: int | None = None
    smpp_binds: int | None = None
    operators: int | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            _within(f"--{name.replace('_', '-')}", getattr(self, name) or 0, 0, MOST_OF_EACH)

    @property
    def said(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__slots__)


ONE_OF_EACH: Final = Have(1, 1, 1, 1, 100, 1, 1, 1, 0, 1)  # 100 connections: as PostgreSQL comes


def read_mix(text: str) -> dict[str, float]:
    """``whatsapp=0.6,sms=0.4`` as shares. Raises BadLoad."""
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        if name not in CHANNELS:
            raise BadLoad(f"--channel-mix: {name!r} is no channel", f"use {', '.join(CHANNELS)}: whatsapp=0.6,sms=0.4")
        if name in mix:
            raise BadLoad(f"--channel-mix names {name} twice", f"write one share of {name}")
        try:
            mix[name] = float(share)
        except ValueError:
            raise BadLoad(f"--channel-mix: {name} has no share", f"write {name}=0.5") from None
        _within(f"--channel-mix {name}", mix[name], 0, 1)
    if not math.isclose(sum(mix.values()), 1.0, abs_tol=0.001):
        raise BadLoad(f"--channel-mix: the shares come to {sum(mix.values()):g}", "make them come to 1")
    return mix
