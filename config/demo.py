"""`make demo`: invented citizens write by every channel, at a speed that the user picks. No provider is touched."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from rich.console import Console

from bots.channel import Account, Channel
from bots.listener import Listener
from bots.message import InboundKind, InboundMessage, Parsed, Place
from config.ids import new_id
from config.settings import AccountSettings, Settings
from config.wiring import System

SCRIPT = Path(__file__).with_name("demo.yml")
CHANNELS = ("whatsapp", "telegram", "sms", "web")
FASTEST = 600.0  # citizens a minute
PAUSE = (3.0, 12.0)  # seconds between two lines of one citizen


@dataclass(frozen=True, slots=True)
class Citizen:
    """One invented person: what they write, line after line."""

    city: str
    channel: str
    lines: tuple[Mapping[str, Any], ...]


def settings_for(wanted: Settings) -> Settings:
    """The same settings on a database of the demo's own, with invented accounts of every channel."""
    accounts = [
        AccountSettings(city=city, channel=channel, name=f"demo-{city}")
        for city in wanted.cities
        for channel in CHANNELS
        if channel != "web"
    ]
    of_its_own = {"data": wanted.data / "demo", "models": wanted.model.parent, "database_url": "", "accounts": accounts}
    of_its_own |= {"example_cards": True}
    return wanted.model_copy(update=of_its_own)


def unreal(channels: dict[str, Channel]) -> dict[str, Channel]:
    """Every channel but the web page answers into the air."""
    return {name: channel if name == "web" else cast(Channel, Listener(channel)) for name, channel in channels.items()}


async def citizens(system: System, per_minute: float, out: Console) -> None:
    """Let invented citizens write until cancelled, about ``per_minute`` new ones a minute."""
    people = _script(system.cities)
    out.print(f"  Demo: {per_minute:g} warga rekaan per menit menulis. Buka halaman petugas untuk melihat antrean.")
    writing: set[asyncio.Task[None]] = set()
    shuffled: list[Citizen] = []
    while True:
        if not shuffled:
            shuffled = random.sample(people, len(people))
        task = asyncio.create_task(_write(system, shuffled.pop()))
        writing.add(task)
        task.add_done_callback(writing.discard)
        await asyncio.sleep(random.expovariate(per_minute / 60))


def _script(cities: Mapping[str, object]) -> list[Citizen]:
    rows: Sequence[Mapping[str, Any]] = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    people = []
    for row in rows:
        for city in cities:
            if row.get("city", city) == city:
                lines = tuple({"text": line} if isinstance(line, str) else line for line in row["lines"])
                people.append(Citizen(city, row.get("channel") or random.choice(CHANNELS), lines))
    return people


async def _write(system: System, who: Citizen) -> None:
    account = _account(system, who)
    chat = f"demo-{new_id()}"
    phone = f"+6281155{random.randrange(500000, 509999)}" if who.channel in ("sms", "whatsapp") else None
    for line in who.lines:
        await system.inbox.keep(account, Parsed((_message(system, chat, phone, line),)), b"")
        await asyncio.sleep(random.uniform(*PAUSE))


def _account(system: System, who: Citizen) -> Account:
    return next(one for one in system.accounts.values() if (one.city, one.channel) == (who.city, who.channel))


def _message(system: System, chat: str, phone: str | None, line: Mapping[str, Any]) -> InboundMessage:
    kind: InboundKind = "text"
    place = None
    if "lat" in line:
        kind, place = "location", Place(float(line["lat"]), float(line["lon"]), 25.0)
    elif "kind" in line:
        kind = line["kind"]
    return InboundMessage(
        f"demo-{new_id()}", chat, kind, system.clock.now(), text=line.get("text", ""), phone=phone, place=place
    )
