"""Numbers as people, SMSCs and agencies write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_gateway.numbers import can_answer, sender_of, to_e164


@pytest.mark.parametrize(
    "written",
    [
        "081255501234",
        "0812-5550-1234",
        "0812 5550 1234",
        "6281255501234",
        "+6281255501234",
        "+62 812-5550-1234",
        "+62 (812) 55501234",
        "006281255501234",
        "81255501234",
        " 081255501234 ",
        "０８１２５５５０１２３４",
    ],
)
def test_one_number_however_it_is_written(written: str) -> None:
    assert to_e164(written) == "+6281255501234"
    assert sender_of(written) == "+6281255501234"


@pytest.mark.parametrize(
    ("written", "number"),
    [("+14155550100", "+14155550100"), ("0411-555010", "+62411555010"), ("+60 12-555 0100", None)],
)
def test_foreign_and_fixed_numbers(written: str, number: str | None) -> None:
    assert to_e164(written) == (number or "+60125550100")


@pytest.mark.parametrize(
    "sender", ["TELKOMSEL", "112KENDARI", "BMKG-Info", "112", "888", "1818", "98811", "021555", "+"]
)
def test_names_and_short_codes_stay_as_they_came_and_take_no_answer(sender: str) -> None:
    assert sender_of(sender) == sender
    assert not can_answer(sender)


def test_a_name_is_not_read_as_keys_of_a_telephone() -> None:
    assert to_e164("08125550TELKOM") is None


def test_an_answer_goes_to_a_number_in_full_only() -> None:
    assert can_answer("+6281255501234")
    assert not can_answer("081255501234")
    assert not can_answer("")


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_sender_breaks_it_and_reading_twice_changes_nothing(sender: str) -> None:
    once = sender_of(sender)
    assert sender_of(once) == once


@given(st.integers(10**7, 10**9 - 1))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_home_and_international_writing_are_one_sender(rest: int) -> None:
    assert sender_of(f"0812{rest}") == sender_of(f"+62812{rest}") == f"+62812{rest}"
