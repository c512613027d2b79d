"""The schema on Citus: in the order, and with the keys, that it asks for.

Citus itself is in no package registry that the tests may use. Functions of our own stand in for it: they look into
PostgreSQL's catalogue and insist on what Citus insists on. They spread nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, UniqueConstraint, text

from config import distribution
from config.database import Database, metadata
from config.distribution import FIRST, distribute, insist_on_citus, statements
from config.findings import Mendable
from config.schema import migrate
from tests.config.conftest import Sigap

pytestmark = pytest.mark.postgres

# What Citus 10 to 13 refuse (their manual, "Creating and Modifying Distributed Tables"): a unique key without the
# distribution column, a table beside one that is not distributed or whose column is of another type, doing it twice.
STAND_IN = (
    "CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, partkey name, colocated regclass)",
    """
    CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
        distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        the_column smallint; the_type oid; group_of regclass; odd text;
    BEGIN
        SELECT attnum, atttypid INTO STRICT the_column, the_type FROM pg_attribute
            WHERE attrelid = table_name AND attname = distribution_column AND attnotnull;
        SELECT string_agg(indexrelid::regclass::text, ', ') INTO odd FROM pg_index
            WHERE indrelid = table_name AND (indisunique OR indisexclusion) AND NOT the_column = ANY (indkey);
        IF odd IS NOT NULL THEN
            RAISE EXCEPTION 'cannot create constraint on "%": % lacks the distribution column', table_name, odd;
        END IF;
        IF EXISTS (SELECT FROM pg_constraint AS c LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.confrelid
                WHERE c.conrelid = table_name AND c.contype = 'f' AND p.logicalrelid IS NULL) THEN
            RAISE EXCEPTION 'a foreign key of "%" leads to a table that is not distributed', table_name;
        END IF;
        group_of := table_name;
        IF colocate_with NOT IN ('none', 'default') THEN
            SELECT p.colocated INTO STRICT group_of FROM pg_dist_partition AS p
                JOIN pg_attribute AS a ON a.attrelid = p.logicalrelid AND a.attname = p.partkey
                WHERE p.logicalrelid = colocate_with::regclass AND a.atttypid = the_type;
        END IF;
        INSERT INTO pg_dist_partition VALUES (table_name, distribution_column, group_of);
    END $$
    """,
    """
    CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_index WHERE indrelid = table_name AND indisprimary) THEN
            RAISE EXCEPTION 'reference table "%" has no primary key', table_name;
        END IF;
        INSERT INTO pg_dist_partition VALUES (table_name, NULL, NULL);
    END $$
    """,
)


def stand_in(connection: Connection) -> None:
    for statement in STAND_IN:
        connection.execute(text(statement))


@pytest.fixture
async def plain(empty_postgres_url: str) -> AsyncIterator[Database]:
    database = Database(empty_postgres_url)
    yield database
    await database.close()


@pytest.fixture
async def coordinator(plain: Database) -> Database:
    """A database with our schema that says it were Citus."""
    await migrate(plain)
    await plain.write(stand_in)
    return plain


async def rows(database: Database, query: str) -> list[tuple[str, ...]]:
    return await database.read(lambda connection: [tuple(row) for row in connection.execute(text(query))])


async def test_the_whole_schema_is_taken(coordinator: Database) -> None:
    assert set(await distribute(coordinator)) == set(metadata.tables)
    spread = await rows(coordinator, "SELECT logicalrelid::text, partkey::text, colocated::text FROM pg_dist_partition")
    led = {name for name, table in metadata.tables.items() if "city" in table.c}
    assert {name for name, column, beside in spread if (column, beside) == ("city", FIRST)} == led
    assert {name for name, column, _ in spread if column is None} == set(metadata.tables) - led


async def test_no_table_of_the_database_is_forgotten(coordinator: Database) -> None:
    there = await rows(coordinator, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    assert {name for (name,) in there} - {"alembic_version", "pg_dist_partition"} == set(statements())


async def test_what_broke_off_is_taken_up_again(coordinator: Database) -> None:
    for name in (FIRST, "message", "operator"):
        await coordinator.write(partial(distribution.run, statements()[name]))
    assert FIRST not in (news := await distribute(coordinator))
    assert len(news) == len(metadata.tables) - 3
    assert await distribute(coordinator) == []


@pytest.mark.parametrize("odd", ["key", "unique"])
async def test_a_key_without_the_city_would_be_found(coordinator: Database, odd: str) -> None:
    schema = MetaData()
    Table(
        "odd",
        schema,
        Column("city", String(32), primary_key=odd != "key", nullable=False),
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", Integer),
        *([UniqueConstraint("name")] if odd == "unique" else []),
    )
    await coordinator.write(schema.create_all)
    await distribute(coordinator)
    with pytest.raises(Exception, match="lacks the distribution column"):
        await coordinator.write(partial(distribution.run, statements(schema)["odd"]))


async def test_without_citus_nothing_is_begun(plain: Database) -> None:
    with pytest.raises(Mendable, match="CREATE EXTENSION citus"):
        await insist_on_citus(plain)


def test_the_command_refuses_in_a_line(sigap: Sigap, empty_postgres_url: str) -> None:
    refused = sigap("migrate", "--citus", SIGAP_DATABASE_URL=empty_postgres_url)
    assert refused.exit_code == 2
    assert "no Citus" in refused.output
    on_sqlite = sigap("migrate", "--citus")
    assert on_sqlite.exit_code == 2
    assert "needs PostgreSQL" in on_sqlite.output
