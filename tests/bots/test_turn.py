"""How a batch is understood: in slices that leave the event loop to others, and of a long text what matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bots.transcript import Turn
from bots.turn import SLICE_TEXT
from handoff.tables import incident, message
from nlu.meaning import Heard, Understanding
from tests.fakes import Keywords, World, open_world


class Counting(Keywords):
    """Remembers what it was given at a stretch."""

    def __init__(self) -> None:
        self.slices: list[list[str]] = []

    def understand(self, heard: Sequence[Heard]) -> list[Understanding]:
        self.slices.append([one.text for one in heard])
        return super().understand(heard)


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
async def world(tmp_path: Path, counting: Counting) -> AsyncIterator[World]:
    async with open_world(tmp_path / "sigap.db", understander=counting) as opened:
        yield opened


async def take(world: World, texts: Sequence[str]) -> None:
    chats = [world.message(text, chat=f"c{number}") for number, text in enumerate(texts)]
    await world.turns.take([Turn(world.account, one, world.clock.now()) for one in chats])


async def test_short_messages_are_understood_sixteen_at_a_stretch(world: World, counting: Counting) -> None:
    await take(world, ["halo"] * 40)
    assert [len(few) for few in counting.slices] == [16, 16, 8]


async def test_long_messages_make_short_slices(world: World, counting: Counting) -> None:
    await take(world, [*["a" * 4000] * 5, *["b" * 500] * 6, "c"])
    assert all(sum(map(len, few)) <= SLICE_TEXT + 1 for few in counting.slices)
    assert [len(few) for few in counting.slices] == [1, 1, 1, 1, 1, 3, 3, 1]


async def test_of_a_long_text_its_beginning_and_end_are_read_and_all_is_kept(world: World, counting: Counting) -> None:
    text = "a" * 1200 + "b" * 2000 + "c" * 300
    await take(world, [text])
    assert counting.slices == [["a" * 1200 + "\n" + "c" * 300]]
    assert [row["text"] for row in await world.rows(message) if row["direction"] == "in"] == [text]


async def test_danger_in_the_middle_of_a_long_text_is_still_seen(world: World, counting: Counting) -> None:
    for before in (1100, 1190, 1400, 1401, 2000, 3290):
        counting.slices.clear()
        await take(world, [("ya " * 1400)[:before] + " kebakaran " + "ya " * 300])
        assert any("kebakaran" in text for few in counting.slices for text in few), before
    assert len(await world.rows(incident)) == 1


async def test_a_message_that_breaks_the_understander_costs_its_neighbours_nothing(world: World) -> None:
    await take(world, ["rusak", "tolong", *["halo"] * 20])
    assert sorted(row["reason"] for row in await world.rows(incident)) == ["bot_failed", "emergency"]
