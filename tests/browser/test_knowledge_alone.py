"""The part where answers are kept, in a real browser over a stand-in for its API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.browser import fake_knowledge
from tests.browser.axe import problems
from tests.browser.fake_api import PASSWORD
from tests.browser.fake_desk import Json
from tests.browser.fake_knowledge import Library
from tests.browser.test_console_alone import Office, office_for

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BLOCKED: Json = fake_knowledge.clean() | {
    "blocked": True,
    "emergencies": [
        {"phrase": "rumah saya kebakaran", "variant": "rumah kebakaran lapor kemana", "score": 0.9, "why": "dijawab"}
    ],
}


@dataclass
class Room:
    """A clerk's window, and the shelves behind it."""

    office: Office

    @property
    def page(self) -> Page:
        return self.office.page

    @property
    def library(self) -> Library:
        return self.office.desk.library

    async def enter(self, role: str = "admin") -> None:
        self.office.desk.me["role"] = role
        await self.page.goto(self.office.address)
        await self.page.fill("[name=username]", "sari")
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.press("[name=password]", "Enter")
        await expect(self.page.locator(".kb-main h1, [data-row]").first).to_be_visible()

    async def go(self, *where: str) -> None:
        await self.page.evaluate("where => { location.hash = '#/pengetahuan/kendari/' + where; }", "/".join(where))

    async def open(self, slug: str) -> None:
        await self.go("jawaban", slug)
        await expect(self.page.locator(".kb-entry h1")).to_be_visible()

    async def says(self, words: str) -> None:
        await expect(self.page.locator(".notices")).to_contain_text(words)

    def draft(self, slug: str) -> Json:
        found: Json = self.library.of("article", slug)["draft"]
        return found

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def tab_to(self, name: str) -> None:
        """By the Tab key alone, to what has this name."""
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            if name in await self.page.evaluate(FOCUSED):
                return
        pytest.fail(f"Tab does not lead to {name!r}")


# What a screen reader would call the element that has the focus, roughly.
FOCUSED = """() => {
    const one = document.activeElement;
    const label = one.labels?.[0]?.textContent ?? '';
    return [one.getAttribute('aria-label'), label, one.placeholder, one.textContent].filter(Boolean).join(' ');
}"""


@asynccontextmanager
async def room_for(chromium: Browser, **window: Any) -> AsyncIterator[Room]:
    async with office_for(chromium, **{"viewport": {"width": 1440, "height": 900}} | window) as office:
        yield Room(office)


@pytest_asyncio.fixture(loop_scope="session")
async def room(chromium: Browser) -> AsyncIterator[Room]:
    async with room_for(chromium) as one:
        yield one


async def test_each_role_lands_where_it_belongs(room: Room) -> None:
    page = room.page
    await room.enter("admin")
    await expect(page.locator(".kb-nav")).to_be_visible()
    await page.get_by_role("link", name="Antrean").click()
    await expect(page.locator("[data-row]").first).to_be_visible()
    await page.get_by_role("link", name="Pengetahuan kota").click()
    await expect(page.locator(".kb-nav")).to_be_visible()


async def test_a_supervisor_lands_on_the_queue_and_has_a_link(room: Room) -> None:
    await room.enter("supervisor")
    await expect(room.page.locator("[data-row]").first).to_be_visible()
    await room.page.get_by_role("link", name="Pengetahuan kota").click()
    await expect(room.page.locator(".kb-nav")).to_be_visible()


async def test_an_operator_has_no_door_to_the_answers(room: Room) -> None:
    await room.enter("operator")
    await expect(room.page.get_by_role("link", name="Pengetahuan kota")).to_have_count(0)
    await room.go("jawaban")
    await expect(room.page).to_have_url(re.compile(r"#/$"))
    await expect(room.page.locator("[data-row]").first).to_be_visible()


async def test_an_author_sees_no_case_wherever_the_address_leads(room: Room) -> None:
    page = room.page
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("websocket", lambda one: asked.append(one.url))
    await room.enter("author")
    await expect(page.locator(".kb-nav")).to_be_visible()
    await page.evaluate("location.hash = '#/'")
    await expect(page).to_have_url(re.compile("pengetahuan"))
    await page.evaluate("location.hash = '#/telepon'")
    await expect(page).to_have_url(re.compile("pengetahuan"))
    await expect(page.locator("[data-row], .by-hand-form, .banner")).to_have_count(0)
    await expect(page.get_by_role("link", name="Antrean")).to_have_count(0)
    assert [one for one in asked if re.search("/(queue|live|conversations|incidents)", one)] == []


