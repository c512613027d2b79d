"""Stories of two cities on one PostgreSQL: what citizens, operators and the worker do, so that all of it is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import Table

from bots.message import Attachment, DeliveryReport, InboundMessage, Parsed, Place
from bots.transcript import Turn
from bots.web_tokens import new_token
from config.app import build_app
from config.clock import VirtualClock
from config.schema import migrate
from config.settings import AccountSettings, Settings
from config.wiring import System, build
from handoff import operators
from handoff.passwords import Passwords
from handoff.tables import attachment, conversation, incident, message
from knowledge_base.seed import seed_city
from nlu.understand import Understander
from sms_gateway.database_store import DatabaseStore
from sms_gateway.gateway import LineState
from sms_gateway.line_states import keep_states, kept_states
from sms_gateway.store import Part, SentPart
from tests.city_rule import Recorder, Statement
from tests.fakes import FakeChannel, Keywords
from tests.handoff.browser import Browser, Socket

CITIES = ("ambon", "kendari")


@dataclass(slots=True)
class Town:
    """Two cities on one PostgreSQL: the application as it is served, and the worker's steps done by hand."""

    system: System
    app: FastAPI
    channel: FakeChannel
    keys: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    @property
    def clock(self) -> VirtualClock:
        return cast(VirtualClock, self.system.clock)

    def message(self, text: str = "", chat: str = "c1", **more: Any) -> InboundMessage:
        key = f"e{next(self.keys)}"
        given: dict[str, Any] = {
            "event_key": key,
            "kind": "text",
            "sent_at": self.clock.now(),
            "provider_id": key,
        } | more
        return InboundMessage(chat=chat, text=text, **given)

    async def hear(self, city: str, *messages: InboundMessage, **more: Any) -> None:
        await self.system.inbox.keep(self.system.accounts["telegram", city], Parsed(messages, **more), b"{}")

    async def work(self, seconds: float = 0.0) -> None:
        """Every step of the worker, until nothing is due; then again ``seconds`` later."""
        system = self.system
        for pause in (0.0, seconds):
            self.clock.advance(pause)
            for step in (system.backlog.step, system.looks.step, system.media.step, system.outbox.step):
                while await step():
                    await system.media.drain()
                    await system.outbox.drain()
            await system.outbox.step(urgent_only=True)
            await system.outbox.drain()
            await system.reports.settle()

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        return await self.system.database.read(
            lambda connection: [dict(row) for row in connection.execute(table.select()).mappings()]
        )


@asynccontextmanager
async def open_town(url: str, folder: Path) -> AsyncIterator[Town]:
    clock, channel = VirtualClock(), FakeChannel()
    accounts = [AccountSettings(city=city, channel="telegram", name=city) for city in CITIES]
    settings = Settings(data=folder, database_url=url, cities=CITIES, accounts=accounts)
    system = await build(
        settings,
        cast(Understander, Keywords()),
        clock=clock,
        wrap=lambda channels: channels | {"telegram": channel},
    )
    await migrate(system.database)
    for city in system.cities.values():
        await system.database.write(partial(seed_city, city=city, now=clock.now()))
    app = build_app(system, with_worker=False)
    async with app.router.lifespan_context(app):
        yield Town(system, app, channel)


async def citizens_write(town: Town) -> None:
    """An emergency with a pin and a voice file, questions, a redelivery, an edit, reports of delivery."""
    for city in CITIES:
        first = town.message("tolong ada kebakaran")
        await town.hear(city, first)
        await town.hear(city, first)
        await town.hear(city, town.message(kind="location", place=Place(-3.99, 122.53)))
        voice = (Attachment("voice", f"v-{city}", "audio/ogg"), Attachment("photo", f"p-{city}", "image/jpeg"))
        await town.hear(city, town.message(kind="voice", attachments=voice))
        await town.hear(city, town.message("kebakaran di wua-wua", kind="edit", edit_of=first.provider_id))
        await town.hear(city, town.message(kind="deleted", edit_of=first.provider_id))
        for chat, text in (("c2", "syarat ktp"), ("c3", "ada sesuatu yang aneh"), ("c4", "wkwk"), ("c5", "rusak")):
            await town.hear(city, town.message(text, chat))
        await town.hear(city, town.message("pingsan"), town.message("halo", "c6"), town.message("jangan telepon", "c7"))
        await town.system.inbox.keep_unreadable(town.system.accounts["telegram", city], b"\xff", "no JSON")
    await town.work(5.0)
    await town.work(60.0)
    await reports_come(town)


