"""The citizen's page in a real browser, over the real spine: nothing lost, nothing doubled, nothing claimed in vain."""

from __future__ import annotations

import asyncio
import random
import struct
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from config.clock import SystemClock
from handoff.tables import attachment, contact, conversation, message
from tests.bots.citizen_house import House, open_house
from tests.browser.axe import problems

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
HERE: dict[str, Any] = {"latitude": -3.99, "longitude": 122.53, "accuracy": 22}
TRIES = 3  # of what must be quick: a busy machine is not slow three times, a slow page is
DOORS = "**/in-web/kendari/**"

# Marks the page once it has been told where it is.
FOUND = """
    const { watchPosition } = Geolocation.prototype;
    Geolocation.prototype.watchPosition = function (found, ...more) {
        const noted = fix => { found(fix); document.documentElement.classList.add("found"); };
        return watchPosition.call(this, noted, ...more);
    };
"""


@dataclass
class Street:
    """One citizen's browser, and the house behind the page."""

    house: House
    context: BrowserContext
    page: Page
    address: str
    trouble: list[str] = field(default_factory=list)

    async def arrive(self) -> None:
        await self.page.goto(f"{self.address}/kendari")

    async def write(self, text: str) -> None:
        await self.page.fill("#text", text)
        await self.page.click(".send")

    async def inbound(self) -> list[dict[str, Any]]:
        return [row for row in await self.house.rows(message) if row["direction"] == "in"]

    def line(self, text: str) -> Any:
        return self.page.locator(".line", has_text=text)

    async def weigh(self) -> tuple[int, float]:
        """Load the page anew at 50 kbit/s and 400 ms; returns the bytes on the line and the seconds until it works."""
        session = await self.context.new_cdp_session(self.page)
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda one: sizes.append(int(one["encodedDataLength"])))
        await session.send("Network.enable")
        await session.send("Network.clearBrowserCache")
        line = {"offline": False, "latency": 400, "downloadThroughput": 50_000 / 8, "uploadThroughput": 50_000 / 8}
        await session.send("Network.emulateNetworkConditions", line)
        begun = time.monotonic()
        await self.arrive()
        await expect(self.page.locator("#tools")).to_be_visible()
        return sum(sizes), time.monotonic() - begun


