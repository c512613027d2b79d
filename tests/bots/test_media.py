"""Attachments: fetched a few at once, tried again, limited, and kept where nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Select, insert

from bots import media
from bots.channel import Account, SendFailed
from bots.media import _DUE, _VOICE_DUE, AT_ONCE, FIRST_RETRY, LARGEST, RENEW, TRIES, MediaJobs
from bots.message import Attachment
from config.clock import VirtualClock
from handoff.tables import attachment
from tests.fakes import KENDARI, FakeChannel, World, open_world

Feed = Callable[[str], AsyncIterator[bytes]]


class Provider(FakeChannel):
    """Gives a picture for every file, but what ``odd`` says for some."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: dict[str, Feed] = {}
        self.asked: list[str] = []

    async def fetch(self, account: Account, attachment: Attachment) -> AsyncIterator[bytes]:
        self.asked.append(attachment.ref)
        feed = self.odd.get(attachment.ref, picture)
        async for piece in feed(attachment.ref):
            yield piece


async def picture(ref: str) -> AsyncIterator[bytes]:
    yield b"\xff\xd8\xff"
    yield ref.encode()


async def endless(_: str) -> AsyncIterator[bytes]:
    yield b"a"
    await asyncio.Event().wait()


async def busy(_: str) -> AsyncIterator[bytes]:
    raise SendFailed("busy", permanent=False)
    yield b""


async def gone(_: str) -> AsyncIterator[bytes]:
    raise SendFailed("file not given", permanent=True)
    yield b""


async def huge(_: str) -> AsyncIterator[bytes]:
    for _piece in range(LARGEST // 2**20 + 1):
        yield b"\0" * 2**20


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "sigap.db") as opened:
        yield opened


def jobs_of(world: World, provider: Provider, folder: Path, **more: Any) -> MediaJobs:
    clock = more.pop("clock", world.clock)
    return MediaJobs(world.database, clock, {"fake": provider}, {("fake", "kendari"): KENDARI}, folder, **more)


async def send(world: World, *refs: str, **more: Any) -> None:
    for ref in refs:
        await world.hear(kind="photo", attachments=(Attachment(**{"kind": "photo", "ref": ref} | more),))


async def settled(jobs: MediaJobs) -> int:
    begun = 0
    while done := await jobs.step():
        begun += done
        await jobs.drain()
    return begun


async def until_fetched(world: World, *refs: str) -> None:
    committed = asyncio.Event()
    world.database.on_commit(lambda _: committed.set())
    async with asyncio.timeout(30):
        while {(await by_ref(world))[ref]["state"] for ref in refs} != {"fetched"}:
            await committed.wait()
            committed.clear()


def files(folder: Path) -> set[Path]:
    """What was kept in ``folder``, the database aside."""
    return {path for path in folder.rglob("*") if path.is_file() and "sigap.db" not in path.name}


async def by_ref(world: World) -> dict[str, dict[str, Any]]:
    return {row["ref"]: row for row in await world.rows(attachment)}


async def test_what_was_sent_is_kept_under_a_name_of_ours(world: World, provider: Provider, tmp_path: Path) -> None:
    jobs = jobs_of(world, provider, tmp_path)
    await send(world, *(f"f{number}" for number in range(AT_ONCE + 3)))
    assert await settled(jobs) == AT_ONCE + 3
    rows = await by_ref(world)
    assert {row["state"] for row in rows.values()} == {"fetched"}
    assert (tmp_path / rows["f1"]["path"]).read_bytes() == b"\xff\xd8\xfff1"
    assert rows["f1"]["size"] == 5
    assert sorted(provider.asked) == sorted(rows), "each once"
    assert await jobs.step() == 0


