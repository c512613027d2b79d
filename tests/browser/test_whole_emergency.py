"""A whole emergency in two windows: the citizen's page and the console, over a real `sigap run`."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from benchmarks.setting import free_port
from tests.served import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHOSEN = "kuda laut makan sagu"


@pytest.fixture
def port() -> int:
    return free_port()


async def test_from_tolong_to_closed(chromium: Browser, tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    async with served(data, port) as sigap:
        citizen = await (await chromium.new_context(viewport={"width": 360, "height": 740})).new_page()
        console = await (await chromium.new_context(viewport={"width": 1440, "height": 900})).new_page()
        await log_in(console, sigap)
        await citizen.goto(f"{sigap.address}/kendari")
        await write(citizen, "tolong ada kebakaran di Wua-Wua dekat pasar baru")
        await expect(citizen.locator("#log")).to_contain_text("Petugas sedang dipanggil")

        row = console.locator("[data-row]").first
        await expect(row).to_contain_text("Kebakaran")
        await expect(row).to_contain_text("P1")
        await walk_to(console, row)
        await console.keyboard.press("Enter")
        await expect(console.locator(".case-head")).to_contain_text("K-0001")
        await console.keyboard.press("a")
        await expect(console.locator("body")).to_contain_text("Anda yang menangani")

        await console.keyboard.press("r")
        await expect(console.locator("#reply")).to_be_focused()
        await console.keyboard.type("Damkar kami hubungi. Apakah semua orang sudah keluar?")
        await console.keyboard.press("Enter")
        await expect(citizen.locator("#log")).to_contain_text("Apakah semua orang sudah keluar?")
        await write(citizen, "sudah keluar semua pak")
        await expect(console.locator("body")).to_contain_text("sudah keluar semua pak")
        await citizen.wait_for_timeout(4000)
        assert "1 ya, 2 tidak" not in (await citizen.locator("#log .line").last.inner_text()), "the bot spoke too"
        await console.keyboard.press("Escape")
        await citizen.fill("#text", "masih menulis waktu server mati")

    async with served(data, port):
        # Both windows come back by themselves; what was half typed is still there.
        await expect(citizen.locator("#text")).to_have_value("masih menulis waktu server mati")
        await citizen.click("button.send")
        await expect(console.locator("body")).to_contain_text("masih menulis waktu server mati")
        await console.keyboard.press("c")
        await console.locator("dialog[open] input[type=radio]").first.check()
        await console.locator("dialog[open] button[type=submit]").click()
        await expect(citizen.locator("#log")).to_contain_text("Penanganan K-0001 kami akhiri")


async def log_in(page: Page, sigap: Served) -> None:
    await page.goto(f"{sigap.address}/petugas")
    await page.fill("[name=username]", "petugas")
    await page.fill("[name=password]", sigap.password)
    await page.press("[name=password]", "Enter")
    await page.fill("[name=fresh]", CHOSEN)
    await page.fill("[name=again]", CHOSEN)
    await page.press("[name=again]", "Enter")
    await expect(page.locator("[role=tab]").first).to_be_visible()


async def walk_to(page: Page, row: Locator) -> None:
    """Press j, and again where a window behind another did not get the key: as somebody at the desk would."""
    for patience_ms in (2_000, 5_000, 20_000):
        await page.keyboard.press("j")
        try:
            await expect(row).to_be_focused(timeout=patience_ms)
        except AssertionError:
            continue
        return
    raise AssertionError("j does not lead to the first row")


async def write(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click("button.send")
