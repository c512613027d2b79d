"""The citizen's page over HTTP: what it weighs, what it takes, what it tells, and whom it slows."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots import web_tokens
from bots.citizen_view import FOLDER
from config.clock import VirtualClock
from handoff.tables import attachment, contact, conversation, incident, message
from tests.bots.citizen_house import House, open_house

JPEG = b"\xff\xd8\xff\xe0" + b"pixels" * 100


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, VirtualClock()) as opened:
        yield opened


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser() as one:
        yield one


class Citizen:
    """What the page's script does, by hand."""

    def __init__(self, browser: httpx.AsyncClient, token: str) -> None:
        self.browser = browser
        self.token = token
        self.headers = {"X-Sigap-Chat": token}
        self.have: list[str] = []
        self.ids = 0

    @classmethod
    async def arrive(cls, browser: httpx.AsyncClient) -> Citizen:
        return cls(browser, (await browser.post("/in-web/kendari/start")).json()["token"])

    async def post(self, **fields: Any) -> httpx.Response:
        self.ids += 1
        body = {"id": f"id{self.ids}"} | fields
        return await self.browser.post("/in-web/kendari/messages", json=body, headers=self.headers)

    async def write(self, text: str, **more: Any) -> httpx.Response:
        return await self.post(type="text", text=text, **more)

    async def fetch(self, wait: float = 0) -> dict[str, Any]:
        query = {"have": ",".join(self.have), "wait": str(wait)}
        answer = await self.browser.get("/in-web/kendari/messages", params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        self.have += [line["id"] for line in told["messages"]]
        return told

    async def upload(self, content: bytes = JPEG) -> httpx.Response:
        return await self.browser.post("/in-web/kendari/photo", content=content, headers=self.headers)


@pytest.fixture
async def citizen(browser: httpx.AsyncClient) -> Citizen:
    return await Citizen.arrive(browser)


def texts(told: dict[str, Any], *authors: str) -> list[str]:
    return [line["text"] for line in told["messages"] if line["from"] in (authors or ("bot", "staff"))]


def advance(house: House, seconds: float) -> None:
    assert isinstance(house.clock, VirtualClock)
    house.clock.advance(seconds)


async def inbound(house: House) -> list[dict[str, Any]]:
    return [row for row in await house.rows(message) if row["direction"] == "in"]


# ---- the page itself


async def test_all_of_it_is_at_most_30_kilobytes_and_ours_alone(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/kendari")
    files = re.findall(r'(?:href|src)="(/in-web/[^"]+)"', page.text)
    assert len(files) == 2
    weights = [len((await browser.get(name)).content) for name in files]
    assert sum(weights) + len(page.content) <= 30_000
    everything = page.text + "".join((FOLDER / name).read_text() for name in ("chat.css", "chat.js"))
    assert not re.search(r"https?://|@import|@font-face|//cdn", everything)


async def test_it_says_what_it_is_how_to_dial_and_who_answers(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/kendari")).text
    assert 'href="tel:112"' in page
    assert "Kota Kendari" in page
    assert "Robot menjawab dulu" in page
    assert "petugas" in page
    assert '<html lang="id">' in page


async def test_its_policy_lets_nothing_foreign_or_inline_in(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/kendari")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page.text)
    assert page.headers["cache-control"] == "no-store"


async def test_files_are_packed_and_kept_for_good(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/kendari")
    for name in re.findall(r'(?:href|src)="(/in-web/[^"]+)"', page.text):
        got = await browser.get(name, headers={"Accept-Encoding": "gzip"})
        assert got.headers["content-encoding"] == "gzip"
        assert "immutable" in got.headers["cache-control"]
        plain = await browser.get(name, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == got.content
        assert len(gzip.compress(plain.content)) < len(plain.content) / 2


async def test_one_city_stands_at_the_root(browser: httpx.AsyncClient) -> None:
    assert "Laporkan keadaan darurat di Kota Kendari" in (await browser.get("/")).text


async def test_several_cities_are_a_choice(tmp_path: Path) -> None:
    async with open_house(tmp_path, VirtualClock(), cities=("kendari", "ambon")) as house, house.browser() as browser:
        choice = (await browser.get("/")).text
        assert 'href="/kendari"' in choice
        assert 'href="/ambon"' in choice
        assert 'data-offset="540"' in (await browser.get("/ambon")).text  # WIT
        assert 'data-offset="480"' in (await browser.get("/kendari")).text  # WITA
        assert (await browser.get("/jakarta")).status_code == 404


# ---- writing


async def test_a_message_is_answered_once_it_is_durable_and_named(house: House, citizen: Citizen) -> None:
    answer = await citizen.write("tolong ada kebakaran")
    assert (answer.status_code, answer.headers["x-sigap-kept"]) == (200, "id1")
    assert [row["text"] for row in await inbound(house)] == ["tolong ada kebakaran"]
    assert len(await house.rows(incident)) == 1


async def test_the_same_id_again_changes_nothing(house: House, citizen: Citizen) -> None:
    for _ in range(3):
        assert (await citizen.write("tolong", id="same")).status_code == 200
    assert len(await inbound(house)) == 1


async def test_two_citizens_may_use_one_id(house: House, browser: httpx.AsyncClient) -> None:
    for _ in range(2):
        browser.cookies.clear()
        await (await Citizen.arrive(browser)).write("tolong", id="same")
    assert len(await inbound(house)) == 2
    assert len(await house.rows(contact)) == 2


async def test_a_position_with_its_accuracy_reaches_the_case(house: House, citizen: Citizen) -> None:
    assert (await citizen.post(type="location", lat=-3.99, lon=122.53, accuracy=22)).status_code == 200
    [row] = await inbound(house)
    assert row["content"]["place"]["accuracy_m"] == 22
    assert len(await house.rows(incident)) == 1


async def test_a_message_that_is_too_large_is_refused_before_it_is_read(house: House, citizen: Citizen) -> None:
    assert (await citizen.write("a" * 300_000)).status_code == 413
    assert await inbound(house) == []


async def test_without_a_token_nothing_is_taken(house: House, browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/in/web/kendari", json={"type": "text", "text": "halo"})).status_code == 401
    assert (await browser.get("/in-web/kendari/messages")).status_code == 401
    assert (await browser.post("/in-web/kendari/photo", content=JPEG)).status_code == 401
    assert await house.rows(message) == []


@pytest.mark.parametrize(
    "path", ["/in/web/manado", "/in-web/manado/start", "/in-web/manado/photo", "/in-web/manado/form"]
)
async def test_an_unknown_account_is_said_so(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.post(path)).status_code == 404


async def test_what_cannot_be_read_is_kept_for_a_human(
    house: House, browser: httpx.AsyncClient, citizen: Citizen
) -> None:
    answer = await browser.post("/in/web/kendari", content=b"{broken", headers=citizen.headers)
    assert answer.status_code == 200
    assert "x-sigap-kept" not in answer.headers
    assert [row["kind"] for row in await inbound(house)] == ["unknown"]


# ---- being told


async def test_replies_are_told_once_they_have_left(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    assert texts(await citizen.fetch()) == []
    await house.settle()
    told = await citizen.fetch()
    assert texts(told, "bot")[0].startswith("Pesan masuk")
    assert texts(await citizen.fetch()) == []


async def test_own_lines_come_with_the_pages_own_id(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    [own] = (await citizen.fetch())["messages"]
    assert (own["from"], own["key"], own["text"]) == ("own", "id1", "tolong ada kebakaran")


async def test_what_a_page_says_to_have_is_delivered_and_not_before(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.settle()

    async def states() -> set[str]:
        return {row["state"] for row in await house.rows(message) if row["direction"] == "out"}

    await citizen.fetch()
    assert await states() == {"sent"}  # the answer may have been lost on its way
    await citizen.fetch()
    assert await states() == {"delivered"}


async def test_a_reply_wakes_the_page_that_waits(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.settle()
    await citizen.fetch()
    waiting = asyncio.create_task(citizen.fetch(25))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await house.say("Petugas di sini")
    assert texts(await asyncio.wait_for(waiting, 15), "staff") == ["Petugas di sini"]


async def test_an_empty_wait_ends_with_time(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.settle()
    await citizen.fetch()
    waiting = asyncio.create_task(citizen.fetch(25))
    for _ in range(100):  # it may take a while to begin to wait
        advance(house, 26)
        await asyncio.wait([waiting], timeout=0.1)
        if waiting.done():
            break
    assert (await waiting)["messages"] == []


async def test_a_server_that_stops_sends_waiting_pages_home(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await citizen.fetch()
    waiting = asyncio.create_task(citizen.fetch(25))
    await asyncio.sleep(0.1)
    house.closing.set()
    assert (await asyncio.wait_for(waiting, 15))["messages"] == []
    assert (await asyncio.wait_for(citizen.fetch(25), 15))["messages"] == []


async def test_of_many_pages_of_one_chat_the_oldest_gives_way(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.settle()
    await citizen.fetch()
    waiting = [asyncio.create_task(citizen.fetch(25)) for _ in range(4)]
    over, held = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    assert [texts(one.result()) for one in over] == [[]]
    assert len(held) == 3
    await house.say("Petugas di sini")
    assert all(texts(one) == ["Petugas di sini"] for one in await asyncio.gather(*held))


async def test_a_reply_that_left_late_is_told_though_a_later_one_is_known(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.say("pertama")
    await house.say("kedua")
    rows = {row["text"]: row for row in await house.rows(message)}
    citizen.have = [str(row["id"]) for text, row in rows.items() if text != "pertama"]
    assert texts(await citizen.fetch()) == ["pertama"]


async def test_nobody_is_told_of_another_chat(house: House, browser: httpx.AsyncClient, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran, saya Wa Ode")
    await house.say("Rahasia")
    browser.cookies.clear()
    other = await Citizen.arrive(browser)
    assert await other.fetch() == {"messages": [], "mode": "", "started": False}
    await other.write("halo")
    told = await other.fetch()
    assert texts(told, "own", "bot", "staff") == ["halo"]
    browser.cookies.clear()
    assert "Wa Ode" not in (await browser.get("/kendari")).text


async def test_staff_have_no_name_and_nobody_a_number(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.say("Kami di jalan", operator_id=7)
    told = await citizen.fetch()
    assert all(
        set(line) == {"id", "from", "kind", "text", "at", "key", "buttons", "ask_location", "picture"}
        for line in told["messages"]
    )
    assert {line["from"] for line in told["messages"]} <= {"own", "bot", "staff"}


async def test_buttons_and_the_question_for_the_place_come_along(house: House, citizen: Citizen) -> None:
    await citizen.write("halo")
    await house.say("Ada bahaya?", author="bot", buttons=(("yes", "1 Ya"), ("no", "2 Tidak")), ask_location=True)
    line = (await citizen.fetch())["messages"][-1]
    assert line["buttons"] == [["yes", "1 Ya"], ["no", "2 Tidak"]]
    assert line["ask_location"] is True
    assert (await citizen.post(type="button", data="yes", title="1 Ya")).status_code == 200
    assert [row["kind"] for row in await inbound(house)] == ["text", "button"]


async def test_in_silent_mode_no_heading_tells_who_writes(
    house: House, browser: httpx.AsyncClient, citizen: Citizen
) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.say("Bisa balas? 1 ya, 2 tidak")
    await house.set(conversation, silent=True)
    told = await citizen.fetch()
    assert told["mode"] == "silent"
    assert texts(told, "staff") == []
    page = (await citizen.browser.get("/kendari")).text
    assert "<title>Catatan</title>" in page
    assert '<body class="silent"' in page


async def test_a_silent_page_offers_to_be_erased_and_names_nobody(
    house: House, browser: httpx.AsyncClient, citizen: Citizen
) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.settle()
    await house.set(conversation, silent=True)
    await house.say("Bisa balas? 1 ya, 2 tidak")
    assert texts(await citizen.fetch()) == ["Bisa balas? 1 ya, 2 tidak"], "what was said before silence tells"
    page = (await browser.get("/kendari")).text
    seen = re.sub(r'<div id="wording" hidden>.*', "", page, flags=re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", seen.replace("tolong ada kebakaran", ""))
    assert "Hapus dari HP ini" in words
    assert not re.search("112|petugas|darurat|polisi|lapor|kendari|robot", words, re.IGNORECASE)


async def test_whoever_erases_a_silent_chat_is_not_led_back_to_our_page(
    house: House, browser: httpx.AsyncClient, citizen: Citizen
) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.set(conversation, silent=True)
    answer = await browser.post("/in-web/kendari/forget", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/in-web/kendari/gone")
    assert not re.search("112|petugas|darurat|polisi|lapor", answer.text, re.IGNORECASE)
    assert "tolong ada kebakaran" not in (await browser.get("/kendari")).text


async def test_a_long_message_is_folded_and_an_instruction_is_not(
    house: House, browser: httpx.AsyncClient, citizen: Citizen
) -> None:
    await citizen.write("tolong ada kebakaran " + "api " * 990)
    await house.say("Keluar dulu. " * 60)
    page = (await browser.get("/kendari")).text
    [own, *_, staff] = re.findall(r"<article.*?</article>", page, re.DOTALL)
    start, rest = own.split("<summary>selengkapnya</summary>")
    assert "tolong ada kebakaran" in start
    assert (start + rest).count("api ") >= 989
    assert len(start) < 800
    assert "selengkapnya" not in staff


async def test_who_cannot_call_is_marked(house: House, citizen: Citizen) -> None:
    await citizen.write("tolong ada kebakaran")
    await house.set(contact, cannot_call=True)
    assert (await citizen.fetch())["mode"] == "no_call"


# ---- photos


async def test_a_photo_is_kept_and_named_in_a_message(house: House, citizen: Citizen) -> None:
    ref = (await citizen.upload()).json()["photo"]
    assert (house.media / ref).read_bytes() == JPEG
    assert (await citizen.post(type="photo", photo=ref)).status_code == 200
    [file] = await house.rows(attachment)
    assert (file["path"], file["state"], file["mime"]) == (ref, "fetched", "image/jpeg")
    assert [row["reason"] for row in await house.rows(incident)] == ["media"]


@pytest.mark.parametrize(
    ("content", "ending"),
    [(JPEG, ".jpg"), (b"\x89PNG\r\n\x1a\n" + b"0" * 50, ".png"), (b"RIFF\0\0\0\0WEBPVP8 " + b"0" * 50, ".webp")],
)
async def test_a_photo_is_known_by_its_bytes(citizen: Citizen, content: bytes, ending: str) -> None:
    assert (await citizen.upload(content)).json()["photo"].endswith(ending)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + b"0" * 50, b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ" + b"\0" * 50, b"RIFF\0\0\0\0WAVE"],
)
async def test_what_is_no_photo_is_not_kept(house: House, citizen: Citizen, content: bytes) -> None:
    assert (await citizen.upload(content)).status_code == 415
    assert [path for path in house.media.rglob("*") if path.is_file()] == []


async def test_a_photo_of_more_than_8_megabytes_leaves_nothing_behind(house: House, citizen: Citizen) -> None:
    assert (await citizen.upload(JPEG + b"0" * 8 * 1024 * 1024)).status_code == 413
    assert [path for path in house.media.rglob("*") if path.is_file()] == []


async def test_an_upload_that_breaks_off_leaves_nothing_behind(house: House, citizen: Citizen) -> None:
    arrived = [{"type": "http.request", "body": JPEG, "more_body": True}, {"type": "http.disconnect"}]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/in-web/kendari/photo",
        "headers": [(b"x-sigap-chat", citizen.token.encode())],
        "query_string": b"",
        "client": ("198.51.100.7", 5000),
        "server": ("sigap.test", 80),
        "scheme": "http",
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return arrived.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    await house.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert [path for path in house.media.rglob("*") if path.is_file()] == []


async def test_a_photo_that_is_gone_must_be_uploaded_again(house: House, citizen: Citizen) -> None:
    ref = (await citizen.upload()).json()["photo"]
    (house.media / ref).unlink()
    assert (await citizen.post(type="photo", photo=ref)).status_code == 409
    assert await inbound(house) == []


async def test_somebody_elses_photo_cannot_be_named(house: House, browser: httpx.AsyncClient, citizen: Citizen) -> None:
    ref = (await citizen.upload()).json()["photo"]
    browser.cookies.clear()
    assert (await (await Citizen.arrive(browser)).post(type="photo", photo=ref)).status_code == 409
    assert await house.rows(attachment) == []


# ---- who comes too often


async def test_a_flood_is_slowed_and_a_cry_for_help_passes(house: House, citizen: Citizen) -> None:
    answers = [await citizen.write(f"halo {number}") for number in range(35)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429] * 5
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert (await citizen.write("tolong ada kebakaran")).status_code == 200
    assert (await citizen.post(type="location", lat=-3.99, lon=122.53)).status_code == 200
    assert len(await house.rows(incident)) == 1
    advance(house, 10)
    assert (await citizen.write("halo lagi")).status_code == 200


async def test_the_channels_own_address_is_guarded_too(citizen: Citizen) -> None:
    for number in range(30):
        await citizen.write(f"halo {number}")
    body = {"id": "x", "type": "text", "text": "halo"}
    answer = await citizen.browser.post("/in/web/kendari", json=body, headers=citizen.headers)
    assert answer.status_code == 429


async def test_one_address_is_shared_by_many_and_slowed_late(browser: httpx.AsyncClient) -> None:
    answers = []
    for number in range(305):
        headers = {"X-Sigap-Chat": web_tokens.new_token()}
        body = {"id": f"id{number}", "type": "text", "text": "halo"}
        answers.append((await browser.post("/in/web/kendari", json=body, headers=headers)).status_code)
    assert answers == [200] * 300 + [429] * 5


async def test_photos_are_slowed_earlier(citizen: Citizen) -> None:
    assert [(await citizen.upload()).status_code for _ in range(12)] == [200] * 10 + [429] * 2


# ---- without script


async def shown_anew(house: House, browser: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    """Send the form. What is due leaves and time goes on until its page comes anew: it waits a while for an answer."""
    writing = asyncio.create_task(browser.post("/in-web/kendari/form", data=form))
    while not writing.done():
        await house.settle()
        await asyncio.wait([writing], timeout=0.05)
        advance(house, 1)
    return await writing


async def test_without_script_one_can_write_and_read(house: House, browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/kendari")).text
    fresh = re.search(r'name="id" value="(\w+)"', page)
    assert fresh
    form = {"id": fresh.group(1), "text": "tolong ada kebakaran\r\ndi wua-wua"}
    answer = await shown_anew(house, browser, form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/kendari#end")
    shown = (await browser.get("/kendari")).text
    assert "tolong ada kebakaran\ndi wua-wua" in shown
    assert "Pesan masuk" in shown
    assert "terkirim" in shown


async def test_the_form_sent_twice_is_one_message_and_shows_what_arrived(
    house: House, browser: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await shown_anew(house, browser, {"id": "f1", "text": "tolong"})
    assert len(await inbound(house)) == 1
    page = (await browser.get("/kendari")).text
    have = re.search(r'name="have" value="([\d,]*)"', page)
    assert have
    await shown_anew(house, browser, {"id": "f2", "text": "halo", "have": have[1]})
    states = {str(row["id"]): row["state"] for row in await house.rows(message) if row["direction"] == "out"}
    assert all(states[one] == "delivered" for one in have[1].split(","))


async def test_an_unsent_form_keeps_its_words_and_says_so(house: House, browser: httpx.AsyncClient) -> None:
    await house.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE raw_body").close())
    answer = await browser.post("/in-web/kendari/form", data={"id": "f1", "text": "tolong ada api"})
    assert answer.status_code == 503
    assert "PESAN BELUM TERKIRIM." in answer.text
    assert "tolong ada api</textarea>" in answer.text
    assert 'name="id" value="f1"' in answer.text  # sent again it is still one message


async def test_a_form_that_comes_too_often_keeps_its_words(house: House, browser: httpx.AsyncClient) -> None:
    citizen = await Citizen.arrive(browser)
    for number in range(30):
        await citizen.write(f"halo {number}")
    answer = await browser.post("/in-web/kendari/form", data={"id": "f1", "text": "satu <b> lagi"})
    assert answer.status_code == 429
    assert "PESAN BELUM TERKIRIM." in answer.text
    assert "satu &lt;b&gt; lagi</textarea>" in answer.text
    assert len(await inbound(house)) == 30


async def test_with_and_without_script_it_is_the_same_chat(house: House, browser: httpx.AsyncClient) -> None:
    citizen = await Citizen.arrive(browser)
    await citizen.write("halo")
    page = (await browser.get("/kendari")).text
    assert f'data-token="{citizen.token}"' in page
    assert "halo" in page
    assert (await browser.post("/in-web/kendari/start")).json()["token"] == citizen.token


async def test_a_page_that_shows_its_token_gets_its_cookie_back(browser: httpx.AsyncClient, citizen: Citizen) -> None:
    browser.cookies.clear()
    await citizen.fetch()
    assert browser.cookies["sigap_chat"] == citizen.token


async def test_the_cookie_is_for_us_alone(browser: httpx.AsyncClient) -> None:
    cookie = (await browser.post("/in-web/kendari/start")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    safe = await browser.post("https://sigap.test/in-web/kendari/start")
    assert "secure" in safe.headers["set-cookie"].lower()


async def test_forgetting_takes_the_chat_off_the_phone_and_keeps_the_case(
    house: House, browser: httpx.AsyncClient
) -> None:
    await (await Citizen.arrive(browser)).write("tolong ada kebakaran")
    assert "tolong ada kebakaran" in (await browser.get("/kendari")).text
    assert (await browser.post("/in-web/kendari/forget")).status_code == 303
    assert "tolong ada kebakaran" not in (await browser.get("/kendari")).text
    assert len(await house.rows(incident)) == 1


@pytest.mark.parametrize("path", ["/in-web/kendari/form", "/in-web/kendari/forget", "/in-web/kendari/start"])
async def test_another_sites_page_cannot_post_here(house: House, browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.post(path, data={"text": "iseng"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert await inbound(house) == []


async def test_hostile_words_are_only_words(house: House, browser: httpx.AsyncClient) -> None:
    citizen = await Citizen.arrive(browser)
    await citizen.write("<script>alert(1)</script>{{7*7}}")
    await house.say('"><img src=x onerror=alert(1)>', buttons=(('"><b>', "<i>Ya</i>"),))
    page = (await browser.get("/kendari")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page
    assert "<i>" not in page


def test_it_is_in_the_documented_interface(house: House) -> None:
    paths = house.app.openapi()["paths"]
    assert {"/in/web/{account}", "/in-web/{account}/messages", "/in-web/{account}/photo"} <= set(paths)
