"""Our schema spread over a Citus cluster: tables that have a city by it, the few others whole on every machine.

Citus 10 and newer: ``create_distributed_table``, ``create_reference_table``, the catalogue ``pg_dist_partition``
(docs.citusdata.com, "Citus Utility Functions"). Each statement is a transaction of its own, so whoever is interrupted
runs it again; what is distributed already is left as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from sqlalchemy import Connection, MetaData, text

from config import leases, processes
from config.database import Database, metadata
from config.findings import Mendable
from handoff import tables as case_file
from knowledge_base import tables as knowledge
from sms_gateway import tables as sms

# Imported for their tables alone.
PARTS = (leases.lease, processes.process, case_file.message, knowledge.entry, sms.sms_part)

COLUMN = "city"
FIRST = "contact"  # every other table with a city lies beside it, so that joins stay on one machine

_IS_THERE = text("SELECT count(*) FROM pg_proc WHERE proname = 'create_distributed_table'")
_DONE = text("SELECT c.relname FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid")


def statements(schema: MetaData = metadata) -> dict[str, str]:
    """By table, in the order in which they can be run, the statement that spreads it."""
    led = sorted(name for name, table in schema.tables.items() if COLUMN in table.c and name != FIRST)
    whole = sorted(name for name, table in schema.tables.items() if COLUMN not in table.c)
    return {
        FIRST: _distribute(FIRST, "none"),  # a group of its own, whatever else lies in the cluster
        **{name: _distribute(name, FIRST) for name in led},
        **{name: f"SELECT create_reference_table('{name}')" for name in whole},
    }


def _distribute(name: str, beside: str) -> str:
    return f"SELECT create_distributed_table('{name}', '{COLUMN}', colocate_with => '{beside}')"


async def insist_on_citus(database: Database) -> None:
    """Raises Mendable where the database cannot distribute tables."""
    if database.is_sqlite:
        raise Mendable("--citus needs PostgreSQL", "set SIGAP_DATABASE_URL to a Citus coordinator, postgresql://…")
    if not await database.read(lambda connection: connection.scalar(_IS_THERE)):
        raise Mendable("the database has no Citus", "as its superuser, in this database: CREATE EXTENSION citus")


async def distribute(database: Database) -> list[str]:
    """Spread every table that is not spread yet; returns their names. Raises Mendable without Citus."""
    await insist_on_citus(database)
    done = await database.read(_done)
    wanted = {name: statement for name, statement in statements().items() if name not in done}
    for statement in wanted.values():
        await database.write(partial(run, statement))
    return list(wanted)


def _done(connection: Connection) -> Collection[str]:
    return set(connection.scalars(_DONE))


def run(statement: str, connection: Connection) -> None:
    """One of ``statements``."""
    connection.execute(text(statement))
