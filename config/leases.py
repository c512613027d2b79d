"""Leases: what only one process may do at a time is done by whoever holds its lease in the database.

A lease is taken for a span and renewed by its holder; when the holder dies it runs out and another takes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, String, Table, delete, or_, select, update

from config.database import UtcTime, insert_or_ignore, metadata

lease = Table(
    "lease",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("until", UtcTime, nullable=False),
)


def take(connection: Connection, name: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take or renew the lease ``name`` for ``span``; false while somebody else holds it."""
    until = now + span
    insert_or_ignore(connection, lease, [{"name": name, "holder": holder, "until": until}])
    connection.execute(
        update(lease)
        .where(lease.c.name == name, or_(lease.c.holder == holder, lease.c.until <= now))
        .values(holder=holder, until=until)
    )
    return connection.scalar(select(lease.c.holder).where(lease.c.name == name)) == holder


def give_back(connection: Connection, name: str, holder: str) -> None:
    """Let the next one have it at once."""
    connection.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder))
