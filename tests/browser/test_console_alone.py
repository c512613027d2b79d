"""The staff app alone, in a real browser over a stand-in for its API."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from handoff.console.build_hook import STATIC
from tests.browser import fake_desk
from tests.browser.axe import Scheme, problems
from tests.browser.conftest import not_run
from tests.browser.fake_api import PASSWORD, Desk, make_app
from tests.browser.fake_desk import COLLEAGUE, ME, Json
from tests.providers.clocks import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Said by the browser about answers that a test asked for; anything else on its console fails the test.
EXPECTED_TROUBLE = ("Failed to load resource", "WebSocket connection to")
# Nobody hears a headless browser: count the alarms that sound, and hold on to what makes them.
LISTEN = """
    const Own = AudioContext;
    window.AudioContext = class extends Own { constructor() { super(); window.audio = this; } };
    window.alarms = 0;
    const { start, stop } = AudioBufferSourceNode.prototype;
    AudioBufferSourceNode.prototype.start = function (...given) { window.alarms++; return start.apply(this, given); };
    AudioBufferSourceNode.prototype.stop = function (...given) { window.alarms--; return stop.apply(this, given); };
"""


@dataclass
class Office:
    """One operator's window, and the desk behind it."""

    desk: Desk
    page: Page
    address: str

    async def login(self) -> None:
        await self.page.goto(self.address)
        await self.page.fill("[name=username]", "sari")
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.press("[name=password]", "Enter")
        await expect(self.page.locator("[data-row]").first).to_be_visible()

    async def open(self, number: int) -> Json:
        """Open the case by its link; returns it."""
        case = await self.go(number)
        await expect(self.page.locator(".case-head")).to_contain_text(case["code"])
        if case["conversation_id"]:
            await expect(self.page.locator("#reply")).to_be_attached()
        return case

    async def take(self) -> None:
        """Take what is open. Before the server has said yes, Enter sends nothing."""
        await self.page.keyboard.press("a")
        await expect(self.page.locator(".case-head")).to_contain_text("Anda yang menangani")

    async def go(self, number: int) -> Json:
        """Follow the case's link, wherever that leads."""
        case = next(one for one in self.desk.cases.values() if one["number"] == number)
        chat = case["conversation_id"]
        where = f"percakapan/kendari/{chat}" if chat else f"laporan/kendari/{case['id']}"
        await self.page.evaluate("where => { location.hash = '#/' + where; }", where)
        return case

    def talk(self, case: Json) -> Json:
        return self.desk.talks[case["conversation_id"]]


@asynccontextmanager
async def office_for(chromium: Browser, **window: Any) -> AsyncIterator[Office]:
    if not (STATIC / "index.html").exists():
        not_run("the staff app has not been built (python -m handoff.console.build_hook)")
    desk = Desk()
    runner = web.AppRunner(make_app(desk), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    context = await chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, "locale": "id-ID"} | window)
    page = await context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    await page.add_init_script(LISTEN)
    try:
        yield Office(desk, page, f"http://127.0.0.1:{port}/")
    finally:
        await context.close()
        await runner.cleanup()
    assert [one for one in trouble if not one.startswith(EXPECTED_TROUBLE)] == []


@pytest_asyncio.fixture(loop_scope="session")
async def office(chromium: Browser) -> AsyncIterator[Office]:
    async with office_for(chromium) as one:
        yield one


async def test_login_says_what_is_wrong(office: Office) -> None:
    page = office.page
    await page.goto(office.address)
    await page.get_by_role("button", name="Tes suara").click()
    await expect(page.get_by_text("Nada naik-turun sedang berbunyi")).to_be_visible()
    await page.fill("[name=username]", "sari")
    await page.fill("[name=password]", "salah")
    await page.press("[name=password]", "Enter")
    await expect(page.get_by_role("alert")).to_contain_text("kata sandi salah")
    await page.fill("[name=username]", "terkunci")
    await page.press("[name=password]", "Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Coba lagi dalam 01:")
    await expect(page.get_by_role("button", name="Masuk", exact=True)).to_be_disabled()


