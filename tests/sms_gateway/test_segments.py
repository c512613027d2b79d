"""Cutting and counting SMS: borders, extension characters, surrogate pairs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_gateway.segments import (
    ALONE,
    BASIC,
    EXTENSION,
    JOINED,
    encoding_of,
    parts,
    split,
    to_gsm7_if_close,
    without_pictures,
)

GSM = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=500)
WIDE = st.text(st.sampled_from("aé漢😀𝄞€{\n"), min_size=1, max_size=300).map(lambda text: text + "漢")
ANY = st.text(st.characters(exclude_categories=()), max_size=400)


def units(text: str) -> int:
    """Septets or UTF-16 units, counted another way than the code under test does."""
    if encoding_of(text) == "gsm7":
        return len(text) + sum(text.count(one) for one in EXTENSION)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(GSM | WIDE | ANY)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_split_and_joined_it_is_the_same_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(GSM | WIDE | ANY)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_every_part_fits(text: str) -> None:
    encoding, pieces = encoding_of(text), split(text)
    room = ALONE[encoding] if len(pieces) == 1 else JOINED[encoding]
    for piece in pieces:
        # A part keeps the encoding of the whole, even where its own characters would need less.
        width = units(piece) if encoding == "gsm7" else len(piece.encode("utf-16-le", "surrogatepass")) // 2
        assert width <= room
    assert all(pieces) or text == ""


@given(GSM | WIDE)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_part_could_have_taken_the_next_character(text: str) -> None:
    encoding, pieces = encoding_of(text), split(text)
    for piece, following in itertools.pairwise(pieces):
        used = sum(_width(one, encoding) for one in piece)
        assert used + _width(following[0], encoding) > JOINED[encoding]


@given(GSM | WIDE | ANY)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_figure_for_staff_agrees_with_the_cut(text: str) -> None:
    cost = parts(text)
    assert cost.parts == len(split(text))
    assert cost.units == units(text)
    room = ALONE[cost.encoding] if cost.parts == 1 else JOINED[cost.encoding]
    assert 0 <= cost.left <= room


def _width(character: str, encoding: str) -> int:
    if encoding == "gsm7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 160, [160]),
        ("a" * 161, [153, 8]),
        ("a" * 306, [153, 153]),
        ("a" * 307, [153, 153, 1]),
        ("a" * 158 + "€", [159]),  # the extension takes the last two septets
        ("a" * 159 + "€", [153, 7]),
        ("a" * 152 + "€" + "a" * 10, [152, 11]),  # it may not be parted from its escape
        ("a" * 151 + "€" + "a" * 10, [152, 10]),
        ("漢" * 70, [70]),
        ("漢" * 71, [67, 4]),
        ("漢" * 66 + "😀" + "漢" * 10, [66, 11]),  # neither may a surrogate pair
        ("漢" * 65 + "😀" + "漢" * 10, [66, 10]),
        ("", [0]),
    ],
)
def test_borders(text: str, lengths: list[int]) -> None:
    assert [len(piece) for piece in split(text)] == lengths


def test_one_character_outside_gsm7_halves_the_room() -> None:
    assert (parts("a" * 100).encoding, parts("a" * 100).parts) == ("gsm7", 1)
    assert (parts("a" * 100 + "ş").encoding, parts("a" * 100 + "ş").parts) == ("ucs2", 2)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("“Halo” — ‘siapa’ …", "\"Halo\" - 'siapa' ..."),
        ("Jl. A\u2011B\u00a0no.\u202f5", "Jl. A-B no. 5"),
        ("Masjid Al\u2010Fatah → kiri • kanan", "Masjid Al-Fatah -> kiri - kanan"),
        ("kafê Élan Ñandú", "kafe Élan Ñandu"),
        ("５０ ﬁ ²", "50 fi 2"),
        ("Rp 5.000 [dua] {x} ~ ^ \\ | €", "Rp 5.000 [dua] {x} ~ ^ \\ | €"),
        ("naik ke tempat tinggi\u200b sekarang", "naik ke tempat tinggi sekarang"),
    ],
)
def test_what_is_close_to_gsm7_becomes_gsm7(written: str, sent: str) -> None:
    assert to_gsm7_if_close(written) == sent
    assert encoding_of(sent) == "gsm7"


def test_what_gsm7_cannot_say_is_left_as_it_was_written() -> None:
    assert to_gsm7_if_close("“tolong” 助けて") == "“tolong” 助けて"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("🔥 Kebakaran 🔥🔥 di pasar 🚒!", "Kebakaran di pasar!"),
        ("Balas 1️⃣ ya, 2️⃣ tidak", "Balas 1 ya, 2 tidak"),
        ("Sudah ✅\nTerima kasih 🙏🏽 👨‍👩‍👧", "Sudah\nTerima kasih"),
        ("🇮🇩", ""),
        ("Bunyi:  dua spasi", "Bunyi:  dua spasi"),
    ],
)
def test_pictures_go_and_words_stay(written: str, sent: str) -> None:
    assert without_pictures(written).strip() == sent


@given(ANY)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_text_breaks_the_cleaning(text: str) -> None:
    assert encoding_of(to_gsm7_if_close(text)) in ("gsm7", "ucs2")
    assert without_pictures(without_pictures(text)) == without_pictures(text)