async def test_an_operator_never_loads_this_part(room: Room) -> None:
    asked: list[str] = []
    room.page.on("request", lambda one: asked.append(one.url))
    await room.enter("operator")
    assert [one for one in asked if "Shell-" in one or "knowledge-" in one] == []


async def test_an_answer_is_written_and_sent_by_keyboard_alone(room: Room) -> None:
    page, library = room.page, room.library
    await room.enter("author")
    await room.go("jawaban")
    await expect(page.locator(".kb-table tbody tr")).to_have_count(6)
    await room.tab_to("Jawaban baru")
    await room.press("Enter")
    await expect(page.locator("dialog input")).to_be_focused()
    await page.keyboard.type("Parkir liar")
    await room.press("Enter")
    await expect(page.locator(".kb-entry h1")).to_have_text("Parkir liar")
    await room.tab_to("Tambah pertanyaan")
    await room.press("Enter")
    await page.keyboard.type("parkir sembarangan lapor kmana")
    await room.press("Enter")
    await page.keyboard.type("tukang parkir liar")
    await room.tab_to("Jawaban")
    await page.keyboard.type("Parkir liar ditangani Dishub {city}.")
    await room.tab_to("Jawaban untuk SMS")
    await page.keyboard.type("Lapor ke Dishub {city}.")
    await expect(page.locator(".tags")).to_contain_text("Belum disimpan")
    await room.press("Control+s")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")
    body = room.draft("parkir_liar")["body"]
    assert body["variants"] == ["parkir sembarangan lapor kmana", "tukang parkir liar"]
    assert body["answer"] == "Parkir liar ditangani Dishub {city}."
    await page.locator(".kb-back").focus()
    await room.tab_to("Kirim untuk diperiksa")
    await room.press("Enter")
    await room.says("Orang kedua")
    assert room.draft("parkir_liar")["state"] == "review"
    assert library.of("article", "parkir_liar")["published"] is None
    # An author cannot publish, and the fields are locked.
    await expect(page.get_by_role("button", name="Terbitkan")).to_have_count(0)
    await expect(page.get_by_label("Jawaban untuk SMS")).to_be_disabled()


async def test_the_emergency_check_stops_whoever_submits_and_whoever_publishes(room: Room) -> None:
    page, library = room.page, room.library
    library.report = BLOCKED
    await room.enter("author")
    await room.open("pajak_motor")
    await page.get_by_role("button", name="Tambah pertanyaan").first.click()
    await page.keyboard.type("rumah kebakaran lapor kemana")
    await page.get_by_role("button", name="Kirim untuk diperiksa").click()
    report = page.locator(".kb-report.blocked")
    await expect(report).to_be_focused()
    await expect(report).to_contain_text("rumah saya kebakaran")
    await expect(report).to_contain_text("tertangkap oleh “rumah kebakaran lapor kemana”")
    assert room.draft("pajak_motor")["state"] == "draft"
    await expect(page.locator(".kb-lines li.wrong .fault")).to_contain_text("menangkap panggilan darurat")
    library.write("article", "pajak_motor", room.draft("pajak_motor")["body"], "budi")["draft"] |= {
        "state": "review",
        "authors": ["budi"],
    }
    await page.reload()
    room.office.desk.me["role"] = "supervisor"
    await page.reload()
    await page.get_by_role("button", name="Terbitkan").click()
    await expect(report).to_be_visible()
    await expect(report.get_by_role("button", name="terbitkan")).to_have_count(0)
    assert library.of("article", "pajak_motor")["published"]["version"] == 1


async def test_what_is_missing_is_said_at_its_field(room: Room) -> None:
    page = room.page
    await room.enter("author")
    await room.open("pajak_motor")
    await page.get_by_role("button", name="Tambah pertanyaan").first.click()
    await page.get_by_label("Jawaban", exact=True).fill("")
    await page.get_by_role("button", name="Kirim untuk diperiksa").click()
    await expect(page.get_by_label("Jawaban", exact=True)).to_be_focused()
    await expect(page.locator(".kb-field.wrong .fault")).to_have_text("Isi jawabannya dulu.")
    await expect(page.locator(".kb-remark")).to_contain_text("1 isian perlu diperbaiki")
    assert room.draft("pajak_motor")["body"]["variants"] == ["bayar pajak motor"]  # the empty line is no question


