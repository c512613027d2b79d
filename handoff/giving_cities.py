"""Which cities' cases somebody sees, changed by the technician; what an admin may change stands in handoff.people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, update

from config.clock import Clock
from config.database import Database, Priority, changed
from handoff.audit import Who, note
from handoff.operators import AccountProblem, Operator, find, operator_of
from handoff.tables import operator, session

TECHNICIAN = Who("sigap user")


async def give_cities(database: Database, clock: Clock, username: str, cities: Sequence[str]) -> Operator:
    """Let an account see these cities and no others; its sessions end. Raises AccountProblem."""
    now = clock.now()

    def job(connection: Connection) -> Operator:
        row = find(connection, username.strip().lower())
        if row is None:
            raise AccountProblem(f"there is no account {username!r}: `sigap user list` shows them")
        before = operator_of(row)
        after = replace(before, cities=tuple(dict.fromkeys(cities)))
        if after == before:
            return before
        connection.execute(update(operator).where(operator.c.id == before.id).values(cities=list(after.cities)))
        connection.execute(delete(session).where(session.c.operator_id == before.id))
        changed(connection, "session", "", before.id)
        what = {"role": after.role, "was": before.role, "cities": list(after.cities)}
        for city in dict.fromkeys((*before.cities, *after.cities)):
            note(connection, city, TECHNICIAN, "person_changed", now, account=after.username, **what)
        return after

    return await database.write(job, Priority.OPERATOR)