async def reports_come(town: Town) -> None:
    sent = [row for row in await town.rows(message) if row["provider_id"] and row["direction"] == "out"]
    assert {row["city"] for row in sent} == set(CITIES)
    for state in ("delivered", "read", "failed"):
        for row in sent:
            await town.hear(row["city"], reports=(DeliveryReport(row["provider_id"], state, town.clock.now()),))
    unknown = DeliveryReport("unknown", "delivered", town.clock.now())
    await town.hear("ambon", reports=(unknown,))
    await town.work(10.0)


async def a_rush_is_answered_later(town: Town) -> None:
    for city in CITIES:
        account = town.system.accounts["telegram", city]
        late = [Turn(account, town.message("tolong ada kebakaran", f"r{n}"), town.clock.now()) for n in range(3)]
        await town.system.turns.keep(late)
    await town.work(5.0)


async def the_worker_looks_round(town: Town) -> None:
    system = town.system
    for due in (system.looks, system.media, system.outbox):
        await due.next_due()
    await system.outbox.due()
    await system.inbox.note_hearing()
    await system.towns.refresh()
    await system.photos.step()
    await system.grouping.step()
    await system.health.parts()
    await system.database.write(lambda connection: system.outbox.free(connection, {"a dead one": {}}, town.clock.now()))
    await system.processes.beat()
    town.clock.advance(3 * 86_400)
    await system.photos.step()
    await system.towns.refresh()


async def sms_are_kept(town: Town) -> None:
    store, now = DatabaseStore(town.system.database), town.clock.now()
    for city in CITIES:
        parts = [Part(city, city, "+628005550111", now, 7, 2, seq, f"bagian {seq}", bytes([seq])) for seq in (1, 2)]
        groups = [await store.keep(part, now) for part in parts]
        assert groups[1] is not None
        await store.waiting(city, city, now)
        await store.done(groups[1], now)
        sent = [SentPart(city, city, "+628005550111", str(seq), "r1", seq, 2, now) for seq in (1, 2)]
        await store.note_sent(sent)
        await store.note_report(city, city, "1", None, "delivered", now)
        await store.note_refused_pin(city, city, "mark", now)
        await store.refused_pins(city, city)
    lines = [(city, LineState(city, True, "in order")) for city in CITIES]
    await town.system.database.write(partial(keep_states, states=lines, now=now))
    await town.system.database.read(partial(kept_states, cities=CITIES))


