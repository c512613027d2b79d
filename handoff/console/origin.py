"""Whether a request comes from our own pages. Browsers say so; nothing else can be misled into sending a cookie."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def is_foreign(connection: HTTPConnection, allowed: Collection[str]) -> bool:
    """True for another site's page. A client that names no origin is no browser (or one of our pages reading)."""
    if connection.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return connection.headers.get("origin") not in allowed
    origin = connection.headers.get("origin")
    if origin is None or origin in allowed:
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return True
    return host == "" or host.lower() != connection.headers.get("host", "").lower()
