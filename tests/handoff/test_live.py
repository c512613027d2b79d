"""Open consoles: told at once and in order, told only what is theirs, cut off rather than left with an old picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, select, text

from config.clock import VirtualClock
from config.database import Database, changed
from config.stores import Job
from handoff import operators, sessions
from handoff.console import live_socket
from handoff.console.guard import COOKIE
from handoff.console.ports import ConsolePorts
from handoff.live import BEAT, FAR, MOST_FAR, TOGETHER, Live
from handoff.open_console import Console
from handoff.sessions import Session
from handoff.tables import session
from tests.handoff import citizens
from tests.handoff.browser import Browser, Refused, Socket
from tests.handoff.conftest import LogIn, Watched

Frames = list[dict[str, Any]]


def of_type(frames: Frames, kind: str) -> Frames:
    return [frame for frame in frames if frame["type"] == kind]


async def opened(browser: Browser) -> Socket:
    """A page's socket after its hello."""
    socket = await browser.socket()
    assert (await socket.hear())["type"] == "hello"
    return socket


async def heard(socket: Socket, clock: VirtualClock) -> Frames:
    """All that comes while the clock runs on for a second and a half."""
    frames = await socket.hear_all()
    for _ in range(3):
        clock.advance(FAR / 2)
        frames += await socket.hear_all()
    return frames


