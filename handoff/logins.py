"""Logging in: who guesses waits longer each time, wherever the process restarts; who belongs here is not shut out.

Each try is counted before its password is checked, so that a hundred tries at once are a hundred tries.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from config.database import insert_or_ignore
from handoff import operators, sessions
from handoff.audit import Who, note
from handoff.operators import Operator, operator_of
from handoff.sessions import Session
from handoff.tables import login_source, operator

FREE_TRIES = 5  # of one name from one place
FREE_TRIES_ANYWHERE = 20  # of one name from everywhere: many places guess together
FIRST_LOCK = timedelta(seconds=30)  # doubled with each further failure
LONGEST_LOCK = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)  # a place from which this name logged in is trusted not to be the guesser
FORGOTTEN_AFTER = timedelta(days=1)  # a place from which nobody ever logged in


class Locked(Exception):
    """No try is taken before ``retry_after`` seconds have passed."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"locked for {retry_after:.0f} s")
        self.retry_after = retry_after


def source_of(host: str | None) -> str:
    """Where a request comes from, as it is counted: one household has a whole IPv6 /64."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def begin(connection: Connection, username: str, source: str, now: datetime) -> str | None:
    """Count a try. Returns the password hash to check, None for nobody. Raises Locked."""
    row = _source(connection, username, source, now)
    person = operators.find(connection, username)
    _refuse_locked(row.locked_until, now)
    trusted = row.succeeded_at is not None and row.succeeded_at > now - KNOWN_FOR
    if person is not None and not trusted:
        _refuse_locked(person["locked_until"], now)
    _count(connection, username, source, row.failures + 1, now)
    if person is None or person["disabled_at"] is not None:
        return None
    failures = person["failed_logins"] + 1
    connection.execute(
        update(operator)
        .where(operator.c.id == person["id"])
        .values(failed_logins=failures, locked_until=_locked_until(failures, FREE_TRIES_ANYWHERE, now))
    )
    kept: str = person["password_hash"]
    return kept


def succeed(
    connection: Connection, username: str, source: str, user_agent: str, now: datetime
) -> tuple[str, Session] | None:
    """The password fits: forget the failures and log in. Returns the cookie's token and the session; None: disabled."""
    person = operators.find(connection, username)
    if person is None or person["disabled_at"] is not None:
        return None
    forgive(connection, username, source, now)
    told(connection, operator_of(person), "login", now)
    return sessions.start(connection, operator_of(person), user_agent, now)


def forgive(connection: Connection, username: str, source: str, now: datetime) -> None:
    """The right password was given: earlier failures count no more, and this place is known."""
    connection.execute(
        update(login_source)
        .where(login_source.c.username == username, login_source.c.source == source)
        .values(failures=0, locked_until=None, succeeded_at=now)
    )
    connection.execute(
        update(operator).where(operator.c.username == username).values(failed_logins=0, locked_until=None)
    )


def told(connection: Connection, person: Operator, verb: str, now: datetime) -> None:
    """Write a line on somebody's coming and going into the audit of their cities."""
    for city in person.cities:
        note(connection, city, Who(person.username, person.id), verb, now)


def _source(connection: Connection, username: str, source: str, now: datetime) -> Row[Any]:
    connection.execute(
        delete(login_source).where(
            login_source.c.tried_at <= now - FORGOTTEN_AFTER, login_source.c.succeeded_at.is_(None)
        )
    )
    fresh = {"username": username, "source": source, "failures": 0, "tried_at": now}
    insert_or_ignore(connection, login_source, [fresh])
    query = select(login_source).where(login_source.c.username == username, login_source.c.source == source)
    return connection.execute(query.with_for_update()).one()


def _refuse_locked(until: datetime | None, now: datetime) -> None:
    if until is not None and until > now:
        raise Locked((until - now).total_seconds())


def _count(connection: Connection, username: str, source: str, failures: int, now: datetime) -> None:
    connection.execute(
        update(login_source)
        .where(login_source.c.username == username, login_source.c.source == source)
        .values(failures=failures, locked_until=_locked_until(failures, FREE_TRIES, now), tried_at=now)
    )


def _locked_until(failures: int, free: int, now: datetime) -> datetime | None:
    if failures < free:
        return None
    doubled: int = 2 ** min(failures - free, 20)
    return now + min(LONGEST_LOCK, FIRST_LOCK * doubled)
