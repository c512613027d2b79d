"""An answer's picture: a file where a channel sends files, a link on the citizen's page, nothing by SMS."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bots.pictures import Pictures
from bots.state import Line
from bots.words import Words
from config.clock import VirtualClock
from handoff.conversations import Reply, get_thread, say
from handoff.tables import conversation
from knowledge_base import pictures
from knowledge_base.articles import articles_in
from knowledge_base.city import load_city
from tests.bots.citizen_house import House, open_house
from tests.fakes import World

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x02\x00\x00\x00"


async def keep(world: World | House) -> str:
    one = pictures.looked_at(PNG)
    job = partial(pictures.keep, city="kendari", one=one, username="rini", now=world.clock.now())
    return str(await world.database.write(job))


def content_of(photo: str | None) -> bytes | None:
    return Path(photo).read_bytes() if photo else None


def test_sms_carries_no_picture() -> None:
    city = load_city("kendari")
    answers = articles_in(city)
    words = Words(city, {**answers, "ktp": replace(answers["ktp"], picture="7")}, "")
    line, now = Line(topic="ktp"), VirtualClock().now()
    assert words.reply(line, "whatsapp", {}, now).picture == "7"
    assert words.reply(line, "sms", {}, now).picture is None
    assert words.reply(Line(topic="kk"), "whatsapp", {}, now).picture is None


@pytest.mark.parametrize("there", [True, False])
async def test_a_picture_leaves_as_a_file_and_its_words_go_without_one(
    world: World, tmp_path: Path, there: bool
) -> None:
    key = await keep(world) if there else "4711"
    world.outbox._pictures = Pictures(world.database, tmp_path / "media")
    await world.hear("halo")
    await world.settle()
    [talk] = await world.rows(conversation)

    def queue(connection: Connection) -> None:
        thread = get_thread(connection, "kendari", talk["id"])
        assert thread is not None
        say(connection, thread, Reply("Bawa KK.", picture=key), world.clock.now())

    await world.database.write(queue)
    world.clock.advance(2)
    while await world.outbox.step():
        await world.outbox.drain()
    await world.outbox.drain()
    [sent] = world.channel.sent
    assert sent.text == "Bawa KK."
    assert content_of(sent.photo) == (PNG if there else None)


async def test_many_who_want_it_first_at_once_all_get_it(world: World, tmp_path: Path) -> None:
    key = await keep(world)
    processes = [Pictures(world.database, tmp_path / "media") for _ in range(30)]
    found = await asyncio.gather(*(one.file("kendari", key) for one in processes))
    assert {content_of(str(path)) for path in found} == {PNG}
    assert [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()] == [f"{key}.png"]


async def test_the_citizens_page_links_to_it(tmp_path: Path) -> None:
    async with open_house(tmp_path, VirtualClock()) as house, house.browser() as browser:
        key = await keep(house)
        token = (await browser.post("/in-web/kendari/start")).json()["token"]
        headers = {"X-Sigap-Chat": token}
        written = {"id": "a", "type": "text", "text": "halo"}
        await browser.post("/in-web/kendari/messages", json=written, headers=headers)
        await house.say("Bawa KK.", author="bot", picture=key)
        told = (await browser.get("/in-web/kendari/messages", params={"have": "", "wait": "0"}, headers=headers)).json()
        assert [line["picture"] for line in told["messages"] if line["text"] == "Bawa KK."] == [key]
        shown = await browser.get(f"/in-web/kendari/picture/{key}")
        assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PNG, "image/png")
        for unknown in ("4711", "..%2Fsigap", "x"):
            assert (await browser.get(f"/in-web/kendari/picture/{unknown}")).status_code == 404
