"""The spine: one conversation, one case, nothing lost, nothing said twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bots.backlog import Backlog
from bots.channel import Account
from bots.inbox import NotStored
from bots.message import Attachment, InboundMessage, Parsed
from bots.transcript import Turn
from handoff.tables import account_state, attachment, contact, conversation, incident, message, raw_body
from tests.fakes import World


def turn_of(world: World, one: InboundMessage) -> Turn:
    return Turn(world.account, one, world.clock.now())


async def test_twenty_parallel_first_messages_make_one_conversation_and_one_case(world: World) -> None:
    await asyncio.gather(*(world.hear("tolong ada kebakaran") for _ in range(20)))
    assert len(await world.rows(contact)) == len(await world.rows(conversation)) == len(await world.rows(incident)) == 1
    assert len([row for row in await world.rows(message) if row["direction"] == "in"]) == 20
    said = await world.settle()
    assert len([text for text in said if text.startswith("Pesan masuk")]) == 1


async def test_a_redelivery_changes_nothing(world: World) -> None:
    one = world.message("tolong ada kebakaran", event_key="same")
    for _ in range(3):
        await world.inbox.keep(world.account, Parsed((one, one)), b"{}")
    assert len([row for row in await world.rows(message) if row["direction"] == "in"]) == 1
    assert len(await world.rows(incident)) == 1


async def test_what_was_kept_includes_the_raw_body_once_a_delivery(world: World) -> None:
    await world.inbox.keep(world.account, Parsed((world.message("halo"), world.message("ktp"))), b"\x00raw")
    assert [row["body"] for row in await world.rows(raw_body)] == [b"\x00raw"]


async def test_quick_lines_get_one_answer(world: World) -> None:
    for line in ("halo", "mau tanya", "syarat ktp apa"):
        await world.hear(line)
        await world.settle()
        world.clock.advance(1)
    said = await world.wait(10)
    assert len(said) == 1
    assert "KTP" in said[0]


async def test_an_emergency_is_escalated_at_its_first_sign_and_answered_at_once(world: World) -> None:
    await world.hear("tolong ada kebakaran")
    assert [row["severity"] for row in await world.rows(incident)] == [1]
    (said,) = await world.settle()
    assert said.startswith("Pesan masuk. Petugas sedang dipanggil.")
    assert "Di mana" in said


async def test_a_message_that_breaks_the_bot_reaches_a_person_and_its_neighbours_do_not_notice(world: World) -> None:
    broken, fine = world.message("rusak", chat="a"), world.message("syarat ktp", chat="b")
    await world.inbox.keep(world.account, Parsed((broken, fine)), b"{}")
    (case,) = await world.rows(incident)
    assert (case["reason"], case["alarm"]) == ("bot_failed", "bot_failed")
    said = await world.wait(4)
    assert any("diteruskan ke petugas" in text for text in said)
    assert any("KTP" in text for text in said)


async def test_a_database_error_is_traced_to_the_guilty_message(world: World) -> None:
    # An integer beyond 64 bits breaks the insert of one row, and with it a whole batch.
    bad = world.message("halo", chat="bad", edit_of="x", kind="edit")
    object.__setattr__(bad, "kind", 2**70)
    good = [world.message("tolong ada kebakaran", chat=f"g{number}") for number in range(5)]
    with pytest.raises(NotStored):
        await world.inbox.keep(world.account, Parsed((*good, bad)), b"{}")
    assert len(await world.rows(incident)) == 5
    assert len(await world.rows(raw_body)) == 1, "the body that they came in is kept, once"


async def test_ask_unanswered_for_45_seconds_becomes_a_case(world: World) -> None:
    await world.hear("ada sesuatu yang aneh")
    said = await world.wait(4)
    assert "bahaya" in said[0]
    assert await world.rows(incident) == []
    await world.wait(42)
    assert [row["reason"] for row in await world.rows(incident)] == ["unclear"]


@pytest.mark.parametrize(("reply", "cases"), [("ya", 1), ("1", 1), ("tidak", 0), ("2", 0), ("entahlah gimana", 1)])
async def test_the_answer_to_the_question_whether_there_is_danger(world: World, reply: str, cases: int) -> None:
    await world.hear("ada sesuatu yang aneh")
    await world.wait(20)
    await world.hear(reply)
    assert len(await world.rows(incident)) == cases


async def test_kept_but_unanswered_messages_are_answered_later(world: World) -> None:
    from_the_rush = [world.message("tolong ada kebakaran", chat=f"c{number}") for number in range(3)]
    turns = [turn_of(world, one) for one in from_the_rush]
    await world.turns.keep(turns)
    assert await world.rows(incident) == []
    assert len(await world.settle()) == 3
    assert len(await world.rows(incident)) == 3


async def test_what_waits_is_answered_however_long_the_name_of_its_account(world: World) -> None:
    """PostgreSQL cuts a text off, without a word, where it is bound as a shorter column's."""
    account = Account("kendari", "fake", "layanan_darurat_kota_kendari")
    await world.turns.keep([Turn(account, world.message("syarat ktp"), world.clock.now())])
    accounts = {(account.channel, account.name): account}
    backlog = Backlog(world.database, world.clock, world.turns, accounts)
    while await backlog.step():
        pass
    [kept] = [row for row in await world.rows(message) if row["direction"] == "in"]
    assert kept["answered_at"] is not None


async def test_voice_without_words_makes_a_case_and_queues_its_file(world: World) -> None:
    files = (Attachment("voice", "file-1", "audio/ogg"),)
    await world.hear(kind="voice", attachments=files)
    assert [row["reason"] for row in await world.rows(incident)] == ["media"]
    assert [row["state"] for row in await world.rows(attachment)] == ["queued"]


async def test_shuffled_deliveries_give_the_same_transcript(world: World) -> None:
    begun = world.clock.now()
    lines = [world.message(f"baris {n}", sent_at=begun + timedelta(seconds=n)) for n in range(10)]
    for one in (lines[i] for i in (7, 1, 9, 0, 3, 2, 8, 5, 4, 6)):
        await world.inbox.keep(world.account, Parsed((one,)), b"{}")
    rows = sorted(
        (row for row in await world.rows(message) if row["direction"] == "in"), key=lambda row: (row["at"], row["id"])
    )
    assert [row["text"] for row in rows] == [f"baris {n}" for n in range(10)]


async def test_when_a_line_was_last_heard_is_written_down_now_and_then(world: World) -> None:
    await world.hear("halo")
    assert await world.rows(account_state) == []
    await world.inbox.note_hearing()
    (line,) = await world.rows(account_state)
    assert (line["account"], line["last_in_at"]) == ("kendari", world.clock.now())


async def test_a_delivery_that_nobody_can_read_is_shown_and_answered_to_nobody(world: World) -> None:
    await world.inbox.keep_unreadable(world.account, b"\xff", "no JSON")
    await world.wait(120)
    assert len(await world.rows(incident)) == 1
    assert [row for row in await world.rows(message) if row["direction"] == "out"] == []
