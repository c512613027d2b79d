"""The citizen's page as bytes: templates filled, one small style sheet, one small script."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from bots.web_chats import Author, Chat
from knowledge_base.city import City

FOLDER: Final = Path(__file__).with_name("pages")
ASSETS: Final = {"chat.css": "text/css; charset=utf-8", "chat.js": "text/javascript; charset=utf-8"}
POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), microphone=(), payment=()",
}
LONG: Final = 600  # characters; the script folds at the same lengths
BEGINNING: Final = 400
FOR_GOOD: Final = "public, max-age=31536000, immutable"  # the address changes with the content


class View:
    """Everything that is read from disk, once."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._assets = {name: _lean((FOLDER / name).read_bytes()) for name in ASSETS}
        self._version = hashlib.sha256(b"".join(self._assets.values())).hexdigest()[:8]

    def chat(
        self,
        request: Request,
        city: City,
        account: str,
        chat: Chat,
        *,
        now: datetime,
        token: str,
        fresh_id: str,
        unsent: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        """A city's chat with what was said so far. ``problem`` "later" or "broken": ``unsent`` was not taken."""

        def clock(at: datetime) -> str:
            return at.astimezone(city.timezone).strftime("%H.%M")

        offset = now.astimezone(city.timezone).utcoffset()
        words: dict[str, Any] = {
            "city": city,
            "voice": city.voice_number,
            "account": account,
            "chat": chat,
            "token": token,
            "fresh_id": fresh_id,
            "unsent": unsent,
            "problem": problem,
            "clock": clock,
            "folded": folded,
            "offset": int(offset.total_seconds() // 60) if offset else 0,
        }
        return self._page(request, "chat.html", words, status)

    def choice(self, request: Request, cities: Sequence[City]) -> Response:
        """Which city?"""
        return self._page(request, "choice.html", {"cities": cities, "voice": cities[0].voice_number}, 200)

    def gone(self, request: Request) -> Response:
        """The chat is off this phone; the page does not tell what it was."""
        return self._page(request, "gone.html", {}, 200)

    def asset(self, request: Request, name: str) -> Response:
        """The style sheet or the script."""
        headers = {**HEADERS, "Cache-Control": FOR_GOOD}
        return packed(request, self._assets[name], ASSETS[name], headers)

    def _page(self, request: Request, name: str, words: dict[str, Any], status: int) -> Response:
        page = self._templates.get_template(name).render(version=self._version, **words)
        headers = {**HEADERS, "Cache-Control": "no-store"}
        return packed(request, page.encode(), "text/html; charset=utf-8", headers, status)


def folded(text: str, author: Author) -> tuple[str, str]:
    """A line's beginning, and what is folded behind it: only of what a citizen wrote, an instruction never is."""
    if author != "own" or len(text) <= LONG:
        return text, ""
    start = re.sub(r"(\s)\S*$", r"\1", text[:BEGINNING])
    return start, text[len(start) :]


def _lean(source: bytes) -> bytes:
    """Without indentation and lines of comment: a sixth of the script, which a bad line would carry for nobody."""
    return re.sub(rb"(?m)^\s*//.*\n|^ +", b"", source)


def packed(request: Request, body: bytes, kind: str, headers: dict[str, str], status: int = 200) -> Response:
    """An answer, gzipped where that is understood: on a bad line every byte is heard."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = gzip.compress(body, 6, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return Response(body, status, headers, kind)
