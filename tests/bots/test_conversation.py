"""Whole exchanges over the fake channel that once went wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.message import DeliveryReport, Parsed, Place
from bots.words import Words
from handoff.audit import Who
from handoff.conversations import Reply, get_thread, hold, say
from handoff.tables import contact, conversation, incident, message
from knowledge_base.articles import Article
from tests.fakes import World


async def test_silence_asked_for_in_the_same_breath_takes_back_what_was_queued(world: World) -> None:
    pair = (world.message("halo"), world.message("jangan telepon dia di sini"))
    await world.inbox.keep(world.account, Parsed(pair), b"{}")
    assert await world.wait(10) == ["Bisa balas? 1 ya, 2 tidak"]


async def test_silence_asked_for_later_takes_back_what_was_queued(world: World) -> None:
    await world.hear("halo")
    world.clock.advance(1)
    await world.hear("jangan telepon dia di sini")
    assert await world.wait(10) == ["Bisa balas? 1 ya, 2 tidak"]


async def test_a_broken_answer_costs_only_its_own_message(world: World) -> None:
    town = world.turns._towns["kendari"]
    broken = Words(town.words.city, {**town.words.answers, "ktp": Article("ktp", "KTP", "Bawa {ktp}")}, "")
    world.turns._towns._towns["kendari"] = replace(town, words=broken)  # type: ignore[attr-defined]
    pair = (world.message("syarat ktp", chat="a"), world.message("tolong kebakaran", chat="b"))
    await world.inbox.keep(world.account, Parsed(pair), b"{}")
    assert sorted(row["reason"] for row in await world.rows(incident)) == ["bot_failed", "emergency"]


async def test_a_bare_no_is_an_answer_and_not_one_more_line(world: World) -> None:
    await world.hear("ada sesuatu yang aneh")
    await world.wait(5)
    await world.hear("2")
    assert await world.rows(incident) == []
    assert any("Tulis pertanyaan Anda" in text for text in await world.wait(5))


async def test_what_nobody_can_read_goes_to_a_person_whatever_it_is_called(world: World) -> None:
    await world.hear("call", kind="unknown")
    assert [row["reason"] for row in await world.rows(incident)] == ["media"]


async def test_the_message_that_was_asked_back_about_stays_on_the_case(world: World) -> None:
    await world.hear("ada yang aneh di wua")
    await world.wait(5)
    await world.hear("1")
    (case,) = await world.rows(incident)
    assert case["summary"] == "ada yang aneh di wua"
    assert case["kecamatan"] == "Wua-Wua"


async def test_a_live_location_moves_the_pin_and_asks_nothing(world: World) -> None:
    await world.hear("tolong kebakaran")
    await world.settle()
    await world.hear(kind="location", place=Place(-3.99, 122.53, live=True))
    asked = await world.wait(5)
    for step in range(1, 6):
        await world.hear(kind="location", place=Place(-3.99 - step / 1000, 122.53, live=True))
    assert await world.wait(5) == []
    assert len(asked) <= 2
    (case,) = await world.rows(incident)
    assert case["place"]["lat"] == -3.995


async def test_a_question_that_a_quick_line_overtook_is_asked_again(world: World) -> None:
    await world.hear("tolong kebakaran di wua")
    await world.settle()
    await world.hear("rumah tetangga")
    world.clock.advance(1)
    await world.hear("besar sekali")
    said = await world.wait(6)
    assert len(said) == 1
    assert "terbakar" in said[0], "the second question, once"


async def test_a_known_name_is_not_forgotten(world: World) -> None:
    await world.hear("halo", sender_name="Ibu Wa Ode")
    await world.hear("halo", phone="+628115550001")
    (person,) = await world.rows(contact)
    assert (person["name"], person["phone"]) == ("Ibu Wa Ode", "+628115550001")


async def test_a_failed_delivery_that_the_provider_tells_later_rings(world: World) -> None:
    await world.hear("tolong kebakaran")
    await world.settle()
    (sent,) = [row for row in await world.rows(message) if row["direction"] == "out"]
    report = DeliveryReport(sent["provider_id"], "failed", world.clock.now(), "131026 not on WhatsApp")
    await world.inbox.keep(world.account, Parsed(reports=(report,)), b"{}")
    assert [row["alarm"] for row in await world.rows(incident)] == ["send_failed"]


async def test_a_broken_bot_says_so_once(world: World) -> None:
    for _ in range(4):
        await world.hear("rusak")
    assert len(await world.settle()) == 1
    assert len(await world.rows(incident)) == 1


async def test_silence_asked_for_while_an_operator_speaks_is_kept(world: World) -> None:
    await world.hear("tolong kebakaran")
    (talk,) = await world.rows(conversation)

    def take(connection: Any) -> None:
        thread = get_thread(connection, "kendari", talk["id"])
        assert thread is not None
        hold(connection, thread, 7, Who("siti", 7), world.clock.now())

    await world.database.write(take)
    await world.hear("jangan telepon")
    (case,) = await world.rows(incident)
    (talk,) = await world.rows(conversation)
    assert case["silent"]
    assert case["restricted"]
    assert talk["silent"]


async def test_what_was_claimed_before_a_crash_is_sent_at_once_after_it(world: World) -> None:
    await world.hear("tolong kebakaran")
    # As a dead process leaves it: claimed and never noted.
    now = world.clock.now()
    await world.database.write(lambda connection: world.outbox._claims.take("kendari", False, now, connection))
    assert await world.settle() == []
    await world.database.write(lambda connection: world.outbox.free(connection, {"test": {}}, now))
    assert len(await world.settle()) == 1


async def test_an_operators_words_queued_twice_by_one_client_id_are_refused_by_the_key(world: World) -> None:
    await world.hear("tolong kebakaran")
    (talk,) = await world.rows(conversation)
    reply = Reply("Saya di sini", author="operator", client_id="same")

    def twice(connection: Any) -> None:
        thread = get_thread(connection, "kendari", talk["id"])
        assert thread is not None
        say(connection, thread, reply, world.clock.now())
        say(connection, thread, reply, world.clock.now())

    with pytest.raises(Exception, match=r"(?i)unique"):
        await world.database.write(twice)
