"""What an operator does with a case: claim, put back, correct, close, by hand. Each act is one person's."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from config.clock import VirtualClock
from config.database import Database
from handoff.tables import audit_event, conversation, incident, message
from tests.handoff import citizens
from tests.handoff.conftest import LogIn


async def _talk(database: Database, conversation_id: int) -> dict[str, Any]:
    def job(connection: Any) -> dict[str, Any]:
        row = connection.execute(select(conversation).where(conversation.c.id == conversation_id)).mappings()
        return dict(row.one())

    return await database.read(job)


async def _said(database: Database) -> list[Any]:
    query = select(message).where(message.c.direction == "out").order_by(message.c.id)
    return await database.read(lambda connection: list(connection.execute(query).mappings()))


async def _verbs(database: Database, incident_id: int) -> list[str]:
    query = select(audit_event.c.verb).where(audit_event.c.incident_id == incident_id).order_by(audit_event.c.id)
    return await database.read(lambda connection: list(connection.scalars(query)))


async def test_claim_takes_the_conversation_along(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    clock.advance(5)
    claimed = (await sari.post(f"/incidents/ujung/{row['id']}/claim")).json()
    assert claimed["status"] == "claimed"
    assert claimed["claimed_by"]["name"] == "Sari"
    assert claimed["claimed_at"] == "2026-01-05T03:00:05Z"
    assert claimed["contact"]["name"] == "Ibu Uji"
    assert claimed["conversation_id"] == str(row["conversation_id"])
    talk = await _talk(database, row["conversation_id"])
    assert talk["holder"] == "operator"
    again = await sari.post(f"/incidents/ujung/{row['id']}/claim")
    assert (again.status_code, again.json()["version"]) == (200, claimed["version"])


async def test_of_twenty_claims_exactly_one_wins(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    browsers = [await log_in(f"petugas{number}") for number in range(20)]
    row = await citizens.emergency(database, clock)
    answers = await asyncio.gather(*(one.post(f"/incidents/ujung/{row['id']}/claim") for one in browsers))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(won) == 1
    assert len(lost) == 19
    assert {one["error"] for one in lost} == {"claimed"}
    assert {one["by"]["name"] for one in lost} == {won[0]["claimed_by"]["name"]}
    assert won[0]["claimed_by"]["name"] in lost[0]["detail"]
    talk = await _talk(database, row["conversation_id"])
    assert str(talk["operator_id"]) == won[0]["claimed_by"]["id"]
    assert (await _verbs(database, row["id"])).count("claim") == 1


async def test_release_puts_case_and_conversation_back(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono, budi = await log_in("sari"), await log_in("tono"), await log_in("budi", "supervisor")
    row = await citizens.emergency(database, clock)
    path = f"/incidents/ujung/{row['id']}"
    await sari.post(f"{path}/claim")
    refused = await tono.post(f"{path}/release")
    assert (refused.status_code, refused.json()["error"]) == (409, "claimed")
    released = (await sari.post(f"{path}/release")).json()
    assert (released["status"], released["claimed_by"]) == ("waiting", None)
    talk = await _talk(database, row["conversation_id"])
    assert (talk["holder"], talk["operator_id"]) == ("bot", None)
    assert talk["incident_id"] == row["id"]
    assert talk["due_at"] > clock.now(), "the dialogue's clocks run again"
    assert (await tono.post(f"{path}/claim")).status_code == 200
    assert (await budi.post(f"{path}/release")).status_code == 200, "a supervisor may overrule"


async def test_take_opens_a_case_and_claims_it(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    conversation_id, _ = await citizens.write(database, clock, "halo, mau tanya")
    taken = (await sari.post(f"/conversations/ujung/{conversation_id}/take")).json()
    incident = taken["incident"]
    assert (incident["reason"], incident["severity"], incident["status"]) == ("operator", 3, "claimed")
    assert incident["code"] == "U-0001"
    assert taken["conversation"]["holder"] == "operator"
    assert taken["conversation"]["incident_id"] == incident["id"]
    held = await tono.post(f"/conversations/ujung/{conversation_id}/take")
    assert (held.status_code, held.json()["error"], held.json()["by"]["name"]) == (409, "held", "Sari")
    again = (await sari.post(f"/conversations/ujung/{conversation_id}/take")).json()
    assert again["incident"]["id"] == incident["id"]


async def test_take_claims_the_open_case(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    taken = (await sari.post(f"/conversations/ujung/{row['conversation_id']}/take")).json()
    assert (taken["incident"]["id"], taken["incident"]["status"]) == (str(row["id"]), "claimed")


async def test_parallel_takes_open_one_case(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    browsers = [await log_in(f"petugas{number}") for number in range(10)]
    conversation_id, _ = await citizens.write(database, clock)
    path = f"/conversations/ujung/{conversation_id}/take"
    answers = await asyncio.gather(*(one.post(path) for one in browsers))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    queue = (await browsers[0].get("/queue")).json()
    assert len(queue["incidents"]) == 1


async def test_handback_returns_the_case_to_the_queue(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    row = await citizens.emergency(database, clock)
    await sari.post(f"/incidents/ujung/{row['id']}/claim")
    path = f"/conversations/ujung/{row['conversation_id']}/handback"
    assert (await tono.post(path)).json()["error"] == "held"
    back = (await sari.post(path)).json()
    assert (back["conversation"]["holder"], back["incident"]["status"]) == ("bot", "waiting")


async def test_stale_correction_shows_what_is_there(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    row = await citizens.emergency(database, clock)
    path = f"/incidents/ujung/{row['id']}/update"
    place = {"text": "depan pasar", "kecamatan": "Pantai", "lat": -3.7, "lon": 128.2}
    first = await sari.post(
        path, {"version": 1, "severity": 2, "place": place, "category": "medis", "note": "dua korban"}
    )
    changed = first.json()
    assert first.status_code == 200
    assert (changed["severity"], changed["category"], changed["note"]) == (2, "medis", "dua korban")
    assert changed["categories"] == ["medis", "kebakaran"]
    assert changed["place"]["source"] == "operator"
    assert changed["outside"] is False
    late = await tono.post(path, {"version": 1, "severity": 1})
    assert (late.status_code, late.json()["error"]) == (409, "stale")
    assert late.json()["incident"] == changed
    after = await tono.post(path, {"version": changed["version"], "severity": 1, "facts": {"people": 2}})
    assert (after.json()["severity"], after.json()["facts"]) == (1, {"people": 2})


async def test_correction_knows_its_limits(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock, alarm="disconnected")
    path = f"/incidents/ujung/{row['id']}/update"
    assert (await sari.post(path, {"version": 1, "category": "naga"})).json()["error"] == "unknown_category"
    assert (await sari.post(path, {"version": 1, "severity": 5})).json()["error"] == "invalid"
    far = (await sari.post(path, {"version": 1, "place": {"lat": 5.0, "lon": 95.0}, "alarm_seen": True})).json()
    assert (far["outside"], far["alarm"]) == (True, None)
    secret = (await sari.post(path, {"version": far["version"], "category": "kdrt"})).json()
    open_again = await sari.post(path, {"version": secret["version"], "category": "kebakaran"})
    assert (secret["restricted"], open_again.json()["restricted"]) == (True, True)
    unknown = (await sari.post(path, {"version": open_again.json()["version"], "place": {}})).json()
    assert unknown["place"] is None


async def test_close_tells_the_citizen_and_lets_the_bot_listen(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    path = f"/incidents/ujung/{row['id']}"
    version = (await sari.post(f"{path}/claim")).json()["version"]
    assert (await sari.post(f"{path}/close", {"version": version})).json()["error"] == "reason"
    assert (await sari.post(f"{path}/close", {"version": 1, "reason": "aman"})).json()["error"] == "stale"
    closed = (await sari.post(f"{path}/close", {"version": version, "reason": "aman", "note": "ditelepon"})).json()
    assert (closed["status"], closed["close_reason"], closed["note"]) == ("closed", "aman", "ditelepon")
    talk = await _talk(database, row["conversation_id"])
    assert (talk["holder"], talk["incident_id"], talk["due_at"]) == ("bot", None, None)
    assert talk["state"] == {"stage": "closed", "told": [], "closed_at": clock.now().isoformat()}
    opened, said = await _said(database)
    assert opened["state"] == "dropped", "what had not left before the end is untrue after it"
    assert said["text"] == "Penanganan U-0001 kami akhiri. Masih butuh bantuan? Balas pesan ini."
    assert (said["author"], said["urgency"], said["incident_id"]) == ("system", 1, row["id"])
    again = await sari.post(f"{path}/close", {"version": version, "reason": "palsu"})
    assert (again.status_code, again.json()["close_reason"]) == (200, "aman")
    assert (await sari.post(f"{path}/update", {"version": closed["version"], "note": "x"})).json()["error"] == "closed"
    assert (await sari.post(f"{path}/claim")).json()["error"] == "closed"
    assert len(await _said(database)) == 2


async def test_silent_cases_end_without_a_word(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock, silent=True, restricted=True, categories=("kdrt",))
    version = (await sari.post(f"/incidents/ujung/{row['id']}/claim")).json()["version"]
    done = await sari.post(f"/incidents/ujung/{row['id']}/close", {"version": version, "reason": "ditangani"})
    assert done.status_code == 200
    assert await _said(database) == []
    talk = await _talk(database, row["conversation_id"])
    assert (talk["silent"], talk["holder"]) == (True, "bot"), "silence outlives the case"


async def test_closed_window_ends_without_a_word(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock, channel="whatsapp")
    clock.advance(25 * 3600)
    sari = await log_in()
    await sari.post(f"/incidents/ujung/{row['id']}/close", {"version": 1, "reason": "tidak_tersambung"})
    assert await _said(database) == []


async def test_a_colleagues_case_is_not_closed_over_their_head(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    row = await citizens.emergency(database, clock)
    version = (await sari.post(f"/incidents/ujung/{row['id']}/claim")).json()["version"]
    refused = await tono.post(f"/incidents/ujung/{row['id']}/close", {"version": version, "reason": "palsu"})
    assert (refused.status_code, refused.json()["error"]) == (409, "claimed")


async def test_call_taken_by_hand(log_in: LogIn, database: Database) -> None:
    sari = await log_in()
    body = {
        "client_id": str(uuid4()),
        "city": "ujung",
        "source": "phone",
        "category": "kdrt",
        "severity": 1,
        "place": {"text": None, "kecamatan": None, "kelurahan": None, "landmark": None, "lat": None, "lon": None},
        "caller_name": " Pak\r\n\u202eUji ",
        "caller_phone": "+62 811 5550 0001",
        "note": "Tetangga mendengar teriakan",
    }
    opened = await sari.post("/incidents", body)
    case = opened.json()
    assert opened.status_code == 201
    assert (case["status"], case["claimed_by"]["name"]) == ("claimed", "Sari")
    assert (case["source"], case["reason"], case["restricted"]) == ("phone", "by_hand", True)
    assert case["contact"] == {
        "id": "",
        "name": "Pak Uji",
        "phone": "+6281155500001",
        "address": "+6281155500001",
        "channel": None,
        "cannot_call": False,
        "language": None,
    }
    assert (case["place"], case["conversation_id"]) == (None, None)
    assert case["note"] == "Tetangga mendengar teriakan"
    done = await sari.post(f"/incidents/ujung/{case['id']}/close", {"version": case["version"], "reason": "diteruskan"})
    assert done.status_code == 200
    assert await _said(database) == []
    assert (await sari.post("/incidents", body | {"city": "hilir"})).status_code == 404


def _call(**more: Any) -> dict[str, Any]:
    known = {"client_id": str(uuid4()), "city": "ujung", "source": "phone", "category": "kebakaran", "severity": 1}
    return {**known, "place": {}, **more}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"category": "naga"}, "unknown_category"),
        ({"source": "chat"}, "invalid"),
        ({"client_id": "1"}, "invalid"),
        ({"place": {"kecamatan": "bukan"}}, "unknown_kecamatan"),
        ({"place": {"kecamatan": "Karang Panjang"}}, "unknown_kecamatan"),
        ({"place": {"lat": -3.7}}, "invalid"),
        ({"caller_name": "12345"}, "bad_name"),
        ({"caller_name": "x" * 129}, "invalid"),
        ({"caller_phone": "abc"}, "bad_phone"),
        ({"caller_phone": "112"}, "bad_phone"),
        ({"caller_phone": "0811 5550 0001; DROP"}, "bad_phone"),
    ],
)
async def test_a_call_is_written_down_soundly_or_not_at_all(
    log_in: LogIn, database: Database, said: dict[str, Any], error: str
) -> None:
    sari = await log_in()
    answer = await sari.post("/incidents", _call(**said))
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert answer.json()["detail"].endswith(".")
    assert await database.read(lambda connection: connection.scalar(select(func.count()).select_from(incident))) == 0


async def test_what_a_caller_says_is_cleaned(log_in: LogIn) -> None:
    sari = await log_in()
    local = _call(
        caller_name="Bu\tUji\u200b", caller_phone="312 2113", place={"kecamatan": "pantai", "landmark": "a\nb"}
    )
    case = (await sari.post("/incidents", local)).json()
    assert (case["contact"]["name"], case["contact"]["phone"]) == ("Bu Uji", "312 2113")
    assert (case["place"]["kecamatan"], case["place"]["landmark"]) == ("Pantai", "a b")


async def test_the_same_call_sent_twice_is_one_case(log_in: LogIn, database: Database) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    call = _call(note="Rumah terbakar")
    answers = [await sari.post("/incidents", call) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["id"] for answer in answers}) == 1
    parallel = await asyncio.gather(*(sari.post("/incidents", _call(client_id=call["client_id"])) for _ in range(5)))
    assert {answer.json()["id"] for answer in parallel} == {answers[0].json()["id"]}
    stolen = await tono.post("/incidents", call)
    assert (stolen.status_code, stolen.json()["error"]) == (409, "client_id")
    assert (await sari.post("/incidents", _call())).status_code == 201
    assert await database.read(lambda connection: connection.scalar(select(func.count()).select_from(incident))) == 2


async def test_a_place_is_corrected_from_the_citys_list(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    claimed = (await sari.post(f"/incidents/ujung/{row['id']}/claim")).json()

    async def place(version: int, **said: Any) -> Any:
        return await sari.post(f"/incidents/ujung/{row['id']}/update", {"version": version, "place": said})

    wrong = await place(claimed["version"], kecamatan="bukan")
    assert (wrong.status_code, wrong.json()["error"]) == (422, "unknown_kecamatan")
    right = await place(claimed["version"], kecamatan="PANTAI")
    assert right.json()["place"]["kecamatan"] == "Pantai"

    def heard_so(connection: Any) -> None:
        strange = {"kecamatan": "Seberang", "kelurahan": None, "landmark": None, "lat": None, "lon": None}
        connection.execute(update(incident).values(place=strange))

    await database.write(heard_so)
    kept = await place(right.json()["version"], kecamatan="Seberang", landmark="pasar")
    assert (kept.status_code, kept.json()["place"]["kecamatan"]) == (200, "Seberang")


async def test_contact_is_noted(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    path = f"/conversations/ujung/{row['conversation_id']}/contact"
    noted = (await sari.post(path, {"cannot_call": True, "name": "Ibu Rina", "language": "id"})).json()
    assert (noted["contact"]["cannot_call"], noted["contact"]["name"]) == (True, "Ibu Rina")
    silent = (await sari.post(path, {"silent": True})).json()
    assert silent["silent"] is True
    case = (await sari.get(f"/incidents/ujung/{row['id']}")).json()
    assert (case["incident"]["silent"], case["incident"]["restricted"]) == (True, True)
    assert [one["verb"] for one in case["events"]] == ["open", "contact", "correct", "contact"]
    assert (await sari.post(path, {})).json()["error"] == "invalid"
    assert (await sari.post(path, {"name": "x" * 129})).json()["error"] == "invalid"


@pytest.mark.parametrize("path", ["/incidents/hilir/{}", "/incidents/kutub/{}", "/incidents/ujung/1"])
async def test_other_cities_and_unknown_cases_are_not_found(
    log_in: LogIn, database: Database, clock: VirtualClock, path: str
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock, city="hilir")
    for end, body in (("", None), ("/claim", {}), ("/release", {}), ("/close", {"version": 1, "reason": "aman"})):
        where = path.format(row["id"]) + end
        answer = await (sari.get(where) if body is None else sari.post(where, body))
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found"), where
