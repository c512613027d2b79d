"""Drafts, reviews and what is published: two people, one truth, nothing lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from config.database import Change, Database
from config.schema import migrate
from knowledge_base import entries
from knowledge_base.city import City, load_city
from knowledge_base.entries import Editor, Refused
from knowledge_base.seed import seed_city
from tests.knowledge_base.small_city import write_city

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RINA, SARI = Editor("rina", may_publish=False), Editor("sari", may_publish=True)
TOPIC = "biaya_112"


class Store:
    """A seeded small city on a database; each call is one transaction."""

    def __init__(self, database: Database, city: City) -> None:
        self.database, self.city, self.now = database, city, NOW

    async def do(self, act: Callable[..., T], *args: Any, **more: Any) -> T:
        return await self.database.write(lambda connection: act(connection, *args, **more))

    async def save(self, body: dict[str, Any], revision: int | None = None, **more: Any) -> entries.Draft:
        by, kind, slug = more.get("by", RINA), more.get("kind", "article"), more.get("slug", TOPIC)
        return await self.do(entries.save_draft, self.city, kind, slug, body, by, self.now, revision=revision)

    async def published(self, kind: str = "article", slug: str = TOPIC) -> entries.Entry:
        found = await self.do(entries.get, self.city.slug, kind, slug)
        assert found is not None
        return found

    async def through(self, body: dict[str, Any], *, kind: str = "article", slug: str = TOPIC) -> entries.Entry:
        """Written by Rina, published by Sari."""
        one = await self.save(body, kind=kind, slug=slug)
        one = await self.do(entries.submit, self.city, kind, slug, RINA, self.now, one.revision)
        return await self.do(entries.publish, self.city, kind, slug, SARI, self.now, one.revision)


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    database = Database(database_url)
    city = load_city("kota", write_city(tmp_path / "cities"))
    await migrate(database)
    await database.write(partial(seed_city, city=city, now=NOW - timedelta(days=1)))
    yield Store(database, city)
    await database.close()


async def answer(store: Store, **changes: Any) -> dict[str, Any]:
    return {**(await store.published()).body, **changes}


async def test_an_answer_is_published_by_a_second_person(store: Store) -> None:
    one = await store.save(await answer(store, answer="Gratis, juga tanpa pulsa."))
    assert (one.revision, one.state, one.base_version, one.authors) == (1, "draft", 1, ("rina",))
    with pytest.raises(Refused, match="second_person"):
        await store.do(entries.publish, store.city, "article", TOPIC, SARI, NOW, 1)
    one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, 1)
    with pytest.raises(Refused, match="not_allowed"):
        await store.do(entries.publish, store.city, "article", TOPIC, RINA, NOW, one.revision)
    kept = await store.do(entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision)
    assert (kept.version, kept.body["answer"], kept.edited_at) == (2, "Gratis, juga tanpa pulsa.", NOW)
    assert await store.published() == kept
    assert await store.do(entries.get_draft, "kota", "article", TOPIC) is None
    newest, oldest = await store.do(entries.versions, "kota", "article", TOPIC)
    assert (newest.verb, newest.who, newest.approved_by) == ("published", "rina", "sari")
    assert (oldest.verb, oldest.who) == ("seeded", "berkas")


async def test_search_finds_entries_and_drafts_on_one_line_each(store: Store) -> None:
    await store.save({"title": "Parkir liar", "answer": "Lapor ke Dishub."}, slug="parkir_liar")
    await store.save(await answer(store, sms="Gratis sekali."))
    rows, total = await store.do(entries.search, "kota", "article")
    assert [(one.slug, one.state, one.draft_state, one.version) for one in rows] == [
        ("biaya_112", "published", "draft", 1),
        ("parkir_liar", "draft", "draft", None),
    ]
    assert total == 2
    for words in ("LIAR dishub", "sekali", "100%"):
        found, _ = await store.do(entries.search, "kota", "article", words=words)
        assert [one.slug for one in found] == {"LIAR dishub": ["parkir_liar"], "sekali": [TOPIC], "100%": []}[words]
