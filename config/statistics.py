"""PostgreSQL's planner is taught the shape of our tables before they hold anything.

Without statistics it believes that a city is one of two hundred, and then rather reads all of a city than follows a
list of keys: the first busy hour of a new installation, or one after a restore, would be spent reading. So a migration
that finds a table without statistics fills it with invented rows of one city, lets PostgreSQL look, and takes them out
again, all in its own transaction. What PostgreSQL gathers of real rows later takes their place.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON as JSON_TYPE
from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, Table, delete, insert, text

from config.database import UtcTime, metadata

TABLES: Final = ("contact", "conversation", "message", "incident", "attachment", "raw_body", "audit_event")
ROWS: Final = 20  # too few changes for autovacuum to look at the empty table afterwards, and learn that it is empty
NOWHERE: Final = "-"  # no city's slug
_BEGUN: Final = datetime(2025, 1, 1, tzinfo=UTC)
_KNOWN: Final = text("SELECT tablename FROM pg_stats WHERE schemaname = current_schema() AND attname = 'city'")


def teach_planner(connection: Connection) -> None:
    """Statistics for hot tables that have none. On SQLite there is nothing to teach."""
    if connection.dialect.name != "postgresql":
        return
    known = set(connection.scalars(_KNOWN))
    for table in (metadata.tables[name] for name in TABLES if name not in known):
        connection.execute(insert(table), [_row(table, number) for number in range(ROWS)])
        connection.exec_driver_sql(f'ANALYZE "{table.name}"')
        connection.execute(delete(table).where(table.c.city == NOWHERE))


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    """Every value is another one, as keys and times are; only the city is the same."""
    if column.name == "city":
        return NOWHERE
    kind = column.type
    if isinstance(kind, UtcTime):
        return _BEGUN + timedelta(seconds=number)
    if isinstance(kind, JSON_TYPE):
        return {}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return b""
    return number if isinstance(kind, Integer) else str(number)
