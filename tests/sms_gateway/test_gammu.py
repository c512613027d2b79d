"""The gammu driver over Gammu's real `at` driver and a modem on a pty, in order: all that goes through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from sms_gateway.gateway import SmsFailed
from sms_gateway.segments import split
from tests.modems import pdu
from tests.modems.faults import SUBMITTED, cms, slow
from tests.modems.office import CITIZEN, PATIENT, Office
from tests.modems.sim import Sim

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
OTHER = "+6281355500002"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """Starting Gammu takes four seconds: once for all."""
    folder: Path = tmp_path_factory.mktemp("dev")
    async with Office(folder, sim=Sim(size=10), options={"ussd": "*888#"}, patience=PATIENT) as office:
        await office.up()
        yield office


@pytest_asyncio.fixture(loop_scope="module")
async def office(opened: Office) -> AsyncIterator[Office]:
    opened.heard.clear()
    opened.sim.sent.clear()
    yield opened
    opened.modem.faults.clear()
    opened.sim.report_status, opened.sim.report_reference = 0, None
    await opened.until(lambda: not opened.sim.stored)


async def test_an_emergency_comes_in_the_reply_leaves_and_its_report_comes_back(office: Office) -> None:
    office.write("Tolong, rumah terbakar di Jl. Mawar {samping masjid}")
    await office.until(lambda: office.messages)
    [sms] = office.messages
    assert (sms.sender, sms.text, sms.line) == (
        CITIZEN,
        "Tolong, rumah terbakar di Jl. Mawar {samping masjid}",
        "telkomsel-1",
    )
    assert (sms.whole, sms.flash, sms.data, sms.port) == (True, False, None, None)
    assert abs(sms.smsc_at - office.clock.now()) < timedelta(seconds=2)

    reference = await office.send("Damkar menuju lokasi. Jauhi api.", urgent=True, valid_for=timedelta(minutes=30))
    [sent] = office.sim.sent
    assert (sent.to, sent.text, sent.coding, sent.joint) == (CITIZEN, "Damkar menuju lokasi. Jauhi api.", "gsm7", None)
    assert sent.report
    assert sent.validity == 5  # steps of five minutes, from five
    await office.until(lambda: office.reports)
    [report] = office.reports
    assert (report.reference, report.state) == (reference, "delivered")
    await office.until(lambda: not office.sim.stored)


async def test_a_long_text_leaves_in_parts_and_one_report_tells_of_all(office: Office) -> None:
    text = "Petugas [Damkar] menuju lokasi, jauhi api dan asap, tutup pintu. " * 5
    reference = await office.send(text)
    sent = office.sim.sent
    assert "".join(one.text for one in sent) == text
    assert [one.text for one in sent] == split(text)
    assert {one.coding for one in sent} == {"gsm7"}
    [ref] = {one.joint[0] for one in sent if one.joint}
    assert [one.joint for one in sent] == [(ref, len(sent), place + 1) for place in range(len(sent))]
    await office.until(lambda: office.reports)
    await asyncio.sleep(0.5)
    assert [(one.reference, one.state) for one in office.reports] == [(reference, "delivered")]


async def test_no_report_is_lost_while_many_come(office: Office) -> None:
    """News of one report comes in the middle of the reading of another."""
    references = [await office.send("Petugas menuju lokasi, jauhi api. " * 6) for _ in range(3)]
    await office.until(lambda: len(office.reports) == 3)
    assert {one.reference for one in office.reports} == set(references)


async def test_a_character_outside_gsm_7_goes_as_ucs_2(office: Office) -> None:
    text = "Jangan kembali ke rumah 🔥 " * 4
    await office.send(text)
    assert "".join(one.text for one in office.sim.sent) == text
    assert {one.coding for one in office.sim.sent} == {"ucs2"}


async def test_emoji_come_in(office: Office) -> None:
    office.write("Tolong 🔥🏠 di Wua-Wua")
    await office.until(lambda: office.messages)
    assert office.texts == ["Tolong 🔥🏠 di Wua-Wua"]


async def test_parts_join_in_any_order_with_a_pair_between_them(office: Office) -> None:
    raw = pdu.parts(CITIZEN, ["Tolong ada api \ud83d", "\udd25 di pasar, ", "cepat!"], 200, wide=True)
    for place in (2, 0, 1):
        office.modem.receive(raw[place])
        await asyncio.sleep(0.1)
    await office.until(lambda: office.messages)
    [sms] = office.messages
    assert (sms.text, sms.whole) == ("Tolong ada api 🔥 di pasar, cepat!", True)


async def test_parts_that_wait_in_vain_are_shown_after_an_hour(office: Office) -> None:
    raw = pdu.parts(CITIZEN, ["Tolong banjir ", "di Lepo-Lepo ", "anak saya ", "hanyut"], 9)
    office.modem.receive(raw[1], raw[3])
    await office.until(lambda: not office.sim.stored and not office.sim.outside)
    await asyncio.sleep(1.0)
    assert office.messages == []  # off the SIM, and in the store
    office.clock.advance(3601)
    await office.until(lambda: office.messages)
    [sms] = office.messages
    assert (sms.text, sms.whole, sms.sender) == ("[…]di Lepo-Lepo […]hanyut", False, CITIZEN)


async def test_flash_is_told(office: Office) -> None:
    office.modem.receive(pdu.deliver(CITIZEN, "PERINGATAN", flash=True))
    await office.until(lambda: office.messages)
    assert [(one.text, one.flash) for one in office.messages] == [("PERINGATAN", True)]


async def test_a_data_sms_is_handed_over_as_data(office: Office) -> None:
    body = b'A"ML=1;lt=-3.97;lg=122.51;rd=25;top=20261123030405;lc=90;pm=W'
    office.modem.receive(pdu.data_sms(CITIZEN, body, 5505))
    await office.until(lambda: office.messages)
    [sms] = office.messages
    assert (sms.data, sms.port, sms.text, sms.sender) == (body, 5505, "", CITIZEN)


async def test_what_nobody_can_read_is_handed_over_as_it_is_and_cleared(office: Office) -> None:
    hostile = [bytes.fromhex("0791") + b"\xff" * 20, b"\xff", pdu.deliver(CITIZEN, "putus")[:12]]
    office.modem.receive(hostile[0], pdu.deliver(CITIZEN, "Tolong"), *hostile[1:])
    await office.until(lambda: len(office.messages) == 4 and not office.sim.stored)
    assert {one.data for one in office.messages if not one.whole} == set(hostile)
    assert [one.text for one in office.messages if one.whole] == ["Tolong"]
    assert len({one.key for one in office.messages}) == 4


async def test_names_and_short_codes_stay_as_they_came(office: Office) -> None:
    office.modem.receive(pdu.deliver("TELKOMSEL", "Paket habis"), pdu.deliver("08135550001", "Tolong"))
    await office.until(lambda: len(office.messages) == 2)
    assert {one.sender for one in office.messages} == {"TELKOMSEL", "+628135550001"}


async def test_nothing_leaves_the_sim_before_it_was_stored(office: Office) -> None:
    office.deafness = 1000
    office.write("Tolong, ada begal")
    # Tried again and again; of each try the state tells once it has failed.
    await office.until(lambda: office.deafness < 998 and "could not be stored" in office.state.detail)
    assert len(office.sim.stored) == 1
    assert office.texts == []
    office.deafness = 0
    await office.until(lambda: office.messages)
    await office.until(lambda: not office.sim.stored)
    assert office.texts == ["Tolong, ada begal"]


async def test_an_sms_that_took_the_place_of_another_is_heard_though_it_was_cleared(office: Office) -> None:
    other = pdu.deliver(OTHER, "Tolong juga", at=office.clock.now())
    office.while_hearing = lambda: office.sim.stored.update(dict.fromkeys(office.sim.stored, (0, other)))
    office.write("Tolong")
    await office.until(lambda: office.messages)
    office.while_hearing = lambda: None
    await office.until(lambda: len(office.messages) == 2)
    assert office.texts == ["Tolong", "Tolong juga"]
    await office.until(lambda: not office.sim.stored)


async def test_a_joined_sms_that_could_not_be_heard_comes_again_from_the_store(office: Office) -> None:
    office.deafness = 2
    office.modem.receive(*pdu.parts(CITIZEN, ["Tolong ", "longsor"], 44))
    await office.until(lambda: office.messages)
    assert office.texts == ["Tolong longsor"]


async def test_the_sms_of_one_citizen_keep_their_order(office: Office) -> None:
    office.deafness = 1
    for number in range(6):
        office.write(f"baris {number}")
    await office.until(lambda: len(office.messages) == 6)
    assert office.texts == [f"baris {number}" for number in range(6)]


async def test_more_than_the_sim_holds_is_taken_off_quickly(office: Office) -> None:
    now = office.clock.now()
    office.modem.receive(
        *(pdu.deliver(CITIZEN, f"banyak {number}", at=now + timedelta(seconds=number)) for number in range(25))
    )
    await office.until(lambda: len(office.messages) == 25)
    assert office.texts == [f"banyak {number}" for number in range(25)]


async def test_what_somebody_saved_on_the_sim_is_cleared_and_not_heard(office: Office) -> None:
    office.modem.receive(bytes.fromhex("07912618555500001100") + bytes(12))
    await office.until(lambda: not office.sim.stored and not office.sim.outside)
    assert office.heard == []


async def test_a_ring_is_rejected_and_told_once(office: Office) -> None:
    office.modem.ring(CITIZEN, seconds=60.0)
    await office.until(lambda: office.calls)
    assert office.modem.rejected == 1
    await asyncio.sleep(0.7)
    [call] = office.calls
    assert (call.caller, call.line) == (CITIZEN, "telkomsel-1")


async def test_a_ring_is_rejected_and_told_while_many_sms_wait_to_leave(office: Office) -> None:
    sending = [asyncio.create_task(office.send(f"Info {number}", to=OTHER)) for number in range(7)]
    await office.until(lambda: office.sim.sent)
    before = office.modem.rejected
    office.modem.ring("+6281355500077", seconds=60.0)
    await office.until(lambda: office.modem.rejected > before)
    assert len(office.sim.sent) < 4
    await office.until(lambda: office.calls)
    assert [call.caller for call in office.calls] == ["+6281355500077"]
    await asyncio.gather(*sending)


async def test_the_state_tells_a_technician_what_is_known(office: Office) -> None:
    office.sim.signal = 9
    await office.until(lambda: office.state.signal and office.state.signal < 40 and office.state.credit)
    state = office.state
    assert (state.up, state.detail, state.operator, state.network) == (True, "in order", "Telkomsel", "home")
    assert (state.sim_size, state.imei, state.device) == (10, office.imei, str(office.device))
    assert state.credit == "Sisa pulsa Rp 12.345 s.d. 31/12/2026"
    office.sim.signal = 18


async def test_a_refusal_says_whether_another_try_can_help(office: Office) -> None:
    office.modem.faults.plan(cms(28), cms(38), cms(332))
    found = []
    for _ in range(3):
        with pytest.raises(SmsFailed) as failed:
            await office.send("Petugas menuju lokasi.")
        found.append((failed.value.permanent, failed.value.doubt, failed.value.reason))
    assert found == [
        (True, False, "the recipient is unknown, +CMS ERROR 28"),
        (False, False, "the network is out of order, +CMS ERROR 38"),
        (False, True, "the network did not answer, +CMS ERROR 332"),
    ]
    assert office.sim.sent == []


async def test_another_try_goes_on_behind_the_parts_that_left(office: Office) -> None:
    text = "Petugas menuju lokasi, tetap di tempat yang tinggi. " * 8
    office.modem.faults.plan(slow(SUBMITTED, 0.0), cms(41))  # the first part is none the worse for it
    with pytest.raises(SmsFailed, match=r"\(part 2 of 3\)"):
        await office.send(text, key=900)
    reference = await office.send(text, key=900)
    assert "".join(one.text for one in office.sim.sent) == text
    await office.until(lambda: office.reports)
    assert [(one.reference, one.state) for one in office.reports] == [(reference, "delivered")]


async def test_a_report_of_failure_says_why(office: Office) -> None:
    office.sim.report_status = 0x45
    reference = await office.send("Petugas menuju lokasi.")
    await office.until(lambda: office.reports)
    [report] = office.reports
    assert (report.reference, report.state, report.error) == (reference, "failed", "no such number")


async def test_a_report_on_nothing_that_left_tells_nothing(office: Office) -> None:
    office.sim.report_reference = 251
    await office.send("Petugas menuju lokasi.")
    await asyncio.sleep(0.5)
    await office.until(lambda: not office.sim.stored)
    assert office.reports == []


async def test_urgent_sms_overtake_the_others(office: Office) -> None:
    office.modem.faults.plan(slow(r"AT\+CMGS", 1.0))
    ordinary = [asyncio.create_task(office.send(f"Info {number}")) for number in range(3)]
    await office.until(lambda: not office.modem.faults.pending)
    urgent = asyncio.create_task(office.send("Keluar dari rumah sekarang!", urgent=True))
    await asyncio.gather(urgent, *ordinary)
    assert office.sim.texts.index("Keluar dari rumah sekarang!") == 1


async def test_an_emergency_is_heard_while_many_sms_wait_to_leave(office: Office) -> None:
    sending = [asyncio.create_task(office.send(f"Info {number}", to=OTHER)) for number in range(6)]
    await office.until(lambda: office.sim.sent)
    office.write("Tolong, kapal tenggelam")
    await office.until(lambda: office.messages)
    assert len(office.sim.sent) < 6
    await asyncio.gather(*sending)


async def test_what_is_too_late_is_not_sent(office: Office) -> None:
    with pytest.raises(SmsFailed, match="too late") as failed:
        await office.send("Petugas menuju lokasi.", valid_for=timedelta())
    assert failed.value.permanent
    assert office.sim.sent == []


async def test_a_line_that_is_not_open_says_so(opened: Office) -> None:
    shut = Office(opened.folder, name="shut", driver=opened.driver)
    shut.line = opened.line.__class__("kendari", "shut", "gammu", options={"device": "/dev/null*"})
    with pytest.raises(SmsFailed, match="not opened") as failed:
        await shut.send("Petugas menuju lokasi.")
    assert not failed.value.permanent
    assert not failed.value.doubt
    assert not shut.state.up
