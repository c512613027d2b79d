"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from config.database import Database
from config.statistics import teach_planner

FOLDER = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 112_000  # the advisory lock of whoever migrates


def alembic_config() -> Config:
    """Alembic's settings; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


async def migrate(database: Database) -> None:
    """Run every migration that the database has not seen, in one transaction."""
    await database.write(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # two processes that begin at once: the second waits, and finds it done
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    teach_planner(connection)


async def missing_migrations(database: Database) -> list[str]:
    """The revisions that the database lacks, oldest first; empty when it is up to date."""

    def look(connection: Connection) -> list[str]:
        script = ScriptDirectory.from_config(alembic_config())
        now = MigrationContext.configure(connection).get_current_revision()
        wanted = [one.revision for one in script.walk_revisions()]
        return list(reversed(wanted[: wanted.index(now)] if now in wanted else wanted))

    return await database.read(look)