async def test_a_one_time_password_is_replaced_first(office: Office) -> None:
    office.desk.me["must_change_password"] = True
    page = office.page
    await page.goto(office.address)
    await page.fill("[name=username]", "sari")
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.fill("[name=fresh]", "ombak laut banda")
    await page.fill("[name=again]", "ombak laut bandaa")
    await page.press("[name=again]", "Enter")
    await expect(page.get_by_role("alert")).to_contain_text("tidak sama")
    await page.fill("[name=again]", "ombak laut banda")
    await page.press("[name=again]", "Enter")
    await expect(page.locator("[data-row]").first).to_be_visible()


async def test_a_case_by_keyboard_alone(office: Office) -> None:
    page = office.page
    await office.login()
    codes = await page.locator(".group.waiting [data-row] .what").all_inner_texts()
    assert codes == ["KDRT", "Kebakaran", "Kecelakaan", "Medis", "Belum ditentukan", "Listrik"]
    for key in ("j", "j", "Enter", "a"):
        await page.keyboard.press(key)
    await expect(page.locator(".case-head")).to_contain_text("Anda yang menangani")
    await page.keyboard.press("r")
    await expect(page.locator("#reply")).to_be_focused()
    await page.keyboard.type("Keluar dulu dari rumah. ada berapa orang?")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("jangan masuk lagi")
    await page.keyboard.press("Enter")
    sent = page.locator(".bubble.operator").last
    await expect(sent).to_contain_text("jangan masuk lagi")
    await expect(sent).to_contain_text("✓ terkirim")
    assert office.desk.replies[0]["text"] == "Keluar dulu dari rumah. ada berapa orang?\njangan masuk lagi"
    await page.keyboard.press("Escape")
    await page.keyboard.press("c")
    await expect(page.locator("dialog input:focus")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog")).to_contain_text("Pilih alasan dulu")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.keyboard.press("3")
    await expect(page.locator(".row.closed").first).to_contain_text("Kebakaran")


async def test_the_bot_s_conversation_is_taken_with_one_key(office: Office) -> None:
    page = office.page
    await office.login()
    for key in ("2", "j", "a"):
        await page.keyboard.press(key)
    await expect(page.locator(".case-head")).to_contain_text("Anda yang menangani")
    await page.keyboard.press("h")
    await expect(page.locator("dialog button:focus")).to_have_text("Kembalikan ke bot")
    await page.keyboard.press("Enter")
    await expect(page.locator(".case-head")).to_contain_text("Bot sedang melayani")


async def test_a_p1_rings_until_somebody_takes_it(office: Office) -> None:
    page, desk = office.page, office.desk
    for case in desk.cases.values():
        if case["severity"] == 1:
            case["status"], case["claimed_by"] = "claimed", COLLEAGUE
    await office.login()
    assert await page.evaluate("window.alarms") == 0
    await expect(page).to_have_title("Sigap 112")
    words = "Tolong api di pasar"
    case = fake_desk.incident(600, "kebakaran", 1, words, 1, contact=fake_desk.contact(60, "whatsapp"))
    await desk.put(case)
    await expect(page.locator(".unseen[role=alert]")).to_contain_text("P1 baru: Kebakaran")
    await expect(page).to_have_title("(1) P1 Kebakaran")
    assert await page.evaluate("window.alarms") == 1
    await desk.put(case, status="claimed", claimed_by=COLLEAGUE)
    await expect(page.locator(".banner.ringing")).to_have_count(0)
    assert await page.evaluate("window.alarms") == 0
    await expect(page).to_have_title("Sigap 112")


async def test_a_muted_page_says_so(office: Office) -> None:
    page = office.page
    await office.login()
    banner = page.locator("button.banner")
    await expect(banner).to_have_count(0)
    await page.evaluate("audio.suspend()")  # as the browser does before the first touch
    await expect(banner).to_have_text("Suara dimatikan peramban: klik di sini")
    await banner.click()
    await expect(banner).to_have_count(0)
    assert await page.evaluate("audio.state") == "running"


async def test_a_restart_loses_no_word_and_doubles_none(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await office.open(421)
    await page.keyboard.press("r")
    await page.keyboard.type("Regu sedang ke sana")
    desk.broken = True
    await desk.drop_everyone()
    await expect(page.get_by_text("Sambungan terputus, mencoba lagi…")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.unsent")).to_contain_text("mengirim…")
    await page.keyboard.type("setengah ketik")
    for _ in range(3):
        await page.keyboard.press("ArrowLeft")
    await asyncio.sleep(1.5)
    desk.broken = False
    await expect(page.get_by_text("Sambungan terputus, mencoba lagi…")).to_have_count(0)
    await expect(page.locator(".bubble.unsent")).to_have_count(0)
    await expect(page.locator(".bubble.operator", has_text="Regu sedang ke sana")).to_have_count(1)
    assert len({one["client_id"] for one in desk.replies}) == 1
    typed = await page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]")
    assert typed == ["reply", len("setengah ketik") - 3]
    await expect(page.locator("#reply")).to_have_value("setengah ketik")


async def test_what_happened_while_away_is_caught_up(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    case = await office.open(421)
    desk.broken = True
    await desk.drop_everyone()
    line = fake_desk.message(999_001, office.talk(case), "in", "citizen", "api sudah ke rumah sebelah", 0)
    desk.lines[case["conversation_id"]].append(line)
    desk.broken = False
    await expect(page.locator(".thread")).to_contain_text("api sudah ke rumah sebelah")


async def test_a_draft_survives_a_reload(office: Office) -> None:
    page = office.page
    await office.login()
    await office.open(421)
    await page.fill("#reply", "hampir selesai")
    await page.reload()
    await expect(page.locator("#reply")).to_have_value("hampir selesai")


async def test_whoever_is_put_out_is_told(office: Office) -> None:
    page = office.page
    await office.login()
    await page.context.clear_cookies()
    await office.go(421)
    await expect(page.get_by_role("alert")).to_contain_text("Sesi Anda berakhir")
    await expect(page).to_have_title("⚠ Masuk lagi")
    await page.fill("[name=username]", "sari")
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await expect(page.locator(".case-head")).to_contain_text("K-0421")


async def test_a_lost_race_names_the_winner(office: Office) -> None:
    page = office.page
    await office.login()
    case = await office.open(425)
    await expect(page.locator(".bubble").first).to_be_visible()
    case["status"], case["claimed_by"] = "claimed", COLLEAGUE  # nobody has told this page yet
    await page.keyboard.press("a")
    await expect(page.locator(".notices")).to_contain_text("Sedang ditangani oleh Budi Latuconsina")


async def test_another_s_change_does_not_cost_what_is_typed(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    case = await office.open(421)
    note = page.get_by_label("Catatan petugas")
    await note.fill("dua korban")
    case["version"] += 1  # a change elsewhere in the case that this page has not heard of
    await note.blur()
    await until(lambda: case["note"] == "dua korban")
    await expect(page.locator(".edit-state")).to_have_count(0)
    await note.fill("tiga korban")
    await desk.put(case, note="satu korban, kata Damkar")
    await note.blur()
    conflict = page.locator(".conflict")
    await expect(conflict).to_contain_text("Nilai sekarang: satu korban, kata Damkar")
    await expect(note).to_have_value("tiga korban")
    await conflict.get_by_role("button", name="Pakai punya saya").click()
    await expect(conflict).to_have_count(0)
    await until(lambda: case["note"] == "tiga korban")


async def test_the_place_is_found_and_kept(office: Office) -> None:
    page = office.page
    await office.login()
    case = await office.open(421)
    await page.keyboard.press("t")
    await page.keyboard.type("bonggo")
    await expect(page.get_by_role("option", name="Bonggoeya, Kec. Kendari Barat")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".place .summary")).to_contain_text("Bonggoeya")
    await until(lambda: case["place"]["lat"] == -4.009)
    await page.locator(".map").click(position={"x": 60, "y": 150})
    assert case["place"]["lat"] == -4.009  # a slip of the hand alone moves nothing
    await page.get_by_role("button", name="Pakai titik ini").click()
    await expect(page.locator(".picked")).to_have_count(0)
    await until(lambda: case["place"]["lat"] != -4.009)


async def test_silent_mode_holds_back_words_that_tell(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    case = await office.open(426)
    await office.take()
    await expect(page.locator(".silent-notice")).to_contain_text("MODE SENYAP")
    await expect(page.locator(".contact")).to_contain_text("JANGAN DITELEPON")
    await page.keyboard.press("r")
    await page.keyboard.type("Polisi sedang ke sana")
    await page.keyboard.press("Enter")
    await expect(page.locator(".reply [role=alert]")).to_contain_text("polisi")
    assert desk.replies == []
    await page.fill("#reply", "Bisa balas? 1 ya, 2 tidak")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.operator").last).to_contain_text("Bisa balas?")
    assert office.talk(case)["operator"] == ME


async def test_words_that_the_server_finds_telling_ask_once_more(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    case = await office.open(421)
    await expect(page.locator(".bubble").first).to_be_visible()
    office.talk(case)["silent"] = True  # since a moment ago: nobody has told this page yet
    await page.keyboard.press("r")
    await page.keyboard.type("Polisi sedang ke sana")
    await page.keyboard.press("Enter")
    asks = page.locator(".bubble.unsent")
    await expect(asks.get_by_role("alert")).to_contain_text("bisa membahayakan orang ini")
    await expect(asks.get_by_role("button")).to_have_text(["Ubah lagi", "Buang", "Tetap kirim"])
    assert "anyway" not in desk.replies[-1]
    await asks.get_by_role("button", name="Tetap kirim").click()
    await expect(page.locator(".bubble.operator").last).to_contain_text("✓ terkirim")
    await expect(asks).to_have_count(0)
    assert desk.replies[-1]["anyway"] is True
    assert len({one["client_id"] for one in desk.replies}) == 1


async def test_in_silent_mode_one_yes_is_enough(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await office.open(426)
    await office.take()
    await expect(page.locator(".silent-notice")).to_be_visible()
    await page.fill("#reply", "Polisi sedang ke sana")
    await page.press("#reply", "Enter")
    await page.get_by_role("button", name="Tetap kirim").click()
    await expect(page.locator(".bubble.operator").last).to_contain_text("✓ terkirim")
    assert [one["anyway"] for one in desk.replies] == [True]


async def test_after_the_window_words_leave_as_a_template_where_there_is_one(office: Office) -> None:
    page, desk = office.page, office.desk
    for talk in desk.talks.values():
        talk["window_until"] = fake_desk.ago(60) if talk["channel"] == "whatsapp" else None
    await office.login()
    case = await office.open(421)
    await expect(page.locator(".reply")).to_contain_text("sudah tutup: pesan bebas tidak akan sampai")
    await expect(page.get_by_role("button", name="Kirim", exact=True)).to_have_attribute("aria-disabled", "true")
    office.talk(case)["account"] = "resmi"
    await desk.push({"type": "conversation", "conversation": office.talk(case)})
    await expect(page.locator(".reply")).to_contain_text("pesan templat resmi")
    await expect(page.get_by_role("button", name="Minta lokasi")).to_have_attribute("aria-disabled", "true")
    await page.fill("#reply", "Apakah sudah aman?")
    await page.press("#reply", "Enter")
    await expect(page.locator(".bubble.operator").last).to_contain_text("✓ terkirim")
    office.talk(case)["silent"] = True
    await desk.push({"type": "conversation", "conversation": office.talk(case)})
    await expect(page.locator(".reply")).to_contain_text("pesan bebas tidak akan sampai")


async def test_a_long_message_is_folded_and_opens(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    case = await office.open(421)
    talk, words = office.talk(case), "api " * 980 + "selesai"
    await desk.say(talk, fake_desk.message(999_002, talk, "in", "citizen", words, 0))
    long = page.locator(".bubble").filter(has=page.get_by_role("button", name="selengkapnya"))
    await expect(long).to_have_count(1)
    folded = await long.bounding_box()
    assert folded
    assert folded["height"] < 300
    await long.get_by_role("button").click()
    await expect(page.get_by_text("api selesai")).to_be_visible()
    await page.get_by_role("button", name="ringkas").click()
    await expect(page.get_by_text("api selesai")).to_have_count(0)


async def test_no_name_on_the_map_is_written_over_another(office: Office) -> None:
    page = office.page
    crowded = [
        {
            "code": f"74.71.{n}",
            "name": name,
            "level": "kecamatan",
            "parent": None,
            "lat": -3.97 + n / 2000,
            "lon": 122.52,
        }
        for n, name in ((10, "Kendari"), (11, "Kendari Barat"), (12, "Abeli"), (60, "Nambo"), (80, "Poasia"))
    ]
    with_crowd = fake_desk.KENDARI | {"areas": crowded}

    async def me(route: Any) -> None:
        answer = await route.fetch()
        said = await answer.json()
        await route.fulfill(response=answer, json=said | {"cities": [with_crowd]})

    await page.route("**/api/login", me)
    await office.login()
    await page.route("**/api/me", me)
    await office.open(421)
    await expect(page.locator(".area")).to_have_count(5)
    assert await page.locator(".area").evaluate_all(
        "all => all.every(one => getComputedStyle(one, '::before').width === '8px')"
    )
    names = page.locator(".area span:not(.crowded)")
    boxes = [await one.bounding_box() for one in await names.all()]
    assert 2 <= len(boxes) < 5
    for number, box in enumerate(boxes):
        assert box
        for other in boxes[:number]:
            assert other
            apart_x = box["x"] >= other["x"] + other["width"] or other["x"] >= box["x"] + box["width"]
            apart_y = box["y"] >= other["y"] + other["height"] or other["y"] >= box["y"] + box["height"]
            assert apart_x or apart_y
    assert await page.locator(".area span.crowded").first.is_hidden()


async def test_what_was_read_on_one_page_is_not_new_on_the_next(office: Office) -> None:
    page, desk = office.page, office.desk
    for case in desk.cases.values():
        if case["claimed_by"] == ME:
            case["claimed_at"] = fake_desk.ago(5)  # after all that was written
    await office.login()
    await expect(page.locator(".group.mine .tag.news")).to_have_count(0)
    own = next(one for one in desk.cases.values() if one["claimed_by"] == ME and one["conversation_id"])
    await desk.put(own, last_in_at=fake_desk.ago(1), last_text="masih di sini")
    await expect(page.locator(".group.mine .tag.news")).to_have_count(1)
    office.talk(own)["last_in_at"] = own["last_in_at"]
    await desk.push({"type": "conversation", "conversation": office.talk(own)})
    await office.open(own["number"])
    await expect(page.locator(".group.mine .tag.news")).to_have_count(0)
    other = await page.context.new_page()  # as the next login on this machine: nothing of the tab is left
    await other.goto(office.address)
    await expect(other.locator(".group.mine [data-row]").first).to_be_visible()
    await expect(other.locator(".group.mine .tag.news")).to_have_count(0)


async def test_a_quick_reply_is_put_in_by_keyboard_alone(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await office.open(421)
    await page.keyboard.press("r")
    await expect(page.locator("#reply")).to_be_focused()
    await page.keyboard.type("/no")
    options = page.get_by_role("listbox", name="Balasan cepat").get_by_role("option")
    await expect(options).to_contain_text(["Nomor laporan Anda K-0421, Kendari."])
    await page.keyboard.press("Enter")
    await expect(page.locator("#reply")).to_have_value("Nomor laporan Anda K-0421, Kendari.")
    await expect(options).to_have_count(0)
    assert desk.replies == []  # Enter put it in; nothing was sent
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.operator").last).to_contain_text("Nomor laporan Anda K-0421")
    await page.keyboard.type("/")
    await expect(options).to_have_count(3)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#reply")).to_have_value("Telepon 112 bila aman.")
    await page.fill("#reply", "/5 pukul enam")
    await page.keyboard.press("Enter")  # nothing fits: it is neither lost nor sent
    await expect(page.locator("#reply")).to_have_value("/5 pukul enam")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.operator").last).to_contain_text("/5 pukul enam")


async def test_whoever_types_before_the_box_is_there_picks_and_sends_all_the_same(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await office.open(425)
    draws, asked = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await draws.wait()
        await route.continue_()

    await page.route(re.compile(r"/api/conversations/[^/]+/[^/]+$"), late)
    # A busy machine may take longer than the page waits for the box: for that, its time stands still.
    await page.evaluate("{ const at = performance.now(); performance.now = () => at; }")
    await office.go(421)
    await asked.wait()
    await expect(page.locator("#reply")).to_have_count(0)
    for key in ("r", "/", "n", "o", "Enter", "Enter", "y", "a"):
        await page.keyboard.press(key)
    draws.set()
    await expect(page.locator(".bubble.operator").last).to_contain_text("Nomor laporan Anda K-0421, Kendari.")
    await expect(page.locator("#reply")).to_have_value("ya")
    await page.keyboard.type(" sudah")
    await expect(page.locator("#reply")).to_have_value("ya sudah")
    assert [one["text"] for one in desk.replies] == ["Nomor laporan Anda K-0421, Kendari."]


async def test_a_quick_reply_by_its_button_stands_where_the_cursor_was(office: Office) -> None:
    page = office.page
    await office.login()
    await office.open(421)
    await page.fill("#reply", "Baik.")
    await page.get_by_role("button", name="Balasan cepat").click()
    await page.get_by_role("option", name="Minta menunggu").click()
    await expect(page.locator("#reply")).to_have_value("Baik. Tunggu sebentar, sedang kami catat.")
    await expect(page.locator("#reply")).to_be_focused()


async def test_only_approved_cards_are_sent(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await office.open(421)
    await page.get_by_role("button", name="Kartu petunjuk").click()
    await page.get_by_role("button", name="Kirim langkah ini").first.click()
    await page.get_by_text("Perdarahan").click()
    await expect(page.locator(".card", has_text="Perdarahan").get_by_role("button")).to_be_disabled()
    await expect(page.locator(".bubble.operator").last).to_contain_text("Keluar sekarang")
    assert desk.replies[0]["card"] == "kartu_kebakaran"


async def test_a_telephone_call_becomes_a_case(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    await page.keyboard.press("n")
    await page.get_by_label("Apa yang terjadi").fill("pohon tumbang menimpa mobil")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("alert").filter(has_text="Pilih jenis kejadian dulu")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Apa yang terjadi")).to_have_value("pohon tumbang menimpa mobil")
    await page.get_by_label("Jenis kejadian").select_option("kecelakaan")
    await page.get_by_label("Kecamatan").select_option("Wua-Wua")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".case-head")).to_contain_text("Anda yang menangani")
    opened = list(desk.cases.values())[-1]
    assert (opened["source"], opened["place"]["kecamatan"], opened["severity"]) == ("phone", "Wua-Wua", 2)


async def test_a_call_whose_answer_got_lost_is_one_case_with_the_last_words(office: Office) -> None:
    page, desk = office.page, office.desk
    await office.login()
    before = len(desk.cases)
    desk.deaf = True
    await page.keyboard.press("n")
    await page.get_by_label("Jenis kejadian").select_option("kecelakaan")
    await page.get_by_label("Apa yang terjadi").fill("truk terguling")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".notices")).to_contain_text("Server sedang dimulai ulang")
    await page.get_by_label("Apa yang terjadi").fill("truk terguling, dua luka")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".case-head")).to_contain_text("Anda yang menangani")
    assert len(desk.cases) == before + 1
    assert [*desk.cases.values()][-1]["note"] == "truk terguling, dua luka"
    assert len({one["client_id"] for one in desk.calls}) == 1
    await page.keyboard.press("n")
    await page.get_by_label("Jenis kejadian").select_option("medis")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".case-head")).to_contain_text("Medis")
    assert len(desk.cases) == before + 2


async def test_what_the_server_will_not_write_down_is_said_beside_the_form(office: Office) -> None:
    page = office.page
    await office.login()
    await page.keyboard.press("n")
    await page.get_by_label("Jenis kejadian").select_option("medis")
    await page.get_by_label("Nomor pelapor").fill("xyz")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".by-hand-form .problem")).to_have_text("Nomor pelapor tidak sah.")
    await page.get_by_label("Nomor pelapor").fill("0812 5550 0001")
    await page.get_by_role("button", name="Buka laporan").click()
    await expect(page.locator(".case-head")).to_contain_text("Anda yang menangani")


async def test_a_second_s_tick_draws_no_row_anew(office: Office) -> None:
    page = office.page
    await office.login()
    watched = """() => new Promise(done => {
        const seen = [];
        const watching = new MutationObserver(all => seen.push(...all.map(one => one.type)));
        watching.observe(document.querySelector('.rows'), { childList: true, subtree: true });
        setTimeout(() => { watching.disconnect(); done(seen); }, 2200);
    })"""
    assert await page.evaluate(watched) == []


async def test_a_telephone_s_window_goes_there_and_back(chromium: Browser) -> None:
    async with office_for(chromium, viewport={"width": 360, "height": 740}, has_touch=True) as office:
        page = office.page
        await office.login()
        await page.locator(".group.mine [data-row]").first.tap()
        await expect(page.locator("#reply")).to_be_visible()
        await expect(page.locator(".list")).to_be_hidden()
        await page.get_by_role("button", name="Laporan", exact=True).tap()
        await expect(page.get_by_label("Catatan petugas")).to_be_visible()
        await page.go_back()
        await expect(page.locator("#reply")).to_be_visible()
        await page.get_by_role("button", name="Kembali", exact=True).tap()
        await expect(page.locator(".list")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_on_a_telephone_the_conversation_has_most_of_the_window(chromium: Browser) -> None:
    async with office_for(chromium, viewport={"width": 360, "height": 740}, has_touch=True) as office:
        page, desk = office.page, office.desk
        await office.login()
        assert await page.evaluate("document.querySelector('.rows').getBoundingClientRect().top") <= 222
        for number in (421, 426):
            case = await office.open(number)
            await desk.put(case, alarm="disconnected")
            for seen in (".banner.ringing", ".viewers", ".case-alarm", ".pane-tabs"):
                await expect(page.locator(seen)).to_be_visible()
            assert await page.evaluate("document.querySelector('.thread').getBoundingClientRect().top") <= 222
            assert await page.evaluate("document.documentElement.scrollWidth") == 360
            await expect(page.get_by_role("button", name="Sudah saya lihat")).to_be_in_viewport(ratio=0.99)


async def test_a_notice_hides_neither_the_newest_message_nor_the_reply(chromium: Browser) -> None:
    async with office_for(chromium, viewport={"width": 360, "height": 740}, has_touch=True) as office:
        page = office.page
        await office.login()
        for number in (425, 424):
            case = await office.open(number)
            await expect(page.locator(".bubble").first).to_be_visible()
            case["status"], case["claimed_by"] = "claimed", COLLEAGUE  # nobody has told this page yet
            await page.locator(".case-head .acts .primary").tap()
            await expect(page.locator(".notices p").last).to_contain_text("Sedang ditangani oleh")
        notices = await page.locator(".notices").bounding_box()
        thread = await page.locator(".thread").bounding_box()
        assert notices
        assert thread
        assert notices["y"] + notices["height"] <= thread["y"]


@pytest.mark.slow
@pytest.mark.parametrize(("width", "other"), [(1366, "dark"), (360, None)])
async def test_axe_finds_nothing(chromium: Browser, width: int, other: Scheme | None) -> None:
    window = {"color_scheme": "light", "viewport": {"width": width, "height": 768}, "reduced_motion": "reduce"}
    async with office_for(chromium, **window) as office:
        page, found = office.page, {}
        await page.goto(office.address)

        async def look(name: str) -> None:
            if wrong := await problems(page, other):
                found[name] = wrong

        await expect(page.locator("form")).to_be_visible()
        await look("login")
        await office.login()
        await look("queue")
        await office.desk.push({"type": "health", "parts": [{"name": "SMS", "ok": False, "detail": "modem mati"}]})
        for number in (421, 426, 424, 420, 418, 419):
            await office.open(number)
            await look(f"case {number}")
        await office.open(421)
        await page.evaluate("document.querySelectorAll('.case details').forEach(one => { one.open = true; })")
        await look("case unfolded")
        await page.locator(".pane-tabs button").last.evaluate("one => one.click()")
        await look("case pane")
        for key in ("?", "c", "h"):
            await page.keyboard.press(key)
            await expect(page.locator("dialog")).to_be_visible()
            await look(f"dialog {key}")
            await page.keyboard.press("Escape")
            await expect(page.locator("dialog")).to_have_count(0)
        await page.locator(".pane-tabs button").first.evaluate("one => one.click()")
        await page.get_by_role("button", name="Kartu petunjuk").click()
        await look("cards")
        await page.keyboard.press("Escape")
        for key in ("2", "3"):
            await page.keyboard.press(key)
            await look(f"list {key}")
        await page.keyboard.press("n")
        await expect(page.locator(".by-hand-form")).to_be_visible()
        await look("by hand")
        assert found == {}, json.dumps(found, indent=1)
