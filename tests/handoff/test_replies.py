"""An operator's words: theirs alone to send, once, inside the channel's limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from config.clock import VirtualClock
from config.database import Database
from handoff.tables import contact, incident, message
from knowledge_base.problems import CityDataError
from knowledge_base.telltales import TELLTALES, Telltales
from knowledge_base.yaml_source import read_as
from tests.handoff import citizens
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn


async def _count(database: Database) -> int:
    query = select(func.count()).select_from(message).where(message.c.direction == "out")
    return await database.read(lambda connection: int(connection.scalar(query) or 0))


async def test_reply_claims_what_waits(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    row = await citizens.emergency(database, clock)
    path = f"/conversations/ujung/{row['conversation_id']}/reply"
    client_id = str(uuid4())
    sent = await sari.post(path, {"text": "Kami di sini. Apinya di lantai berapa?", "client_id": client_id})
    said = sent.json()
    assert sent.status_code == 201
    assert (said["author"], said["operator"]["name"], said["state"]) == ("operator", "Sari", "queued")
    assert (said["direction"], said["client_id"]) == ("out", client_id)
    case = (await sari.get(f"/incidents/ujung/{row['id']}")).json()["incident"]
    assert (case["status"], case["claimed_by"]["name"]) == ("claimed", "Sari")
    kept = await database.read(lambda connection: connection.execute(select(incident)).one())
    assert kept.answered_at == clock.now()
    other = await tono.post(path, {"text": "Halo", "client_id": str(uuid4())})
    assert (other.status_code, other.json()["error"], other.json()["by"]["name"]) == (409, "not_yours", "Sari")
    row_out = await database.read(
        lambda connection: connection.execute(select(message).where(message.c.direction == "out")).one()
    )
    assert (row_out.urgency, row_out.incident_id) == (0, row["id"])


async def test_twenty_times_the_same_reply_is_one(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    path = f"/conversations/ujung/{row['conversation_id']}/reply"
    body = {"text": "Kami di sini.", "client_id": str(uuid4()).upper()}
    answers = await asyncio.gather(*(sari.post(path, body) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.json()["client_id"] for answer in answers} == {body["client_id"].lower()}
    assert await _count(database) == 1


async def test_repeated_reply_is_answered_even_after_the_case_was_given_away(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    row = await citizens.emergency(database, clock)
    path = f"/conversations/ujung/{row['conversation_id']}/reply"
    body = {"text": "Kami di sini.", "client_id": str(uuid4())}
    first = (await sari.post(path, body)).json()
    await sari.post(f"/incidents/ujung/{row['id']}/release")
    again = await sari.post(path, body)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    stolen = await tono.post(path, body)
    assert (stolen.status_code, stolen.json()["error"]) == (409, "client_id")


async def test_nobody_asked_for_a_person(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    conversation_id, _ = await citizens.write(database, clock, "jam berapa buka")
    body = {"text": "Halo", "client_id": str(uuid4())}
    answer = await sari.post(f"/conversations/ujung/{conversation_id}/reply", body)
    assert (answer.status_code, answer.json()["error"]) == (409, "not_yours")
    assert await _count(database) == 0


@pytest.mark.parametrize(
    ("channel", "body", "error"),
    [
        ("telegram", {"text": " \n "}, "empty"),
        ("telegram", {"text": "\x00"}, "empty"),
        ("telegram", {"text": "x" * 4001}, "too_long"),
        ("sms", {"text": "x" * 613}, "too_long"),
        ("telegram", {"text": "Keluar sekarang.", "card": "kartu_lama"}, "card_not_approved"),
        ("telegram", {"text": "Keluar sekarang.", "card": "tidak_ada"}, "card_not_approved"),
        ("telegram", {"text": "Halo", "client_id": "bukan-uuid"}, "invalid"),
    ],
)
async def test_what_is_not_sent(
    log_in: LogIn, database: Database, clock: VirtualClock, channel: str, body: dict[str, str], error: str
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock, channel=channel)
    path = f"/conversations/ujung/{row['conversation_id']}/reply"
    answer = await sari.post(path, {"client_id": str(uuid4()), **body})
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert await _count(database) == 0
    waits = (await sari.get(f"/incidents/ujung/{row['id']}")).json()["incident"]
    assert waits["status"] == "waiting", "a reply that is refused claims nothing"


async def _reply(browser: Browser, conversation_id: int, **body: object) -> int:
    path = f"/conversations/ujung/{conversation_id}/reply"
    return (await browser.post(path, {"text": "Kami di sini.", "client_id": str(uuid4()), **body})).status_code


async def test_window_of_the_channel(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    row = await citizens.emergency(database, clock, channel="whatsapp")
    clock.advance(24 * 3600 - 1)
    sari = await log_in()
    opened = (await sari.get(f"/conversations/ujung/{row['conversation_id']}")).json()
    assert opened["conversation"]["window_until"] == "2026-01-06T03:00:00Z"
    assert await _reply(sari, row["conversation_id"]) == 201
    clock.advance(1)
    assert await _reply(sari, row["conversation_id"]) == 422


async def test_words_that_tell_need_a_second_yes_in_silent_mode(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    talk = row["conversation_id"]
    path, body = (
        f"/conversations/ujung/{talk}/reply",
        {"text": "Ini Polisi 112, laporanmu masuk", "client_id": str(uuid4())},
    )
    assert await _reply(sari, talk, text=body["text"]) == 201, "in the open they are words like others"
    await sari.post(f"/conversations/ujung/{talk}/contact", {"silent": True})
    refused = await sari.post(path, body)
    assert (refused.status_code, refused.json()["error"]) == (422, "telltale")
    assert refused.json()["words"] == ["polisi", "112", "laporanmu"]
    assert "polisi, 112, laporanmu" in refused.json()["detail"]
    assert await _reply(sari, talk, text="Bisa balas? 1 ya, 2 tidak") == 201
    assert (await sari.post(path, body | {"anyway": True})).status_code == 201
    assert await _count(database) == 3
    events = (await sari.get(f"/incidents/ujung/{row['id']}")).json()["events"]
    assert [one["detail"] for one in events if one["verb"] == "telltale"] == [{"count": 3}]


def test_telltale_words_are_found_in_any_form() -> None:
    assert TELLTALES.found("Polisinya jalan, laporanmu masuk, 112; KDRT_112") == [
        "polisinya",
        "laporanmu",
        "112",
        "kdrt",
    ]
    assert TELLTALES.found("Bisa balas? 1 ya, 2 tidak. Rumah nomor 1120") == []


def test_a_broken_list_of_words_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "telltales.yml").write_text("stems: polisi\n")
    with pytest.raises(CityDataError, match=r"telltales\.yml"):
        read_as(Telltales, tmp_path / "telltales.yml")


async def test_after_the_window_words_leave_as_the_accounts_template(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    row = await citizens.emergency(database, clock, channel="whatsapp")
    await database.write(lambda connection: connection.execute(update(contact).values(account="resmi")))
    clock.advance(24 * 3600)
    sari = await log_in()
    assert (await sari.get("/me")).json()["templates"] == [{"channel": "whatsapp", "account": "resmi"}]
    opened = (await sari.get(f"/conversations/ujung/{row['conversation_id']}")).json()
    assert opened["conversation"]["account"] == "resmi"
    assert await _reply(sari, row["conversation_id"], ask_location=True) == 201
    query = select(message.c.content).where(message.c.direction == "out")
    contents = await database.read(lambda connection: list(connection.scalars(query)))
    assert contents == [{"extra": {"template": "balasan_petugas/id"}}]
    await sari.post(f"/conversations/ujung/{row['conversation_id']}/contact", {"silent": True})
    assert await _reply(sari, row["conversation_id"]) == 422, "a template names us: not in silent mode"


async def test_card_carries_its_name_only_with_its_own_words(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    card = "kartu_kebakaran"
    assert await _reply(sari, row["conversation_id"], text="Keluar sekarang.", card=card) == 201
    assert await _reply(sari, row["conversation_id"], text="1. Keluar sekarang.\n2. Jangan kembali.", card=card) == 201
    assert await _reply(sari, row["conversation_id"], text="Lompat saja.", card=card, ask_location=True) == 201
    query = select(message.c.content).where(message.c.direction == "out").order_by(message.c.id)
    contents = await database.read(lambda connection: list(connection.scalars(query)))
    assert contents == [{"card": "kartu_kebakaran@3"}, {"card": "kartu_kebakaran@3"}, {"ask_location": True}]