async def test_a_second_person_sees_what_would_change_and_publishes(room: Room) -> None:
    page, library = room.page, room.library
    body = library.of("article", "akta_lahir")["published"]["body"] | {"answer": "Akta diurus di Disdukcapil, gratis."}
    library.write("article", "akta_lahir", body, "budi")["draft"]["state"] = "review"
    library.report = fake_knowledge.clean() | {"newly_answered": [{"text": "bikin akta dmn", "topic": "Akta"}]}
    await room.enter("supervisor")
    await room.open("akta_lahir")
    await expect(page.locator(".kb-diff del").first).to_contain_text("kelahiran")
    await page.get_by_role("button", name="Terbitkan").click()
    await expect(page.locator(".kb-report")).to_contain_text("bikin akta dmn")
    await page.get_by_role("button", name="Sudah saya baca, terbitkan").click()
    await room.says("Terbit")
    published = library.of("article", "akta_lahir")["published"]
    assert (published["version"], published["body"]["answer"]) == (2, "Akta diurus di Disdukcapil, gratis.")
    # And the old one is told again with one click, by an admin.
    room.office.desk.me["role"] = "admin"
    await page.reload()
    await page.locator(".kb-history > summary").click()
    await page.locator(".kb-history").get_by_role("button", name="Pakai versi ini lagi").click()
    await page.locator("dialog").get_by_role("button", name="Pakai versi ini lagi").click()
    await room.says("Versi 1 berlaku lagi")
    assert library.of("article", "akta_lahir")["published"]["version"] == 3


async def test_withdrawing_is_one_person_s_act(room: Room) -> None:
    page, library = room.page, room.library
    library.may_publish = False
    await room.enter("author")
    await room.open("pajak_motor")
    await page.get_by_role("button", name="Tarik sekarang").click()
    await expect(page.locator("dialog textarea")).to_be_focused()
    await page.keyboard.type("alamat Samsat pindah")
    await page.locator("dialog").get_by_role("button", name="Tarik sekarang").click()
    await expect(page.locator(".kb-head .tags")).to_contain_text("Ditarik")
    assert library.of("article", "pajak_motor")["published"]["withdrawn"]
    # To tell it again takes somebody who may publish.
    await expect(page.get_by_role("button", name="Pakai lagi")).to_have_count(0)
    library.may_publish = True
    await page.reload()
    await page.get_by_role("button", name="Pakai lagi").click()
    await expect(page.locator(".kb-head .tags")).to_contain_text("Terbit")


async def test_unsaved_words_survive_a_reload_and_a_lost_line(room: Room) -> None:
    page, library = room.page, room.library
    await room.enter()
    await room.open("ktp_hilang")
    answer = page.get_by_label("Jawaban", exact=True)
    await answer.fill("Bawa KK dan surat kehilangan. Gratis.")
    await page.reload()
    await expect(answer).to_have_value("Bawa KK dan surat kehilangan. Gratis.")
    await expect(page.locator(".kb-head .tags")).to_contain_text("Belum disimpan")
    assert library.saves == []
    library.broken = True
    await room.press("Control+s")
    await expect(page.locator(".kb-remark")).to_contain_text("Ketikan Anda aman di komputer ini")
    await expect(answer).to_have_value("Bawa KK dan surat kehilangan. Gratis.")
    library.broken = False
    await page.reload()
    await expect(answer).to_have_value("Bawa KK dan surat kehilangan. Gratis.")
    await room.press("Control+s")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")
    assert room.draft("ktp_hilang")["body"]["answer"] == "Bawa KK dan surat kehilangan. Gratis."
    await page.reload()
    await expect(page.locator(".kb-head .tags")).to_contain_text("Konsep")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")


async def test_the_list_names_what_is_not_saved(room: Room) -> None:
    await room.enter()
    await room.open("ktp_hilang")
    await room.page.get_by_label("Judul").fill("KTP hilang atau rusak")
    await room.go("jawaban")
    row = room.page.locator(".kb-table tr", has_text="KTP hilang")
    await expect(row).to_contain_text("Belum disimpan")


