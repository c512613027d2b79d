"""Where we listen, the address under which providers reach us, and whether the clock agrees with others'."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from config.findings import Finding
from config.folder import is_held
from config.listening import CannotListen, address, bind
from config.settings import Settings

LONGEST_DRIFT = 5.0  # seconds
PATIENCE = aiohttp.ClientTimeout(total=8)  # seconds
# Whose clock ours is compared with, where an account of theirs is set up.
PROVIDERS = {"telegram": "https://api.telegram.org", "whatsapp": "https://graph.facebook.com"}
BY_HAND = "look by hand: timedatectl must say that the system clock is synchronized"


async def look_at_port(settings: Settings) -> list[Finding]:
    """Whether our port is free, or a Sigap that works on our data answers there."""
    what = f"port {settings.port} on {settings.host}"
    try:
        for one in bind(settings.host, settings.port):
            one.close()
    except CannotListen as problem:
        own = _works_here(settings)
        parts = await _health(address(settings.host, settings.port)) if own else None
        if parts is None:
            return [Finding(what, problem.what, problem.mend)]
        ill = ", ".join(f"{one['name']} ({one['detail']})" for one in parts if one["needed"] and not one["ok"])
        return [Finding(f"{what}: Sigap runs", f"but is not ready: {ill}" if ill else None, "see /health and its log")]
    return [Finding(f"{what} is free")]


def _works_here(settings: Settings) -> bool:
    """Whether a running Sigap may be ours: on PostgreSQL nothing tells."""
    try:
        return not settings.url.startswith("sqlite") or is_held(settings.data)
    except OSError:
        return False


async def _health(base: str) -> list[dict[str, Any]] | None:
    """The parts of the Sigap that answers at ``base``; None where none does."""
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE) as http, http.get(f"{base}/health") as answer:
            body = await answer.json()
            parts: list[dict[str, Any]] = body["parts"]
            return parts
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError):
        return None


async def look_at_address(settings: Settings) -> list[Finding]:
    """The address under which providers and staff come."""
    if not settings.public_url:
        mend = "set it before providers are connected"
        return [Finding("public address", "SIGAP_PUBLIC_URL is not set", mend, grave=False)]
    what = f"public address {settings.public_url}"
    found = []
    if not settings.public_url.startswith("https://"):
        found.append(Finding(what, "is not https", "put Caddy or nginx before it: providers insist on it"))
    try:
        url = f"{settings.public_url.rstrip('/')}/health"
        async with aiohttp.ClientSession(timeout=PATIENCE) as http, http.get(url) as answer:
            problem = None if answer.status == 200 else f"/health answers {answer.status}"
            found.append(Finding(what, problem, "is `sigap run` up behind the proxy?"))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        found.append(Finding(what, str(error) or type(error).__name__, "check DNS, proxy and certificate"))
    return found


async def look_at_clock(settings: Settings) -> list[Finding]:
    """Our clock against the first of the providers and the public address that tells the time."""
    others = list(dict.fromkeys(_others(settings)))
    if not others:
        return [Finding("clock", "not compared: no account and no public address tells the time", BY_HAND, grave=False)]
    async with aiohttp.ClientSession(timeout=PATIENCE) as http:
        for url in others:
            drift = await _drift(http, url)
            if drift is not None:
                problem = f"{abs(drift):.0f} s {'ahead' if drift > 0 else 'behind'}"
                mend = "run NTP: timedatectl set-ntp true"
                return [Finding(f"clock, compared with {url}", problem if abs(drift) > LONGEST_DRIFT else None, mend)]
    return [Finding("clock", f"not compared: no time came from {', '.join(others)}", BY_HAND, grave=False)]


def _others(settings: Settings) -> Iterable[str]:
    for one in settings.accounts:
        if one.channel in PROVIDERS:
            yield one.credentials.get("base_url") or PROVIDERS[one.channel]
    if settings.public_url:
        yield f"{settings.public_url.rstrip('/')}/health"


async def _drift(http: aiohttp.ClientSession, url: str) -> float | None:
    """Seconds by which our clock is ahead; None where nothing can be said."""
    try:
        async with http.head(url, allow_redirects=False) as answer:
            return (datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])).total_seconds()
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        return None
