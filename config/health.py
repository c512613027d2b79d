"""How each part fares: for /health, the consoles' banner, and whoever watches the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select

from config.database import Database
from handoff import accounts as account_states
from handoff.tables import counter


class Health:
    """Asks the database and every account. ``accounts`` are (channel, name)."""

    def __init__(self, database: Database, cities: list[str], accounts: list[tuple[str, str]]) -> None:
        self._database = database
        self._cities = cities
        self._accounts = sorted(accounts)
        self._watched: list[Callable[[], list[dict[str, Any]]]] = []

    def watch(self, parts: Callable[[], list[dict[str, Any]]]) -> None:
        """Show ``parts`` too: the background loops of this process."""
        self._watched.append(parts)

    async def parts(self) -> list[dict[str, Any]]:
        """Each part's name, whether it works, whether nothing works without it (``needed``), and a word on it."""
        try:
            states = await self._database.read(self._states)
        except Exception as error:  # whatever the driver raises: the part is down
            return [{"name": "database", "ok": False, "needed": True, "detail": type(error).__name__}]
        kept = {(one["channel"], one["account"]): one for one in states}
        parts = [{"name": "database", "ok": True, "needed": True, "detail": self._database.url.get_backend_name()}]
        parts += [_account_part(channel, name, kept.get((channel, name))) for channel, name in self._accounts]
        return [*parts, *(part for watched in self._watched for part in watched())]

    def _states(self, connection: Connection) -> list[Any]:
        connection.execute(select(counter).limit(1))
        return list(account_states.states(connection, self._cities))


def _account_part(channel: str, name: str, state: Any) -> dict[str, Any]:
    fault = state["last_error"] if state else None
    heard = state["last_in_at"] if state else None
    told = f"last heard {heard:%Y-%m-%d %H:%M} UTC" if heard else "nothing heard yet"
    return {"name": f"{channel}/{name}", "ok": fault is None, "needed": False, "detail": fault or told}
