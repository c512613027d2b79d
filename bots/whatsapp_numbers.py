"""Which of our numbers a delivery of Meta's is for: those of one app share an address, each change names its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from bots.channel import Account
from bots.door import Fields, fields, said, whole

HEARD: Final = ("messages", "calls")  # what a human must see, whoever it was meant for


def number_of(account: Account) -> str:
    """The account's ``phone_number_id``, or nothing."""
    return account.credentials.get("phone_number_id", "")


def by_number(
    body: Fields, own: Account, accounts: Iterable[Account]
) -> tuple[list[tuple[Account, Fields]], dict[str, bool]]:
    """``body`` in parts by account, and the numbers that none of ``accounts`` has: whether somebody wrote to them.

    What names no number, and what is broken, belongs to ``own``, the account in the address.
    """
    changes = list(_changes(body))
    named = {number for _, number in changes if number} - {number_of(own)}
    if not named or not number_of(own):
        return [(own, body)], {}
    numbers = {number_of(one): one for one in accounts}
    parts: dict[str, tuple[Account, list[Any]]] = {}
    strange: dict[str, bool] = {}
    for change, number in changes:
        account = numbers.get(number) if number in named else own
        if account is None:
            strange[number] = strange.get(number, False) or _speaks(change)
        else:
            parts.setdefault(account.name, (account, []))[1].append(change)
    return [(account, {"entry": [{"changes": kept}]}) for account, kept in parts.values()], strange


def _changes(body: Fields) -> Iterator[tuple[Any, str]]:
    """Every change with the number that it names; what stands in place of a list is one row."""
    for entry in _each(body, "entry"):
        for change in _each(entry, "changes") if isinstance(entry, dict) else [entry]:
            yield change, _named(change)


def _each(value: Fields, name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else [found] if found is not None else []


def _named(change: object) -> str:
    if not isinstance(change, dict):
        return ""
    metadata = fields(fields(change, "value"), "metadata")
    number = whole(metadata.get("phone_number_id"))
    return said(metadata, "phone_number_id") or ("" if number is None else str(number))


def _speaks(change: Fields) -> bool:
    """False for what only says what became of somebody's messages."""
    value = fields(change, "value")
    return any(value.get(name) for name in HEARD) or not value.get("statuses")
