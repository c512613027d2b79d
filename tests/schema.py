"""A database with the newest schema, made once a test process: each test gets a copy, and `migrate` finds it done."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from config.database import Database
from config.schema import migrate


def migrated_file(path: Path) -> Path:
    """``path`` with an SQLite database at it, laid there unless there is one."""
    return path if path.exists() else Path(shutil.copyfile(_made_once(), path))


def migrate_at(url: str) -> None:
    """Bring the database at ``url`` to the newest schema, from wherever a loop runs or does not."""
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, _migrate(url)).result()


@cache
def _made_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sigap-schema-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "sigap.db"
    migrate_at(f"sqlite:///{path}")
    return path


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()
