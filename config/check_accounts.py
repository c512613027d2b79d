"""Whether every account has the credentials that its channel needs, and none that it does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bots.channel import Account, discover
from config.accounts import accounts_of, lines_of
from config.check_lines import look_at_lines
from config.clock import SystemClock
from config.findings import Finding
from config.settings import Settings
from sms_gateway.lines import Lines, open_gateway

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "telegram": ("token", "webhook_secret"),
    "whatsapp": ("token", "app_secret", "verify_token", "phone_number_id"),
}
# As each channel's own file describes them.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "telegram": ("mode", "base_url", "timeout"),
    "whatsapp": ("base_url", "version", "timeout", "template"),
    "sms": ("line", "driver", "webhook_secret", "aml_key"),  # and what its line's driver reads
    "web": (),
}
MODES: Final = ("", "webhook", "poll")


def look_at_accounts(settings: Settings) -> list[Finding]:
    """One finding for each account, and more for what is wrong with it."""
    try:
        return look(settings)
    except ValueError as error:
        return [Finding("accounts", str(error), "correct it in sigap.toml or SIGAP_ACCOUNTS")]


def look(settings: Settings) -> list[Finding]:
    """As ``look_at_accounts``. Raises ValueError where the settings make no accounts at all."""
    accounts = accounts_of(settings, discover())
    lines = open_gateway(SystemClock(), lines=lines_of(accounts.values()))
    found = [finding for account in accounts.values() for finding in _look_at(account, lines)]
    found += look_at_lines(accounts.values())
    return found + [Finding(f"SMS line {line.name}", problem.what, problem.mend) for line, problem in lines.check()]


def _look_at(account: Account, lines: Lines) -> Iterable[Finding]:
    """Whether it has what it needs, and what in it nobody reads."""
    name = f"account {account.channel}/{account.name} of {account.city}"
    missing = [key for key in NEEDED.get(account.channel, ()) if not account.credentials.get(key)]
    mode = account.credentials.get("mode", "")
    if account.channel == "telegram" and mode == "poll":
        missing = [key for key in missing if key != "webhook_secret"]
    problem = f"{', '.join(missing)} missing" if missing else None
    yield Finding(name, problem, "add it to this account in sigap.toml")
    if mode not in MODES:
        yield Finding(name, f"mode {mode!r} is none", "write webhook or poll")
    yield from _unknown(name, account, _known(account, lines))


def _known(account: Account, lines: Lines) -> Sequence[str]:
    known = (*NEEDED.get(account.channel, ()), *OTHERS.get(account.channel, ()))
    if account.channel != "sms":
        return known
    return (*known, *lines.words(account.credentials.get("line") or account.name))


def _unknown(name: str, account: Account, known: Sequence[str]) -> Iterable[Finding]:
    for key in account.credentials:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            mend = f"did you mean {near[0]}?" if near else f"use {', '.join(known) or 'none'}, or remove it"
            yield Finding(name, f"{key!r} is no credential of {account.channel}", mend)
