"""The staff app as it was built: one page at ``/petugas``, its files below it."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from handoff.console.guard import Desk

router = APIRouter(prefix="/petugas", include_in_schema=False)

ASSETS = "/petugas/assets/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HASHED = re.compile(r"-[A-Z0-9]{8}\.[a-z0-9]+$")  # as esbuild names what never changes
_OWN_FILE = re.compile(r'\b(href|src)="(?![a-z]+:|[/#])(?:\./)?([^"]+)"')
_NOT_BUILT = Path(__file__).with_name("not_built.html")
_PACKED = ("text/", "application/javascript", "image/svg", "application/json")

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def page_headers(tile_url: str | None) -> dict[str, str]:
    """What a browser may do on a page of the staff app: run its own script, talk to its own server, show the map."""
    tiles = _tile_origin(tile_url)
    images = " ".join(["'self'", "data:", "blob:", *tiles])
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": images,
        "media-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _tile_origin(tile_url: str | None) -> list[str]:
    """Where the map's pictures come from, for the policy; one of our own paths needs no entry."""
    parts = urlsplit(tile_url or "")
    host = re.sub(r"^\{s\}", "*", parts.netloc)  # Leaflet's own name for one of several servers
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"(\*\.)?[A-Za-z0-9.-]+(:\d+)?", host):
        return []
    return [f"{parts.scheme}://{host}"]


@router.api_route("", methods=["GET", "HEAD"])
@router.api_route("/", methods=["GET", "HEAD"])
async def page(desk: Desk) -> Response:
    """The app, or what to do while it has not been built."""
    headers = page_headers(desk.tile_url) | {"Cache-Control": ASK_AGAIN}
    try:
        built = await asyncio.to_thread((desk.static_folder / "index.html").read_text, "utf-8")
    except FileNotFoundError:
        missing = await asyncio.to_thread(_NOT_BUILT.read_text, "utf-8")
        return Response(missing, 503, headers, "text/html")
    return Response(_OWN_FILE.sub(rf'\1="{ASSETS}\2"', built), 200, headers, "text/html")


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset(name: str, request: Request, desk: Desk) -> Response:
    """One built file. A hashed name never changes its content, so that a browser asks for it once."""
    path = desk.static_folder / name
    if not _NAME.fullmatch(name) or not await asyncio.to_thread(path.is_file):
        return Response("Berkas tidak ditemukan. Muat ulang halaman konsol.", 404, media_type="text/plain")
    packs = "gzip" in request.headers.get("accept-encoding", "")
    body, kind, packed = await asyncio.to_thread(_read, path, packs)
    headers = page_headers(desk.tile_url) | {
        "Cache-Control": FOR_GOOD if _HASHED.search(name) else ASK_AGAIN,
        "Vary": "Accept-Encoding",
    }
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, 200, headers, kind)


def _read(path: Path, packs: bool) -> tuple[bytes, str, bool]:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = packs and kind.startswith(_PACKED)
    return _content(path, path.stat().st_mtime_ns, packed), kind, packed


@lru_cache(maxsize=64)
def _content(path: Path, _changed: int, packed: bool) -> bytes:
    body = path.read_bytes()
    return gzip.compress(body, 9) if packed else body
