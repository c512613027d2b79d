"""What passes the door."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.channel import Unreadable
from bots.door import LONGEST_TEXT, clean_text, fields, moment, number, pieces, read_json, rows, said, short, whole

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)


@given(text=ANY_TEXT)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_clean_text_loses_nothing_but_nul_and_lone_surrogates(text: str) -> None:
    kept = "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff")
    assert clean_text(text) == kept


@pytest.mark.parametrize("text", ["a" * 100_000, "é" * 60_000, "🔥" * 20_000])
def test_clean_text_cuts_visibly(text: str) -> None:
    cut = clean_text(text)
    assert LONGEST_TEXT - 8 < len(cut.encode()) <= LONGEST_TEXT
    assert cut.endswith("…")
    assert text.startswith(cut[:-1])


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud800x"}', {"a": "x"}),
        (b'{"a": "\\u0000x"}', {"a": "x"}),
        (b'{"a": ["\\u0000", {"\\u0000b": "\\ud83d\\ude00"}]}', {"a": ["", {"b": "😀"}]}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "x\ny"}', {"a": "x\ny"}),
    ],
)
def test_read_json_takes_what_must_not_cost_a_message(body: bytes, read: dict[str, object]) -> None:
    assert read_json(body) == read


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":' * 3000, b'{"a":' + b"9" * 6000 + b"}"])
def test_read_json_calls_the_rest_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_json(body)


@given(text=ANY_TEXT, longest=st.integers(4, 60), last=st.integers(4, 60))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, longest: int, last: int) -> None:
    text, last = clean_text(text), min(last, longest)
    parts = pieces(text, longest, last)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= longest for part in parts)
    assert all(len(part.encode("utf-16-le")) // 2 <= last for part in parts[-1:])
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_pieces_cut_between_lines_then_words() -> None:
    assert pieces("satu dua\ntiga empat lima", 14) == ["satu dua", "tiga empat", "lima"]
    assert pieces("x" * 30, 14) == ["x" * 14, "x" * 14, "xx"]
    assert pieces("utuh ", 14) == ["utuh "]
    assert pieces("", 14) == []


def test_short_keeps_what_fits() -> None:
    assert short("Kebakaran", 20) == "Kebakaran"
    assert short("Kecelakaan lalu lintas", 20) == "Kecelakaan lalu lin…"
    assert len(short("🔥" * 20, 20).encode("utf-16-le")) // 2 <= 20


def test_moment_reads_digits_and_numbers() -> None:
    otherwise = datetime(2026, 1, 1, tzinfo=UTC)
    assert (
        moment("1790000000", otherwise)
        == moment(1790000000, otherwise)
        == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    )
    for strange in (None, "kemarin", 10**30, -(10**30), "9" * 6000, [1], 1.5):
        assert moment(strange, otherwise) == otherwise


def test_one_bad_field_costs_itself() -> None:
    content = {"a": 1, "b": "x", "c": {"d": 1}, "e": [1]}
    assert (fields(content, "a"), fields(content, "c"), fields(content, "z")) == ({}, {"d": 1}, {})
    assert (rows(content, "a"), rows(content, "e"), rows(content, "z")) == ([], [1], [])
    assert (said(content, "a"), said(content, "b"), said(content, "z")) == ("", "x", "")
    assert (whole(5), whole(True), whole("5"), whole(2**63), whole(1.0)) == (5, None, None, None, None)
    assert (number(5), number(True), number("5"), number(float("nan")), number(10**400)) == (
        5.0,
        None,
        None,
        None,
        None,
    )
