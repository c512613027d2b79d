"""The numbers, bots and pages of the settings, and the SMS lines among them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bots.channel import Account
from config.settings import Settings
from sms_gateway.line import Line


def accounts_of(settings: Settings, channels: Iterable[str]) -> dict[tuple[str, str], Account]:
    """Every account by (channel, name). A city without a web page or an SMS line of its own gets the built-in ones.

    Raises ValueError for a channel that is none, and for an account that bears the name of a built-in one.
    """
    accounts = {
        (one.channel, one.name): Account(one.city, one.channel, one.name, one.credentials) for one in settings.accounts
    }
    known = set(channels)
    for (channel, name), account in accounts.items():
        if channel not in known:
            raise ValueError(f"account {name!r} of {account.city}: no channel {channel!r}, use one of {sorted(known)}")
    for city in settings.cities:
        for channel in ("web", "sms"):
            if not any(account.city == city and account.channel == channel for account in accounts.values()):
                _insist_on_a_free_name(accounts.get((channel, city)), city)
                accounts[channel, city] = Account(city, channel, city, {})
    return accounts


def _insist_on_a_free_name(taken: Account | None, city: str) -> None:
    if taken is not None:
        told = f"account {taken.channel}/{taken.name} of {taken.city} bears the name of {city}'s own"
        raise ValueError(f"{told}: give it another name")


def lines_of(accounts: Iterable[Account]) -> list[Line]:
    """The SMS lines among the accounts. Raises ValueError where a figure is none."""
    return [_line_of(one) for one in accounts if one.channel == "sms"]


def _line_of(account: Account) -> Line:
    said = account.credentials
    return Line(
        city=account.city,
        name=said.get("line") or account.name,
        driver=said.get("driver") or "loopback",
        number=said.get("number", ""),
        options=said,
        operators=tuple(said.get("operators", "").lower().replace(",", " ").split()),
        cost=_figure(account, "cost") or 0.0,
        per_minute=_pace(account),
    )


def _figure(account: Account, name: str) -> float | None:
    written = account.credentials.get(name)
    try:
        figure = float(written) if written else None
    except ValueError:
        figure = -1.0
    if figure is not None and not 0 <= figure < math.inf:
        raise ValueError(f"account {account.name!r} of {account.city}: {name} = {written!r}: write a number, like 8")
    return figure


def _pace(account: Account) -> float | None:
    pace = _figure(account, "per_minute")
    if pace == 0:
        raise ValueError(
            f"account {account.name!r} of {account.city}: per_minute = 0 would never send: write a number above 0, "
            "like 8, or leave it out"
        )
    return pace


def sms_numbers(accounts: Iterable[Account]) -> dict[str, str]:
    """The number to which each city's citizens send SMS, where there is one."""
    return {one.city: one.credentials.get("number", "") for one in accounts if one.channel == "sms"}