async def the_web_chat_is_used(town: Town) -> None:
    transport = httpx.ASGITransport(app=town.app, client=("198.51.100.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://sigap.test") as browser:
        for city in CITIES:
            assert (await browser.get(f"/{city}")).status_code == 200
            shown = {"X-Sigap-Chat": new_token()}
            posted = {"id": "m1", "type": "text", "text": "tolong ada kebakaran"}
            answer = await browser.post(f"/in-web/{city}/messages", json=posted, headers=shown)
            assert answer.status_code == 200, answer.text
            photo = await browser.post(f"/in-web/{city}/photo", content=b"\xff\xd8\xff\xe0 foto", headers=shown)
            assert photo.status_code < 300, photo.text
            await town.work(5.0)
            told = await browser.get(f"/in-web/{city}/messages", params={"have": "", "wait": "0"}, headers=shown)
            assert len(told.json()["messages"]) > 1
        assert (await browser.get("/health")).status_code == 200


async def sign_in(town: Town, name: str, role: operators.Role) -> Browser:
    passwords = Passwords()
    await operators.add(
        town.system.database,
        passwords,
        town.system.clock,
        username=name,
        name=name.title(),
        role=role,
        cities=CITIES,
        password="kopi susu panas sekali",
    )
    passwords.close()
    browser = Browser(town.app)
    assert (await browser.log_in(name, "kopi susu panas sekali")).status_code == 200
    return browser


async def operators_answer(town: Town) -> None:
    sari, tono = await sign_in(town, "sari", "supervisor"), await sign_in(town, "tono", "admin")
    live = await sari.socket()
    await live.hear()
    try:
        for city in CITIES:
            await on_one_case(town, sari, city)
            await what_few_may_see(town, sari, city)
            await live_news(town, live, city)
            await pages_of(tono, city)
        for page in ("/me", "/people", "/queue", "/models"):
            assert (await tono.get(page)).status_code == 200, page
    finally:
        await live.leave()
        await sari.http.aclose()
        await tono.http.aclose()


async def on_one_case(town: Town, sari: Browser, city: str) -> None:
    case = next(row for row in await town.rows(incident) if row["city"] == city and row["reason"] == "emergency")
    talk = f"/conversations/{city}/{case['conversation_id']}"
    path = f"/incidents/{city}/{case['id']}"
    assert (await sari.get("/queue")).status_code == 200
    opened = (await sari.get(talk)).json()
    assert (await sari.get(f"{talk}/messages", params={"before": opened["messages"][-1]["id"]})).status_code == 200
    assert (await sari.post(f"{path}/claim")).status_code == 200
    reply = {"text": "Kami di sini. Di mana apinya?", "client_id": str(uuid4())}
    assert [(await sari.post(f"{talk}/reply", reply)).status_code for _ in range(2)] == [201, 200]
    assert (await sari.post(f"{talk}/contact", {"cannot_call": True, "name": "Ibu Uji"})).status_code == 200
    version = (await sari.get(path)).json()["incident"]["version"]
    changed = await sari.post(f"{path}/update", {"version": version, "severity": 2, "note": "api kecil"})
    assert changed.status_code == 200, changed.text
    assert (await sari.post(f"{path}/release")).status_code == 200
    assert (await sari.post(f"{talk}/take")).status_code == 200
    assert (await sari.post(f"{talk}/handback")).status_code == 200
    by_hand = {"client_id": str(uuid4()), "city": city, "source": "phone", "category": "kebakaran", "severity": 1}
    assert (await sari.post("/incidents", by_hand | {"place": {"text": "pasar"}})).status_code == 201
    version = (await sari.post(f"{path}/claim")).json()["version"]
    closed = await sari.post(f"{path}/close", {"version": version, "reason": "ditangani", "note": "padam"})
    assert closed.status_code == 200, closed.text
    await town.work(5.0)


async def pages_of(tono: Browser, city: str) -> None:
    for page in (f"/knowledge/{city}", f"/knowledge/{city}/article", f"/learning/{city}", f"/learning/{city}/judge"):
        assert (await tono.get(page)).status_code == 200, page
    answer = f"/knowledge/{city}/article/ktp"
    begun = await tono.post(f"{answer}/start")
    assert begun.status_code == 200, begun.text
    dropped = await tono.post(f"{answer}/drop", {"revision": begun.json()["draft"]["revision"]})
    assert dropped.status_code == 200, dropped.text
    assert (await tono.post(f"{answer}/withdraw", {"note": "uji"})).status_code == 200


async def what_few_may_see(town: Town, sari: Browser, city: str) -> None:
    """Files, and a case of violence: who looks at it is written down."""
    files = [row for row in await town.rows(attachment) if row["city"] == city and row["state"] == "fetched"]
    assert (await sari.get(f"/media/{city}/{files[0]['id']}")).status_code == 200
    case = next(row for row in await town.rows(incident) if row["city"] == city and row["silent"])
    await town.system.database.write(
        lambda connection: (
            connection.execute(
                incident.update().where(incident.c.city == city, incident.c.id == case["id"]).values(restricted=True)
            )
            and None
        )
    )
    assert (await sari.get(f"/incidents/{city}/{case['id']}")).status_code == 200
    assert (await sari.get(f"/conversations/{city}/{case['conversation_id']}")).status_code == 200


async def live_news(town: Town, live: Socket, city: str) -> None:
    """A case, a conversation that only the bot serves, and one that somebody looks at."""
    talk = next(row for row in await town.rows(conversation) if row["city"] == city and row["silent"])
    live.say({"type": "view", "city": city, "conversation_id": str(talk["id"])})
    await town.hear(city, town.message("tolong ada kebakaran", "n1"), town.message("syarat ktp", "n2"))
    await town.work(1.0)
    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not any(frame["type"] == "incident" for frame in heard):
            town.clock.advance(1.0)
            live.say({"type": "pong"})  # or it counts as gone after half a minute of this clock
            heard += await live.hear_all()


STORIES = (
    citizens_write,
    a_rush_is_answered_later,
    sms_are_kept,
    the_web_chat_is_used,
    operators_answer,
    the_worker_looks_round,
)


async def whole_stories(url: str, folder: Path) -> list[Statement]:
    """What our code asks of the database while all of ``STORIES`` are played."""
    recorder = Recorder()
    async with open_town(url, folder) as town:
        recorder.start()
        try:
            for story in STORIES:
                await story(town)
        finally:
            recorder.stop()
    return [one for one in recorder.heard if one.where != "?"]  # what the test itself asks is nobody's statement
