"""The people at the desk: who they are, what they may see, how an account begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from sqlalchemy import Connection, RowMapping, delete, exists, insert, select, update

from config.clock import Clock
from config.database import Database, Priority, changed
from config.ids import new_id
from handoff.passwords import Passwords, one_time
from handoff.tables import login_source, operator, session

Role = Literal["operator", "supervisor", "admin", "author"]
ROLES: tuple[Role, ...] = get_args(Role)
LEADERS: tuple[Role, ...] = ("supervisor", "admin")  # without one of them nobody answers for the desk

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


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
        return self.sees_cases and city in self.cities and (not restricted or self.answers)

    @property
    def sees_cases(self) -> bool:
        """Whether any case, conversation or queue is this person's business: an author only writes answers."""
        return self.role != "author"

    @property
    def answers(self) -> bool:
        """Whether citizens may count on this person: an admin's open page does not make a desk manned."""
        return self.role in ("operator", "supervisor")

    @property
    def may_overrule(self) -> bool:
        """Whether this person may put back or close a case that a colleague has taken."""
        return self.role == "supervisor"

    @property
    def may_write(self) -> bool:
        """Whether this person keeps what the city knows: writes drafts, and withdraws what is wrong."""
        return self.role in ("author", *LEADERS)

    @property
    def may_publish(self) -> bool:
        """Whether this person may let the bot say what somebody else has written."""
        return self.role in LEADERS

    @property
    def keeps_accounts(self) -> bool:
        """Whether this person adds people, changes their roles and shuts them out."""
        return self.role == "admin"


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
        taken = find(connection, username)
        if taken is not None:
            shut = f", and disabled: `sigap user enable {username}`, or" if taken["disabled_at"] else ":"
            raise AccountProblem(f"{username!r} is taken{shut} choose another user name")
        connection.execute(insert(operator), row)

    await database.write(job, Priority.OPERATOR)
    return Added(operator_of(row), chosen)


def _check(username: str, name: str, role: str, cities: Sequence[str]) -> None:
    if not USERNAME.fullmatch(username):
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


async def renew_password(database: Database, passwords: Passwords, username: str) -> Added:
    """A new password that works once; locks and sessions end, wherever they are. Raises AccountProblem."""
    chosen = one_time()
    fresh = {
        "password_hash": await passwords.hash(chosen),
        "must_change_password": True,
        "failed_logins": 0,
        "locked_until": None,
    }

    def job(connection: Connection) -> Operator:
        row = _known(connection, username)
        if row["disabled_at"] is not None:
            raise AccountProblem(f"{row['username']!r} is disabled: run `sigap user enable {row['username']}` first")
        connection.execute(update(operator).where(operator.c.id == row["id"]).values(fresh))
        of_theirs = login_source.c.username == row["username"]
        connection.execute(update(login_source).where(of_theirs).values(failures=0, locked_until=None))
        _end_sessions(connection, row["id"])
        return operator_of({**row, **fresh})

    return Added(await database.write(job, Priority.OPERATOR), chosen)


async def disable(database: Database, clock: Clock, username: str, *, even_last: bool = False) -> Operator:
    """Shut an account: its sessions end now, its open pages at the next look. Raises AccountProblem.

    The last supervisor or admin who may still log in is shut only where ``even_last`` says so.
    """
    now = clock.now()

    def job(connection: Connection) -> Operator:
        row = _known(connection, username)
        if row["disabled_at"] is None:
            if not even_last and row["role"] in LEADERS and not _others_lead(connection, row["id"]):
                raise AccountProblem(
                    f"{row['username']!r} is the last active supervisor or admin: add another first, or use --force"
                )
            connection.execute(update(operator).where(operator.c.id == row["id"]).values(disabled_at=now))
        _end_sessions(connection, row["id"])
        return operator_of({**row, "disabled_at": row["disabled_at"] or now})

    return await database.write(job, Priority.OPERATOR)


async def enable(database: Database, username: str) -> Operator:
    """Open a shut account again; its password is the old one. Raises AccountProblem."""

    def job(connection: Connection) -> Operator:
        row = _known(connection, username)
        connection.execute(update(operator).where(operator.c.id == row["id"]).values(disabled_at=None))
        return operator_of({**row, "disabled_at": None})

    return await database.write(job, Priority.OPERATOR)


async def anybody_came(database: Database) -> bool:
    """Whether somebody has ever logged in here."""
    return await database.read(
        lambda connection: bool(connection.scalar(select(exists().where(login_source.c.succeeded_at.is_not(None)))))
    )


def _known(connection: Connection, username: str) -> RowMapping:
    row = find(connection, username.strip().lower())
    if row is None:
        raise AccountProblem(f"there is no account {username!r}: `sigap user list` shows them")
    return row


def _others_lead(connection: Connection, but: int) -> bool:
    others = exists().where(operator.c.role.in_(LEADERS), operator.c.disabled_at.is_(None), operator.c.id != but)
    return bool(connection.scalar(select(others)))


def _end_sessions(connection: Connection, operator_id: int) -> None:
    connection.execute(delete(session).where(session.c.operator_id == operator_id))
    changed(connection, "session", "", operator_id)


def find(connection: Connection, username: str) -> RowMapping | None:
    """The row of the account with this user name, in small letters."""
    return connection.execute(select(operator).where(operator.c.username == username)).mappings().first()


def get(connection: Connection, operator_id: int | None) -> RowMapping | None:
    """The row of one account."""
    if operator_id is None:
        return None
    return connection.execute(select(operator).where(operator.c.id == operator_id)).mappings().first()