async def test_a_slow_file_does_not_hold_the_others_up(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd["slow"] = endless
    jobs = jobs_of(small, provider, tmp_path)
    await send(small, "slow")
    assert await jobs.step() == 1
    others = [f"f{number}" for number in range(AT_ONCE - 1)]
    await send(small, *others)
    assert await jobs.step() == AT_ONCE - 1
    await until_fetched(small, *others)
    assert await _is(small, "slow", "queued")
    await jobs.stop()


async def test_never_more_than_eight_at_once_and_none_twice(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd = {f"s{number}": endless for number in range(10)}
    ours, another = jobs_of(small, provider, tmp_path), jobs_of(small, provider, tmp_path)
    await send(small, *provider.odd)
    assert [await ours.step(), await ours.step(), await another.step(), await another.step()] == [8, 0, 2, 0]
    await ours.stop()
    await another.stop()
    assert await jobs_of(small, provider, tmp_path).step() == 8, "what was broken off is due again at once"


async def test_voice_notes_go_first(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd = dict.fromkeys(("p0", "p1"), endless)
    await send(small, *(f"p{number}" for number in range(AT_ONCE)))
    small.clock.advance(5)
    await send(small, "voice", kind="voice", mime="audio/ogg")
    jobs = jobs_of(small, provider, tmp_path)
    await jobs.step()
    await until_fetched(small, "voice")
    assert provider.asked[0] == "voice"
    await jobs.stop()


class Asleep(VirtualClock):
    """Tells when somebody has gone to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeping = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.sleeping.set()
        await super().sleep(seconds)


async def test_a_claim_is_renewed_while_its_file_comes(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd["slow"] = endless
    clock = Asleep()
    ours, another = (jobs_of(small, provider, tmp_path, clock=clock) for _ in range(2))
    await send(small, "slow")
    assert await ours.step() == 1
    for _ in range(10):
        await asyncio.wait_for(clock.sleeping.wait(), 30)
        assert await another.step() == 0, "we are still fetching it"
        clock.sleeping.clear()
        clock.advance(RENEW)
    assert await another.step() == 0
    await ours.stop()
    assert await another.step() == 1, "what was broken off is due again at once"
    await another.stop()


async def test_what_a_dead_process_fetched_is_due_within_15_seconds(
    small: World, provider: Provider, tmp_path: Path
) -> None:
    provider.odd["f"] = endless
    standing = VirtualClock()  # it renews nothing any more
    dead, another = jobs_of(small, provider, tmp_path, clock=standing), jobs_of(small, provider, tmp_path)
    await send(small, "f")
    assert await dead.step() == 1
    small.clock.advance(14.9)
    assert await another.step() == 0
    small.clock.advance(0.1)
    provider.odd.clear()
    assert await settled(another) == 1
    assert await _is(small, "f", "fetched")
    await dead.stop()
    assert await _is(small, "f", "fetched"), "whoever wakes up late takes nothing back"


async def test_cities_take_turns(tmp_path: Path, provider: Provider) -> None:
    accounts = {("fake", city): Account(city, "fake", city) for city in ("ambon", "kendari", "wakatobi")}
    async with open_world(tmp_path / "sigap.db") as world:
        jobs = MediaJobs(world.database, world.clock, {"fake": provider}, accounts, tmp_path)
        await queue(world, "ambon", "photo", 50)
        await queue(world, "kendari", "photo", 2)
        await queue(world, "wakatobi", "voice", 1)
        assert await settled(jobs) == 53
    first = provider.asked[: 2 * AT_ONCE]
    assert first[0] == "wakatobi-0", "a voice note goes before all pictures"
    assert {"kendari-0", "kendari-1"} <= set(first), "who sends few waits for nobody who sends many"


async def queue(world: World, city: str, kind: str, count: int) -> None:
    """So many files that wait."""

    def write(connection: Connection) -> None:
        rows = [_file(world, city, kind, number) for number in range(count)]
        connection.execute(insert(attachment), rows)

    await world.database.write(write)


def _file(world: World, city: str, kind: str, number: int) -> dict[str, Any]:
    return {
        "city": city,
        "id": number + 1,
        "message_id": number + 1,
        "conversation_id": 1,
        "channel": "fake",
        "account": city,
        "kind": kind,
        "ref": f"{city}-{number}",
        "mime": None,
        "state": "queued",
        "not_before": world.clock.now(),
    }


async def _is(world: World, ref: str, state: str) -> bool:
    return bool((await by_ref(world))[ref]["state"] == state)


async def test_a_file_that_never_ends_is_tried_again_later(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd["slow"] = endless
    jobs = jobs_of(small, provider, tmp_path, patience=0.05)
    await send(small, "slow")
    assert await settled(jobs) == 1
    row = (await by_ref(small))["slow"]
    assert (row["state"], row["attempts"], row["error"]) == ("queued", 1, "time-out")
    provider.odd.clear()
    small.clock.advance(FIRST_RETRY)
    assert await settled(jobs_of(small, provider, tmp_path)) == 1
    assert await _is(small, "slow", "fetched")
    assert [path.suffix for path in files(tmp_path)] == [".jpg"]


async def test_a_busy_provider_is_asked_again_a_few_times(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd["f"] = busy
    jobs = jobs_of(small, provider, tmp_path)
    await send(small, "f")
    for _ in range(TRIES + 2):
        await settled(jobs)
        small.clock.advance(FIRST_RETRY * 2**TRIES)
    row = (await by_ref(small))["f"]
    assert (row["state"], row["attempts"], row["error"], len(provider.asked)) == ("failed", TRIES, "busy", TRIES)


async def test_what_will_never_come_is_not_asked_for_again(small: World, provider: Provider, tmp_path: Path) -> None:
    provider.odd = {"gone": gone, "huge": huge}
    jobs = jobs_of(small, provider, tmp_path)
    await send(small, "gone", "huge")
    await send(small, "said to be huge", size=LARGEST + 1)
    await send(small, "program", mime="application/x-msdownload", kind="document")
    await settled(jobs)
    rows = await by_ref(small)
    assert {row["state"] for row in rows.values()} == {"failed"}
    assert "larger" in rows["huge"]["error"]
    assert "larger" in rows["said to be huge"]["error"]
    assert "x-msdownload" in rows["program"]["error"]
    assert sorted(provider.asked) == ["gone", "huge"]
    assert files(tmp_path) == set()


async def test_a_full_disk_waits_for_room_and_loses_nothing(small: World, provider: Provider, tmp_path: Path) -> None:
    free = [media.ROOM - 1]
    jobs = jobs_of(small, provider, tmp_path, free=lambda _: free[0])
    await send(small, "f")
    for _ in range(TRIES + 2):
        await settled(jobs)
        small.clock.advance(media.NO_ROOM.total_seconds())
    row = (await by_ref(small))["f"]
    assert (row["state"], row["attempts"], provider.asked) == ("queued", 0, [])
    free[0] = media.ROOM
    await settled(jobs)
    assert await _is(small, "f", "fetched")


@pytest.mark.parametrize("mime", [None, "image/jpeg", "image/jpeg; x=/../../y", "../../image/png", "/etc/passwd"])
async def test_no_name_of_theirs_is_ever_a_path(
    small: World, provider: Provider, tmp_path: Path, mime: str | None
) -> None:
    folder = tmp_path / "deep" / "media"
    await send(small, "../../../escaped.jpg", mime=mime, name="../../../escaped.jpg")
    await settled(jobs_of(small, provider, folder))
    assert {path.parent for path in files(tmp_path)} <= {folder / "kendari"}
    assert len(files(tmp_path)) == (1 if mime is None or mime.startswith("image/") else 0)


@pytest.mark.postgres
@pytest.mark.parametrize("due", [_VOICE_DUE, _DUE], ids=["voice", "rest"])
async def test_a_claim_reads_a_few_rows_whatever_waits(postgres_url: str, due: Select[Any]) -> None:
    async with open_world(postgres_url) as world:
        await queue(world, "kendari", "photo", 5_000)
        assert await world.database.write(partial(rows_read, due, world)) <= 2 * AT_ONCE


def rows_read(due: Select[Any], world: World, connection: Connection) -> int:
    """How many rows PostgreSQL looked at for a claim."""
    compiled = due.compile(dialect=connection.dialect)
    values = {"city": "kendari", "now": world.clock.now(), "hands": AT_ONCE}
    named = tuple(values[name] for name in compiled.positiontup or ())
    ((plan,),) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", named).all()
    nodes, looked_at = [one["Plan"] for one in (orjson.loads(plan) if isinstance(plan, str) else plan)], 0
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        looked_at = max(looked_at, int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0)))
    return looked_at
