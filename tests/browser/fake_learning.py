"""What the pages beside the answers ask for: entries of the other kinds, learning, models, people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.fake_desk import Json

MORE_ENTRIES: dict[str, dict[str, Json]] = {}


def routes() -> list[tuple[str, str, Callable[..., Any]]]:
    """Method, path below /api, handler."""
    return []