async def test_two_editors_see_both_versions_and_nothing_is_lost(room: Room) -> None:
    page, library = room.page, room.library
    await room.enter()
    await room.open("ktp_hilang")
    await page.get_by_label("Jawaban untuk SMS").fill("Punya Sari.")
    published = library.of("article", "ktp_hilang")["published"]["body"]
    library.write("article", "ktp_hilang", published | {"answer": "Jawaban Budi.", "sms": "Punya Budi."}, "budi")
    await room.press("Control+s")
    crossed = page.locator(".kb-crossed")
    await expect(crossed).to_contain_text("Budi Latuconsina juga mengubah ini")
    for words in ("Punya Sari.", "Punya Budi.", "Jawaban Budi."):
        await expect(crossed).to_contain_text(words)
    # A reload in the middle of it loses neither.
    await page.reload()
    await expect(crossed).to_contain_text("Punya Sari.")
    await expect(crossed).to_contain_text("Jawaban Budi.")
    # What only the other changed is the other's by itself, what both changed is one's own until one says otherwise.
    await expect(crossed.get_by_role("radio").nth(1)).to_be_checked()
    await crossed.get_by_role("button", name="Pakai pilihan ini").click()
    await expect(page.locator(".kb-crossed")).to_have_count(0)
    await room.press("Control+s")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")
    saved = room.draft("ktp_hilang")
    assert (saved["body"]["answer"], saved["body"]["sms"]) == ("Jawaban Budi.", "Punya Sari.")
    assert saved["authors"] == ["budi", "sari"]


async def test_what_was_published_meanwhile_is_not_written_over_unseen(room: Room) -> None:
    page, library = room.page, room.library
    await room.enter()
    await room.open("ktp_hilang")
    await page.get_by_label("Jawaban untuk SMS").fill("Punya Sari.")
    one = library.of("article", "ktp_hilang")
    library.publish(one, one["published"]["body"] | {"answer": "Terbitan Budi."}, "published", "budi")
    await room.press("Control+s")
    await expect(page.locator(".kb-crossed")).to_contain_text("Terbitan Budi.")
    assert one["draft"] is None
    await page.reload()
    await expect(page.locator(".kb-crossed")).to_contain_text("Terbitan Budi.")
    await page.get_by_role("button", name="Pakai pilihan ini").click()
    await expect(page.locator(".kb-crossed")).to_have_count(0)
    await room.press("Control+s")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")
    saved = room.draft("ktp_hilang")["body"]
    assert (saved["answer"], saved["sms"]) == ("Terbitan Budi.", "Punya Sari.")


async def test_the_sms_counter_is_right_at_its_borders(room: Room) -> None:
    page = room.page
    await room.enter()
    await room.open("ktp_hilang")
    sms, count = page.get_by_label("Jawaban untuk SMS"), page.locator(".kb-count[role=status]").first
    for text, said in (
        ("a" * 160, "1 SMS · 160/160"),
        ("a" * 161, "2 SMS · 161/306"),
        ("a" * 306, "2 SMS · 306/306"),
        ("a" * 307, "3 SMS · 307/459"),
        ("a" * 159 + "€", "2 SMS · 161/306"),
        ("a" * 146 + "{city}", "1 SMS · 158/160"),  # counted as "Kota Kendari"
    ):
        await sms.fill(text)
        await expect(count).to_contain_text(said)
        await expect(count.locator(".odd")).to_have_count(0)
    await sms.fill("a" * 69 + "’")
    await expect(count).to_contain_text("1 SMS · 70/70")
    await expect(count).to_contain_text("kutip melengkung ’")
    await sms.fill("a" * 69 + "–🔥")
    await expect(count).to_contain_text("2 SMS · 72/134")
    await expect(count).to_contain_text("tanda hubung panjang –, emoji 🔥")
    await sms.fill("“KK” – asli…")
    await page.get_by_role("button", name="Ganti dengan huruf biasa").click()
    await expect(sms).to_have_value('"KK" - asli...')
    await expect(count.locator(".odd")).to_have_count(0)


