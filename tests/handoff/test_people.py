"""Accounts, as an admin keeps them from the staff app; and what an author, who only writes answers, may not see."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from config.clock import VirtualClock
from config.database import Database
from handoff import operators
from handoff.console.ports import ConsolePorts
from handoff.open_console import NO_DESK
from handoff.tables import audit_event
from tests.handoff import citizens
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn

BUDI = {"username": "Budi", "name": "Budi S.", "role": "author", "cities": ["ujung"]}


async def _lines(database: Database) -> list[Any]:
    query = select(audit_event).where(audit_event.c.verb.startswith("person_")).order_by(audit_event.c.id)
    return await database.read(lambda connection: list(connection.execute(query).mappings()))


async def test_an_admin_adds_somebody_who_chooses_a_password(app: FastAPI, log_in: LogIn, database: Database) -> None:
    admin = await log_in("rina", "admin")
    made = await admin.post("/people", BUDI)
    assert made.status_code == 201
    assert made.json()["person"]["username"] == "budi"
    budi = Browser(app)
    entered = await budi.log_in("budi", made.json()["password"])
    assert entered.json()["operator"]["must_change_password"] is True
    assert (await budi.get("/cards?city=ujung")).json()["error"] == "must_change_password"
    new = {"old": made.json()["password"], "new": "mangga muda asam manis"}
    assert (await budi.post("/password", new)).status_code == 204
    (line,) = await _lines(database)
    assert (line["who"], line["verb"], line["city"]) == ("rina", "person_added", "ujung")
    assert line["detail"] == {"account": "budi", "role": "author"}
    assert made.json()["password"] not in str(line), "nobody reads a password in the audit"
    listed = (await admin.get("/people")).json()["people"]
    assert [(one["username"], one["role"], one["disabled_at"]) for one in listed] == [
        ("budi", "author", None),
        ("rina", "admin", None),
    ]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"username": "x"}, "bad_username"),
        ({"username": "../rina"}, "bad_username"),
        ({"name": "  "}, "bad_person_name"),
        ({"role": "raja"}, "bad_role"),
        ({"cities": []}, "bad_cities"),
        ({"cities": ["ujung", "hilir"]}, "bad_cities"),
        ({"username": "rina"}, "username_taken"),
        ({"name": "x" * 201}, "invalid"),
    ],
)
async def test_what_is_no_account_is_named(log_in: LogIn, wrong: dict[str, Any], error: str) -> None:
    admin = await log_in("rina", "admin")
    refused = await admin.post("/people", BUDI | wrong)
    assert refused.json()["error"] == error
    assert refused.json()["detail"].endswith(".")


@pytest.mark.parametrize("role", ["operator", "supervisor", "author"])
async def test_only_admins_keep_accounts(log_in: LogIn, role: operators.Role) -> None:
    await log_in("rina", "admin")
    somebody = await log_in("sari", role)
    for answer in (
        await somebody.get("/people"),
        await somebody.post("/people", BUDI),
        await somebody.post("/people/rina/change", BUDI),
        await somebody.post("/people/rina/password"),
        await somebody.post("/people/rina/disable"),
        await somebody.post("/people/rina/enable"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "not_allowed")


async def test_a_new_role_counts_from_the_next_moment(log_in: LogIn, database: Database) -> None:
    admin, sari = await log_in("rina", "admin"), await log_in("sari")
    changed = await admin.post("/people/sari/change", {"name": "Sari W.", "role": "author", "cities": ["ujung"]})
    assert (changed.json()["name"], changed.json()["role"]) == ("Sari W.", "author")
    assert (await sari.get("/queue")).status_code == 401, "what was open with the old role is shut"
    again = await log_in("sari")
    assert (await again.get("/queue")).status_code == 403
    (line,) = await _lines(database)
    assert (line["verb"], line["detail"]["was"], line["detail"]["role"]) == ("person_changed", "operator", "author")
    same = await admin.post("/people/sari/change", {"name": "Sari W.", "role": "author", "cities": ["ujung"]})
    assert same.status_code == 200
    assert (await again.get("/me")).status_code == 200, "nothing changed: nobody is thrown out"
    assert len(await _lines(database)) == 1


async def test_a_forgotten_password_and_a_shut_account(app: FastAPI, log_in: LogIn, database: Database) -> None:
    admin, sari = await log_in("rina", "admin"), await log_in("sari")
    renewed = (await admin.post("/people/SARI/password")).json()
    assert (await sari.get("/me")).status_code == 401
    assert (await Browser(app).log_in("sari", renewed["password"])).status_code == 200
    shut = (await admin.post("/people/sari/disable")).json()
    assert shut["disabled_at"] == "2026-01-05T03:00:00Z"
    assert (await Browser(app).log_in("sari", renewed["password"])).status_code == 401
    assert (await admin.post("/people/sari/password")).json()["error"] == "person_disabled"
    assert (await admin.post("/people/sari/disable")).status_code == 200
    assert (await admin.post("/people/sari/enable")).json()["disabled_at"] is None
    assert (await Browser(app).log_in("sari", renewed["password"])).status_code == 200
    verbs = [line["verb"] for line in await _lines(database)]
    assert verbs == ["person_password", "person_disabled", "person_enabled"]
    assert (await admin.post("/people/hantu/disable")).status_code == 404


async def test_the_last_who_leads_a_city_stays(log_in: LogIn) -> None:
    rina, _ = await log_in("rina", "admin"), await log_in("tono", "supervisor")
    for act, body in (
        ("rina/disable", {}),
        ("tono/disable", {}),
        ("rina/change", {"name": "Rina", "role": "operator", "cities": ["ujung"]}),
        ("tono/change", {"name": "Tono", "role": "author", "cities": ["ujung"]}),
    ):
        refused = await rina.post(f"/people/{act}", body)
        assert (refused.status_code, refused.json()["error"]) == (409, "last_leader"), act
    assert "supervisor" in (await rina.post("/people/tono/disable")).json()["detail"]
    await log_in("dewi", "supervisor")
    assert (await rina.post("/people/tono/disable")).status_code == 200
    assert (await rina.post("/people/dewi/disable")).json()["error"] == "last_leader", "the shut one does not count"
    assert (await rina.post("/people/rina/change", {"name": "R", "role": "admin", "cities": ["ujung"]})).json()[
        "name"
    ] == "R"


async def test_another_citys_accounts_are_not_this_admins(log_in: LogIn) -> None:
    rina = await log_in("rina", "admin")
    await log_in("joko", "operator", ("hilir",))
    await log_in("lia", "operator", ("ujung", "hilir"))
    assert [one["username"] for one in (await rina.get("/people")).json()["people"]] == ["lia", "rina"]
    assert (await rina.post("/people/joko/disable")).status_code == 404
    elsewhere = await rina.post("/people/lia/disable")
    assert (elsewhere.status_code, elsewhere.json()["error"]) == (409, "person_elsewhere")


async def test_an_author_sees_no_case(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    author = await log_in("ani", "author")
    row = await citizens.emergency(database, clock)
    case, talk = f"/incidents/ujung/{row['id']}", f"/conversations/ujung/{row['conversation_id']}"
    by_hand = {
        "client_id": str(uuid4()),
        "city": "ujung",
        "source": "phone",
        "category": "kebakaran",
        "severity": 1,
        "place": {},
    }
    answers = [
        await author.get("/queue"),
        await author.get(talk),
        await author.get(f"{talk}/messages?before=1"),
        await author.post(f"{talk}/take"),
        await author.post(f"{talk}/handback"),
        await author.post(f"{talk}/reply", {"text": "halo", "client_id": str(uuid4())}),
        await author.post(f"{talk}/contact", {"silent": True}),
        await author.get(case),
        await author.post("/incidents", by_hand),
        await author.post(f"{case}/claim"),
        await author.post(f"{case}/release"),
        await author.post(f"{case}/update", {"version": 1, "severity": 3}),
        await author.post(f"{case}/close", {"version": 1, "reason": "selesai"}),
        await author.get("/media/ujung/1"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (403, "not_allowed"), answer.request.url
    assert "Ibu Uji" not in "".join(answer.text for answer in answers)


async def test_every_call_of_the_desk_refuses_an_author(app: FastAPI, log_in: LogIn) -> None:
    """A call that somebody adds later is shut to authors unless it is named here."""
    author = await log_in("ani", "author")
    own = ("login", "logout", "me", "password", "cards", "places", "knowledge", "learning/{city}/groups")
    looked_at = ("/api/models", "/api/learning/{city}", "/api/learning/{city}/examples")
    for path, calls in app.openapi()["paths"].items():
        if not path.startswith("/api/") or path.removeprefix("/api/").startswith(own):
            continue
        place = path.removeprefix("/api").replace("{city}", "ujung")
        for part in ("key", "group", "conversation_id", "incident_id", "id", "attachment_id", "username"):
            place = place.replace(f"{{{part}}}", "1")
        for method in calls:
            if method == "get" and path in looked_at:
                continue
            answer = await (author.get(place) if method == "get" else author.post(place, {"city": "ujung"}))
            assert answer.status_code in (401, 403, 422), f"{method} {path}: {answer.status_code}"
            if answer.status_code == 422:  # refused for its body before anybody asked who sends it
                assert answer.json()["error"] == "invalid", path


async def test_nothing_of_the_desk_is_told_to_an_author(log_in: LogIn, desk: ConsolePorts) -> None:
    author = await log_in("ani", "author")
    socket = await author.socket()
    assert await socket.closed() == NO_DESK
    assert desk.live.present("ujung") == 0
    assert (await author.get("/cards?city=ujung")).status_code == 200, "the cards are what authors write"
    assert (await author.get("/me")).json()["operator"]["role"] == "author"
