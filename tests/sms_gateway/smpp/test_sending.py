"""What leaves: whole, once, and with every doubt told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from config.clock import SystemClock
from sms_gateway.gateway import Heard, SmsFailed
from sms_gateway.lines import open_gateway
from tests.providers.clocks import until
from tests.sms_gateway.smpp.town import (
    CITIZEN,
    HEADED,
    INVALID_TO,
    NUMBER,
    QUEUE_FULL,
    SYSTEM_FAULT,
    THROTTLED,
    Town,
    answer,
    line_of,
    open_town,
)
from tests.smsc.program import Event, Smsc, smsc


def whole(parts: list[Event]) -> str:
    return "".join(one["message"] for one in parts)


async def test_a_text_leaves_with_all_that_belongs_to_it(center: Smsc, town: Town) -> None:
    await town.send("Petugas [A] tiba: {5} menit, 10 € @ Kota_Lama")
    sent = await center.wait("submit")
    assert sent["message"] == "Petugas [A] tiba: {5} menit, 10 € @ Kota_Lama"
    assert (sent["source_addr"], sent["source_addr_ton"], sent["source_addr_npi"]) == (NUMBER[1:], 1, 1)
    assert (sent["destination_addr"], sent["dest_addr_ton"], sent["dest_addr_npi"]) == (CITIZEN[1:], 1, 1)
    assert (sent["data_coding"], sent["esm_class"], sent["registered_delivery"]) == (0, 0, 1)
    assert b"000000010000000R\0".hex() in sent["raw"]


async def test_the_account_may_say_how_it_is_sent(center: Smsc) -> None:
    options = {"source": "SIGAP112", "dest_npi": "0", "service_type": "CMT", "priority": "yes", "validity": "absolute"}
    async with open_town(center, **options) as town:
        await town.send(urgent=True)
        sent = await center.wait("submit")
        assert (sent["source_addr"], sent["source_addr_ton"], sent["source_addr_npi"]) == ("SIGAP112", 5, 0)
        assert (sent["dest_addr_npi"], sent["service_type"], sent["priority_flag"]) == (0, "CMT", 1)
        ends = datetime.fromisoformat(sent["validity_period"]) - datetime.now(UTC)
        assert timedelta(minutes=59) < ends < timedelta(minutes=61)


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("Tetap tenang. " * 30, 0, 3),
        ("€" * 200, 0, 3),
        ("助けて 😀 " * 40, 8, 5),
    ],
)
async def test_a_long_text_loses_nothing(center: Smsc, town: Town, text: str, coding: int, parts: int) -> None:
    await town.send(text)
    await center.wait("submit", parts)
    sent = center.of("submit")
    assert whole(sent) == text
    assert [one["data_coding"] for one in sent] == [coding] * parts
    [ref] = {one["udh"][0][4:6] for one in sent}
    assert [one["udh"] for one in sent] == [[f"0003{ref}{parts:02x}{place:02x}"] for place in range(1, parts + 1)]
    assert {one["esm_class"] for one in sent} == {HEADED}
    await town.send(text)
    assert (await center.wait("submit", parts + 1))["udh"][0][4:6] != ref


async def test_an_smsc_whose_alphabet_is_latin1_gets_latin1(center: Smsc) -> None:
    async with open_town(center, alphabet="latin1") as town:
        await town.send("Café @ [A]")
        await town.send("10 €")
        first, second = [await center.wait("submit", n) for n in (1, 2)]
        assert "Café @ [A]".encode("latin-1").hex() in first["raw"]
        assert (second["data_coding"], second["message"]) == (8, "10 €")
        await center.deliver(short_message="Café @ [A]".encode("latin-1"), data_coding=0)
        await center.delivered()
        assert town.texts == ["Café @ [A]"]


@pytest.mark.parametrize("status", [THROTTLED, QUEUE_FULL])
async def test_an_smsc_that_wants_a_rest_wants_it_longer_each_time(center: Smsc, town: Town, status: int) -> None:
    await center.plan(submits=[{"status": status}] * 3)
    rests = []
    for _ in range(3):
        failure = await town.refused()
        assert (failure.permanent, failure.doubt) == (False, False)
        rests.append(failure.retry_after)
    assert rests == [0.05, 0.1, 0.2]
    assert await town.send()
    await center.plan(submits=[{"status": status}])
    assert (await town.refused()).retry_after == 0.05


async def test_the_later_parts_of_an_sms_are_tried_again_alone(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{}, {"status": THROTTLED}, {"status": THROTTLED}])
    text = "Tetap tenang. " * 30
    assert await town.send(text)
    sent = center.of("submit")
    assert [one["udh"][0][-1] for one in sent] == ["1", "2", "2", "2", "3"]
    assert whole([sent[0], sent[3], sent[4]]) == text


async def test_a_part_that_never_leaves_after_others_did_is_a_doubt(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{}], submit={"status": SYSTEM_FAULT})
    failure = await town.refused("Tetap tenang. " * 30)
    assert failure.doubt
    assert "a part of it has left" in failure.reason


@pytest.mark.parametrize(
    ("status", "permanent", "reason"),
    [
        (INVALID_TO, True, "the SMSC does not know the number (status 0xb)"),
        (SYSTEM_FAULT, False, "the SMSC has a fault of its own (status 0x8)"),
        (0x4FF, False, "the SMSC refuses it (status 0x4ff)"),  # a vendor's own
    ],
)
async def test_a_refusal_is_told_in_words(center: Smsc, town: Town, status: int, permanent: bool, reason: str) -> None:
    await center.plan(submits=[{"status": status}])
    failure = await town.refused()
    assert (failure.reason, failure.permanent, failure.doubt) == (reason, permanent, False)
    assert town.up
    assert await town.send()


async def test_a_later_part_without_an_answer_is_not_sent_again(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{}, {"mute": True}])
    assert (await town.unanswered(center, "Tetap tenang. " * 30, parts=2)).doubt
    assert len(center.of("submit")) == 2


async def test_no_answer_is_a_doubt_and_is_not_sent_again(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{"mute": True}])
    failure = await town.unanswered(center)
    assert (failure.doubt, failure.permanent) == (True, False)
    assert await town.send("lagi")
    assert [one["message"] for one in center.of("submit")] == ["Petugas berangkat.", "lagi"]
    assert len(center.of("bind")) == 1  # the bind lives: it was asked


async def test_a_bind_that_swallows_what_it_is_given_counts_as_down_for_a_minute(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{"mute": True}] * 3)
    for _ in range(3):
        assert town.up
        assert (await town.unanswered(center)).doubt
    state = town.driver.state(town.line)
    assert (state.up, state.detail) == (False, "bound, but the last 3 SMS were not answered")
    town.clock.ahead = timedelta(seconds=61)
    assert town.up
    await town.send()
    town.clock.ahead = timedelta()
    assert town.up


async def test_an_answer_that_comes_too_late_harms_nobody(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{"mute": True}])
    assert (await town.unanswered(center)).doubt
    await answer(center, center.of("submit")[0])
    assert await town.send("lagi")
    assert len(center.of("bind")) == 1


async def test_a_connection_that_breaks_in_mid_traffic_leaves_doubts_and_nothing_twice(
    center: Smsc, town: Town
) -> None:
    await center.plan(submits=[{}] * 4 + [{"after": 200}] * 3 + [{"drop": True}])
    sends = [asyncio.create_task(town.send(f"pesan {n}")) for n in range(30)]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    texts = [one["message"] for one in center.of("submit")]
    assert len(texts) == len(set(texts))
    doubts = [n for n, one in enumerate(outcomes) if isinstance(one, SmsFailed) and one.doubt]
    sure = [n for n, one in enumerate(outcomes) if isinstance(one, str)]
    assert doubts
    assert {f"pesan {n}" for n in sure} <= set(texts)
    assert len(doubts) + len(sure) == 30  # who was not sent yet waited for the next bind


async def test_no_more_than_the_window_wait_at_once_and_the_urgent_keep_a_place(center: Smsc) -> None:
    async with open_town(center, window="4") as town:
        await center.plan(submits=[{"mute": True}] * 3)
        ordinary = [asyncio.create_task(town.send(f"biasa {n}")) for n in range(6)]
        await center.wait("submit", 3)
        await town.send("gawat", urgent=True)
        sent = center.of("submit")
        assert [one["message"] for one in sent] == ["biasa 0", "biasa 1", "biasa 2", "gawat"]
        for one in sent[:3]:
            await answer(center, one)
        await asyncio.gather(*ordinary)
        assert len(center.of("submit")) == 7


async def test_five_hundred_each_way_at_once(center: Smsc) -> None:
    async with open_town(center, window="50") as town:
        await center.plan(submit={"receipt": {}})
        sends = [asyncio.create_task(town.send(f"pesan {n}")) for n in range(500)]
        for n in range(500):
            await center.deliver("in", short_message=f"laporan {n}".encode())
        references = await asyncio.gather(*sends)
        await center.delivered("in", 500)
        await until(lambda: len(town.reports) == 500)
        assert sorted(town.texts) == sorted(f"laporan {n}" for n in range(500))
        assert {reference for reference, _ in town.reports} == set(references)


async def test_the_gateway_takes_another_line_while_one_is_down(center: Smsc, control: int) -> None:
    async with smsc(control) as other:
        lines = [line_of(center, "first"), line_of(other, "second")]
        gateway = open_gateway(SystemClock(), lines=lines)
        await center.plan(bind=0x0F)
        listening_to = [asyncio.create_task(gateway.listen(line.name, _hear_nothing)) for line in lines]
        await until(lambda: any(gateway.state(line.name).up for line in lines))
        await gateway.send("first", CITIZEN, "Petugas berangkat.", key=1, urgent=True)
        assert (await other.wait("submit"))["message"] == "Petugas berangkat."
        for one in listening_to:
            one.cancel()
        await asyncio.gather(*listening_to, return_exceptions=True)


async def _hear_nothing(_heard: Heard) -> None:
    """Nobody writes here."""
