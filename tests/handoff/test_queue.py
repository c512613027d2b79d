"""What is shown, and to whom: the queue, a conversation, cards, and what only a small circle may see."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from config.clock import VirtualClock
from config.database import Database
from handoff.tables import audit_event
from tests.handoff import citizens
from tests.handoff.conftest import LogIn


async def test_queue_holds_my_cities_alone(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari, both = await log_in("sari"), await log_in("budi", "supervisor", ("ujung", "hilir"))
    mine = await citizens.emergency(database, clock, chat="a")
    theirs = await citizens.emergency(database, clock, chat="b", city="hilir")
    talk, _ = await citizens.write(database, clock, "mau tanya", chat="c")
    queue = (await sari.get("/queue")).json()
    assert [one["id"] for one in queue["incidents"]] == [str(mine["id"])]
    assert {one["id"] for one in queue["conversations"]} == {str(talk), str(mine["conversation_id"])}
    assert queue["at"] == "2026-01-05T03:00:00Z"
    other = (await both.get("/queue")).json()
    assert {one["id"] for one in other["incidents"]} == {str(mine["id"]), str(theirs["id"])}


async def test_queue_shows_what_was_closed_today_by_the_citys_clock(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    await sari.post(f"/incidents/ujung/{row['id']}/close", {"version": 1, "reason": "palsu"})
    assert [one["status"] for one in (await sari.get("/queue")).json()["incidents"]] == ["closed"]
    clock.advance(12 * 3600)  # 03:00 UTC is noon in WIT: midnight has just passed there
    sari = await log_in()
    assert (await sari.get("/queue")).json()["incidents"] == []


async def test_old_conversations_leave_the_list(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    await citizens.write(database, clock)
    clock.advance(2 * 3600 + 1)
    sari = await log_in()
    assert (await sari.get("/queue")).json()["conversations"] == []


async def test_transcript_is_read_in_pages_and_in_the_providers_order(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    start = clock.now()
    for number in range(230):
        # Every third message was delivered late.
        shift = -5 if number % 3 == 0 else 0
        conversation_id, _ = await citizens.write(
            database, clock, str(number), at=start + timedelta(seconds=number + shift)
        )
    path = f"/conversations/ujung/{conversation_id}"
    opened = (await sari.get(path)).json()
    assert (len(opened["messages"]), opened["more"]) == (200, True)
    older = (await sari.get(f"{path}/messages?before={opened['messages'][0]['id']}")).json()
    assert (len(older["messages"]), older["more"]) == (30, False)
    times = [one["at"] for one in (*older["messages"], *opened["messages"])]
    assert len(times) == 230
    assert times == sorted(times)
    assert len({one["id"] for one in (*older["messages"], *opened["messages"])}) == 230
    assert (await sari.get(f"{path}/messages?before=1")).status_code == 404
    assert (await sari.get(f"{path}/messages")).json()["error"] == "invalid"


async def test_message_shows_pin_files_buttons_and_understanding(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    understood = {"kind": "emergency", "action": "escalate", "categories": ["kebakaran"], "severity": 1, "scores": {}}
    conversation_id, message_id = await citizens.write(
        database,
        clock,
        "",
        kind="photo",
        content={"place": {"lat": -3.7, "lon": 128.2, "accuracy_m": 12.0, "label": None, "live": True}},
        understanding=understood,
    )
    file_id = await citizens.send_file(database, clock, conversation_id, message_id)
    waits = await citizens.send_file(database, clock, conversation_id, message_id, state="queued")
    (shown,) = (await sari.get(f"/conversations/ujung/{conversation_id}")).json()["messages"]
    assert shown["place"] == {"lat": -3.7, "lon": 128.2, "accuracy_m": 12.0, "label": None, "live": True}
    assert [one["url"] for one in shown["attachments"]] == [f"/api/media/ujung/{file_id}", None]
    assert shown["attachments"][1]["id"] == str(waits)
    assert shown["understanding"]["categories"] == ["kebakaran"]
    assert (shown["state"], shown["client_id"], shown["deleted"]) == (None, None, False)


async def test_history_and_the_last_case_come_with_a_conversation(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari = await log_in()
    row = await citizens.emergency(database, clock)
    await sari.post(f"/incidents/ujung/{row['id']}/close", {"version": 1, "reason": "palsu"})
    path = f"/conversations/ujung/{row['conversation_id']}"
    closed = (await sari.get(path)).json()
    assert closed["incident"]["status"] == "closed"
    assert [(one["code"], one["close_reason"]) for one in closed["history"]] == [("U-0001", "palsu")]
    clock.advance(60)
    second = await citizens.emergency(database, clock)
    assert (await sari.get(path)).json()["incident"]["id"] == str(second["id"])


async def test_restricted_cases_are_for_those_who_answer(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari, admin = await log_in("sari"), await log_in("dewi", "admin")
    plain = await citizens.emergency(database, clock, chat="a")
    secret = await citizens.emergency(database, clock, chat="b", categories=("kdrt",), restricted=True)
    assert {one["id"] for one in (await admin.get("/queue")).json()["incidents"]} == {str(plain["id"])}
    assert len((await sari.get("/queue")).json()["incidents"]) == 2
    talk = secret["conversation_id"]
    assert str(talk) not in {one["id"] for one in (await admin.get("/queue")).json()["conversations"]}
    hidden = [
        await admin.get(f"/incidents/ujung/{secret['id']}"),
        await admin.get(f"/conversations/ujung/{talk}"),
        await admin.get(f"/conversations/ujung/{talk}/messages?before=5"),
        await admin.post(f"/incidents/ujung/{secret['id']}/claim"),
        await admin.post(f"/incidents/ujung/{secret['id']}/update", {"version": 1, "note": "x"}),
        await admin.post(f"/conversations/ujung/{talk}/take"),
        await admin.post(f"/conversations/ujung/{talk}/contact", {"silent": False}),
    ]
    assert [answer.status_code for answer in hidden] == [404] * len(hidden)
    await sari.post(f"/incidents/ujung/{secret['id']}/close", {"version": 1, "reason": "ditangani"})
    after = await admin.get(f"/conversations/ujung/{talk}")
    assert after.status_code == 404, "a thread that held such a case stays in the small circle"


async def test_viewing_a_restricted_case_is_written_down_once_an_hour(
    log_in: LogIn, database: Database, clock: VirtualClock
) -> None:
    sari, tono = await log_in("sari"), await log_in("tono")
    secret = await citizens.emergency(database, clock, restricted=True)
    query = select(func.count()).where(audit_event.c.verb == "view", audit_event.c.incident_id == secret["id"])

    async def views() -> int:
        return await database.read(lambda connection: int(connection.scalar(query) or 0))

    await sari.get("/queue")
    assert await views() == 0
    for _ in range(3):
        await sari.get(f"/conversations/ujung/{secret['conversation_id']}")
        await sari.get(f"/incidents/ujung/{secret['id']}")
    assert await views() == 1
    await tono.get(f"/incidents/ujung/{secret['id']}")
    assert await views() == 2
    clock.advance(3601)
    await sari.get(f"/incidents/ujung/{secret['id']}")
    assert await views() == 3


async def test_cards_tell_whether_they_may_be_sent(log_in: LogIn, clock: VirtualClock) -> None:
    sari = await log_in()
    cards = {one["slug"]: one for one in (await sari.get("/cards?city=ujung")).json()["cards"]}
    assert (cards["kartu_kebakaran"]["approved"], cards["kartu_kebakaran"]["expires"]) == (True, "2027-01-01")
    assert (cards["kartu_lama"]["approved"], cards["kartu_lama"]["expires"]) == (False, None)
    assert cards["kartu_kebakaran"]["steps"] == ["Keluar sekarang.", "Jangan kembali."]
    assert (await sari.get("/cards?city=hilir")).status_code == 404
    assert (await sari.get("/cards")).json()["error"] == "invalid"


async def test_place_is_found_while_it_is_typed(log_in: LogIn) -> None:
    sari = await log_in()

    async def found(typed: str) -> list[str]:
        answer = await sari.get("/places", params={"city": "ujung", "q": typed})
        return [one["label"] for one in answer.json()["places"]]

    assert (await found("karpan"))[0] == "Karang Panjang, Kec. Pantai"
    assert (await found("kel. karang"))[0] == "Karang Panjang, Kec. Pantai"
    assert (await found("mesjid an"))[0] == "Masjid Raya An-Nur, Batu Merah, Pantai"
    assert (await found("btu merah"))[0] == "Batu Merah, Kec. Pantai"
    assert await found("x") == []
    assert await found("zzzzqq") == []
    batu = (await sari.get("/places?city=ujung&q=batu merah")).json()["places"][0]
    assert (batu["lat"], batu["lon"], batu["kelurahan"]) == (None, None, "Batu Merah")


async def test_lists_show_the_beginning_of_a_long_text(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    sari = await log_in()
    long = "tolong " + "api " * 990
    conversation_id, _ = await citizens.write(database, clock, long)
    await citizens.report(database, clock, conversation_id, summary=long)
    await citizens.write(database, clock, "jam berapa " + "buka " * 700, chat="c2")
    queue = (await sari.get("/queue")).json()
    [case], [talk] = queue["incidents"], [one for one in queue["conversations"] if one["incident_id"] is None]
    for shown in (case["summary"], case["last_text"], talk["last_text"]):
        assert len(shown) <= 200
        assert shown.endswith("…")
    opened = (await sari.get(f"/conversations/ujung/{conversation_id}")).json()
    assert opened["messages"][0]["text"] == long
