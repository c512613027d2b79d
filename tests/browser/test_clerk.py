"""A clerk who has never seen it writes an answer; a second person publishes it; citizens get it by WhatsApp and SMS.

All of it over a real `sigap run`, with a provider's server that records what was sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from benchmarks.setting import free_port
from tests.providers import whatsapp
from tests.providers.clocks import until
from tests.providers.doors import UrlDoor
from tests.providers.whatsapp import FakeWhatsApp
from tests.served import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHOSEN = "kuda laut makan sagu"
CLERK = "rini"
SMS_SECRET = "rahasia-sms-uji"
BY_WHATSAPP, BY_SMS = "6281255501001", "+6281255501002"
ANSWER = "Mobil perpustakaan keliling singgah di tiap kecamatan sekali seminggu. Kartu anggota tidak perlu."
SHORT = "Perpus keliling singgah tiap kecamatan sekali seminggu. Kartu anggota tidak perlu."
QUESTION = "jadwal mobil perpustakaan keliling kapan ya kak"


@dataclass
class Town:
    """A running Sigap, WhatsApp's server and a way to send an SMS."""

    sigap: Served
    provider: FakeWhatsApp
    http: aiohttp.ClientSession

    async def send_sms(self, text: str, key: str) -> None:
        body = json.dumps({"messages": [{"key": key, "from": BY_SMS, "text": text}]}).encode()
        seal = hmac.new(SMS_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Sigap-Signature": f"sha256={seal}"}
        async with self.http.post(f"{self.sigap.address}/in/sms/kota-sms", data=body, headers=headers) as answer:
            assert answer.status == 200

    def said_by_sms(self) -> list[str]:
        """What left for the SMS line, as the transcript has it."""
        query = "SELECT text FROM message WHERE channel = 'sms' AND direction = 'out' AND state = 'sent' ORDER BY id"
        with closing(sqlite3.connect(self.sigap.data / "sigap.db")) as opened:
            return [text for (text,) in opened.execute(query)]


@pytest_asyncio.fixture(loop_scope="session")
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    port = free_port()
    async with aiohttp.ClientSession() as http:
        door = UrlDoor(f"http://127.0.0.1:{port}/in/whatsapp/kota-wa", http)
        async with FakeWhatsApp(door) as provider:
            of_whatsapp = {
                "city": "kendari",
                "channel": "whatsapp",
                "name": "kota-wa",
                "token": whatsapp.TOKEN,
                "app_secret": whatsapp.APP_SECRET,
                "verify_token": whatsapp.VERIFY_TOKEN,
                "phone_number_id": whatsapp.PHONE_NUMBER_ID,
                "base_url": provider.url,
            }
            of_sms = {
                "driver": "loopback",
                "city": "kendari",
                "channel": "sms",
                "name": "kota-sms",
                "webhook_secret": SMS_SECRET,
            }
            accounts = json.dumps([of_whatsapp, of_sms])
            async with served(tmp_path / "data", port, SIGAP_ACCOUNTS=accounts) as sigap:
                yield Town(sigap, provider, http)


async def test_an_answer_from_a_clerks_first_day_to_a_citizens_telephone(chromium: Browser, town: Town) -> None:
    clerk, second = await window(chromium), await window(chromium)
    await enter(clerk, town, CLERK, await one_time_password(town.sigap))
    await enter(second, town, "petugas", town.sigap.password)

    await write_answer(clerk)
    await rehearse(clerk)
    await clerk.get_by_role("button", name="Kirim untuk diperiksa").click()
    report = clerk.locator(".kb-report")
    await expect(report).to_contain_text("Tidak bisa terbit")
    await expect(report).to_contain_text("tolong rumah saya kebakaran")

    await mend_answer(clerk)
    await expect(clerk.locator(".kb-main")).to_contain_text("Menunggu orang kedua")
    await expect(clerk.get_by_role("button", name="Terbitkan")).to_have_count(0)

    await approve(second, clerk.url)
    await citizens_get_it(town)

    # Withdrawing is one person's act, at once.
    await clerk.reload()
    await expect(clerk.locator(".kb-main")).to_contain_text("Sedang berlaku")
    await clerk.get_by_role("button", name="Tarik sekarang").click()
    await clerk.get_by_label("Mengapa?").fill("jadwal berubah")
    await clerk.locator("dialog").get_by_role("button", name="Tarik sekarang").click()
    await expect(clerk.locator(".kb-main")).to_contain_text("Ditarik")
    await nobody_gets_it(town)


async def window(chromium: Browser) -> Page:
    return await (await chromium.new_context(viewport={"width": 1440, "height": 900})).new_page()


async def one_time_password(sigap: Served) -> str:
    """As the technician makes an account, beside the running Sigap."""
    words = ("user", "add", CLERK, "--name", "Rini", "--role", "author", "--cities", "kendari")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from config.cli import app; app()",
        *words,
        env={"SIGAP_DATA": str(sigap.data), "SIGAP_CITIES": "kendari,ambon", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    found = re.search(r"one-time password (\S+)", said.decode())
    assert found, said
    return found[1]


async def enter(page: Page, town: Town, name: str, password: str) -> None:
    await page.goto(f"{town.sigap.address}/petugas")
    await page.fill("[name=username]", name)
    await page.fill("[name=password]", password)
    await page.press("[name=password]", "Enter")
    await page.fill("[name=fresh]", CHOSEN)
    await page.fill("[name=again]", CHOSEN)
    await page.press("[name=again]", "Enter")
    await expect(page.locator("h1").first).to_be_visible()


async def write_answer(clerk: Page) -> None:
    await clerk.get_by_role("link", name="Jawaban", exact=True).click()
    await clerk.get_by_role("button", name="Jawaban baru").click()
    await clerk.locator("dialog").get_by_label("Judul").fill("Perpustakaan keliling")
    await clerk.locator("dialog").get_by_role("button", name="Buat konsep").click()
    await expect(clerk.locator(".kb-entry h1")).to_contain_text("Perpustakaan keliling")
    await clerk.get_by_role("button", name="Tambah pertanyaan", exact=False).first.click()
    for line in ("jadwal mobil perpustakaan keliling kapan", "perpus keliling datang hari apa"):
        await clerk.keyboard.type(line)
        await clerk.keyboard.press("Enter")
    await clerk.keyboard.type("tolong rumah saya kebakaran")
    await clerk.get_by_label("Jawaban", exact=True).fill(ANSWER)
    await clerk.get_by_label("Jawaban untuk SMS").fill(SHORT)
    await clerk.get_by_label("Instansi yang tahu").fill("Dinas Perpustakaan")


async def rehearse(clerk: Page) -> None:
    await clerk.get_by_label("Pertanyaan warga").fill(QUESTION)
    await expect(clerk.locator(".kb-rehearsal")).to_contain_text("Dijawab dengan jawaban ini")
    await expect(clerk.locator(".kb-rehearsal")).to_contain_text(ANSWER)


async def mend_answer(clerk: Page) -> None:
    await clerk.locator(".kb-report").get_by_role("button", name="Tutup").click()
    wrong = clerk.locator(".kb-form input").filter(has_text="")
    for at in range(await wrong.count()):
        if await wrong.nth(at).input_value() == "tolong rumah saya kebakaran":
            await wrong.nth(at).fill("mobil perpus keliling mampir di mana")
    await clerk.get_by_role("button", name="Kirim untuk diperiksa").click()


async def approve(second: Page, address: str) -> None:
    await second.goto(address)
    await second.get_by_role("button", name="Terbitkan").click()
    seen = second.get_by_role("button", name="Sudah saya baca, terbitkan")
    await expect(seen.or_(second.locator(".notices", has_text="Terbit")).first).to_be_visible()
    if await seen.count():
        await seen.click()
    await expect(second.locator(".notices")).to_contain_text("Terbit")


async def citizens_get_it(town: Town) -> None:
    """What was published is told within seconds, and they ask again until then."""
    async with asyncio.timeout(60):
        while ANSWER not in await asked(town):
            pass
    await town.send_sms(QUESTION, "satu")
    await until(lambda: SHORT in "\n".join(town.said_by_sms()))


async def nobody_gets_it(town: Town) -> None:
    async with asyncio.timeout(60):
        while ANSWER in await asked(town):
            pass


async def asked(town: Town) -> str:
    """What a citizen is told now."""
    before = len(town.provider.texts(BY_WHATSAPP))
    await town.provider.deliver(town.provider.message(BY_WHATSAPP, QUESTION))
    await until(lambda: len(town.provider.texts(BY_WHATSAPP)) > before)
    await asyncio.sleep(1)  # there may be more of it
    return "\n".join(town.provider.texts(BY_WHATSAPP)[before:])
