"""Our SMPP codec alone: what leaves comes back, and nothing that comes makes it raise."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_gateway.segments import ALONE, BASIC, EXTENSION, JOINED, split
from sms_gateway.smpp_pdu import Address, Command, Submit, absolute_time, read_message, relative_time
from sms_gateway.smpp_receipts import Ids, is_receipt, plain, read_receipt, rewritten
from sms_gateway.smpp_text import Alphabet, Said, pieces_of, read_text
from sms_gateway.store import Group, Part

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ALPHABETS: tuple[Alphabet, ...] = ("gsm7", "latin1")
GSM = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=500)
WIDE = st.text(st.sampled_from("aé漢😀𝄞€{\n"), min_size=1, max_size=300).map(lambda text: text + "漢")
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)  # all but lone halves of pairs


def through(text: str, alphabet: Alphabet) -> list[Said]:
    """``text`` as it would arrive: each part as the body of an SMS, and read again."""
    bodies = [
        Submit(Address("112", 0, 1), Address("6281255501234", 1, 1), piece.octets, piece.coding, piece.headed).body
        for piece in pieces_of(text, alphabet, 77)
    ]
    return [read_text(read_message(Command.DELIVER_SM, body), alphabet) for body in bodies]


def joined(said: list[Said]) -> str:
    parts = [
        Part("kendari", "smsc-1", "", NOW, one.joint.ref, one.joint.total, one.joint.seq, one.text, b"")
        for one in reversed(said)
        if one.joint
    ]
    ordered = tuple(sorted(parts, key=lambda part: part.seq))
    return Group("key", ordered).text if parts else said[0].text


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(text=GSM | WIDE | ANY)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_every_text_comes_back_from_its_sms(text: str, alphabet: Alphabet) -> None:
    said = through(text, alphabet)
    assert joined(said) == text
    assert [one.joint.seq for one in said if one.joint] == (list(range(1, len(said) + 1)) if len(said) > 1 else [])


@pytest.mark.parametrize("alphabet", ALPHABETS)
@given(text=GSM | WIDE | ANY)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_sms_fits(text: str, alphabet: Alphabet) -> None:
    pieces = pieces_of(text, alphabet, 300)
    assert len(pieces) <= 255
    for piece in pieces:
        room = {0: 160, 8: 140}[piece.coding] - (7 if piece.coding == 0 and piece.headed else 0)
        assert len(piece.octets) - (6 if piece.headed and piece.coding == 0 else 0) <= room


@pytest.mark.parametrize("last", ["a", "€", "😀", "é", "漢"])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_wide_character_at_every_border(alphabet: Alphabet, last: str) -> None:
    for before, length in itertools.product("a漢", range(60, 325)):
        text = before * length + last + before * 3
        assert joined(through(text, alphabet)) == text


def test_no_header_counts_beyond_255() -> None:
    assert len(pieces_of("a" * 153 * 255, "gsm7", 1)) == 255
    with pytest.raises(ValueError, match="256 parts"):
        pieces_of("a" * (153 * 255 + 1), "gsm7", 1)


def test_gsm7_is_cut_as_it_is_counted() -> None:
    for length in (ALONE["gsm7"], ALONE["gsm7"] + 1, 2 * JOINED["gsm7"] + 1):
        assert [one.text for one in through("a" * length, "gsm7")] == split("a" * length)


@given(st.binary(max_size=400), st.sampled_from([Command.DELIVER_SM, Command.DATA_SM]))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_no_octets_make_it_raise(octets: bytes, command: Command) -> None:
    message = read_message(command, octets)
    read_text(message, "gsm7").text.encode("utf-16-le", "surrogatepass")
    if is_receipt(message):
        read_receipt(message)


@given(st.binary(max_size=160), st.integers(0, 255), st.sampled_from([0, 0x40]), st.sampled_from(ALPHABETS))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_no_user_data_makes_it_raise(octets: bytes, coding: int, esm_class: int, alphabet: Alphabet) -> None:
    body = b"\0\0\0\0\0\0\0" + bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(octets))) + octets
    message = read_message(Command.DELIVER_SM, body)
    assert message.whole
    said = read_text(message, alphabet)
    assert said.data is None or said.text == ""
    if said.joint is None:
        said.text.encode()  # no half of a pair is left over


@given(st.text(max_size=120))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_receipt_makes_it_raise(words: str) -> None:
    octets = f"id:{words} stat:{words} err:{words}".encode()[:250]
    body = b"\0\0\0\0\0\0\0" + bytes((4, 0, 0, 0, 0, 0, 0, 0, 0, len(octets))) + octets
    receipt = read_receipt(read_message(Command.DELIVER_SM, body))
    if receipt:
        assert all(len(one) <= 80 for one in Ids().meant(receipt.network_id))


def test_ids_are_the_same_in_either_form() -> None:
    assert plain("0001A2b") == "1a2b"
    assert rewritten("1A2B", "decimal") == "6699"
    assert rewritten("0006699", "hexadecimal") == "1a2b"
    assert rewritten("1a2b", "hexadecimal") == rewritten("x-1", "decimal") == ""


def test_what_fits_our_own_is_believed_and_remembered() -> None:
    ids = Ids()
    ids.note("10")
    ids.note("1a2b")
    assert ids.meant("16") == ["10"]  # ours, in hexadecimal; without it every form would do
    assert ids.meant("6699") == ["1a2b"]
    assert ids.meant("255") == ["ff"]  # another process's; ours have shown the form
    assert Ids().meant("255") == ["255", "ff", "597"]


def test_of_two_that_both_fit_the_one_as_it_is_written_is_meant() -> None:
    ids = Ids()
    ids.note("10")
    ids.note("16")
    assert ids.meant("16") == ["16"]
    assert ids.form is None  # it showed nothing


def test_times_as_smpp_writes_them() -> None:
    assert relative_time(timedelta(hours=1)) == "000000010000000R"
    assert relative_time(timedelta(days=2, minutes=3, seconds=4)) == "000002000304000R"
    assert relative_time(timedelta()) == "000000000001000R"
    assert absolute_time(NOW) == "261123030000000+"
