"""A Chromium for the tests that need one: the system's, else Playwright's own; without either they say so loudly.

All of them run in one event loop, which is the browser's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright, expect

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REQUIRED = "BROWSER_REQUIRED"

expect.set_options(timeout=20_000)  # a busy machine may take its time; what never comes still fails


def not_run(why: str) -> None:
    """Skip, but fail where the browser tests have been demanded."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{why}, and {REQUIRED} is set")
    pytest.skip(f"BROWSER TESTS DID NOT RUN: {why}")


def which_chromium(own: str) -> str:
    """Where it is; `own` is Playwright's."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if system is None and not Path(own).exists():
        not_run("there is no Chromium (apt install chromium)")
    return system or own


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(playwright: Playwright) -> AsyncIterator[list[Browser]]:
    """The one Chromium of this test process, once a test has asked for it: a start costs as much as most tests."""
    browsers: list[Browser] = []
    yield browsers
    for one in browsers:
        await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(playwright: Playwright, running: list[Browser]) -> AsyncIterator[Browser]:
    """A browser without windows, whose next one has a fresh profile; a new one where the last has died."""
    if not running or not running[-1].is_connected():
        found = which_chromium(playwright.chromium.executable_path)
        running.append(await playwright.chromium.launch(executable_path=found, args=FLAGS))
    browser = running[-1]
    yield browser
    for window in browser.contexts:
        await window.close()
