"""What operators put right, what citizens ask in vain, and the models: the calls of the staff app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from config.clock import VirtualClock
from config.database import Database
from handoff.tables import audit_event, incident
from knowledge_base.learning import models as learning_models
from knowledge_base.learning.grouping import Grouping
from knowledge_base.learning.models import model_of
from knowledge_base.tables import example, heard_question, trained_model
from tests.handoff import citizens
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn


async def _examples(database: Database) -> list[Any]:
    return await database.read(lambda connection: list(connection.execute(select(example)).mappings()))


async def _case(database: Database, clock: VirtualClock, browser: Browser, **about: Any) -> Mapping[str, Any]:
    """A case that this person has claimed."""
    row = await citizens.emergency(database, clock, **about)
    claimed: Mapping[str, Any] = (await browser.post(f"/incidents/ujung/{row['id']}/claim")).json()
    return claimed


# corrections -------------------------------------------------------------------------------------------------------


async def test_a_correction_becomes_one_proposal(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari, summary="nama saya Rina, tolong ada asap 0812 5550 1234")
    path = f"/incidents/ujung/{case['id']}/update"
    again = (await sari.post(path, {"version": case["version"], "category": "medis", "severity": 4})).json()
    place = {"kecamatan": "Pantai", "kelurahan": "Batu Merah", "lat": -3.7, "lon": 128.18}
    await sari.post(path, {"version": again["version"], "place": place})
    (row,) = await _examples(database)
    assert (row["intent"], row["severity"], row["state"]) == ("darurat_medis", 3, "proposed")
    assert row["place"] == {"kecamatan": "Pantai", "kelurahan": "Batu Merah"}, "names alone, no position"
    assert row["was"]["intent"] == "darurat_kebakaran"
    assert (row["source"], str(row["source_id"]), row["proposed_by"]) == ("case", case["id"], "sari")
    assert "Rina" not in row["text"]
    assert "0812" not in row["text"]


async def test_a_note_alone_teaches_nothing(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari)
    await sari.post(f"/incidents/ujung/{case['id']}/update", {"version": case["version"], "note": "sudah"})
    assert await _examples(database) == []


@pytest.mark.parametrize(("reason", "intents"), [("palsu", ["iseng"]), ("bukan_darurat", [None]), ("ditangani", [])])
async def test_a_closing_says_what_it_was(
    log_in: LogIn, database: Database, clock: VirtualClock, reason: str, intents: list[str | None]
) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari)
    body = {"version": case["version"], "reason": reason, "note": ""}
    assert (await sari.post(f"/incidents/ujung/{case['id']}/close", body)).status_code == 200
    assert [row["intent"] for row in await _examples(database)] == intents


@pytest.mark.parametrize("about", [{"restricted": True}, {"silent": True}])
async def test_nothing_of_the_small_circle_is_taught(
    log_in: LogIn, database: Database, clock: VirtualClock, about: dict[str, bool]
) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari, **about)
    path = f"/incidents/ujung/{case['id']}"
    again = (await sari.post(f"{path}/update", {"version": case["version"], "category": "medis"})).json()
    assert again["category"] == "medis"
    await sari.post(f"{path}/close", {"version": again["version"], "reason": "palsu", "note": ""})
    assert await _examples(database) == []


async def test_what_becomes_restricted_is_not_taught(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari)
    body = {"version": case["version"], "category": "kdrt"}
    assert (await sari.post(f"/incidents/ujung/{case['id']}/update", body)).json()["restricted"] is True
    assert await _examples(database) == []


PRIVATE = ["anak saya jatuh", "tetangga dianiaya suaminya", "katanya mau bundir", "ana kacil jatuh", "ada k.d.r.t"]


@pytest.mark.parametrize("words", PRIVATE)
async def test_of_violence_suicide_and_children_nothing_is_proposed(
    log_in: LogIn, database: Database, clock: VirtualClock, words: str
) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari, summary=words)
    path = f"/incidents/ujung/{case['id']}"
    again = (await sari.post(f"{path}/update", {"version": case["version"], "category": "medis"})).json()
    assert again["category"] == "medis"
    await sari.post(f"{path}/close", {"version": again["version"], "reason": "palsu", "note": ""})
    assert await _examples(database) == []


async def test_a_note_may_tell_that_it_is_about_a_child(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari, summary="tolong ada yang jatuh")
    body = {"version": case["version"], "category": "medis", "note": "korban balita"}
    await sari.post(f"/incidents/ujung/{case['id']}/update", body)
    assert await _examples(database) == []


@pytest.mark.parametrize("words", PRIVATE)
async def test_nor_is_it_typed(log_in: LogIn, database: Database, words: str) -> None:
    adi = await log_in("adi", "admin")
    said = await adi.post("/learning/ujung/examples", {"text": words, "intent": "darurat_medis"})
    assert (said.status_code, said.json()["error"]) == (422, "invalid")
    assert "menyebut anak" in said.text
    assert await _examples(database) == []


# examples ----------------------------------------------------------------------------------------------------------


async def test_an_admin_alone_lets_it_be_taught(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, adi = await log_in(), await log_in("adi", "admin")
    budi, tika = await log_in("budi", "supervisor"), await log_in("tika", "author")
    case = await _case(database, clock, sari)
    body = {"version": case["version"], "reason": "bukan_darurat", "note": ""}
    await sari.post(f"/incidents/ujung/{case['id']}/close", body)
    assert (await sari.get("/learning/ujung/examples")).status_code == 403
    assert (await tika.get("/learning/ujung/examples")).status_code == 403, "they are words of emergencies"
    page = (await adi.get("/learning/ujung/examples")).json()
    (one,) = page["examples"]
    assert (one["was"]["intent_name"], one["intent_name"], page["total"]) == ("Darurat: Kebakaran", None, 1)
    assert {"intent": "keluhan", "name": "Keluhan"} in page["intents"]
    path = f"/learning/ujung/examples/{one['id']}"
    assert (await budi.post(path, {"accept": True})).json()["error"] == "not_allowed"
    assert (await adi.post(path, {"accept": True})).json()["error"] == "no_intent"
    assert (await adi.post(path, {"accept": True, "intent": "darurat_ufo"})).json()["error"] == "unknown_intent"
    accepted = (await adi.post(path, {"accept": True, "intent": "keluhan"})).json()
    assert (accepted["state"], accepted["intent_name"]) == ("accepted", "Keluhan")
    eva = await log_in("eva", "admin")
    assert (await eva.post(path, {"accept": False})).json()["error"] == "decided"
    typed = await adi.post("/learning/ujung/examples", {"text": "got mampet pak Budi", "intent": "keluhan"})
    assert (typed.status_code, typed.json()["state"]) == (201, "accepted")
    assert (await adi.get("/learning/ujung/examples?state=accepted")).json()["total"] == 2


# groups ------------------------------------------------------------------------------------------------------------


async def test_questions_in_vain_become_a_draft(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    tika, sari = await log_in("tika", "author"), await log_in()
    texts = ["pasang wifi gratis dimana ya", "wifi gratis pasang dimana", "jam buka pasar ikan"]
    about = {"city": "ujung", "conversation_id": 1, "kind": "question", "outcome": "unknown", "at": clock.now()}
    rows = [{**about, "id": key, "text": text} for key, text in enumerate(texts, start=1)]
    await database.write(lambda connection: connection.execute(insert(heard_question), rows))
    await Grouping(database, clock, ["ujung"], "uji").step()
    assert (await sari.get("/learning/ujung")).status_code == 403
    page = (await tika.get("/learning/ujung")).json()
    assert [(one["title"], one["week"]) for one in page["weekly"]] == [(texts[0], 2), (texts[2], 1)]
    assert (page["total"], page["groups"][0]["examples"]) == (2, texts[:2])
    first, second = (one["id"] for one in page["groups"])
    slug = (await tika.post(f"/learning/ujung/groups/{first}/draft")).json()["slug"]
    assert (await tika.post(f"/learning/ujung/groups/{second}/ignore")).status_code == 204
    page = (await tika.get("/learning/ujung?state=drafted")).json()
    assert [(one["id"], one["slug"]) for one in page["groups"]] == [(first, slug)]
    assert page["weekly"] == []
    assert (await tika.post(f"/learning/ujung/groups/{second}/reopen")).status_code == 204
    assert (await tika.get("/learning/ujung")).json()["total"] == 1
    assert (await tika.post("/learning/ujung/groups/7/draft")).status_code == 404
    verbs = await database.read(lambda one: list(one.scalars(select(audit_event.c.verb).order_by(audit_event.c.id))))
    assert [verb for verb in verbs if verb != "login"] == ["group_drafted", "group_ignored", "group_reopened"]


# models ------------------------------------------------------------------------------------------------------------

REPORT = {
    "figures": [
        {"name": "severity 1 missed", "value": 0.02, "low": 0.0, "high": 0.1, "hits": 2, "total": 100}
        | {"before": {"value": 0.01}, "floor": {"most": 0.012}, "ok": False}
    ],
    "broken": ["severity 1 missed"],
    "missed": ["rumah kami terbakar"],
    "changed": [],
    "examined": 800,
    "seconds": 90,
}


async def _trained(database: Database, now: datetime, state: str, **more: Any) -> int:
    def job(connection: Any) -> int:
        key = learning_models.ask(connection, "uji", "adi", now)
        learning_models.begin_next(connection, now)
        learning_models.finish(connection, key, {"state": state, "report": REPORT, **more}, now)
        return key

    return await database.write(job)


async def test_one_click_goes_back_and_what_failed_stays_out(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    adi, tika = await log_in("adi", "admin"), await log_in("tika", "author")
    bad = await _trained(database, clock.now(), "refused", detail="di bawah batas", gone=True)
    good = await _trained(database, clock.now(), "ready")
    gone = await _trained(database, clock.now(), "ready", gone=True)
    listed = (await tika.get("/models")).json()
    assert [one["id"] for one in listed["models"]] == [str(gone), str(good), str(bad), "0"]
    assert listed["models"][-1]["active"], "the files' own, until another is activated"
    figure = listed["models"][2]["report"]["figures"][0]
    assert (figure["floor"], figure["at_most"], figure["in_use"], figure["ok"]) == (0.012, True, 0.01, False)
    assert figure["name"] == "Nyawa terancam, dijawab seperti pertanyaan biasa"
    assert (await tika.post(f"/models/{good}/activate")).status_code == 403
    assert (await adi.post(f"/models/{bad}/activate")).json()["error"] == "model_refused"
    assert (await adi.post(f"/models/{gone}/activate")).json()["error"] == "model_gone"
    assert (await adi.post("/models/99/activate")).json()["error"] == "not_found"

    async def used(key: int) -> list[str]:
        clock.advance(1)
        said = (await adi.post(f"/models/{key}/activate")).json()
        return [one["id"] for one in said["models"] if one["active"]]

    assert await used(good) == [str(good)]
    assert await used(0) == ["0"]
    assert await used(good) == [str(good)]


async def test_a_training_is_asked_for_once(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    adi = await log_in("adi", "admin")
    asked = await adi.post("/models", {"why": "banyak jawaban baru"})
    assert asked.status_code == 202
    first = asked.json()["models"][0]
    assert (first["state"], first["why"], first["asked_by"]) == ("queued", "banyak jawaban baru", "adi")
    assert (await adi.post("/models", {})).json()["error"] == "already_asked"
    row = await database.read(lambda connection: model_of(connection, int(first["id"])))
    assert row["progress"] == 0.0


async def test_what_is_not_taught_yet_is_counted(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    adi = await log_in("adi", "admin")
    for text in ("satu kata", "dua kata"):
        await adi.post("/learning/ujung/examples", {"text": text, "intent": "keluhan"})
    assert (await adi.get("/models")).json()["changed_since"] == 2
    clock.advance(5)
    key = await _trained(database, clock.now(), "ready")
    assert (await adi.post(f"/models/{key}/activate")).json()["changed_since"] == 0
    later = clock.now() + timedelta(seconds=5)
    await database.write(lambda connection: connection.execute(update(example).values(decided_at=later)))
    assert (await adi.get("/models")).json()["changed_since"] == 2


async def test_a_case_without_words_teaches_nothing(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    case = await _case(database, clock, sari)
    await database.write(lambda connection: connection.execute(update(incident).values(summary="  ")))
    body = {"version": case["version"], "category": "medis"}
    assert (await sari.post(f"/incidents/ujung/{case['id']}/update", body)).status_code == 200
    assert await _examples(database) == []
    assert await database.read(lambda one: list(one.execute(select(trained_model)))) == []
