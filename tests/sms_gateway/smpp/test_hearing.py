"""What comes: durable before it is acknowledged, whole, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sms_gateway.store import MISSING, MemoryStore
from tests.providers.clocks import until
from tests.sms_gateway.smpp.town import CITIZEN, HEADED, TRY_LATER, Town, line_of, listening, open_town, part, town_of
from tests.smsc.program import Smsc


async def test_an_sms_is_acknowledged_once_it_was_heard(center: Smsc, town: Town) -> None:
    town.takes = 0.3
    await center.deliver(short_message="Banjir 🌊 di Kampung".encode("utf-16-be"), data_coding=8, source_addr_ton=1)
    answer = await center.delivered()
    assert answer["ms"] >= 290
    [sms] = town.messages
    assert (sms.sender, sms.text, sms.line) == (CITIZEN, "Banjir 🌊 di Kampung", "smsc-1")
    assert (sms.whole, sms.flash, sms.data, sms.port) == (True, False, None, None)
    assert town.driver.state(town.line).last_heard is not None


async def test_what_was_not_stored_is_asked_for_again_and_keeps_its_key(center: Smsc, town: Town) -> None:
    town.failures = 1
    await center.deliver("first", short_message=b"tolong")
    assert (await center.delivered("first"))["status"] == TRY_LATER
    assert town.up
    await center.deliver("second", short_message=b"tolong")
    assert (await center.delivered("second"))["status"] == 0
    assert town.texts == ["tolong"]
    assert len(town.tried) == 2
    assert town.tried[0] == town.tried[1]


async def test_the_same_words_twice_are_two_and_the_same_sms_twice_is_one(center: Smsc, town: Town) -> None:
    for tag in ("first", "second"):
        await center.deliver(tag, short_message=b"1")
        await center.delivered(tag)
    first, second = town.messages
    assert first.key != second.key
    await center.do("drop")  # it may not have read our answer to the second
    await center.wait("bind", 2)
    await until(lambda: town.up)
    for tag in ("third", "fourth"):
        await center.deliver(tag, short_message=b"1")
        await center.delivered(tag)
    again, another = town.messages[2:]
    assert again.key == second.key
    assert another.key not in (first.key, second.key)


async def test_what_the_smsc_has_surely_read_an_answer_to_is_another_sms(center: Smsc) -> None:
    async with open_town(center, enquire_every="0.1") as town:
        await center.deliver("first", short_message=b"1")
        await center.delivered("first")
        await center.wait("enquire_link", len(center.of("enquire_link")) + 2)
        await center.do("drop")
        await center.wait("bind", 2)
        await until(lambda: town.up)
        await center.deliver("second", short_message=b"1")
        await center.delivered("second")
        assert len({one.key for one in town.messages}) == 2


async def test_an_answer_that_took_long_may_come_too_late(center: Smsc, town: Town) -> None:
    town.may_hear.clear()
    await center.deliver("first", short_message=b"tolong")
    await until(lambda: town.tried)
    town.clock.ahead = timedelta(seconds=30)
    town.may_hear.set()
    await center.delivered("first")
    await center.deliver("second", short_message=b"tolong")
    await center.delivered("second")
    assert len({one.key for one in town.messages}) == 1


async def test_an_sms_that_comes_again_while_it_is_being_heard_keeps_its_key(center: Smsc, town: Town) -> None:
    town.may_hear.clear()
    await center.deliver("first", short_message=b"tolong")
    await until(lambda: town.tried)
    await center.do("drop")
    await center.wait("bind", 2)
    await center.deliver("second", short_message=b"tolong")
    await until(lambda: len(town.tried) == 2)
    town.may_hear.set()
    await center.delivered("second")
    first, second = town.messages
    assert first.key == second.key


async def test_what_is_being_heard_when_we_leave_is_acknowledged(center: Smsc) -> None:
    async with open_town(center) as town:
        town.takes = 0.3
        await center.deliver(short_message=b"tolong")
        await until(lambda: town.tried)
    assert town.texts == ["tolong"]
    assert (await center.delivered())["status"] == 0


async def test_what_comes_again_after_the_line_broke_is_the_same_sms(center: Smsc, town: Town) -> None:
    town.failures = 1
    await center.deliver("first", short_message=b"tolong")
    await center.delivered("first")
    town.clock.ahead = timedelta(minutes=2)
    await center.do("down")
    await until(lambda: town.broke)
    await center.do("up")
    await until(lambda: town.up)
    for tag in ("second", "third"):
        await center.deliver(tag, short_message=b"tolong")
        await center.delivered(tag)
    second, third = town.messages
    assert third.smsc_at - second.smsc_at > timedelta(minutes=1)  # the second is the first


async def test_parts_outlive_the_process(center: Smsc) -> None:
    store = MemoryStore()
    for seq, text in ((2, "besar"), (1, "api ")):
        async with listening(town_of(line_of(center), store=store)) as town:
            await center.deliver(str(seq), esm_class=HEADED, data_coding=8, short_message=part(3, 2, seq, text))
            await center.delivered(str(seq))
    assert town.texts == ["api besar"]


async def test_long_sms_come_in_any_order_and_more_than_once(center: Smsc, town: Town) -> None:
    parts = [part(9, 3, 1, "api besar \ud83d"), part(9, 3, 2, "\udd25 di pasar "), part(9, 3, 3, "lama")]
    for tag, octets in enumerate([parts[2], parts[0], parts[0], parts[1], parts[1]]):
        await center.deliver(str(tag), esm_class=HEADED, data_coding=8, short_message=octets)
        assert (await center.delivered(str(tag)))["status"] == 0
    [sms] = town.messages
    assert (sms.text, sms.whole) == ("api besar 🔥 di pasar lama", True)


async def test_a_long_sms_may_be_joined_by_16_bits_or_by_parameters(center: Smsc, town: Town) -> None:
    for seq, text in ((2, b"pasar"), (1, b"api di ")):
        head = bytes((6, 8, 4, 1, 44, 2, seq))
        await center.deliver(f"a{seq}", esm_class=HEADED, short_message=head + text)
        await center.delivered(f"a{seq}")
    for seq, text in ((2, b"lama"), (1, b"pasar ")):
        sar: dict[str, Any] = {"sar_msg_ref_num": 300, "sar_total_segments": 2, "sar_segment_seqnum": seq}
        await center.deliver(f"b{seq}", short_message=text, **sar)
        await center.delivered(f"b{seq}")
    assert town.texts == ["api di pasar", "pasar lama"]


async def test_parts_outlive_a_lost_connection_and_wait_an_hour(center: Smsc, town: Town) -> None:
    await center.deliver("1", esm_class=HEADED, data_coding=8, short_message=part(1, 3, 1, "tolong "))
    await center.delivered("1")
    await center.do("drop")
    await center.wait("bind", 2)
    await until(lambda: town.up)
    await center.deliver("3", esm_class=HEADED, data_coding=8, short_message=part(1, 3, 3, "Lama"))
    await center.delivered("3")
    assert town.heard == []
    town.clock.ahead = timedelta(hours=1, minutes=1)
    await until(lambda: town.heard)
    assert [(one.text, one.whole) for one in town.messages] == [(f"tolong {MISSING}Lama", False)]


async def test_a_last_part_that_was_not_stored_is_heard_by_the_sweep(center: Smsc, town: Town) -> None:
    town.failures = 1
    for seq, text in ((1, "api "), (2, "besar")):
        await center.deliver(str(seq), esm_class=HEADED, data_coding=8, short_message=part(3, 2, seq, text))
        await center.delivered(str(seq))
    await until(lambda: town.texts == ["api besar"])


async def test_the_sweep_leaves_alone_what_is_being_heard(center: Smsc, town: Town) -> None:
    town.takes = 0.6
    for seq, text in ((1, "api "), (2, "besar")):
        await center.deliver(str(seq), esm_class=HEADED, data_coding=8, short_message=part(3, 2, seq, text))
        await center.delivered(str(seq))
    assert len(town.tried) == 1


async def test_a_text_may_come_as_payload_or_by_data_sm(center: Smsc, town: Town) -> None:
    long = "Rumah terbakar di belakang pasar. " * 20
    await center.deliver("a", short_message=b"", message_payload=long.encode())
    await center.delivered("a")
    await center.deliver("b", "data_sm", message_payload="kedua".encode("utf-16-be"), data_coding=8)
    assert (await center.delivered("b"))["as"] == "data_sm_resp"
    assert town.texts == [long, "kedua"]


@pytest.mark.parametrize(
    ("pdu", "text", "flash"),
    [
        ({"data_coding": 0, "short_message": b"\x1b\x3cA\x1b\x3e \x00 10 \x1b\x65"}, "[A] @ 10 €", False),
        ({"data_coding": 3, "short_message": "Café".encode("latin-1")}, "Café", False),
        ({"data_coding": 1, "short_message": b"ascii_@"}, "ascii_@", False),
        ({"data_coding": 0x18, "short_message": "kilat".encode("utf-16-be")}, "kilat", True),
        ({"data_coding": 0xF0, "short_message": b"kilat"}, "kilat", True),
        ({"data_coding": 0, "dest_addr_subunit": 1, "short_message": b"kilat"}, "kilat", True),
        ({"data_coding": 8, "short_message": b"\xd8\x3d\x00A\x00"}, "\ufffdA", False),
        ({"data_coding": 0, "short_message": b""}, "", False),
    ],
)
async def test_every_alphabet_and_class(center: Smsc, town: Town, pdu: dict[str, Any], text: str, flash: bool) -> None:
    await center.deliver(**pdu)
    assert (await center.delivered())["status"] == 0
    assert [(one.text, one.flash, one.data) for one in town.messages] == [(text, flash, None)]


@pytest.mark.parametrize(
    ("pdu", "port"),
    [
        ({"data_coding": 4, "esm_class": HEADED, "short_message": b"\x06\x05\x04\x0b\x84\x23\xf0\x01\xff"}, 0x0B84),
        ({"data_coding": 0xF5, "esm_class": HEADED, "short_message": b"\x04\x04\x02\x07\x00\x01\xff"}, 7),
        ({"data_coding": 2, "dest_port": 2948, "short_message": b"\x01\xff"}, 2948),
        ({"data_coding": 4, "short_message": b"\x01\xff"}, None),
    ],
)
async def test_data_and_its_port(center: Smsc, town: Town, pdu: dict[str, Any], port: int | None) -> None:
    await center.deliver(**pdu)
    await center.delivered()
    assert [(one.text, one.data, one.port) for one in town.messages] == [("", b"\x01\xff", port)]


async def test_long_data_is_joined_as_data(center: Smsc, town: Town) -> None:
    for seq, octets in ((2, b"\x02"), (1, b"\x01\xff")):
        head = bytes((11, 5, 4, 11, 132, 0, 0, 0, 3, 7, 2, seq))
        await center.deliver(str(seq), esm_class=HEADED, data_coding=4, short_message=head + octets)
        await center.delivered(str(seq))
    assert [(one.text, one.data, one.port) for one in town.messages] == [("", b"\x01\xff\x02", 2948)]


@pytest.mark.parametrize(
    ("address", "ton", "sender"),
    [
        ("6281255501234", 1, CITIZEN),
        ("81255501234", 2, CITIZEN),
        ("081255501234", 0, CITIZEN),
        ("60123456789", 1, "+60123456789"),
        ("TELKOMSEL", 5, "TELKOMSEL"),
        ("888", 0, "888"),
        ("", 0, ""),
    ],
)
async def test_whoever_writes(center: Smsc, town: Town, address: str, ton: int, sender: str) -> None:
    await center.deliver(source_addr=address, source_addr_ton=ton, short_message=b"halo")
    await center.delivered()
    assert [one.sender for one in town.messages] == [sender]
