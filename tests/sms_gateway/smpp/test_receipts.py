"""What became of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sms_gateway.gateway import SmsReport
from sms_gateway.store import MemoryStore
from tests.providers.clocks import until
from tests.sms_gateway.smpp.town import Town, line_of, listening, town_of
from tests.smsc.program import Smsc


@pytest.mark.parametrize(
    ("taken", "told"),
    [("decimal", "decimal"), ("hex", "decimal"), ("HEX", "hex"), ("decimal", "hex"), ("hex", "padded")],
)
async def test_a_receipt_finds_its_sms_however_its_id_is_written(
    center: Smsc, town: Town, taken: str, told: str
) -> None:
    await center.plan(taken=taken, told=told, submit={"receipt": {}})
    references = [await town.send(f"pesan {n}") for n in range(3)]
    await until(lambda: len(town.reports) == 3)
    assert sorted(town.reports) == sorted((reference, "delivered") for reference in references)


@pytest.mark.parametrize("receipt", [{"parameters": True}, {"parameters": True, "bare": True}, {"swapped": False}])
async def test_a_receipt_may_come_as_parameters_or_with_the_addresses_of_its_sms(
    center: Smsc, town: Town, receipt: dict[str, Any]
) -> None:
    await center.plan(submit={"receipt": receipt})
    reference = await town.send()
    await until(lambda: town.reports == [(reference, "delivered")])


async def test_a_receipt_before_the_answer_is_not_lost(center: Smsc, town: Town) -> None:
    await center.plan(taken="hex", submit={"receipt": {"before": True}})
    reference = await town.send()
    await until(lambda: town.reports == [(reference, "delivered")])


async def test_an_sms_is_delivered_once_all_its_parts_are(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{"receipt": {}}, {"receipt": {}}])
    reference = await town.send("Tetap tenang. " * 30)
    await center.delivered("receipt", 2)
    assert town.reports == []
    last = (await center.wait("submit", 3))["number"]
    await center.deliver("last", esm_class=4, source_addr_ton=1, short_message=f"id:{last} stat:DELIVRD".encode())
    await until(lambda: town.reports == [(reference, "delivered")])
    await asyncio.sleep(0.7)  # the early ones are looked up again, and told no second time
    assert town.reports == [(reference, "delivered")]


async def test_a_failed_delivery_says_why_and_one_on_its_way_says_nothing(center: Smsc, town: Town) -> None:
    await center.plan(submits=[{"receipt": {"state": "ACCEPTD"}}, {"receipt": {"state": "EXPIRED", "error": "00B"}}])
    await town.send()
    reference = await town.send("lagi")
    await until(lambda: town.heard)
    [report] = town.heard
    assert isinstance(report, SmsReport)
    assert (report.reference, report.state) == (reference, "failed")
    assert report.error == "not delivered before it ran out (error 00B)"


async def test_a_receipt_of_nothing_we_know_is_taken_and_forgotten(center: Smsc, town: Town) -> None:
    for tag, words in (("a", b"id:99 stat:DELIVRD"), ("b", b"stat:DELIVRD"), ("c", b"\xff\x00")):
        await center.deliver(tag, esm_class=4, short_message=words)
        assert (await center.delivered(tag))["status"] == 0
    assert town.heard == []


async def test_a_citizen_may_write_like_a_receipt(center: Smsc, town: Town) -> None:
    await center.deliver(short_message=b"id:1 stat:DELIVRD err:000 text:x")
    await center.delivered()
    assert town.texts == ["id:1 stat:DELIVRD err:000 text:x"]


@pytest.mark.parametrize(("taken", "told"), [("decimal", "decimal"), ("hex", "decimal")])
async def test_a_receipt_comes_to_another_process_than_sent_it(center: Smsc, taken: str, told: str) -> None:
    store = MemoryStore()
    await center.plan(taken=taken, told=told, submit={"receipt": {}})
    sender = town_of(line_of(center), store=store)
    async with listening(town_of(line_of(center), store=store)) as listener:
        reference = await sender.send()
        await until(lambda: listener.reports == [(reference, "delivered")])
    assert {(await center.wait("bind", n))["mode"] for n in (1, 2)} == {"bind_transceiver", "bind_transmitter"}
