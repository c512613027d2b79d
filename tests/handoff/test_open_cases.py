"""What the bot adds to the open cases of a batch: seen at once, written together, urgency only raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from handoff import incidents, open_cases
from handoff.audit import Who
from handoff.open_cases import OpenCases
from handoff.report import Origin, Report
from handoff.tables import audit_event, incident
from tests.fakes import World

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ORIGIN = Origin("kendari", "K")


def opened(connection: Connection, many: int) -> list[int]:
    cases = OpenCases(connection, "kendari", (), NOW)
    ids = [cases.open(ORIGIN, Report("unclear", severity=3), NOW)["id"] for _ in range(many)]
    cases.write()
    return ids


async def test_new_cases_get_their_numbers_in_order_and_with_what_was_heard_since(world: World) -> None:
    def job(connection: Connection) -> None:
        cases = OpenCases(connection, "kendari", (), NOW)
        for _ in range(3):
            row = cases.open(ORIGIN, Report("unclear", severity=3), NOW)
            assert row["code"] == ""
            cases.hear_more(row, Report("emergency", severity=1, categories=("kebakaran",)))
        cases.write()

    await world.database.write(job)
    rows = sorted(await world.rows(incident), key=lambda row: row["number"])
    assert [(row["code"], row["severity"], row["version"]) for row in rows] == [(f"K-000{n}", 1, 1) for n in (1, 2, 3)]
    assert [row["verb"] for row in await world.rows(audit_event)] == ["open"] * 3


async def test_each_addition_has_its_line_of_the_audit_and_its_version(world: World) -> None:
    def job(connection: Connection) -> None:
        cases = OpenCases(connection, "kendari", [*opened(connection, 1), None], LATER)
        [row] = cases.rows
        cases.hear_more(row, Report("emergency", severity=1, categories=("banjir",), why=("air naik",)))
        cases.hear_more(row, Report("emergency", severity=4, facts={"trapped": True}))
        cases.hear_more(row, Report("emergency", severity=2))
        cases.lead(row, "kebakaran")
        cases.ring(row, "send_failed")
        cases.ring(row, "send_failed")
        assert cases.get(row["id"]) is row
        cases.write()
        cases.write()

    await world.database.write(job)
    [row] = await world.rows(incident)
    assert (row["severity"], row["facts"], row["alarm"]) == (1, {"trapped": True}, "send_failed")
    assert (row["category"], row["categories"], row["why"]) == ("kebakaran", ["kebakaran", "banjir"], ["air naik"])
    assert (row["version"], row["updated_at"]) == (5, LATER)
    verbs = [row["verb"] for row in await world.rows(audit_event)]
    assert sorted(verbs) == ["alarm", "correct", "hear", "open", "raise"]


async def test_a_batch_is_written_in_as_many_statements_as_one_case(world: World) -> None:
    def statements(connection: Connection, many: int) -> int:
        cases = OpenCases(connection, "kendari", opened(connection, many), LATER)
        seen: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *of: seen.append(of[2]))
        for row in cases.rows:
            cases.hear_more(row, Report("emergency", severity=1, facts={"fire": many}))
            cases.ring(row, "send_failed")
        cases.write()
        return len(seen)

    one = await world.database.write(lambda connection: statements(connection, 1))
    assert await world.database.write(lambda connection: statements(connection, 50)) == one
    assert all(row["severity"] == 1 for row in await world.rows(incident))


async def test_a_closed_case_is_left_alone(world: World) -> None:
    def job(connection: Connection) -> None:
        [key] = opened(connection, 1)
        incidents.close(connection, "kendari", key, 1, "resolved", "", Who("adi"), NOW)
        cases = OpenCases(connection, "kendari", [key], LATER)
        assert (cases.rows, cases.get(key), cases.load([key])) == ([], None, [])
        open_cases.ring(connection, "kendari", [key], "send_failed", LATER)

    await world.database.write(job)
    assert [row["alarm"] for row in await world.rows(incident)] == [None]


async def test_a_kind_that_an_operator_has_seen_is_not_overruled(world: World) -> None:
    def job(connection: Connection) -> None:
        [key] = opened(connection, 1)
        incidents.claim(connection, "kendari", key, 7, Who("adi", 7), NOW)
        cases = OpenCases(connection, "kendari", [key], LATER)
        cases.lead(cases.rows[0], "kebakaran")
        cases.write()

    await world.database.write(job)
    assert [row["category"] for row in await world.rows(incident)] == [None]


def reports() -> st.SearchStrategy[Report]:
    place: st.SearchStrategy[Any] = st.none() | st.fixed_dictionaries(
        {
            "source": st.sampled_from(["pin", "text", "aml"]),
            "confidence": st.floats(0, 1),
            "kecamatan": st.just("Poasia"),
        }
    )
    kinds = st.lists(st.sampled_from(["kebakaran", "banjir", "lainnya"]), max_size=2).map(tuple)
    return st.builds(Report, st.just("emergency"), st.integers(1, 5), kinds, place=place, silent=st.booleans())


@given(st.lists(reports(), min_size=1, max_size=8))
def test_nothing_that_is_heard_lowers_or_hides_anything(heard: list[Report]) -> None:
    cases = OpenCases(None, "kendari", (), NOW)  # type: ignore[arg-type] # nothing is loaded or written
    row = cases.open(ORIGIN, heard[0], NOW)
    for one in heard[1:]:
        before = dict(row)
        cases.hear_more(row, one)
        assert row["severity"] == min(before["severity"], one.severity)
        assert set(before["categories"]) - {"lainnya"} <= set(row["categories"])
        assert row["silent"] == (before["silent"] or one.silent)
        if before["place"] is not None:
            assert row["place"] is not None
            assert row["place"]["source"] == "pin" or before["place"]["source"] != "pin"
