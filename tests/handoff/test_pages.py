"""The built app as it is served, and what a browser may do on its page."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from handoff.console.api import console_app
from handoff.console.pages import page_headers
from handoff.console.ports import ConsolePorts
from tests.handoff.browser import Browser

INDEX = """<link rel="icon" href="icon.svg"><link rel="stylesheet" href="./app-AB12CD34.css">
<script type="module" src="app-AB12CD34.js"></script><a href="#/x">x</a><a href="/petugas">y</a>"""


@pytest.fixture
def built(desk: ConsolePorts) -> Path:
    folder = desk.static_folder
    folder.mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "app-AB12CD34.js").write_text("let a = 1;" * 500)
    (folder / "icon.svg").write_text("<svg/>")
    (folder / ".stamp").write_text("x")
    return folder


async def _get(app: FastAPI, path: str, **headers: str) -> httpx.Response:
    return await Browser(app).http.get(path, headers=headers)


async def test_page_names_its_files_where_they_are(app: FastAPI, built: Path) -> None:
    page = await _get(app, "/petugas")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'src="/petugas/assets/app-AB12CD34.js"' in page.text
    assert 'href="/petugas/assets/app-AB12CD34.css"' in page.text
    assert 'href="/petugas/assets/icon.svg"' in page.text
    assert 'href="#/x"' in page.text
    assert 'href="/petugas"' in page.text
    assert page.headers["cache-control"] == "no-cache"
    assert (await _get(app, "/petugas/")).text == page.text


async def test_policy_is_strict(app: FastAPI, built: Path) -> None:
    headers = (await _get(app, "/petugas")).headers
    policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob: https://*.ubin.test"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("tiles", [None, "", "/ubin/{z}/{x}/{y}.png", "javascript:x", "https://a b; script-src *"])
def test_policy_takes_no_foreign_words(tiles: str | None) -> None:
    policy = page_headers(tiles)["Content-Security-Policy"]
    assert "img-src 'self' data: blob:;" in policy
    assert policy.count("script-src") == 1


async def test_hashed_files_are_kept_for_good(app: FastAPI, built: Path) -> None:
    script = await _get(app, "/petugas/assets/app-AB12CD34.js")
    assert script.text == "let a = 1;" * 500
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["content-type"]
    plain = await _get(app, "/petugas/assets/app-AB12CD34.js", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.content) > len(gzip.compress(plain.content))
    icon = await _get(app, "/petugas/assets/icon.svg")
    assert icon.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", [".stamp", "..%2Fmedia", "%2e%2e/x", "tiada.js", "%2Fetc%2Fhostname", "a%00b"])
async def test_nothing_else_is_served(app: FastAPI, built: Path, name: str) -> None:
    assert (await _get(app, f"/petugas/assets/{name}")).status_code == 404


async def test_page_says_so_while_it_is_not_built(app: FastAPI) -> None:
    page = await _get(app, "/petugas")
    assert page.status_code == 503
    assert "belum dibangun" in page.text
    assert "make run" in page.text


def test_a_city_that_cannot_end_a_case_is_refused_at_start(desk: ConsolePorts) -> None:
    city = desk.cities["ujung"]
    object.__setattr__(city, "wording", {})
    with pytest.raises(ValueError, match="ujung has no `closed`"):
        console_app(desk)
