"""What an admin does with the accounts of others: plain functions of a connection, each leaving a line in the audit.

An admin keeps the accounts that lie wholly in cities of theirs. Of each city somebody stays who may do what only a
supervisor, and what only an admin may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from config.database import changed
from config.ids import new_id
from handoff.audit import Who, note
from handoff.operators import LEADERS, ROLES, USERNAME, Operator, Role, find, operator_of
from handoff.tables import login_source, operator, session

LONGEST_NAME = 128


class PersonRefused(Exception):
    """An account is not changed as asked. ``code`` is one of handoff.console.refusals; ``fills`` its blanks."""

    def __init__(self, code: str, **fills: str) -> None:
        super().__init__(code)
        self.code = code
        self.fills = fills


def known_to(connection: Connection, admin: Operator) -> list[Operator]:
    """Every account that shares a city with this admin, shut ones too, by user name."""
    rows = connection.execute(select(operator).order_by(operator.c.username)).mappings()
    return [person for row in rows if not set(admin.cities).isdisjoint((person := operator_of(row)).cities)]


def add(
    connection: Connection,
    admin: Operator,
    now: datetime,
    *,
    username: str,
    name: str,
    role: str,
    cities: Sequence[str],
    password_hash: str,
) -> Operator:
    """Make an account whose password works once. Raises PersonRefused."""
    if not USERNAME.fullmatch(username):
        raise PersonRefused("bad_username")
    _check(admin, name, role, cities)
    if find(connection, username) is not None:
        raise PersonRefused("username_taken")
    row: dict[str, Any] = {
        "id": new_id(),
        "username": username,
        "name": name,
        "role": role,
        "cities": list(dict.fromkeys(cities)),
        "password_hash": password_hash,
        "must_change_password": True,
        "failed_logins": 0,
        "created_at": now,
        "disabled_at": None,
    }
    connection.execute(insert(operator), row)
    made = operator_of(row)
    _note(connection, admin, made, "person_added", now, role=role)
    return made


def change(
    connection: Connection,
    admin: Operator,
    username: str,
    now: datetime,
    *,
    name: str,
    role: str,
    cities: Sequence[str],
) -> Operator:
    """Another name, role or cities. What somebody may do changes at once: they log in again. Raises PersonRefused."""
    before = _theirs(connection, admin, username)
    _check(admin, name, role, cities)
    after = replace(before, name=name, role=_role(role), cities=tuple(dict.fromkeys(cities)))
    if after == before:
        return before
    _refuse_last(connection, before, lost=[one for one in before.cities if role != before.role or one not in cities])
    fresh = {"name": after.name, "role": after.role, "cities": list(after.cities)}
    connection.execute(update(operator).where(operator.c.id == before.id).values(fresh))
    if (after.role, after.cities) != (before.role, before.cities):
        _end_sessions(connection, before.id)
    what = {"role": after.role, "was": before.role, "cities": list(after.cities)}
    _note(connection, admin, before, "person_changed", now, **what)
    return after


def renew_password(
    connection: Connection, admin: Operator, username: str, now: datetime, password_hash: str
) -> Operator:
    """A new password that works once; locks and sessions end, wherever they are. Raises PersonRefused."""
    person = _theirs(connection, admin, username)
    if person.disabled_at is not None:
        raise PersonRefused("person_disabled")
    fresh = {
        "password_hash": password_hash,
        "must_change_password": True,
        "failed_logins": 0,
        "locked_until": None,
    }
    connection.execute(update(operator).where(operator.c.id == person.id).values(fresh))
    of_theirs = login_source.c.username == person.username
    connection.execute(update(login_source).where(of_theirs).values(failures=0, locked_until=None))
    _end_sessions(connection, person.id)
    _note(connection, admin, person, "person_password", now)
    return replace(person, must_change_password=True)


def disable(connection: Connection, admin: Operator, username: str, now: datetime) -> Operator:
    """Shut an account: its sessions end now. Twice is once. Raises PersonRefused."""
    person = _theirs(connection, admin, username)
    if person.disabled_at is not None:
        return person
    _refuse_last(connection, person, lost=person.cities)
    connection.execute(update(operator).where(operator.c.id == person.id).values(disabled_at=now))
    _end_sessions(connection, person.id)
    _note(connection, admin, person, "person_disabled", now)
    return replace(person, disabled_at=now)


def enable(connection: Connection, admin: Operator, username: str, now: datetime) -> Operator:
    """Open a shut account again; its password is the old one. Twice is once. Raises PersonRefused."""
    person = _theirs(connection, admin, username)
    if person.disabled_at is None:
        return person
    connection.execute(update(operator).where(operator.c.id == person.id).values(disabled_at=None))
    _note(connection, admin, person, "person_enabled", now)
    return replace(person, disabled_at=None)


def _check(admin: Operator, name: str, role: str, cities: Sequence[str]) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not any(sign.isalpha() for sign in name):
        raise PersonRefused("bad_person_name")
    if role not in ROLES:
        raise PersonRefused("bad_role")
    if not cities or not set(cities) <= set(admin.cities):
        raise PersonRefused("bad_cities")


def _role(word: str) -> Role:
    return next(role for role in ROLES if role == word)


def _theirs(connection: Connection, admin: Operator, username: str) -> Operator:
    """The account, if it is this admin's to change."""
    row = find(connection, username)
    person = operator_of(row) if row is not None else None
    if person is None or set(admin.cities).isdisjoint(person.cities):
        raise PersonRefused("not_found")
    if not set(person.cities) <= set(admin.cities):
        raise PersonRefused("person_elsewhere")
    return person


def _refuse_last(connection: Connection, person: Operator, lost: Sequence[str]) -> None:
    """Somebody of this role stays in each city that the person is ``lost`` to. Two admins at once cannot both go."""
    if person.role not in LEADERS or person.disabled_at is not None:
        return
    query = select(operator).where(operator.c.role == person.role, operator.c.disabled_at.is_(None))
    alike = [operator_of(row) for row in connection.execute(query.order_by(operator.c.id).with_for_update()).mappings()]
    for city in lost:
        if not any(city in one.cities for one in alike if one.id != person.id):
            raise PersonRefused("last_leader", role=person.role)


def _end_sessions(connection: Connection, operator_id: int) -> None:
    connection.execute(delete(session).where(session.c.operator_id == operator_id))
    changed(connection, "session", "", operator_id)


def _note(connection: Connection, admin: Operator, person: Operator, verb: str, now: datetime, **detail: Any) -> None:
    for city in person.cities:
        note(connection, city, Who(admin.username, admin.id), verb, now, account=person.username, **detail)