async def test_the_rehearsal_uses_the_words_that_are_not_saved(room: Room) -> None:
    page = room.page
    await room.enter()
    await room.open("pajak_motor")
    await page.get_by_label("Pertanyaan warga").fill("samsat dimana")
    await expect(page.locator(".kb-verdict")).to_contain_text("belum punya jawaban")
    await page.get_by_role("button", name="Tambah pertanyaan").first.click()
    await page.keyboard.type("samsat dimana")
    await expect(page.locator(".kb-verdict.good")).to_contain_text("Dijawab dengan jawaban ini")
    await page.get_by_label("Pertanyaan warga").fill("samsat kebakaran")
    await expect(page.locator(".kb-verdict.human")).to_contain_text("Diteruskan ke petugas")


async def test_hours_places_and_numbers_are_data(room: Room) -> None:
    page = room.page
    await room.enter()
    await room.open("pajak_motor")
    await page.locator(".kb-section summary", has_text="Jam buka").click()
    await page.get_by_role("button", name="Tambah jam").click()
    await page.get_by_label("Sab").check()
    await page.get_by_label("Tutup", exact=True).fill("12")
    await page.locator(".kb-section summary", has_text="kecamatan").click()
    await page.get_by_role("button", name="Tambah jawaban kecamatan").click()
    await page.get_by_label("Poasia").check()
    await page.get_by_label("Jawaban di sana").fill("Samsat keliling setiap Selasa.")
    await page.locator(".kb-section summary", has_text="Gambar").click()
    picture = FilePayload(name="peta.png", mimeType="image/png", buffer=fake_knowledge.DOT)
    await page.set_input_files("input[type=file]", picture)
    await expect(page.locator(".kb-picture")).to_be_visible()
    await room.press("Control+s")
    await expect(page.locator(".kb-head .tags")).not_to_contain_text("Belum disimpan")
    body = room.draft("pajak_motor")["body"]
    assert body["hours"] == [{"days": [1, 2, 3, 4, 5, 6], "opens": "08:00", "closes": "12:00"}]
    assert body["local"] == [{"kecamatan": ["Poasia"], "answer": "Samsat keliling setiap Selasa.", "sms": None}]
    assert body["picture"] == "71"


async def test_several_at_once(room: Room) -> None:
    page, library = room.page, room.library
    await room.enter()
    await room.go("jawaban")
    for title in ("Bayar pajak motor", "Retribusi pasar"):
        await page.get_by_label(f"Pilih {title}").check()
    await page.get_by_role("button", name="Ganti penanggung jawab").click()
    await page.locator("dialog select").select_option("budi")
    await page.locator("dialog").get_by_role("button", name="Ganti penanggung jawab").click()
    await room.says("2 selesai")
    assert library.of("article", "pajak_motor")["published"]["body"]["owner"] == "budi"
    await page.get_by_label("Pilih Bayar pajak motor").check()
    await page.get_by_role("button", name="Kirim untuk diperiksa").click()
    await page.locator("dialog").get_by_role("button", name="Kirim untuk diperiksa").click()
    await expect(page.get_by_role("alert").filter(has_text="tidak bisa")).to_contain_text("Belum ada konsep")


async def test_the_list_is_searched_and_filtered(room: Room) -> None:
    page = room.page
    await room.enter()
    await room.go("jawaban")
    await expect(page.locator(".kb-table tbody tr")).to_have_count(6)
    await page.locator(".kb-main").focus()
    await room.press("/")
    await page.keyboard.type("ktp")
    await expect(page.locator(".kb-table tbody tr")).to_have_count(1)
    await page.fill("#kb-search", "")
    await page.get_by_label("Keadaan").select_option("due")
    await expect(page.locator(".kb-table tbody tr")).to_have_count(1)
    await expect(page.locator(".kb-table tbody")).to_contain_text("KTP hilang")


async def test_a_sheet_with_bad_rows_is_not_taken(room: Room) -> None:
    page, library = room.page, room.library
    library.import_errors = [
        {"row": row, "column": "sms", "text": "Lebih dari 2 SMS. Pendekkan."} for row in (9, 61, 77, 130, 288, 301, 499)
    ]
    await room.enter()
    await room.go("jawaban")
    await page.get_by_role("button", name="Impor / ekspor").click()
    sheet = FilePayload(name="jawaban.xlsx", mimeType="application/octet-stream", buffer=b"PK")
    await page.set_input_files("dialog input[type=file]", sheet)
    await expect(page.locator(".kb-errors tbody tr")).to_have_count(7)
    await expect(page.locator(".kb-errors")).to_contain_text("499")
    take = page.get_by_role("button", name="Masukkan sebagai konsep")
    await expect(take).to_be_disabled()
    library.import_errors = []
    await page.set_input_files("dialog input[type=file]", sheet)
    await take.click()
    await room.says("493 konsep dimasukkan")
    assert library.imports == [("xlsx", True), ("xlsx", True), ("xlsx", False)]


