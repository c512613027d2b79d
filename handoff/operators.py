"""The people at the desk: who they are, what they may see, how an account begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from config.clock import Clock
from config.database import Database, Priority, changed
from config.ids import new_id
from handoff.passwords import Passwords, one_time
from handoff.tables import operator, session

Role = Literal["operator", "supervisor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with an account. ``cities`` are the slugs of the cities whose cases are theirs."""

    id: int
    username: str
    name: str
    role: Role
    cities: tuple[str, ...]
    must_change_password: bool = False
    disabled_at: datetime | None = None

    def may_see(self, city: str, restricted: bool) -> bool:
        """The one rule of who sees what: violence and suicide are for those who answer, not for administrators."""
        return city in self.cities and (not restricted or self.answers)

    @property
    def answers(self) -> bool:
        """Whether citizens may count on this person: an admin's open page does not make a desk manned."""
        return self.role in ("operator", "supervisor")

    @property
    def may_overrule(self) -> bool:
        """Whether this person may put back or close a case that a colleague has taken."""
        return self.role == "supervisor"


@dataclass(frozen=True, slots=True)
class Added:
    """A new account and its password, which is kept nowhere else."""

    operator: Operator
    password: str


class AccountProblem(ValueError):
    """An account cannot be made, or found, as asked. The text says what to do."""


def operator_of(row: RowMapping | dict[str, Any]) -> Operator:
    """The person in a row of ``operator``."""
    return Operator(
        id=row["id"],
        username=row["username"],
        name=row["name"],
        role=cast(Role, row["role"]),
        cities=tuple(row["cities"]),
        must_change_password=row["must_change_password"],
        disabled_at=row["disabled_at"],
    )


async def add(
    database: Database,
    passwords: Passwords,
    clock: Clock,
    *,
    username: str,
    name: str,
    role: Role,
    cities: Sequence[str],
    password: str | None = None,
) -> Added:
    """Make an account. Without a ``password`` it gets one that works once. Raises AccountProblem."""
    username = username.strip().lower()
    _check(username, name, role, cities)
    chosen = password or one_time()
    row = {
        "id": new_id(),
        "username": username,
        "name": name.strip(),
        "role": role,
        "cities": list(dict.fromkeys(cities)),
        "password_hash": await passwords.hash(chosen),
        "must_change_password": password is None,
        "failed_logins": 0,
        "created_at": clock.now(),
        "disabled_at": None,
    }

    def job(connection: Connection) -> None:
        if find(connection, username) is not None:
            raise AccountProblem(f"{username!r} is taken: choose another user name")
        connection.execute(insert(operator), row)

    await database.write(job, Priority.OPERATOR)
    return Added(operator_of(row), chosen)


def _check(username: str, name: str, role: str, cities: Sequence[str]) -> None:
    if not _USERNAME.fullmatch(username):
        raise AccountProblem(f"{username!r} is no user name: 2 to 64 of a-z, 0-9, dot, dash and underscore")
    if not 1 <= len(name.strip()) <= 128:
        raise AccountProblem("a name of 1 to 128 characters is needed: citizens' cases carry it")
    if role not in ROLES:
        raise AccountProblem(f"{role!r} is no role: use one of {', '.join(ROLES)}")
    if not cities:
        raise AccountProblem("name at least one city: an account without one sees nothing")


async def everyone(database: Database) -> list[Operator]:
    """Every account, disabled ones too, by user name."""

    def job(connection: Connection) -> list[Operator]:
        return [
            operator_of(row) for row in connection.execute(select(operator).order_by(operator.c.username)).mappings()
        ]

    return await database.read(job)


async def disable(database: Database, clock: Clock, username: str) -> Operator:
    """Shut an account: its sessions end now, its open pages at the next look. Raises AccountProblem."""
    now = clock.now()

    def job(connection: Connection) -> Operator:
        row = find(connection, username.strip().lower())
        if row is None:
            raise AccountProblem(f"there is no account {username!r}: `sigap user list` shows them")
        if row["disabled_at"] is None:
            connection.execute(update(operator).where(operator.c.id == row["id"]).values(disabled_at=now))
        connection.execute(delete(session).where(session.c.operator_id == row["id"]))
        changed(connection, "session", "", row["id"])
        return operator_of({**row, "disabled_at": row["disabled_at"] or now})

    return await database.write(job, Priority.OPERATOR)


def find(connection: Connection, username: str) -> RowMapping | None:
    """The row of the account with this user name, in small letters."""
    return connection.execute(select(operator).where(operator.c.username == username)).mappings().first()


def get(connection: Connection, operator_id: int | None) -> RowMapping | None:
    """The row of one account."""
    if operator_id is None:
        return None
    return connection.execute(select(operator).where(operator.c.id == operator_id)).mappings().first()