@asynccontextmanager
async def street_for(chromium: Browser, folder: Path, **window: Any) -> AsyncIterator[Street]:
    async with open_house(folder, SystemClock()) as house:
        house.inbox.BUDGET = 600.0  # nobody in this house answers later what came too fast
        config = uvicorn.Config(house.app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        sending = asyncio.create_task(_keep_sending(house))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        context = await chromium.new_context(**(PHONE | {"locale": "id-ID"} | window))
        page = await context.new_page()
        street = Street(house, context, page, f"http://127.0.0.1:{port}")
        page.on("pageerror", lambda error: street.trouble.append(str(error)))
        page.on("console", lambda said: street.trouble.append(said.text) if said.type == "error" else None)
        try:
            yield street
        finally:
            await context.close()
            house.closing.set()
            server.should_exit = True
            sending.cancel()
            await asyncio.gather(serving, sending, return_exceptions=True)
    assert [said for said in street.trouble if not said.startswith("Failed to load resource")] == []


async def _keep_sending(house: House) -> None:
    while True:
        await house.settle()
        await asyncio.sleep(0.05)


@pytest_asyncio.fixture(loop_scope="session")
async def street(chromium: Browser, tmp_path: Path) -> AsyncIterator[Street]:
    async with street_for(chromium, tmp_path) as one:
        yield one


def picture(width: int, height: int) -> bytes:
    """A PNG of noise, which compresses as badly as a picture can."""
    noise = random.Random(112)
    raw = b"".join(b"\0" + noise.randbytes(width * 3) for _ in range(height))

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


def photo(content: bytes) -> FilePayload:
    return {"name": "api.jpg", "mimeType": "image/jpeg", "buffer": content}


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height, from the frame header."""
    position = 2
    while content[position + 1] not in (0xC0, 0xC2):
        position += 2 + int.from_bytes(content[position + 2 : position + 4])
    height, width = struct.unpack(">HH", content[position + 5 : position + 9])
    return width, height


# ---- the usual way


async def test_a_cry_for_help_is_sent_answered_and_asked_where(street: Street) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    await expect(street.page.locator(".bot").first).to_contain_text("Pesan masuk")
    await expect(street.page.locator("#place")).to_have_class("wanted")
    await expect(street.page.locator("#text")).to_have_value("")
    await street.house.say("Saya Petugas, api di lantai berapa?")
    await expect(street.page.locator(".staff")).to_contain_text("Petugas 112")
    await expect(street.page.locator("#place")).not_to_have_class("wanted")


async def test_the_position_is_sent_with_its_accuracy(chromium: Browser, tmp_path: Path) -> None:
    async with street_for(chromium, tmp_path, permissions=["geolocation"], geolocation=HERE) as street:
        await street.arrive()
        await street.page.click("#place")
        await expect(street.line("Lokasi Anda (± 22 m)").locator(".state")).to_have_text("terkirim")
        [row] = await street.inbound()
        place = row["content"]["place"]
        assert (place["lat"], place["lon"], place["accuracy_m"]) == (-3.99, 122.53, 22.0)


async def test_a_rough_position_is_sent_when_no_better_one_comes(chromium: Browser, tmp_path: Path) -> None:
    rough = HERE | {"accuracy": 900}
    async with street_for(chromium, tmp_path, permissions=["geolocation"], geolocation=rough) as street:
        await street.page.clock.install()
        await street.page.add_init_script(FOUND)
        await street.arrive()
        await street.page.click("#place")
        await expect(street.page.locator("#hint")).to_have_text("Mencari lokasi Anda…")
        await expect(street.page.locator("html.found")).to_have_count(1)
        assert await street.inbound() == []
        await street.page.clock.fast_forward(9000)
        await expect(street.line("Lokasi Anda (± 900 m)")).to_be_visible()


async def test_a_refused_position_is_explained(street: Street) -> None:
    await street.arrive()
    await street.page.click("#place")
    await expect(street.page.locator("#hint")).to_contain_text("tulis saja kelurahan dan patokannya")


async def test_a_large_photo_is_made_small_and_sent(street: Street, tmp_path: Path) -> None:
    large = picture(1600, 1200)
    await street.arrive()
    await street.page.set_input_files("#photo", photo(large))
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    await expect(street.page.locator(".own img")).to_be_visible()
    [file] = await street.house.rows(attachment)
    kept = (street.house.media / file["path"]).read_bytes()
    assert len(kept) < len(large)
    assert jpeg_size(kept) == (1280, 960)


async def test_what_is_no_photo_is_explained_and_not_tried_for_ever(street: Street) -> None:
    await street.arrive()
    await street.page.set_input_files("#photo", photo(b"GIF89a nothing"))
    await expect(street.page.locator("#hint")).to_contain_text("Foto ini tidak bisa dikirim")
    await expect(street.page.locator(".line")).to_have_count(0)


async def test_answers_are_large_buttons_and_one_tap(street: Street) -> None:
    await street.arrive()
    await street.write("ada sesuatu yang aneh")
    await expect(street.page.locator("#quick button")).to_have_count(2)
    for box in [await one.bounding_box() for one in await street.page.locator("#quick button").all()]:
        assert box
        assert box["height"] >= 48
    await street.page.click("#quick button:first-child")
    await expect(street.page.locator("#quick")).to_be_hidden()
    await expect(street.page.locator(".own").last.locator(".state")).to_have_text("terkirim")
    assert [row["kind"] for row in await street.inbound()] == ["text", "button"]


async def test_buttons_and_the_wanted_place_survive_a_reload(street: Street) -> None:
    await street.arrive()
    await street.write("halo")
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    answers = (("yes", '1 "Ya"'), ("no", "2 Tidak"))
    await street.house.say("Ada bahaya?", author="bot", buttons=answers, ask_location=True)
    await expect(street.page.locator("#quick button")).to_have_count(2)
    await street.page.reload()
    await expect(street.page.locator("#quick button").first).to_have_text('1 "Ya"')
    await expect(street.page.locator("#place")).to_have_class("wanted")


# ---- bad lines


async def test_a_message_written_without_a_line_leaves_once_and_by_itself(street: Street) -> None:
    await street.arrive()
    await street.context.set_offline(True)
    await street.write("tolong ada kebakaran")
    await street.write("di wua-wua")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_contain_text("dicoba lagi sendiri")
    assert await street.inbound() == []
    await street.context.set_offline(False)
    await expect(street.line("di wua-wua").locator(".state")).to_have_text("terkirim")
    assert [row["text"] for row in await street.inbound()] == ["tolong ada kebakaran", "di wua-wua"]


async def test_unsent_words_and_half_typed_ones_survive_a_reload(street: Street) -> None:
    await street.arrive()
    await street.page.route(DOORS, lambda route: route.abort())
    await street.write("tolong ada kebakaran")
    await street.page.fill("#text", "di dekat mas")
    await street.page.reload()
    await expect(street.page.locator("#text")).to_have_value("di dekat mas")
    await expect(street.line("tolong ada kebakaran")).to_have_class("line own waits")
    await street.page.unroute(DOORS)
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    assert len(await street.inbound()) == 1


async def test_an_unsent_photo_survives_a_reload(street: Street) -> None:
    await street.arrive()
    await street.page.route(DOORS, lambda route: route.abort())
    await street.page.set_input_files("#photo", photo(picture(300, 200)))
    await expect(street.page.locator(".own img")).to_be_visible()
    await street.page.reload()
    await expect(street.page.locator(".own img")).to_be_visible()
    await street.page.unroute(DOORS)
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    assert len(await street.house.rows(attachment)) == 1


async def test_a_lost_answer_doubles_nothing(street: Street) -> None:
    lost: list[int] = []

    async def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append((await route.fetch()).status)
            await route.abort()
        else:
            await route.continue_()

    await street.arrive()
    await street.page.route("**/in-web/kendari/messages*", lose)
    await street.write("tolong ada kebakaran")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    assert lost == [200, 200]
    assert len(await street.inbound()) == 1


async def test_the_page_of_a_hotels_network_is_no_proof(street: Street) -> None:
    async def greet(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/html", body="<html>Selamat datang di Wi-Fi hotel</html>")

    await street.arrive()
    await street.page.route("**/in-web/kendari/messages*", greet)
    await street.write("tolong ada kebakaran")
    await asyncio.sleep(1)
    await expect(street.line("tolong ada kebakaran").locator(".state")).not_to_have_text("terkirim")
    await street.page.unroute("**/in-web/kendari/messages*")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    assert len(await street.inbound()) == 1


async def test_after_ten_seconds_without_the_server_it_says_so_loudly(street: Street) -> None:
    await street.page.clock.install()
    await street.page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=5))
    await street.arrive()
    await street.page.route(DOORS, lambda route: route.abort())
    await street.write("tolong ada kebakaran")
    await street.page.clock.run_for(8000)
    await expect(street.page.locator("#alarm")).to_be_hidden()
    await street.page.clock.run_for(4000)
    alarm = street.page.locator("#alarm")
    await expect(alarm).to_be_visible()
    await expect(alarm).to_contain_text("PESAN BELUM TERKIRIM.")
    await expect(alarm.locator("a")).to_have_attribute("href", "tel:112")
    await expect(alarm.locator("a")).to_have_text("Telepon 112 sekarang")
    await street.page.unroute(DOORS)
    await street.page.clock.resume()
    await expect(alarm).to_be_hidden(timeout=15_000)
    assert len(await street.inbound()) == 1


@pytest.mark.parametrize(("table", "values"), [(contact, {"cannot_call": True}), (conversation, {"silent": True})])
async def test_who_cannot_or_must_not_call_is_not_told_to(street: Street, table: Any, values: dict[str, Any]) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.page.locator(".bot").first).to_be_visible()
    await street.house.set(table, **values)
    await street.page.clock.install()
    await street.page.reload()
    await street.page.route(DOORS, lambda route: route.abort())
    await street.write("lagi")
    await street.page.clock.run_for(12_000)
    await expect(street.page.locator("#alarm")).to_be_visible()
    await expect(street.page.locator("#alarm a")).to_be_hidden()
    await expect(street.page.locator("header .call")).to_be_hidden()


async def test_in_silent_mode_the_screen_tells_nothing(street: Street) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.page.locator(".bot").first).to_be_visible()
    await street.house.set(conversation, silent=True)
    await street.house.say("Bisa balas? 1 ya, 2 tidak")
    await expect(street.line("Bisa balas?")).to_be_visible()
    for _ in range(2):
        await expect(street.page).to_have_title("Catatan")
        shown = (await street.page.locator("body").inner_text()).replace("tolong ada kebakaran", "")
        assert not any(word in shown.lower() for word in ("112", "petugas", "darurat", "polisi", "lapor", "kendari"))
        await expect(street.page.locator("h1")).to_have_text("Catatan")
        await expect(street.page.get_by_role("button", name="Hapus dari HP ini")).to_be_in_viewport(ratio=0.99)
        await street.page.reload()


async def test_a_silent_chat_is_erased_by_two_taps_and_leaves_no_way_back(street: Street) -> None:
    await street.page.goto("about:blank")
    await street.arrive()
    await street.write("suami saya pukul saya")
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    await street.house.set(conversation, silent=True)
    await street.house.say("Bisa balas? 1 ya, 2 tidak")
    await expect(street.page).to_have_title("Catatan")
    street.page.on("dialog", lambda _: street.trouble.append("a question of the browser names the site"))
    erase = street.page.locator("#forget button")
    await erase.click()
    await expect(erase).to_have_text("Ketuk lagi untuk menghapus")
    await expect(street.page.locator(".line")).to_have_count(2)
    await erase.click()
    await expect(street.page.get_by_text("Sudah dihapus dari HP ini")).to_be_visible()
    assert await street.page.evaluate("Object.keys(localStorage).filter(one => one.indexOf('sigap.') === 0)") == []
    assert await street.context.cookies() == []
    await street.page.go_back()
    assert street.page.url == "about:blank"
    await street.arrive()
    await expect(street.page.locator(".line")).to_have_count(0)


async def test_erasing_without_a_line_clears_the_screen_and_says_that_it_is_not_over(street: Street) -> None:
    await street.arrive()
    await street.write("suami saya pukul saya")
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    await street.house.set(conversation, silent=True)
    await street.page.reload()
    await street.context.set_offline(True)
    for _ in range(2):
        await street.page.click("#forget button")
    await expect(street.page.locator(".line")).to_have_count(0)
    await expect(street.page.locator("#hint")).to_contain_text("Belum terhapus semua")
    await street.context.set_offline(False)
    await street.page.click("#forget button")
    await expect(street.page.get_by_text("Sudah dihapus dari HP ini")).to_be_visible()


async def test_a_long_message_is_folded_and_opens(street: Street) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran " + "api " * 980 + "sekali")
    for _ in range(2):
        rest = street.page.locator(".own details")
        await expect(rest).to_have_count(1)
        box = await street.page.locator(".own").bounding_box()
        assert box
        assert box["height"] < 420
        await rest.locator("summary").click()
        await expect(street.page.locator(".own").get_by_text("sekali")).to_be_visible()
        await expect(street.page.locator(".own .state")).to_have_text("terkirim")
        await street.page.reload()


async def test_no_word_waits_behind_a_photo(street: Street) -> None:
    gate = asyncio.Event()

    async def hold(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await street.arrive()
    await street.page.route("**/photo", hold)
    await street.page.set_input_files("#photo", photo(picture(300, 200)))
    await expect(street.page.locator(".own img")).to_be_visible()
    await street.write("tolong ada kebakaran")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    gate.set()
    await expect(street.page.locator(".own .state").first).to_have_text("terkirim")


async def test_a_cry_for_help_overtakes_what_is_slowed_down(street: Street) -> None:
    await street.arrive()
    for number in range(31):
        await street.write(f"halo nomor {number:02}")
    await street.write("tolong ada kebakaran")
    await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
    await expect(street.line("halo nomor 30").locator(".state")).to_have_text("terkirim")
    assert len(await street.inbound()) == 32


async def test_two_windows_of_one_phone_are_one_chat(street: Street) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.page.locator(".bot").first).to_be_visible()
    other = await street.context.new_page()
    await other.goto(f"{street.address}/kendari")
    await expect(other.locator(".own")).to_contain_text("tolong ada kebakaran")
    await street.house.say("Petugas di sini")
    for page in (street.page, other):
        await expect(page.locator(".staff")).to_contain_text("Petugas di sini")
    assert len(await street.house.rows(contact)) == 1


async def test_a_phone_can_forget_the_chat(street: Street) -> None:
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.page.locator(".bot").first).to_be_visible()
    await street.page.reload()
    await street.page.click("summary")
    street.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await street.page.click("#forget button")
    await expect(street.page.locator(".line")).to_have_count(0)
    await street.write("halo")
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")
    assert len(await street.house.rows(contact)) == 2


async def test_a_browser_that_keeps_nothing_can_write_too(street: Street) -> None:
    await street.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    await street.arrive()
    await street.write("tolong ada kebakaran")
    await expect(street.page.locator(".own .state")).to_have_text("terkirim")


# ---- without script, with a keyboard, for a screen reader, on a bad line


async def test_without_script_one_can_write_and_read(chromium: Browser, tmp_path: Path) -> None:
    async with street_for(chromium, tmp_path, java_script_enabled=False) as street:
        await street.arrive()
        await expect(street.page.locator("#tools")).to_be_hidden()
        await street.write("tolong ada kebakaran")
        await expect(street.line("tolong ada kebakaran").locator(".state")).to_have_text("terkirim")
        await expect(street.page.locator(".bot")).to_contain_text("Pesan masuk")
        await street.house.say("Petugas di sini")
        await street.page.click("#end a")
        await expect(street.page.locator(".staff")).to_contain_text("Petugas di sini")


async def test_a_keyboard_is_enough(chromium: Browser, tmp_path: Path) -> None:
    async with street_for(chromium, tmp_path, **DESK, is_mobile=False, has_touch=False) as street:
        await street.arrive()
        reached = []
        for _ in range(6):
            await street.page.keyboard.press("Tab")
            reached.append(await street.page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert reached == ["call", "", "place", "photo", "text", "send"]
        await street.page.focus("#text")
        await street.page.keyboard.type("tolong")
        await street.page.keyboard.press("Shift+Enter")
        await street.page.keyboard.type("kebakaran")
        await street.page.keyboard.press("Enter")
        await expect(street.page.locator(".own .state")).to_have_text("terkirim")
        assert [row["text"] for row in await street.inbound()] == ["tolong\nkebakaran"]


@pytest.mark.parametrize(
    ("width", "height"), [(360, 740), (320, 480), (740, 360), (1440, 900)], ids=["phone", "small", "turned", "desk"]
)
async def test_it_fits(chromium: Browser, tmp_path: Path, width: int, height: int) -> None:
    window = {"viewport": {"width": width, "height": height}}
    async with street_for(chromium, tmp_path, **window) as street:
        await street.arrive()
        await street.write("tolong " + "a" * 300 + " kebakaran\n" * 12)
        await expect(street.page.locator(".bot").first).to_be_visible()
        assert await street.page.evaluate("document.documentElement.scrollWidth") <= width
        for name in (".send", "#text", "#place"):
            await expect(street.page.locator(name)).to_be_in_viewport(ratio=0.99)
        for one in await street.page.locator("button:visible, a.call:visible, #tools label").all():
            box = await one.bounding_box()
            assert box
            assert box["height"] >= 44, await one.inner_text()


async def test_axe_finds_nothing(chromium: Browser, tmp_path: Path) -> None:
    async with street_for(chromium, tmp_path, color_scheme="light", bypass_csp=True) as street:

        async def look() -> list[tuple[str, str]]:
            return await problems(street.page, "dark")

        await street.arrive()
        assert await look() == []
        await street.write("ada sesuatu yang aneh")
        await expect(street.page.locator("#quick button")).to_have_count(2)
        await street.house.say("Petugas di sini", ask_location=True)
        await expect(street.page.locator(".staff")).to_be_visible()
        await street.page.evaluate("document.getElementById('alarm').hidden = false")
        assert await look() == []
        await street.page.goto(f"{street.address}/")
        assert await look() == []
        await street.write("api " * 200)
        await street.house.set(conversation, silent=True)
        await street.page.reload()
        assert await look() == []
        await street.page.goto(f"{street.address}/in-web/kendari/gone")
        assert await look() == []


@pytest.mark.slow
async def test_at_50_kilobits_a_second_it_is_there_in_eight(street: Street) -> None:
    weight, seconds = await street.weigh()
    assert weight < 15_000
    for _ in range(TRIES - 1):
        seconds = seconds if seconds < 8 else (await street.weigh())[1]
    assert seconds < 8  # 3 on a quiet machine
    took = []
    while not took or (took[-1] >= 8 and len(took) < TRIES):
        begun = time.monotonic()
        await street.write("tolong ada kebakaran")
        await expect(street.page.locator(".own .state").nth(len(took))).to_have_text("terkirim")
        took.append(time.monotonic() - begun)
    assert min(took) < 8