async def test_hello_comes_first_then_what_happens(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    socket = await sari.socket()
    assert await socket.hear() == {"type": "hello", "server_time": "2026-01-05T03:00:00Z"}
    row = await citizens.emergency(database, clock)
    frames = await heard(socket, clock)
    cases = of_type(frames, "incident")
    assert cases[-1]["incident"]["id"] == str(row["id"])
    assert cases[-1]["incident"]["last_text"] == "tolong ada api"
    talks = of_type(frames, "conversation")
    assert talks[-1]["conversation"]["incident_id"] == str(row["id"])
    await socket.leave()


async def test_nobody_is_served_without_a_session_or_from_another_site(app: FastAPI, log_in: LogIn) -> None:
    assert await (await Browser(app).socket()).closed() == 4401
    sari = await log_in()
    for origin in ("https://jahat.test", "null", "http://konsol.test.jahat.test"):
        with pytest.raises(Refused):
            await sari.socket({"origin": origin})
    ours = await sari.socket({"origin": "https://112.ujung.test"})
    assert (await ours.hear())["type"] == "hello"
    await ours.leave()


async def test_messages_reach_who_has_the_conversation_open(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    reading, other = await opened(sari), await opened(tono)
    conversation_id, _ = await citizens.write(database, clock, "halo")
    await sari.get(f"/conversations/ujung/{conversation_id}")
    _, second = await citizens.write(database, clock, "masih di sana?")
    (frame,) = of_type(await heard(reading, clock), "message")
    assert (frame["city"], frame["conversation_id"]) == ("ujung", str(conversation_id))
    assert (frame["message"]["id"], frame["message"]["text"]) == (str(second), "masih di sana?")
    assert of_type(await heard(other, clock), "message") == []


async def test_messages_reach_the_speaker_on_every_page(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    second_page = await opened(await log_in("sari"))
    row = await citizens.emergency(database, clock)
    await sari.post(f"/incidents/ujung/{row['id']}/claim")
    body = {"text": "Kami di sini.", "client_id": str(uuid4())}
    await sari.post(f"/conversations/ujung/{row['conversation_id']}/reply", body)
    await citizens.write(database, clock, "lantai dua")
    said = [frame["message"]["text"] for frame in of_type(await heard(second_page, clock), "message")]
    assert said == ["Petugas sudah membuka laporan Anda.", "Kami di sini.", "lantai dua"]


async def test_nothing_falls_between_subscribing_and_the_snapshot(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    """Whatever the moment at which a message comes: the page has it from the snapshot or from the socket."""
    sari = await log_in()
    conversation_id, _ = await citizens.write(database, clock, "0")
    sent: list[str] = []

    async def keep_writing() -> None:
        for number in range(1, 30):
            sent.append(str((await citizens.write(database, clock, str(number)))[1]))
            await asyncio.sleep(0.002)

    writing = asyncio.create_task(keep_writing())
    await asyncio.sleep(0.01)
    socket = await opened(sari)
    snapshot = (await sari.get(f"/conversations/ujung/{conversation_id}")).json()
    known = {message["id"] for message in snapshot["messages"]}
    await writing
    known |= {frame["message"]["id"] for frame in of_type(await heard(socket, clock), "message")}
    assert set(sent) <= known
    assert len(sent) == 29


async def test_transcript_arrives_in_order(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    conversation_id, _ = await citizens.write(database, clock, "0")
    socket = await opened(sari)
    await sari.get(f"/conversations/ujung/{conversation_id}")
    for number in range(1, 40):
        clock.advance(0.02)
        await citizens.write(database, clock, str(number))
    said: list[str] = []
    while "39" not in said:  # on a busy machine they come with pauses in between
        said += [frame["message"]["text"] for frame in of_type(await heard(socket, clock), "message")]
    assert said == [str(number) for number in range(1, 40)]


async def test_changes_close_together_are_told_once(
    log_in: LogIn, database: Database, clock: VirtualClock, watched: Watched
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    pages = [await opened(sari), await opened(tono)]
    row = await citizens.emergency(database, clock)
    for page in pages:
        await heard(page, clock)
    watched.reads = 0
    version = row["version"]
    await database.write(_touch(row["id"]))  # told at once; what follows waits for the pause to end
    await watched.quiet()
    for number in range(50):
        answer = await sari.post(f"/incidents/ujung/{row['id']}/update", {"version": version, "note": str(number)})
        version = answer.json()["version"]
    early = of_type(await pages[1].hear_all("incident"), "incident")
    assert len(early) == 1
    before = watched.reads
    clock.advance(TOGETHER)
    (late,) = of_type(await pages[1].hear_all("incident"), "incident")
    assert (late["incident"]["note"], late["incident"]["version"]) == ("49", 51)
    assert watched.reads - before == 1, "loaded once for all consoles"
    assert [frame["incident"]["note"] for frame in of_type(await pages[0].hear_all("incident"), "incident")][-1] == "49"


def _touch(*incident_ids: int) -> Job[None]:
    def job(connection: Connection) -> None:
        for incident_id in incident_ids:
            changed(connection, "incident", "ujung", incident_id, None)

    return job


async def test_others_cities_and_restricted_cases_stay_away(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await opened(await log_in("sari"))
    admin = await opened(await log_in("dewi", "admin", ("ujung", "hilir")))
    await citizens.emergency(database, clock, chat="a", city="hilir")
    secret = await citizens.emergency(database, clock, chat="b", restricted=True, silent=True)
    admin.say({"type": "view", "city": "ujung", "conversation_id": str(secret["conversation_id"])})
    await citizens.write(database, clock, "dia di sini", chat="b")
    cities = {frame["incident"]["city"] for frame in of_type(await heard(sari, clock), "incident")}
    assert cities == {"ujung"}
    frames = await heard(admin, clock)
    assert {frame["incident"]["city"] for frame in of_type(frames, "incident")} == {"hilir"}
    assert {frame["conversation"]["city"] for frame in of_type(frames, "conversation")} <= {"ujung", "hilir"}
    shown = [
        frame["conversation"]["id"] for frame in of_type(frames, "conversation") if frame["conversation"]["silent"]
    ]
    assert shown == []
    assert of_type(frames, "message") == []
    assert of_type(frames, "viewers") == []


async def test_bot_conversations_come_as_a_list_once_a_second(
    log_in: LogIn, database: Database, clock: VirtualClock, watched: Watched
) -> None:
    socket = await opened(await log_in())
    for number in range(MOST_FAR + 20):
        await citizens.write(database, clock, str(number), chat=f"c{number}")
    first = of_type(await socket.hear_all("conversation"), "conversation")
    clock.advance(TOGETHER)
    await watched.quiet()
    clock.advance(FAR)
    rest = of_type(await socket.hear_all("conversation"), "conversation")
    assert 1 <= len(first) <= 20
    assert len(rest) == MOST_FAR
    assert {frame["conversation"]["last_text"] for frame in rest} >= {str(MOST_FAR + 19), str(MOST_FAR)}


async def test_viewers_are_told_who_else_looks(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    first, second = await opened(sari), await opened(tono)
    conversation_id, _ = await citizens.write(database, clock)
    view = {"type": "view", "city": "ujung", "conversation_id": str(conversation_id)}
    first.say(view)
    assert [one["name"] for one in of_type(await first.hear_all("viewers"), "viewers")[-1]["viewers"]] == ["Sari"]
    second.say(view)
    for page in (first, second):
        names = [one["name"] for one in of_type(await page.hear_all("viewers"), "viewers")[-1]["viewers"]]
        assert names == ["Sari", "Tono"]
    opened_page = (await sari.get(f"/conversations/ujung/{conversation_id}")).json()
    assert [one["name"] for one in opened_page["viewers"]] == ["Sari", "Tono"]
    second.say({"type": "view", "city": None, "conversation_id": None})
    assert [one["name"] for one in of_type(await first.hear_all("viewers"), "viewers")[-1]["viewers"]] == ["Sari"]
    await first.leave()
    assert (await tono.get(f"/conversations/ujung/{conversation_id}")).json()["viewers"] == []


async def test_presence_counts_people_who_answer(log_in: LogIn, live: Live) -> None:
    assert live.present("ujung") == 0
    pages = [await opened(await log_in("sari")), await opened(await log_in("sari"))]
    pages.append(await opened(await log_in("dewi", "admin")))
    pages.append(await opened(await log_in("budi", "supervisor", ("ujung", "hilir"))))
    assert (live.present("ujung"), live.present("hilir")) == (2, 1)
    for page in pages:
        await page.leave()
    assert live.present("ujung") == 0


async def test_a_page_that_cannot_keep_up_is_cut_off(
    log_in: LogIn, database: Database, clock: VirtualClock, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "PARTING", 60.0)  # the code waits until this page reads it
    slow = await (await log_in("sari")).socket(room=1)  # its line takes one frame, then the server waits
    quick = await opened(await log_in("tono"))
    rows = [await citizens.emergency(database, clock, chat=f"c{number}") for number in range(50)]
    for _ in range(Console.MOST_FRAMES // len(rows) + 5):
        await database.write(_touch(*(row["id"] for row in rows)))
        clock.advance(TOGETHER)
        await quick.hear_all()
    assert live.present("ujung") == 1, "only the quick one is still there"
    assert await slow.closed() == 4408
    await database.write(_touch(rows[0]["id"]))
    assert of_type(await heard(quick, clock), "incident")


async def test_ping_every_ten_seconds_and_no_answer_ends_it(
    log_in: LogIn, clock: VirtualClock, watched: Watched
) -> None:
    socket = await opened(await log_in())
    for number in range(1, 4):
        clock.advance(BEAT)
        assert await socket.hear() == {"type": "ping", "server_time": f"2026-01-05T03:00:{10 * number}Z"}
        await watched.quiet()
    socket.say({"type": "pong"})
    await watched.quiet()
    for _ in range(3):
        clock.advance(BEAT)
        assert (await socket.hear())["type"] == "ping"
        await watched.quiet()
    clock.advance(BEAT)
    assert await socket.closed() == 4408


async def test_logout_and_disabled_accounts_close_the_page(
    log_in: LogIn, desk: ConsolePorts, clock: VirtualClock
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    first, second = await opened(sari), await opened(tono)
    await sari.post("/logout")
    assert await first.closed() == 4401
    await operators.disable(desk.database, desk.clock, "tono")
    assert await second.closed() == 4401


async def test_account_disabled_by_another_process_closes_the_page_at_the_next_beat(
    log_in: LogIn, desk: ConsolePorts, clock: VirtualClock
) -> None:
    socket = await opened(await log_in())
    elsewhere = Database(str(desk.database.url))
    await operators.disable(elsewhere, clock, "sari")
    await elsewhere.close()
    clock.advance(BEAT)
    assert await socket.closed() == 4401


HOUR = timedelta(hours=1)


async def test_an_open_page_keeps_the_session_awake(
    log_in: LogIn, database: Database, clock: VirtualClock, watched: Watched
) -> None:
    at_the_desk, gone = await log_in("sari"), await log_in("tono")
    async with running(Live(database, clock, {})) as live:
        console = live.join(await session_of(at_the_desk, database, clock))
        seen = select(session.c.seen_at).where(session.c.token_hash == console.session.token_hash)
        for _ in range(5):
            console.heard_at = clock.now() + HOUR
            clock.advance(HOUR.total_seconds())
            await watched.quiet()
            assert await database.read(lambda connection: connection.scalar(seen)) == clock.now()
        assert not console.ended.is_set()
    assert (await at_the_desk.get("/me")).status_code == 200
    assert (await gone.get("/me")).status_code == 401


@pytest.mark.parametrize("said", ["[]", "{", '{"type": "view"', '{"type": "drop"}', "x" * 5000])
async def test_nonsense_from_a_page_ends_it(log_in: LogIn, said: str) -> None:
    socket = await opened(await log_in())
    socket.say_raw(said)
    assert await socket.closed() == 1008


async def test_failed_loading_makes_pages_start_anew(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    socket = await opened(await log_in())
    row = await citizens.emergency(database, clock)
    await heard(socket, clock)
    await database.write(lambda connection: connection.execute(text("ALTER TABLE incident RENAME TO gone")))
    await database.write(_touch(row["id"]))
    assert await socket.closed() == 1012


async def test_stopping_closes_pages_so_that_they_come_back(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    async with running(Live(database, clock, {})) as live:
        console = live.join(await session_of(sari, database, clock))
        assert not console.ended.is_set()
    assert (console.ended.is_set(), console.code) == (True, 1012)


async def session_of(browser: Browser, database: Database, clock: VirtualClock) -> Session:
    token = browser.http.cookies[COOKIE]
    found = await database.read(lambda connection: sessions.find(connection, token, clock.now()))
    assert found is not None
    return found


@asynccontextmanager
async def running(live: Live) -> AsyncIterator[Live]:
    task = asyncio.create_task(live.run())
    await asyncio.sleep(0.01)  # until its tasks wait for the clock
    yield live
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_health_is_told_when_it_changes(
    log_in: LogIn, database: Database, clock: VirtualClock, watched: Watched
) -> None:
    parts: list[dict[str, Any]] = [{"name": "telegram", "ok": True, "detail": ""}]

    async def health() -> list[dict[str, Any]]:
        if not parts:
            raise RuntimeError("broken")
        return parts

    session = await session_of(await log_in(), database, clock)
    async with running(Live(database, clock, {}, health)) as live:
        console = live.join(session)

        async def beat() -> str:
            console.heard_at = clock.now()
            clock.advance(BEAT)
            await watched.quiet()
            return "\n".join(waiting_in(console))

        assert '"telegram"' in await beat()
        assert '"health"' not in await beat()
        parts[0] = {"name": "telegram", "ok": False, "detail": "token ditolak"}
        assert "token ditolak" in await beat()
        parts.clear()
        assert "Pemeriksaan layanan gagal" in await beat()
        assert not console.ended.is_set(), "a broken check is no reason to send anybody away"
        assert "Pemeriksaan" in waiting_in(live.join(session))[-1]


def waiting_in(console: Console) -> list[str]:
    return [console.frames.get_nowait() for _ in range(console.frames.qsize())]
