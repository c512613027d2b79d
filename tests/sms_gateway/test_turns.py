"""One at a time, the urgent first, whoever goes away while waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import permutations

import pytest

from sms_gateway.turns import NotInTime, Turns


async def take(turns: Turns, rank: int, order: list[int]) -> None:
    async with turns.turn(rank):
        order.append(rank)
        await asyncio.sleep(0)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("ranks", list(permutations(range(4))))
async def test_the_urgent_come_first(ranks: tuple[int, ...]) -> None:
    turns, order = Turns(), list[int]()
    async with turns.turn(9):
        tasks = [asyncio.create_task(take(turns, rank, order)) for rank in ranks]
        await settle()
        assert turns.waits(0)
        assert order == []
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3]
    assert not turns.waits(9)


@pytest.mark.parametrize("leaver", range(4))
@pytest.mark.parametrize("just_called", [False, True])
async def test_who_goes_away_holds_nobody_up(leaver: int, just_called: bool) -> None:
    turns, order = Turns(), list[int]()
    async with turns.turn(9):
        tasks = [asyncio.create_task(take(turns, rank, order)) for rank in range(4)]
        await settle()
        if not just_called:
            tasks[leaver].cancel()
            await settle()
    tasks[leaver].cancel()  # for the first in line: between being called and waking
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [rank for rank in range(4) if rank != leaver]
    async with asyncio.timeout(20), turns.turn(0):
        pass


async def test_a_turn_that_fails_is_passed_on() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError):
        async with turns.turn(0):
            raise RuntimeError
    async with asyncio.timeout(20), turns.turn(0):
        pass


async def test_who_is_not_served_in_time_goes_away_and_holds_nobody_up() -> None:
    turns = Turns()
    async with turns.turn(0):
        waiting = asyncio.create_task(take(turns, 3, order := list[int]()))
        with pytest.raises(NotInTime):
            async with turns.turn(1, within=0.01):
                order.append(1)
        assert not turns.waits(1)
    await waiting
    assert order == [3]
    async with asyncio.timeout(20), turns.turn(0, within=0.0):
        pass


@pytest.mark.parametrize("_", range(20))
async def test_a_turn_that_comes_with_the_end_of_patience_is_not_lost(_: int) -> None:
    turns, order = Turns(), list[int]()
    async with turns.turn(0):
        impatient = asyncio.create_task(_take_within(turns, 0.01))
        patient = asyncio.create_task(take(turns, 3, order))
        await asyncio.sleep(0.01)
    await asyncio.gather(impatient, patient)
    assert order == [3]
    async with asyncio.timeout(20), turns.turn(0):
        pass


async def _take_within(turns: Turns, seconds: float) -> None:
    with suppress(NotInTime):
        async with turns.turn(1, within=seconds):
            pass
