"""Who knocks at the web chat's doors, how much they carry, and how often they may come."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request

from bots.throttle import Throttle
from config.clock import Clock


class Guard:
    """Slows whoever comes too often, by citizen and by address. Words of danger pass always.

    Thousands of telephones share one address of a mobile network: the address' own limit is wide.
    """

    def __init__(self, clock: Clock, urgent: Callable[[str], bool]) -> None:
        self._urgent = urgent
        self._by_token = Throttle(clock, per_minute=30, burst=30)
        self._by_address = Throttle(clock, per_minute=600, burst=300)
        self._photos = Throttle(clock, per_minute=6, burst=10)
        self._photos_by_address = Throttle(clock, per_minute=60, burst=60)

    def message(self, request: Request, token: str, words: str, *, position: bool = False) -> float:
        """Seconds that this message must wait. A position may be all that somebody can send: it passes too."""
        wait = max(self._by_token.wait(token), self._by_address.wait(address_of(request)))
        return 0.0 if wait and (position or self._is_urgent(words)) else wait

    def photo(self, request: Request, token: str) -> float:
        """Seconds that this photo must wait."""
        return max(self._photos.wait(token), self._photos_by_address.wait(address_of(request)))

    def stranger(self, request: Request) -> float:
        """Seconds that somebody without a token must wait for one."""
        return self._by_address.wait(address_of(request))

    def _is_urgent(self, words: str) -> bool:
        try:
            return self._urgent(words)
        except Exception:  # the inbox logs it; whoever cannot be judged is let through
            return True


def is_foreign(request: Request) -> bool:
    """Whether another site's page posted this; browsers that do not say so are believed."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def address_of(request: Request) -> str:
    """The network that a request comes from: an IPv4 address, or an IPv6 /64, of which one household has all."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))


async def read_body(request: Request, largest: int) -> bytes | None:
    """The whole body; None once it is larger than ``largest`` bytes, or when the line breaks before its end."""
    body = b""
    with contextlib.suppress(ClientDisconnect):
        async for piece in request.stream():
            body += piece
            if len(body) > largest:
                return None
        return body
    return None
