"""The judging queue at the desk: who may see what, and what a verdict brings about."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import insert, select

from config.clock import VirtualClock
from config.database import Database
from handoff.tables import audit_event
from knowledge_base.tables import example, judgement
from tests.handoff import citizens
from tests.handoff.conftest import LogIn


async def _sampled(database: Database, clock: VirtualClock, text: str, *, chat: str = "c1", **more: Any) -> int:
    """A message that was taken for something harmless and drawn. Its id."""
    conversation_id, key = await citizens.write(database, clock, text, chat=chat)
    about = {"city": "ujung", "id": key, "conversation_id": conversation_id, "text": text, "at": clock.now()}
    row = {**about, "taken_for": "prank", "topic": None, **more}
    await database.write(lambda connection: connection.execute(insert(judgement), row))
    return key


async def _all(database: Database, table: Any) -> list[Any]:
    return await database.read(lambda connection: list(connection.execute(select(table)).mappings()))


async def test_one_message_at_a_time_with_what_came_before(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    await citizens.write(database, clock, "halo")
    clock.advance(2)
    key = await _sampled(database, clock, "wkwk rumah panas sekali")
    answer = (await sari.get("/learning/ujung/judge")).json()
    assert answer["waiting"] == 1
    assert answer["item"]["id"] == str(key)
    assert answer["item"]["before"] == ["halo"]
    assert answer["item"]["taken_for"] == "prank"
    said = await sari.post(f"/learning/ujung/judge/{key}", {"verdict": "right"})
    assert (said.status_code, said.json()) == (200, {"open": None})
    assert (await sari.get("/learning/ujung/judge")).json() == {"item": None, "waiting": 0}


async def test_several_judges_never_see_the_same(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    judges = [await log_in(f"petugas{number}") for number in range(6)]
    keys = {str(await _sampled(database, clock, f"pesan {n}", chat=f"c{n}")) for n in range(6)}
    answers = await asyncio.gather(*(one.get("/learning/ujung/judge") for one in judges))
    shown = [answer.json()["item"]["id"] for answer in answers]
    assert sorted(shown) == sorted(keys)
    late = await judges[0].post(f"/learning/ujung/judge/{shown[1]}", {"verdict": "right"})
    assert (late.status_code, late.json()["error"]) == (409, "judged")


async def test_a_missed_emergency_is_offered_at_once(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, adi = await log_in(), await log_in("adi", "admin")
    key = await _sampled(database, clock, "nama saya Budi, istri tidak bangun2 0812-5550-1234")
    item = (await sari.get("/learning/ujung/judge")).json()["item"]
    judged = (await sari.post(f"/learning/ujung/judge/{key}", {"verdict": "emergency"})).json()
    assert judged == {"open": {"city": "ujung", "conversation_id": item["conversation_id"]}}
    (row,) = await _all(database, example)
    assert (row["intent"], row["state"], row["source"], row["source_id"]) == (
        "darurat_lainnya",
        "proposed",
        "judgement",
        key,
    )
    assert "Budi" not in row["text"]
    assert "0812" not in row["text"]
    missed = (await adi.get("/learning/ujung")).json()["missed"]
    assert (missed["rate"], missed["judged"], missed["emergencies"], missed["waiting"]) == (1.0, 1, 1, 0)
    assert 0.2 < missed["low"] < 0.21
    assert missed["by"][0]["taken_for"] == "prank"
    assert [one["verb"] for one in await _all(database, audit_event)].count("judge") == 1


async def test_of_violence_and_children_nothing_is_proposed(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    for number, words in enumerate(("anak tidak bangun2", "laki pukul beta", "su seng mau idop lai")):
        key = await _sampled(database, clock, words, chat=f"c{number}")
        assert (await sari.get("/learning/ujung/judge")).json()["item"]["id"] == str(key)
        judged = await sari.post(f"/learning/ujung/judge/{key}", {"verdict": "emergency"})
        assert judged.json()["open"] is not None, "help is offered all the same"
    assert await _all(database, example) == []


async def test_nothing_is_offered_where_it_is_old_or_has_a_case(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    old = await _sampled(database, clock, "lama", chat="c1")
    clock.advance(25 * 3600)
    sari = await log_in()
    row = await citizens.emergency(database, clock, chat="c2")
    known = await _sampled(database, clock, "api", chat="c2")
    for key in (known, old):
        assert (await sari.get("/learning/ujung/judge")).json()["item"]["id"] == str(key)
        judged = await sari.post(f"/learning/ujung/judge/{key}", {"verdict": "emergency"})
        assert judged.json() == {"open": None}, row["id"]


async def test_the_small_circle_stays_small(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    adi, sari, tika = await log_in("adi", "admin"), await log_in(), await log_in("tika", "author")
    key = await _sampled(database, clock, "kertas jatuh", chat="c7")
    (row,) = await _all(database, judgement)
    await citizens.report(database, clock, row["conversation_id"], restricted=True, categories=("kdrt",))
    assert (await adi.get("/learning/ujung/judge")).json() == {"item": None, "waiting": 1}
    assert (await tika.get("/learning/ujung/judge")).status_code == 403
    assert (await sari.get("/learning/ujung/judge")).json()["item"]["id"] == str(key)
    await sari.post(f"/learning/ujung/judge/{key}", {"verdict": "emergency"})
    assert await _all(database, example) == [], "nor is it taught"


async def test_unknown_ones_and_other_cities_are_not_found(log_in: LogIn, database: Database) -> None:
    sari = await log_in()
    assert (await sari.post("/learning/ujung/judge/5", {"verdict": "right"})).status_code == 404
    assert (await sari.get("/learning/hilir/judge")).status_code == 404
    assert (await sari.post("/learning/ujung/judge/5", {"verdict": "apa"})).status_code == 422
