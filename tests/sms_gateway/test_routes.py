"""Which line an SMS takes, and how fast it leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.clock import VirtualClock
from sms_gateway.drivers.loopback import Fault
from sms_gateway.gateway import SmsFailed
from sms_gateway.line import Line
from sms_gateway.lines import LONGEST_WAIT, open_gateway
from sms_gateway.numbers import operator_of
from sms_gateway.operators import credit_code
from sms_gateway.rate import AHEAD, Rate, TooLong
from sms_gateway.routes import LONG_WAIT, Road, by_preference

MINUTE = timedelta(minutes=1)
TELKOMSEL, INDOSAT = "+6281255501234", "+6285655501234"


def line(name: str, *, operators: tuple[str, ...] = (), cost: float = 300.0) -> Line:
    return Line("kendari", name, operators=operators, cost=cost)


def names(*roads: Road, to: str = TELKOMSEL, preferred: str = "", urgent: bool = False) -> list[str]:
    return [road.line.name for road in by_preference(roads, to, preferred, urgent=urgent)]


@pytest.mark.parametrize(
    ("number", "operator"),
    [(TELKOMSEL, "telkomsel"), (INDOSAT, "indosat"), ("+6281755501234", "xl"), ("+15555550123", ""), ("112", "")],
)
def test_a_prefix_tells_the_operator(number: str, operator: str) -> None:
    assert operator_of(number) == operator


@pytest.mark.parametrize(
    ("wanted", "network", "code"),
    [
        ("auto", "TELKOMSEL", "*888#"),
        ("auto", "510 10", ""),
        ("auto", "51010", "*888#"),
        ("auto", "IND INDOSAT", "*123#"),
        ("auto", "3", "*111*1#"),
        ("auto", None, ""),
        ("*111#", "TELKOMSEL", "*111#"),
        ("", "TELKOMSEL", ""),
    ],
)
def test_the_code_that_tells_the_credit_is_its_operators(wanted: str, network: str | None, code: str) -> None:
    assert credit_code(wanted, network) == code


def test_the_line_that_the_citizen_knows_comes_first() -> None:
    assert names(Road(line("a", cost=100), True), Road(line("b"), True), preferred="b") == ["b", "a"]


def test_a_line_that_works_comes_before_the_one_that_the_citizen_knows() -> None:
    assert names(Road(line("a"), True), Road(line("b"), False), preferred="b") == ["a", "b"]


def test_an_emergency_does_not_wait_long_for_the_line_that_the_citizen_knows() -> None:
    busy = Road(line("b"), True, LONG_WAIT * 2)
    assert names(Road(line("a"), True), busy, preferred="b", urgent=True) == ["a", "b"]
    assert names(Road(line("a"), True), busy, preferred="b") == ["b", "a"]


def test_then_the_network_then_the_price_then_the_queue() -> None:
    roads = (
        Road(line("dear"), True),
        Road(line("long", cost=100), True, timedelta(seconds=5)),
        Road(line("cheap", cost=100), True),
        Road(line("own", operators=("indosat",), cost=900), True),
    )
    assert names(*roads, to=INDOSAT) == ["cheap", "long", "dear", "own"]
    assert names(*roads, Road(line("strange", operators=("xl",), cost=1), True)) == [
        "cheap",
        "long",
        "dear",
        "strange",
        "own",
    ]


@settings(deadline=None)  # the first look at a prefix loads them all
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.booleans()), max_size=6), st.booleans())
def test_no_line_is_left_out_and_none_that_is_down_goes_first(
    lines: list[tuple[bool, int, bool]], urgent: bool
) -> None:
    roads = [
        Road(line(str(number), operators=("xl",) if foreign else ()), up, timedelta(seconds=wait))
        for number, (up, wait, foreign) in enumerate(lines)
    ]
    ranked = by_preference(roads, TELKOMSEL, "0", urgent=urgent)
    assert sorted(road.line.name for road in ranked) == sorted(road.line.name for road in roads)
    assert [road.up for road in ranked] == sorted((road.up for road in roads), reverse=True)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_line_sends_at_its_pace_and_the_urgent_first() -> None:
    clock, left = VirtualClock(), list[str]()
    rate = Rate(clock, per_minute=6)

    async def leave(name: str, *, urgent: bool = False) -> None:
        await rate.turn(1, urgent=urgent, within=MINUTE)
        left.append(name)

    waiting = [asyncio.create_task(leave(f"calm {number}")) for number in range(AHEAD + 2)]
    await settle()
    assert left == [f"calm {number}" for number in range(AHEAD)]
    waiting.append(asyncio.create_task(leave("urgent", urgent=True)))
    await settle()
    assert rate.wait_for(urgent=True) < rate.wait_for(urgent=False)
    for _ in range(3):
        clock.advance(10)
        await settle()
    assert left[AHEAD:] == ["urgent", f"calm {AHEAD}", f"calm {AHEAD + 1}"]
    await asyncio.gather(*waiting)
    assert rate.waiting == 0


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    clock = VirtualClock()
    rate = Rate(clock, per_minute=6)
    await rate.turn(AHEAD + 1, urgent=False, within=MINUTE)
    first, second = (asyncio.create_task(rate.turn(1, urgent=False, within=MINUTE)) for _ in range(2))
    await settle()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    clock.advance(20)
    await asyncio.wait_for(second, 20)


async def test_who_is_overtaken_too_long_gives_up_waiting() -> None:
    clock = VirtualClock()
    rate = Rate(clock, per_minute=6)
    await rate.turn(AHEAD + 1, urgent=False, within=MINUTE)
    calm = asyncio.create_task(rate.turn(1, urgent=False, within=timedelta(seconds=25)))
    await settle()
    urgent = [asyncio.create_task(rate.turn(1, urgent=True, within=MINUTE)) for _ in range(3)]
    for _ in range(3):
        await settle()
        clock.advance(10)
    with pytest.raises(TooLong):
        await calm
    clock.advance(30)
    await asyncio.gather(*urgent)


async def test_an_ordinary_sms_is_given_back_rather_than_kept_waiting_long() -> None:
    clock = VirtualClock()
    gateway = open_gateway(clock, lines=[Line("kendari", "modem-1", per_minute=6)])
    await gateway.send("modem-1", TELKOMSEL, "x" * 153 * 5, key=1, urgent=False)
    with pytest.raises(SmsFailed) as failure:
        await gateway.send("modem-1", TELKOMSEL, "halo", key=2, urgent=False)
    assert (failure.value.busy, failure.value.permanent) == (True, False)
    assert failure.value.retry_after is not None
    assert failure.value.retry_after > LONGEST_WAIT.total_seconds()


async def test_a_doubtful_sms_is_not_sent_by_another_line() -> None:
    clock = VirtualClock()
    gateway = open_gateway(clock, lines=[line("modem-1"), line("modem-2")])
    gateway.loopback.plan(Fault("no answer", doubt=True, after_work=True))
    with pytest.raises(SmsFailed) as failure:
        await gateway.send("modem-1", TELKOMSEL, "halo", key=1, urgent=True)
    assert failure.value.doubt
    assert len(gateway.loopback.sent) == 1
