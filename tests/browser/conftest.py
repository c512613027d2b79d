"""A Chromium for the tests that need one: the system's, else Playwright's own; without either they say so loudly."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

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


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser with a fresh profile."""
    async with async_playwright() as playwright:
        found = which_chromium(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()