async def test_a_telephone_s_window_shows_one_column(chromium: Browser) -> None:
    async with room_for(chromium, viewport={"width": 360, "height": 740}, has_touch=True) as room:
        page = room.page
        await room.enter()
        await page.locator(".kb-menu").tap()
        await page.locator(".kb-nav").get_by_role("link", name="Jawaban", exact=True).tap()
        await expect(page.locator(".kb-table tbody tr").first).to_be_visible()
        assert await page.evaluate("document.querySelector('.kb-main').scrollWidth") <= 360
        await page.get_by_role("link", name="KTP hilang").tap()
        await expect(page.locator(".kb-entry h1")).to_be_visible()
        await page.evaluate("document.querySelectorAll('.kb-section').forEach(one => { one.open = true; })")
        assert await page.evaluate("document.querySelector('.kb-main').scrollWidth") <= 360
        await page.get_by_role("button", name="Coba dulu").tap()
        await expect(page.get_by_label("Pertanyaan warga")).to_be_in_viewport()


def looking(page: Page, found: dict[str, list[tuple[str, str]]]) -> Callable[[str], Awaitable[None]]:
    async def look(name: str) -> None:
        if wrong := await problems(page):
            found[name] = wrong

    return look


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1440, 900), ("dark", 360, 740)])
async def test_axe_finds_nothing(chromium: Browser, scheme: str, width: int, height: int) -> None:
    window = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
    async with room_for(chromium, **window) as room:
        page, library, found = room.page, room.library, dict[str, list[tuple[str, str]]]()
        await room.enter()
        look = looking(page, found)
        await room.go("jawaban")
        await expect(page.locator(".kb-table")).to_be_visible()
        await look("list")
        await page.get_by_label("Pilih KTP hilang").check()
        await look("bulk")
        await page.get_by_role("button", name="Impor / ekspor").click()
        library.import_errors = [{"row": 9, "column": "sms", "text": "Terlalu panjang."}]
        sheet = FilePayload(name="jawaban.csv", mimeType="text/csv", buffer=b"a")
        await page.set_input_files("dialog input[type=file]", sheet)
        await expect(page.locator(".kb-errors")).to_be_visible()
        await look("import")
        await room.press("Escape")
        await page.get_by_role("button", name="Jawaban baru").click()
        await look("new")
        await room.press("Escape")
        await room.open("ktp_hilang")
        await page.get_by_label("Pertanyaan warga").fill("bikin ktp hilang gmn")
        await expect(page.locator(".kb-verdict")).to_be_visible()
        await page.get_by_label("Jawaban untuk SMS").fill("KK – asli")
        await page.evaluate("document.querySelectorAll('.kb-section').forEach(one => { one.open = true; })")
        await look("editor")
        body = library.of("article", "ktp_hilang")["published"]["body"] | {"sms": "Punya Budi."}
        library.write("article", "ktp_hilang", body, "budi")
        await room.press("Control+s")
        await expect(page.locator(".kb-crossed")).to_be_visible()
        await look("conflict")
        library.write("article", "akta_lahir", body | {"title": "Akta"}, "budi")["draft"]["state"] = "review"
        await room.open("akta_lahir")
        await expect(page.locator(".kb-diff")).to_be_visible()
        await look("review")
        library.report = BLOCKED
        await page.get_by_role("button", name="Terbitkan").click()
        await expect(page.locator(".kb-report")).to_be_visible()
        await look("blocked")
        await page.locator(".kb-history > summary").click()
        await page.locator(".kb-history li summary").first.click()
        await look("history")
        await page.get_by_role("button", name="Kembalikan…").click()
        await look("send back")
        await room.press("Escape")
        if width < 800:
            await page.locator(".kb-menu").click()
            await look("menu")
    assert found == {}
