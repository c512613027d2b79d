"""Whether every account has the credentials that its channel needs, and none that it does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

from bots.channel import Account, discover
from config.accounts import accounts_of
from config.findings import Finding
from config.settings import Settings

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "telegram": ("token", "webhook_secret"),
    "whatsapp": ("token", "app_secret", "verify_token", "phone_number_id"),
}
# As each channel's own file describes them.
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "telegram": ("mode", "base_url", "timeout"),
    "whatsapp": ("base_url", "version", "timeout", "template"),
    "sms": ("line", "number", "webhook_secret"),
    "web": (),
}
MODES: Final = ("", "webhook", "poll")


def look_at_accounts(settings: Settings) -> list[Finding]:
    """One finding for each account, and one more for each word in it that nobody reads."""
    try:
        accounts = accounts_of(settings, discover())
    except ValueError as error:
        return [Finding("accounts", str(error), "correct it in sigap.toml or SIGAP_ACCOUNTS")]
    return [finding for account in accounts.values() for finding in look_at(account)]


def look_at(account: Account) -> Iterable[Finding]:
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
    yield from _unknown(name, account)


def _unknown(name: str, account: Account) -> Iterable[Finding]:
    known = (*NEEDED.get(account.channel, ()), *OTHERS.get(account.channel, ()))
    for key in account.credentials:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            mend = f"did you mean {near[0]}?" if near else f"use {', '.join(known) or 'none'}, or remove it"
            yield Finding(name, f"{key!r} is no credential of {account.channel}", mend)
