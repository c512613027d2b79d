"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from config.database import Database
from config.findings import Mendable
from config.statistics import teach_planner

FOLDER = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 112_000  # the advisory lock of whoever migrates


class NewerDatabase(Mendable):
    """The database is of a newer Sigap: this program must not write into what it does not know."""


def alembic_config() -> Config:
    """Alembic's settings; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


async def migrate(database: Database) -> None:
    """Run every migration that the database has not seen, in one transaction."""
    await database.write(upgrade)


def upgrade(connection: Connection) -> None:
    """The same on a connection, in its transaction."""
    if connection.dialect.name == "postgresql":  # two processes that begin at once: the second waits, and finds it done
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    teach_planner(connection)


async def missing_migrations(database: Database) -> list[str]:
    """The revisions that the database lacks, oldest first; empty when it is up to date. Raises NewerDatabase."""
    now, known = await database.read(_stand)
    return known[known.index(now) + 1 :] if now is not None else known


async def refuse_newer(database: Database) -> None:
    """Whatever this program would do, it must not do it there. Raises NewerDatabase."""
    await database.read(_stand)


def _stand(connection: Connection) -> tuple[str | None, list[str]]:
    """The database's revision, None before the first, and all that this program knows, oldest first."""
    now = MigrationContext.configure(connection).get_current_revision()
    known = _known()
    if now is not None and now not in known:
        what = f"the database is of a newer Sigap than this program (schema {now}, known up to {known[-1]})"
        raise NewerDatabase(what, "install the newer program again, or restore a backup from before")
    return now, known


def _known() -> list[str]:
    script = ScriptDirectory.from_config(alembic_config())
    return [one.revision for one in script.walk_revisions()][::-1]
