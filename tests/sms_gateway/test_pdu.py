"""PDUs as networks send them, and as nobody should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.modem_log import (
    direct_in,
    index_of,
    may_have_left,
    prompt_came,
    read_in,
    refused_with,
    rows_of,
    stored_in,
)
from sms_gateway.pdu import Deliver, StatusReport, is_own, read
from sms_gateway.segments import BASIC, EXTENSION, split
from sms_gateway.user_data import Joint
from tests.modems import pdu

AT = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
CITIZEN = "+6281355500001"
GSM7 = st.text(st.sampled_from(sorted((BASIC | EXTENSION) - {"\r"})))
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


def delivered(raw: bytes) -> Deliver:
    message = read(raw)
    assert isinstance(message, Deliver)
    return message


@given(GSM7.filter(lambda text: len(split(text)) == 1))
def test_every_text_of_the_gsm_alphabet_is_read_as_it_was_written(text: str) -> None:
    message = delivered(pdu.deliver(CITIZEN, text, at=AT))
    assert (message.sender, message.at, message.text, message.joint, message.data) == (CITIZEN, AT, text, None, None)


@given(ANY.filter(lambda text: len(split(text)) == 1))
def test_every_text_in_ucs2_is_read_as_it_was_written(text: str) -> None:
    assert delivered(pdu.deliver(CITIZEN, text, at=AT, ucs2=True)).text == text


@given(st.one_of(GSM7, ANY), st.booleans(), st.integers(0, 65535))
def test_parts_say_where_they_belong_and_join_to_the_text(text: str, wide: bool, ref: int) -> None:
    pieces = split(text)
    if len(pieces) == 1:
        return
    if wide and len(pieces[0]) > 60:
        pieces = [piece[i : i + 30] for piece in pieces for i in range(0, len(piece), 30)]
    read_parts = [delivered(raw) for raw in pdu.parts(CITIZEN, pieces, ref, at=AT, wide=wide)]
    number = ref if wide else ref & 0xFF
    assert [part.joint for part in read_parts] == [
        Joint(number, len(pieces), place) for place in range(1, len(pieces) + 1)
    ]
    assert "".join(part.text for part in read_parts) == text


def test_a_surrogate_pair_between_two_parts_keeps_both_halves() -> None:
    halves = [delivered(raw).text for raw in pdu.parts(CITIZEN, ["api \ud83d", "\udd25 besar"], 7)]
    assert halves == ["api \ud83d", "\udd25 besar"]


def test_half_a_pair_in_an_sms_that_stands_alone_is_a_replacement_character() -> None:
    assert delivered(pdu.deliver(CITIZEN, "api \ud83d", ucs2=True)).text == "api \ufffd"


@pytest.mark.parametrize("sender", [CITIZEN, "112", "TELKOMSEL", "Info-BPBD", "081355500001"])
def test_senders_of_every_kind(sender: str) -> None:
    assert delivered(pdu.deliver(sender, "Tolong")).sender == sender


@pytest.mark.parametrize("ucs2", [False, True])
def test_flash(ucs2: bool) -> None:
    assert delivered(pdu.deliver(CITIZEN, "Tolong", flash=True, ucs2=ucs2)).flash
    assert not delivered(pdu.deliver(CITIZEN, "Tolong", ucs2=ucs2)).flash


@given(st.binary(max_size=133), st.integers(0, 65535))
def test_data_keeps_its_port(data: bytes, port: int) -> None:
    message = delivered(pdu.data_sms(CITIZEN, data, port, at=AT))
    assert (message.data, message.port, message.text) == (data, port, "")


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (0, "delivered", None),
        (2, "delivered", None),
        (0x20, None, None),
        (0x45, "failed", "no such number"),
        (0x46, "failed", "not delivered before it ran out"),
        (0x60, "failed", "status 96"),
        (0xFF, "failed", "status 255"),
    ],
)
def test_reports(status: int, state: str | None, error: str | None) -> None:
    report = read(pdu.status_report(17, CITIZEN, status, at=AT))
    assert isinstance(report, StatusReport)
    assert (report.reference, report.to, report.at, report.state, report.error) == (17, CITIZEN, AT, state, error)


def test_a_time_that_makes_no_sense_is_none() -> None:
    raw = pdu.deliver(CITIZEN, "Tolong", at=AT)
    broken = raw.replace(bytes.fromhex("621132"), bytes.fromhex("629999"))
    assert delivered(broken).at is None
    assert delivered(broken).text == "Tolong"


def test_what_somebody_saved_on_the_sim_did_not_come() -> None:
    saved = bytes.fromhex("07912618555500001100") + bytes(12)
    assert is_own(saved)
    assert read(saved) is None
    assert not is_own(pdu.deliver(CITIZEN, "Tolong"))


@given(st.binary(max_size=300))
def test_hostile_octets_never_raise(raw: bytes) -> None:
    message = read(raw)
    assert message is None or message.__class__ in (Deliver, StatusReport)
    is_own(raw)


@given(
    st.sampled_from(
        [
            pdu.deliver(CITIZEN, "Tolong, kebakaran {di} Mandonga"),
            pdu.parts(CITIZEN, ["api \ud83d", "\udd25 besar"], 7, wide=True)[0],
            pdu.data_sms(CITIZEN, b'A"ML=1', 5505),
            pdu.status_report(3, CITIZEN),
        ]
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=6),
    st.integers(0, 80),
)
def test_damaged_sms_never_raise(raw: bytes, damage: list[tuple[int, int]], length: int) -> None:
    octets = bytearray(raw[:length])
    for place, value in damage:
        if place < len(octets):
            octets[place] = value
    message = read(bytes(octets))
    if isinstance(message, Deliver) and message.joint is None:
        message.text.encode("utf-8")  # whole characters: it can be stored
    if isinstance(message, Deliver) and message.at is not None:
        assert abs(message.at - AT) < timedelta(days=366 * 101)


# ---- Gammu's log


LISTING = """1 "AT+CMGL=4"
2 "+CMGL: 1,0,,23"
3 "0011FF"
4 "+CMGL: 7,1,,2"
5 "XYZ"
6 "+CMGL: 8,1,,0"
7 "OK"
ATGEN folder 1 & location 33 -> SMS folder 0 & location 34
SMS listing received
ATGEN folder 1 & location 1 -> SMS folder 0 & location 2
ATGEN folder 1 & location 7 -> SMS folder 0 & location 8
ATGEN folder 1 & location 8 -> SMS folder 0 & location 9
"""


def test_the_log_gives_places_and_octets() -> None:
    stored = [(one.location, one.index, one.pdu) for one in stored_in(LISTING)]
    assert stored == [(2, 1, b"\x00\x11\xff"), (8, 7, b"XYZ"), (9, 8, b"")]


def test_what_is_said_at_once() -> None:
    assert direct_in('1 "+CMT: ,5"\n2 "0011FF"\nelse\n1 "+CDS: 3"\n2 "07"\n1 "OK"\n') == [b"\x00\x11\xff", b"\x07"]


def test_news_between_a_row_and_its_octets_is_no_octets() -> None:
    assert rows_of(["+CMGL: 1,0,,3", '+CMTI: "SM",4', "0011FF", "OK"]) == [(1, b"\x00\x11\xff")]


def test_a_listing_that_ended_early_keeps_what_came_before() -> None:
    early = LISTING[: LISTING.index("ATGEN folder 1 & location 7")]
    assert [one.location for one in stored_in(early)] == [2]


@given(st.text())
def test_no_log_ever_raises(text: str) -> None:
    stored_in(text)
    direct_in(text)
    read_in(text)
    prompt_came(text)
    refused_with(text)
    index_of(text)
    rows_of(text.splitlines())
    assert not may_have_left(text.replace("1A", ""))


@given(st.lists(st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=40))))
def test_rows_of_a_listing_are_read_back(rows: list[tuple[int, bytes]]) -> None:
    answer = [line for index, octets in rows for line in (f"+CMGL: {index},1,,9", octets.hex().upper())]
    assert rows_of([*answer, "OK"]) == rows


def test_what_may_have_left() -> None:
    begun = "Sending SMS\nSENDING frame type 0x00/length 0x40/64\n300|366 06\n"
    assert not may_have_left("Waiting for modem prompt\nSENDING frame\n1B|0D\n")
    assert not may_have_left(begun)
    assert may_have_left(f"{begun}SENDING frame type 0x00/length 0x01/1\n1A              .\n")


def test_news_is_no_prompt() -> None:
    """Gammu takes them for one, and writes on."""
    assert not prompt_came('1 "+CMTI: "SM",5"\nSending SMS\n1A     .\n')
    assert prompt_came('1 "AT+CMGS=24"\n2 "> "\n')


def test_the_last_error_counts() -> None:
    assert refused_with('3 "+CMS ERROR: 500"\n3 "+CMS ERROR: 38"\n') == 38
    assert refused_with("OK") is None
