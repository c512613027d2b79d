"""What the gateway must not forget, in memory and in the database: one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.database import Database
from config.schema import migrate
from sms_gateway.database_store import DatabaseStore
from sms_gateway.segments import split
from sms_gateway.store import APART, AWAITED, MISSING, Group, MemoryStore, Part, SentPart, SmsStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CITIZEN = "+6281255501234"


def part(seq: int, text: str = "", *, total: int = 3, ref: int = 7, sender: str = CITIZEN) -> Part:
    return Part("kendari", "modem-1", sender, NOW, ref, total, seq, text or f"<{seq}>", f"pdu {ref} {seq}".encode())


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the parts are kept; "" for memory."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/sms.db" if request.param == "sqlite" else ""


@pytest.fixture
async def store(address: str) -> AsyncIterator[SmsStore]:
    if not address:
        yield MemoryStore()
        return
    database = Database(address)
    await migrate(database)
    yield DatabaseStore(database)
    await database.close()


async def test_parts_in_any_order_make_one_sms(store: SmsStore) -> None:
    assert await store.keep(part(3, "c"), NOW) is None
    assert await store.keep(part(1, "a"), NOW) is None
    group = await store.keep(part(2, "b"), NOW)
    assert group is not None
    assert (group.whole, group.text) == (True, "abc")


async def test_what_was_not_heard_is_handed_over_again_and_what_was_heard_never(store: SmsStore) -> None:
    for seq in (1, 2, 3):
        group = await store.keep(part(seq), NOW)
    assert group is not None
    assert await store.keep(part(2), NOW) == group  # a crash came before the SIM was cleared
    assert await store.waiting("kendari", "modem-1", NOW) == [group]
    await store.done(group, NOW)
    assert await store.keep(part(2), NOW) is None
    assert await store.waiting("kendari", "modem-1", NOW + APART) == []


async def test_an_incomplete_sms_is_given_up_after_an_hour_with_its_gaps_shown(store: SmsStore) -> None:
    await store.keep(part(2, "di Wua-Wua", total=4), NOW)
    assert await store.waiting("kendari", "modem-1", NOW + APART / 2) == []
    [group] = await store.waiting("kendari", "modem-1", NOW + APART)
    assert (group.whole, group.text) == (False, f"{MISSING}di Wua-Wua{MISSING}")
    assert await store.waiting("kendari", "modem-2", NOW + APART) == []


async def test_a_reference_that_is_used_again_begins_another_sms(store: SmsStore) -> None:
    first, second = part(1, "satu", total=2), replace(part(1, "dua", total=2), pdu=b"other")
    await store.keep(first, NOW)
    await store.keep(second, NOW)
    group = await store.keep(part(2, "!", total=2), NOW)
    assert group is not None
    assert group.whole
    assert len(await store.waiting("kendari", "modem-1", NOW)) == 1


async def test_half_a_surrogate_pair_waits_for_the_other(store: SmsStore) -> None:
    await store.keep(part(1, "api \ud83d", total=2), NOW)
    group = await store.keep(part(2, "\udd25 besar", total=2), NOW)
    assert group is not None
    assert group.text == "api 🔥 besar"


async def test_an_sms_is_delivered_once_all_its_parts_are(store: SmsStore) -> None:
    sent = [SentPart("kendari", "modem-1", CITIZEN, str(number), "ref-1", number, 2, NOW) for number in (1, 2)]
    await store.note_sent(sent)
    told = NOW + timedelta(seconds=9)
    assert await store.note_report("kendari", "modem-1", "2", CITIZEN, "delivered", told) is None
    assert await store.note_report("kendari", "modem-1", "2", CITIZEN, "delivered", told) is None
    report = await store.note_report("kendari", "modem-1", "1", None, "delivered", told)
    assert report is not None
    assert (report.reference, report.state, report.at) == ("ref-1", "delivered", told)


async def test_one_part_that_failed_fails_the_sms(store: SmsStore) -> None:
    await store.note_sent([SentPart("kendari", "modem-1", CITIZEN, "5", "ref-1", 1, 2, NOW)])
    report = await store.note_report("kendari", "modem-1", "5", CITIZEN, "failed", NOW, "absent")
    assert report is not None
    assert (report.state, report.error) == ("failed", "absent")


async def test_a_report_of_something_unknown_or_long_past_says_nothing(store: SmsStore) -> None:
    await store.note_sent([SentPart("kendari", "modem-1", CITIZEN, "5", "ref-1", 1, 1, NOW)])
    assert await store.note_report("kendari", "modem-1", "6", CITIZEN, "delivered", NOW) is None
    assert await store.note_report("kendari", "modem-1", "5", "+6281255509999", "delivered", NOW) is None
    assert await store.note_report("kendari", "modem-2", "5", CITIZEN, "delivered", NOW) is None
    assert await store.note_report("kendari", "modem-1", "5", CITIZEN, "delivered", NOW + AWAITED) is None


async def test_a_modem_counts_round_and_the_later_sms_is_meant(store: SmsStore) -> None:
    for reference, at in (("old", NOW), ("new", NOW + timedelta(hours=1))):
        await store.note_sent([SentPart("kendari", "modem-1", CITIZEN, "5", reference, 1, 1, at)])
    report = await store.note_report("kendari", "modem-1", "5", CITIZEN, "delivered", NOW + timedelta(hours=2))
    assert report is not None
    assert report.reference == "new"


async def test_a_refused_pin_is_known_to_the_next_process_of_that_line_alone(store: SmsStore) -> None:
    assert await store.refused_pins("kendari", "modem-1") == frozenset()
    for mark in ("a" * 40, "b" * 40, "a" * 40):
        await store.note_refused_pin("kendari", "modem-1", mark, NOW)
    assert await store.refused_pins("kendari", "modem-1") == {"a" * 40, "b" * 40}
    assert await store.refused_pins("kendari", "modem-2") == frozenset()
    assert await store.refused_pins("ambon", "modem-1") == frozenset()


@given(st.text(min_size=1, max_size=900))
def test_every_text_comes_back_from_its_parts(text: str) -> None:
    pieces = split(text)
    parts = tuple(part(seq, piece, total=len(pieces)) for seq, piece in enumerate(pieces, 1))
    assert Group("key", parts).text == text
