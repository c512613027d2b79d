"""A small city, seeded on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from config.database import Database
from config.schema import migrate
from knowledge_base.city import City, load_city
from knowledge_base.seed import seed_city
from tests.knowledge_base.small_city import write_city
from tests.knowledge_base.store import NOW, Store


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return write_city(tmp_path / "cities")


@pytest.fixture
def kota(files: Path) -> City:
    return load_city("kota", files)


@pytest.fixture
async def store(database_url: str, kota: City) -> AsyncIterator[Store]:
    database = Database(database_url)
    await migrate(database)
    await database.write(partial(seed_city, city=kota, now=NOW - timedelta(days=1)))
    yield Store(database, kota)
    await database.close()
