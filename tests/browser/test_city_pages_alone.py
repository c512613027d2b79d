"""The pages beside the answers, in a real browser over a stand-in for their API: the city's data, learning, office."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.fake_desk import Json
from tests.browser.test_knowledge_alone import Room, looking, room, room_for

__all__ = ["room"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LISTS = ("instansi", "patokan", "kartu", "jenis", "kalimat", "balasan-cepat", "libur")
EDITORS = (
    "instansi/damkar",
    "patokan/masjid_raya",
    "kartu/kartu_kebakaran",
    "kartu/sop_kebakaran",
    "jenis/kebakaran",
    "jenis/kdrt",
    "kalimat/calling_no_call",
    "balasan-cepat/nomor",
    "libur/2026-12-25",
)
OTHERS = (
    "ringkasan",
    "belajar",
    "belajar/kelompok",
    "belajar/contoh",
    "belajar/tanggapan",
    "periksa",
    "model",
    "pengguna",
)


async def at(room: Room, where: str) -> None:
    """Open a page and wait until its parts have come."""
    await room.go(where)
    await expect(room.page.locator(".kb-main h1")).to_be_visible()
    await expect(room.page.locator(".kb-main").get_by_text("Memuat…")).to_have_count(0)


def written(room: Room, kind: str, slug: str) -> Json:
    """The body of the draft that is kept."""
    body: Json = room.library.of(kind, slug)["draft"]["body"]
    return body


async def save(room: Room) -> None:
    await room.press("Control+s")
    await expect(room.page.locator(".kb-head .tag", has_text="Belum disimpan")).to_have_count(0)


async def test_a_click_on_the_map_sets_a_landmark(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "patokan/pasar_baru")
    figures = page.get_by_label("Koordinat")
    await expect(figures).to_have_value("")
    frame = page.locator(".kb-map .map")
    await frame.click(position={"x": 150, "y": 120})
    await expect(frame.locator(".pin-place")).to_have_count(1)
    first = await figures.input_value()
    await frame.click(position={"x": 200, "y": 200})
    await expect(figures).not_to_have_value(first)
    await save(room)
    lat, lon = written(room, "landmark", "pasar_baru")["lat"], written(room, "landmark", "pasar_baru")["lon"]
    assert await figures.input_value() == f"{lat:.5f}, {lon:.5f}"
    assert -4.2 < lat < -3.8
    assert 122.3 < lon < 122.8


async def test_a_landmark_is_set_by_figures_and_by_keyboard_alone(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "patokan/pasar_baru")
    await room.tab_to("Koordinat")
    await page.keyboard.type("di sebelah masjid")
    await room.press("Tab")
    await expect(page.locator(".kb-point .fault")).to_contain_text("Tulis dua angka")
    await page.get_by_label("Koordinat").fill("-3.97, 122.51")
    await room.press("Enter")
    await expect(page.locator(".kb-map .pin-place")).to_have_count(1)
    await save(room)
    assert written(room, "landmark", "pasar_baru") | {"lat": -3.97, "lon": 122.51} == written(
        room, "landmark", "pasar_baru"
    )
    await page.locator(".kb-map .map").focus()
    for _ in range(3):
        await room.press("ArrowRight")
    await page.wait_for_timeout(400)  # the map glides
    await room.tab_to("Pakai titik tengah peta")
    await room.press("Enter")
    await save(room)
    assert written(room, "landmark", "pasar_baru")["lon"] > 122.51
    await page.get_by_role("button", name="Hapus titik").click()
    await save(room)
    assert written(room, "landmark", "pasar_baru")["lat"] is None


async def test_an_agency_s_number_is_changed_and_published_by_one_person(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "instansi/damkar")
    await page.get_by_label("Nomor", exact=True).first.fill("0401-555-0199")
    await page.get_by_role("button", name="Tambah pos").click()
    await page.get_by_label("Nama pos").last.fill("Pos Abeli")
    await page.locator(".kb-items .kb-section").last.locator("summary").click()
    await page.locator(".kb-items .map").last.click(position={"x": 100, "y": 100})
    await page.get_by_role("button", name="Terbitkan").click()
    await room.says("Terbit")
    body = room.library.of("agency", "damkar")["published"]["body"]
    assert body["phones"][0]["number"] == "0401-555-0199"
    assert [post["name"] for post in body["posts"]] == ["Pos Damkar Pusat", "Pos Abeli"]
    assert body["posts"][1]["lat"] is not None
    assert body["posts"][0]["lat"] == -3.969


async def test_a_card_waits_for_a_second_person(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "kartu/kartu_kebakaran")
    await expect(page.locator(".kb-notice")).to_contain_text("Disetujui Budi Latuconsina, berlaku sampai 1 Nov 2027")
    await page.get_by_role("textbox", name="Langkah 2").fill("Tutup pintu – merunduk.")
    await expect(page.get_by_role("status").filter(has_text="SMS").nth(1)).to_contain_text("1 SMS")
    await expect(page.locator(".odd")).to_be_visible()  # the long dash halves the room
    await page.get_by_role("textbox", name="Langkah 2").fill("Tutup pintu, merunduk.")
    await page.get_by_label("Medis").check()
    await page.get_by_label("Bila disebut").select_option("")
    await page.get_by_role("button", name="Kirim untuk diperiksa").click()
    await room.says("Dikirim")
    body = written(room, "card", "kartu_kebakaran")
    assert body["steps"] == ["Keluar sekarang. Jangan kembali mengambil barang.", "Tutup pintu, merunduk."]
    assert (body["categories"], body["send_when"]) == (["kebakaran", "medis"], ["kebakaran"])
    await expect(page.get_by_role("button", name="Terbitkan")).to_have_count(0)  # whoever wrote it does not approve it


async def test_an_agency_stands_in_one_list_of_a_category(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "jenis/kebakaran")
    await expect(page.get_by_label("Kalimatnya").first).to_have_value("ask_people_inside")
    await page.get_by_label("Bila ya, urgensi").last.select_option("2")
    await page.locator("summary", has_text="Siapa yang dikirim").click()
    await page.get_by_label("PSC 119").select_option("first")
    await save(room)
    body = written(room, "category", "kebakaran")
    assert body["agencies"] == {"first": ["damkar", "psc"], "also": [], "operator_only": []}
    assert [one["yes_is"] for one in body["questions"]] == [1, 2]


async def test_what_protects_victims_is_not_switched_off_here(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "jenis/kdrt")
    await page.locator("summary", has_text="Kehati-hatian").click()
    await expect(page.locator(".kb-section .kb-notice")).to_have_count(2)
    await expect(page.get_by_role("checkbox", name="Senyap")).to_have_count(0)


async def test_a_sentence_shows_what_it_becomes(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "kalimat/calling_no_call")
    await expect(page.locator(".kb-form")).to_contain_text("tidak bisa bicara atau mendengar")
    await page.get_by_label("Yang diucapkan bot").fill("Tulis saja di sini. {voice} tidak perlu ditelepon, {city}.")
    await expect(page.locator(".kb-reading")).to_have_text(
        "Tulis saja di sini. 112 tidak perlu ditelepon, Kota Kendari."
    )
    await expect(page.locator(".kb-plain li")).to_have_count(2)


async def test_a_holiday_of_every_year_by_keyboard_alone(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "libur")
    await expect(page.locator(".kb-table")).to_contain_text("17 Agu, setiap tahun")
    await room.tab_to("Hari libur baru")
    await room.press("Enter")
    await expect(page.locator("dialog input:focus")).to_have_count(1)
    await page.locator("dialog input[type=date]").fill("2026-05-01")
    await room.tab_to("Setiap tahun")
    await room.press("Space")
    await room.tab_to("Nama hari libur")
    await page.keyboard.type("Hari Buruh")
    await room.press("Enter")
    await expect(page.locator(".kb-notice")).to_contain_text("1 Mei, setiap tahun")
    assert written(room, "holiday", "--05-01") == {"name": "Hari Buruh"}


async def test_messages_are_judged_by_keys(room: Room) -> None:
    page, school = room.page, room.office.desk.school
    await room.enter()
    await at(room, "periksa")
    judged = page.get_by_role("article", name="Pesan warga")
    await expect(judged).to_contain_text("wkwk rumah sebelah kebakar tapi bohong")
    await page.keyboard.down("2")
    await page.keyboard.down("2")  # held: still one verdict
    await page.keyboard.up("2")
    await expect(judged).to_contain_text("anak saya kejang")
    await expect(judged).to_contain_text("Jam Puskesmas Mandonga")
    await room.press("1")
    await expect(judged).to_contain_text("terima kasih")
    chat = page.get_by_role("link", name="Buka percakapan")
    await expect(chat).to_be_visible()
    await room.press("4")
    await expect(page.get_by_text("Semua sudah diperiksa")).to_be_visible()
    assert [verdict for _, verdict in school.verdicts] == ["right", "emergency", "unclear"]
    await room.press("3")
    assert len(school.verdicts) == 3
    await chat.click()  # still offered: nobody has taken it yet
    await expect(page.locator(".case-head")).to_be_visible()


async def test_a_verdict_that_gets_lost_is_given_again(room: Room) -> None:
    page, desk = room.page, room.office.desk
    await room.enter()
    await at(room, "periksa")
    desk.broken = True
    await room.press("1")
    await expect(page.locator(".notices")).to_contain_text("Server")
    desk.broken = False
    judged = page.get_by_role("article", name="Pesan warga")
    await expect(judged).to_contain_text("wkwk rumah sebelah")
    await room.press("1")
    await expect(judged).to_contain_text("anak saya kejang")
    assert len(desk.school.verdicts) == 1


async def test_unanswered_questions_become_a_draft_in_two_touches(room: Room) -> None:
    page = room.page
    await room.enter()
    await page.get_by_role("link", name="Belajar").click()
    await page.get_by_role("button", name="Buat konsep jawaban").first.click()
    await expect(page.locator(".kb-entry h1")).to_have_text("Jam berapa kapal feri ke wawonii")
    assert written(room, "article", "jam_berapa_kapal_feri_ke_wawonii")["variants"] == [
        "jam berapa kapal feri ke wawonii",
        "jadwal feri wawonii bsk",
        "kapal wawonii jalan jam brp",
    ]
    await at(room, "belajar")
    await expect(page.get_by_role("link", name="Buka konsep")).to_have_count(1)
    mend = page.locator(".kb-card", has_text="bukan itu").get_by_role("link", name="Perbaiki jawaban ini")
    await mend.click()
    await expect(page.locator(".kb-entry h1")).to_have_text("KTP hilang")


async def test_a_group_is_left_aside_and_taken_up_again(room: Room) -> None:
    page = room.page
    await room.enter()
    await at(room, "belajar/kelompok")
    await expect(page.locator(".kb-card")).to_have_count(3)
    await page.locator(".kb-card", has_text="pindah sekolah").get_by_role("button", name="Abaikan").click()
    await expect(page.locator(".kb-card")).to_have_count(2)
    await page.get_by_label("Tampilkan").select_option("ignored")
    await expect(page.locator(".kb-card")).to_have_count(2)
    await page.locator(".kb-card", has_text="pindah sekolah").get_by_role("button", name="Buka lagi").click()
    await expect(page.locator(".kb-card")).to_have_count(1)


async def test_an_admin_says_yes_to_examples(room: Room) -> None:
    page, school = room.page, room.office.desk.school
    await room.enter()
    await at(room, "belajar/contoh")
    unclear = page.locator(".kb-card", has_text="halo halo")
    await unclear.get_by_role("button", name="Setuju").click(force=True)
    assert school.examples[3]["state"] == "proposed"  # nobody has said what it means
    await unclear.get_by_label("Artinya").select_option("iseng")
    await unclear.get_by_role("button", name="Setuju").click()
    await expect(page.locator(".kb-card")).to_have_count(3)
    await page.locator(".kb-card", has_text="asap hitam").get_by_role("button", name="Tolak").click()
    await expect(page.locator(".kb-card")).to_have_count(2)
    await page.locator(".kb-card", has_text="pasar baru").get_by_role("button", name="Setuju").click()
    await expect(page.locator(".kb-card")).to_have_count(1)
    states = [(one["state"], one["intent"]) for one in school.examples]
    assert states == [
        ("rejected", "darurat_kebakaran"),
        ("proposed", "darurat_medis"),
        ("accepted", None),
        ("accepted", "iseng"),
    ]


async def test_a_model_is_trained_and_rolled_back_by_keyboard_alone(room: Room) -> None:
    page, school = room.page, room.office.desk.school
    await room.enter()
    await at(room, "model")
    refused = page.locator(".kb-card", has_text="ditolak, di bawah batas")
    await expect(refused).to_contain_text("✗ tidak lulus")
    await expect(refused.get_by_role("button", name="Pakai model ini")).to_have_count(0)
    await room.tab_to("Pakai model ini")
    await room.press("Enter")
    await expect(page.locator("dialog button:focus")).to_have_text("Ya, pakai")
    await room.press("Enter")
    await room.says("Model diganti")
    assert [one["id"] for one in school.models if one["active"]] == ["3"]
    await page.get_by_role("button", name="Latih sekarang").click()
    training = page.locator(".kb-card", has_text="sedang dilatih")
    await expect(training.get_by_role("progressbar")).to_have_attribute("value", "42")
    await expect(training).to_contain_text("menghitung kata")
    school.models[0] |= {"state": "ready", "progress": 1.0, "step": ""}
    await expect(training).to_have_count(0)  # the page looks again by itself


async def test_an_account_is_made_and_shut(room: Room) -> None:
    page, school = room.page, room.office.desk.school
    await room.enter()
    await at(room, "pengguna")
    await page.get_by_role("button", name="Tambah pengguna").click()
    form = page.locator("dialog")
    await form.get_by_label("Nama pengguna").fill("Budi")
    await form.get_by_label("Nama lengkap").fill("Budi Kedua")
    await form.get_by_label("Penulis").check()
    await form.get_by_role("button", name="Tambah pengguna").click()
    await expect(form.get_by_role("alert")).to_contain_text("Pilih paling sedikit satu kota")
    await form.get_by_label("Kota Kendari").check()
    await form.get_by_role("button", name="Tambah pengguna").click()
    await expect(form.get_by_role("alert")).to_contain_text("sudah dipakai")
    await form.get_by_label("Nama pengguna").fill("budi2")
    await room.press("Enter")
    await expect(form.locator("output")).to_have_text("laut-teduh-4821")
    await form.get_by_role("button", name="Sudah saya catat").click()
    await expect(page.locator(".kb-people")).to_contain_text("Budi Kedua")
    assert (school.people[-1]["role"], school.people[-1]["cities"]) == ("author", ["kendari"])
    await page.get_by_role("button", name="Tutup akun Budi Kedua").click()
    await expect(page.locator("dialog button:focus")).to_have_text("Batal")
    await page.locator("dialog").get_by_role("button", name="Tutup akun").click()
    await expect(page.locator(".kb-people tr", has_text="Budi Kedua")).to_contain_text("ditutup")
    await expect(page.get_by_role("button", name="Tutup akun Sari Wulandari")).to_have_count(0)  # never oneself


async def test_the_first_page_says_what_waits_for_whom(room: Room) -> None:
    page, library = room.page, room.library
    body = library.of("article", "akta_lahir")["published"]["body"]
    library.write("article", "akta_lahir", body | {"title": "Akta"}, "budi")["draft"]["state"] = "review"
    library.write("wording", "greeting_sms", {"text": "Halo."}, "sari")
    await room.enter()
    await expect(page.locator(".kb-tiles")).to_contain_text("menunggu disetujui")
    blocks = page.locator(".kb-block")
    await expect(blocks.filter(has_text="Menunggu disetujui")).to_contain_text("Akta")
    await expect(blocks.filter(has_text="Konsep saya").locator("li")).to_have_count(1)
    await expect(blocks.filter(has_text="Waktunya ditinjau")).to_contain_text("28 Nov 2026")
    missed = blocks.filter(has_text="Darurat yang terlewat bot")
    await expect(missed).to_contain_text("1,3 %")
    await expect(missed).to_contain_text("antara 0,3 % dan 4,4 %")
    await blocks.filter(has_text="Konsep saya").get_by_role("link").click()
    await expect(page.get_by_label("Yang diucapkan bot")).to_have_value("Halo.")


async def test_an_author_judges_nothing_and_keeps_no_accounts(room: Room) -> None:
    await room.enter("author")
    await expect(room.page.get_by_role("link", name="Belajar")).to_be_visible()
    for name in ("Periksa ulang", "Model", "Pengguna"):
        await expect(room.page.get_by_role("link", name=name, exact=True)).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1440, 900), ("dark", 360, 740)])
async def test_axe_finds_nothing(chromium: Browser, scheme: str, width: int, height: int) -> None:
    window = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
    async with room_for(chromium, **window) as room:
        page, found = room.page, dict[str, list[tuple[str, str]]]()
        await room.enter()
        look = looking(page, found)
        for where in (*LISTS, *EDITORS, *OTHERS):
            await at(room, where)
            await page.evaluate("document.querySelectorAll('.kb-main details').forEach(one => { one.open = true; })")
            await look(where)
            assert await page.evaluate("document.querySelector('.kb-main').scrollWidth") <= width, where
        for opener in ("Tambah pengguna", "Ubah Budi Latuconsina", "Kata sandi baru Budi Latuconsina"):
            await page.get_by_role("button", name=opener).click()
            await look(opener)
            await room.press("Escape")
        await at(room, "periksa")
        await room.press("1")
        await expect(page.get_by_role("link", name="Buka percakapan")).to_be_visible()
        await look("an emergency")
        await at(room, "libur")
        await page.get_by_role("button", name="Hari libur baru").click()
        await look("a new day")
    assert found == {}
