from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.clean import LONGEST, Cleaner, skeleton, visible, within

CLEANER = Cleaner(
    {
        "tlg": "tolong",
        "rmh": "rumah",
        "lt": "lantai",
        "baku potong": "saling bacok",
        "seng": "tidak",
        "atap seng": "atap seng",
    },
    ["kebakaran", "terjebak", "orang", "anak", "cepat", "ktp", "katup"],
)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("TLG ada kebakaran", "tolong ada kebakaran"),
        ("tolooooong", "tolong"),
        ("kebakarannn", "kebakaran"),
        ("k3bak4r4n", "kebakaran"),
        ("3org lt2 anak2", "3 org lantai 2 anak"),
        ("trjbk", "terjebak"),
        ("cepatki", "cepat"),
        ("rmhnya", "rumah"),
        ("dirumah ke rumah", "di rumah ke rumah"),
        ("dong baku potong", "dong saling bacok"),
        ("seng bisa", "tidak bisa"),
        ("atap seng terbang", "atap seng terbang"),
        ("ktp", "ktp"),
        ("t o l o n g", "tolong"),
        ("ｔｏｌｏｎｇ", "tolong"),
        ("to\u200blo\u0336ng", "tolong"),
        ("т\u043eлong", "tолong".translate(str.maketrans("ол", "oл"))),
    ],
)
def test_plain_words(written: str, plain: str) -> None:
    assert " ".join(CLEANER.clean(written).words) == plain


def test_the_words_as_written_are_kept_for_place_names() -> None:
    cleaned = CLEANER.clean("tlg rmh di Wua2")
    assert cleaned.raw == ["tlg", "rmh", "di", "wua2"]
    assert [cleaned.raw[at] for at in cleaned.origin] == ["tlg", "rmh", "di", "wua2"]


def test_sentences_and_clauses_are_told_apart() -> None:
    cleaned = CLEANER.clean("bukan api, asap. tolong?")
    assert (cleaned.pauses, cleaned.breaks, cleaned.asks) == ([2], [3, 4], True)


def test_a_long_text_keeps_its_end() -> None:
    assert visible("a" * 9000 + "kebakaran").endswith("kebakaran")
    assert len(visible("a" * 9000)) <= LONGEST + 1


def test_consonants_are_what_an_sms_keeps() -> None:
    assert skeleton("tenggelam") == skeleton("tnglm")
    assert within("tnglm", "tenggelam")
    assert not within("tnglmx", "tenggelam")


@given(st.text(max_size=300))
def test_cleaning_never_raises_and_stays_aligned(text: str) -> None:
    cleaned = CLEANER.clean(text)
    assert len(cleaned.words) == len(cleaned.origin)
    assert all(at <= len(cleaned.words) for at in (*cleaned.breaks, *cleaned.pauses))
    assert "\x00" not in cleaned.text
    cleaned.text.encode()  # no lone surrogate is left
