"""Texts as letters: parts, their headers, how long they are worth delivering, and what a failure tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.modem_link import CallFailed
from sms_gateway.modem_outbox import failure_of, letter_for, validity_of

MINUTES = {"M": 1, "H": 60, "D": 1440, "W": 10080}


@given(st.integers(5, 63 * 10080))
def test_nothing_is_valid_for_longer_than_it_is_worth(minutes: int) -> None:
    said = validity_of(timedelta(minutes=minutes))
    span = int(said[:-1]) * MINUTES[said[-1]]
    assert minutes / 2 <= span <= minutes


@pytest.mark.parametrize(("minutes", "said"), [(0.5, "5M"), (59, "55M"), (720, "720M"), (1000, "16H"), (43200, "30D")])
def test_steps_of_validity(minutes: float, said: str) -> None:
    assert validity_of(timedelta(minutes=minutes)) == said


def test_another_try_of_the_same_text_has_the_same_number_for_its_parts() -> None:
    text = "Petugas menuju lokasi. " * 10
    first, again, other = (letter_for(key, "+6281355500001", text) for key in (1, 1, 2))
    assert first.joint == again.joint != other.joint
    assert first.reference != again.reference
    assert first.header == bytes([0, 3, first.joint, 2, 1])
    first.left = 1
    assert first.header == bytes([0, 3, first.joint, 2, 2])
    assert not first.done


def test_a_short_text_has_no_header() -> None:
    assert letter_for(1, "+6281355500001", "Petugas menuju lokasi.").header == b""


def test_a_mute_modem_leaves_doubt_only_where_something_may_have_left() -> None:
    letter = letter_for(1, "+6281355500001", "Petugas menuju lokasi. " * 10)
    sure = failure_of(CallFailed("mute", down=True), letter)
    unsure = failure_of(CallFailed("mute", left=True, down=True), letter)
    assert (sure.doubt, sure.permanent, sure.reason) == (False, False, "mute (part 1 of 2)")
    assert (unsure.doubt, unsure.permanent) == (True, False)
    assert unsure.reason == "mute after it was handed to the modem (part 1 of 2)"


def test_an_unknown_error_of_the_network_is_named_by_its_number() -> None:
    failure = failure_of(CallFailed("ERR_UNKNOWN", code=97), letter_for(1, "+6281355500001", "Petugas."))
    assert (failure.reason, failure.permanent, failure.doubt) == ("refused, +CMS ERROR 97", False, False)
