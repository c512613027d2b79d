"""A PIN that the SIM refused is not tried again, and none is while nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.clock import VirtualClock
from sms_gateway.modem_pin import RefusedPins, mark_of
from sms_gateway.store import MemoryStore

MARK = mark_of("866262000000001", "9999")


class LostStore(MemoryStore):
    """A database that is away."""

    async def refused_pins(self, city: str, line: str) -> frozenset[str]:
        raise ConnectionError(city, line)

    async def note_refused_pin(self, city: str, line: str, mark: str, at: datetime) -> None:
        raise ConnectionError(city, line, mark, at)


def pins(store: MemoryStore) -> RefusedPins:
    return RefusedPins("kendari", "telkomsel-1", store, VirtualClock(datetime.now(UTC)))


@pytest.mark.parametrize("for_good", [True, False])
async def test_the_next_process_knows_what_the_sim_itself_refused(for_good: bool) -> None:
    store = MemoryStore()
    here = pins(store)
    assert await here.known() == frozenset()
    await here.note(MARK, for_good=for_good)
    assert await here.known() == frozenset({MARK})
    assert await pins(store).known() == (frozenset({MARK}) if for_good else frozenset())


async def test_nothing_is_known_without_the_store() -> None:
    here = pins(LostStore())
    await here.note(MARK, for_good=True)
    assert await here.known() is None


def test_a_mark_stands_for_one_pin_in_one_modem() -> None:
    assert len({MARK, mark_of("866262000000001", "1234"), mark_of("866262000000002", "9999"), mark_of("", "9999")}) == 4
