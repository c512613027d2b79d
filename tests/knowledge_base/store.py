"""A small city, seeded on a database, and the people who keep it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from config.database import Database
from knowledge_base import entries
from knowledge_base.city import City
from knowledge_base.entries import Editor

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RINA, SARI, BUDI = (Editor("rina", may_publish=False), *(Editor(name, may_publish=True) for name in ("sari", "budi")))
TOPIC = "biaya_112"


class Store:
    """Each call is one transaction."""

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

    async def body(self, kind: str = "article", slug: str = TOPIC, **changes: Any) -> dict[str, Any]:
        """What is published, with changes."""
        return {**(await self.published(kind, slug)).body, **changes}

    async def through(self, body: dict[str, Any], kind: str = "article", slug: str = TOPIC) -> entries.Entry:
        """Written by Rina, published by Sari."""
        one = await self.save(body, kind=kind, slug=slug)
        one = await self.do(entries.submit, self.city, kind, slug, RINA, self.now, one.revision)
        return await self.do(entries.publish, self.city, kind, slug, SARI, self.now, one.revision)
