"""What no driver sees of the SMS lines: words of the account that fit no line, lines that are in each other's way, and
what the running Sigap says of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from bots.channel import Account
from config.accounts import accounts_of, lines_of
from config.findings import Finding
from config.settings import Settings
from sms_gateway.gateway import LineState
from sms_gateway.line import Line
from sms_gateway.line_states import FRESH, kept_states
from sms_gateway.modem_link import devices_of
from sms_gateway.numbers import to_e164

OPERATORS: Final = ("telkomsel", "indosat", "xl", "axis", "smartfren", "tri")
SHORT_CODE: Final = re.compile(r"\d{3,6}")  # 112 or 1818: what an SMSC or an aggregator may give a city, a SIM never
WEAK: Final = 20  # % of signal
NEARLY_FULL: Final = 0.8  # of a SIM's places


def look_at_lines(accounts: Iterable[Account]) -> list[Finding]:
    """Findings for the SMS accounts. Raises ValueError where a figure is none."""
    accounts = [one for one in accounts if one.channel == "sms"]
    lines = lines_of(accounts)
    found = [finding for account in accounts for finding in _without_driver(account)]
    for line in lines:
        found += [Finding(_name(line), what, mend) for what, mend in _problems_of(line)]
    found += [Finding(_name(line), what, mend) for line, what, mend in _in_each_others_way(lines)]
    return found


def _name(line: Line) -> str:
    return f"SMS line {line.name} of {line.city}"


def _without_driver(account: Account) -> Iterator[Finding]:
    """Whoever names a number or a device means a real line; in memory nobody would ever read the answers."""
    said = account.credentials
    if not said or said.get("driver"):
        return
    name = f"account sms/{account.name} of {account.city}"
    mend = "write driver = gammu, smpp or http (docs/sms.md), or loopback where nothing is to leave this machine"
    told = "has no driver: it is served in memory only, and no answer reaches anybody"
    if said.get("webhook_secret"):
        told = "has no driver: it hears by webhook and cannot send, so nobody is answered"
    yield Finding(name, told, mend)


def _problems_of(line: Line) -> Iterator[tuple[str, str]]:
    """What is wrong, and what to do about it."""
    code = line.driver != "gammu" and SHORT_CODE.fullmatch(line.number)
    if line.number and not code and to_e164(line.number) != line.number:
        yield f"number {line.number!r} is no number", f"write {to_e164(line.number) or 'it as +62...'}"
    for word in line.operators:
        if word not in OPERATORS:
            yield f"operator {word!r} is none", f"use {', '.join(OPERATORS)}"
    if line.driver == "gammu":
        found = [Path(device) for device in devices_of(line.options.get("device", ""))]
        wrong = [str(device) for device in found if device.exists() and not device.is_char_device()]
        if wrong:
            yield f"{', '.join(wrong)} is no device", "write that of the modem, such as /dev/ttyUSB*"


def _in_each_others_way(lines: Sequence[Line]) -> Iterator[tuple[Line, str, str]]:
    """Lines of which one would take what is the other's; the second of them is named."""
    for first, second in combinations(lines, 2):
        if first.name == second.name:
            what = f"{first.city} has a line of this name too: one of them would not be served"
            yield second, what, "give one of them another name (name, or line)"
        elif first.driver == second.driver == "gammu" and (why := _share(first, second)):
            yield second, *why


def _share(first: Line, second: Line) -> tuple[str, str] | None:
    imeis = (first.options.get("imei", ""), second.options.get("imei", ""))
    if all(imeis):
        same = imeis[0] == imeis[1]
        return (f"the imei is that of line {first.name}", "write the 15 digits of its own modem") if same else None
    patterns = (first.options.get("device", ""), second.options.get("device", ""))
    devices = [{Path(device).resolve() for device in devices_of(one)} for one in patterns]
    if not patterns[0] or (patterns[0] != patterns[1] and not devices[0] & devices[1]):
        return None
    return f"may take the modem of line {first.name}: both look at {patterns[1]}", "add imei to both"


# --- what the running Sigap says ---------------------------------------------------------------------------------


def look_at_states(connection: Connection, settings: Settings, now: datetime) -> list[Finding]:
    """How the lines fare by what a running Sigap wrote lately; nothing where none runs."""
    real = _real_lines(settings)
    kept = kept_states(connection, settings.cities)
    return [
        finding
        for city, state, at in kept
        if (city, state.line) in real and now - at <= FRESH
        for finding in _told(city, state)
    ]


def _real_lines(settings: Settings) -> set[tuple[str, str]]:
    """City and name of the lines that do not exist in memory only."""
    try:
        accounts = accounts_of(settings, {one.channel for one in settings.accounts})
        return {(one.city, one.name) for one in lines_of(accounts.values()) if one.driver != "loopback"}
    except ValueError:
        return set()  # ``look_at_accounts`` says why


def _told(city: str, state: LineState) -> Iterator[Finding]:
    name = f"SMS line {state.line} of {city}, as it runs"
    yield Finding(name, None if state.up else f"is down: {state.detail}", "see sigap sms status and docs/sms.md")
    if state.sim_size and (state.sim_used or 0) >= NEARLY_FULL * state.sim_size:
        told = f"the SIM is nearly full: {state.sim_used} of {state.sim_size} places taken"
        yield Finding(name, told, "what Sigap hears it clears: see its log for what it cannot store", grave=False)
    if state.up and state.signal is not None and state.signal < WEAK:
        yield Finding(name, f"signal {state.signal} %", "put the aerial by a window, or use a better one", grave=False)
