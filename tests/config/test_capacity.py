"""`sigap capacity`: the reckoning, the limits in order, what it says to nonsense, and the docs' tables."""

from __future__ import annotations

import inspect
import json
import math
from dataclasses import replace
from typing import Any, get_args

import pytest
from typer.models import OptionInfo

from benchmarks.costs_page import BLOCK, PAGE, renewed
from bots.channels.telegram import Adapter as Telegram
from bots.channels.whatsapp import Adapter as WhatsApp
from config import bus
from config.capacity.answer import Answer, answer
from config.capacity.command import capacity
from config.capacity.costs import read_costs
from config.capacity.erlang import cases_for, operators_for
from config.capacity.examples import EXAMPLES
from config.capacity.load import ONE_OF_EACH, Have, Load
from config.capacity.needs import NOTICES, POOL
from config.capacity.work import BUSY, MODEM, TELEGRAM
from config.database import Database
from config.stores import PostgresStore
from tests.config.conftest import Sigap
from tests.config.test_command import refused

COSTS = read_costs()


def ask(messages: float, have: Have = ONE_OF_EACH, **more: Any) -> Answer:
    return answer(replace(Load(messages), **more), have, COSTS)


def binds(given: Answer, name: str) -> float:
    return next(one.binds_at for one in given.limits if one.name == name)


def in_time(people: int, load: float, seconds: float) -> float:
    """The textbook's formula, term by term: the share answered within 15 s."""
    if people <= load:
        return 0.0
    waiting = load**people / math.factorial(people) * people / (people - load)
    waits = waiting / (sum(load**one / math.factorial(one) for one in range(people)) + waiting)
    return 1 - waits * math.exp(-(people - load) * 15 / seconds)


@pytest.mark.parametrize(("cases_an_hour", "seconds"), [(1, 180), (20, 180), (60, 180), (360, 180), (360, 240)])
def test_operators_by_erlang_c(cases_an_hour: float, seconds: float) -> None:
    load = cases_an_hour / 3600 * seconds
    people = operators_for(cases_an_hour / 3600, seconds)
    assert in_time(people, load, seconds) >= 0.9 > in_time(people - 1, load, seconds)


def test_the_most_cases_for_so_many_operators_is_the_other_way_round() -> None:
    for people in (1, 3, 12, 300):
        most = cases_for(people, 180)
        assert operators_for(most * 0.999, 180) <= people < operators_for(most * 1.001, 180)


def test_one_desk_for_all_needs_fewer_than_a_desk_for_each_city() -> None:
    assert ask(300).needs.operators < ask(300, cities=11).needs.operators


def test_what_is_said_to_be_needed_is_enough() -> None:
    for name, example in EXAMPLES.items():
        needs = answer(example.load, example.have, COSTS).needs
        bought = Have(
            databases=needs.databases,
            web_processes=needs.web_processes,
            workers=needs.workers,
            postgres_cores=needs.postgres_cores,
            postgres_connections=math.ceil(needs.postgres_connections / needs.databases),
            whatsapp_numbers=needs.whatsapp_numbers,
            telegram_bots=needs.telegram_bots,
            smpp_binds=needs.smpp_binds,
            operators=needs.operators,
        )
        short = [
            one for one in answer(example.load, bought, COSTS).limits if one.binds_at < 0.99 * example.load.messages
        ]
        assert not short, (name, short)


def test_limits_come_in_the_order_in_which_they_bind() -> None:
    given = ask(300, EXAMPLES["city"].have)
    rates = [one.binds_at for one in given.limits]
    assert rates == sorted(rates)
    assert given.limits[0].name in given.first


def test_twice_of_a_provider_carries_twice() -> None:
    one, two = ask(300), ask(300, replace(ONE_OF_EACH, whatsapp_numbers=2, telegram_bots=2, modems=2))
    for name in ("WhatsApp numbers", "Telegram bots", "SMS lines"):
        assert binds(two, name) == pytest.approx(2 * binds(one, name))


def test_a_modem_sends_eight_a_minute() -> None:
    given = ask(10, mix={"sms": 1.0}, replies=1.0)
    assert binds(given, "SMS lines") == pytest.approx(8 / 60 / COSTS.shape.sms_a_reply)
    assert given.needs.modems == math.ceil(10 * COSTS.shape.sms_a_reply * 60 / 8)


def test_a_channel_that_nobody_uses_does_not_bind() -> None:
    names = {one.name for one in ask(10, mix={"web": 1.0}).limits}
    assert not names & {"WhatsApp numbers", "Telegram bots", "SMS lines"}


def test_processes_that_hear_of_one_another_carry_less_than_so_many_alone() -> None:
    one, many = ask(300), ask(300, replace(ONE_OF_EACH, web_processes=100))
    assert binds(many, "web processes") < 100 * binds(one, "web processes")


def test_people_in_need_are_reckoned_by_their_own_cost() -> None:
    apart = ask(100, emergencies=1.0).work.web - ask(100, emergencies=0.0).work.web
    assert apart == pytest.approx(COSTS.web_us.need - COSTS.web_us.other)


def test_sqlite_is_enough_up_to_where_its_one_core_is_busy() -> None:
    most = ask(1).needs.sqlite_up_to
    assert most == pytest.approx(BUSY * 1e6 / ask(1).work.run)
    assert ask(0.99 * most).needs.sqlite_is_enough
    assert not ask(1.01 * most).needs.sqlite_is_enough


def test_the_figures_of_the_product_are_those_that_it_runs_with() -> None:
    writers = inspect.signature(Database.__init__).parameters["pool"].default
    assert writers + PostgresStore.CLAIMERS + PostgresStore.READERS + 1 == POOL
    assert Telegram.limits.per_second == TELEGRAM
    assert WhatsApp.limits.per_second == Load(1).whatsapp_rate
    assert pytest.approx(1 / bus.TOGETHER) == NOTICES
    assert MODEM == 8


def test_the_page_holds_what_the_command_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {found[2] for found in BLOCK.finditer(page)} == {"costs", *EXAMPLES}
    assert renewed(page, COSTS) == page, "docs/capacity.md is old: python -m benchmarks.costs_page"


def test_the_command_says_what_is_needed_what_binds_and_where_the_costs_are_from(sigap: Sigap) -> None:
    result = sigap("capacity", "--messages-per-second", "20")
    assert result.exit_code == 0, result.output
    for word in ("web processes", "operators", "First binds: ", "SQLite", str(COSTS.measured.on), "benchmarks.costs"):
        assert word in result.output


def test_the_command_for_machines(sigap: Sigap) -> None:
    result = sigap("capacity", "--example", "city", "--web-processes", "3", "--operators", "2000", "--json")
    told = json.loads(result.output)
    assert told["asked"]["messages"] == 300
    assert {one["name"]: one["have"] for one in told["limits"]}["web processes"] == "3"
    assert told["first"] == told["limits"][0]
    assert told["needs"]["web_processes"] >= 1


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ((), "--messages-per-second 300"),
        (("--messages-per-second", "0"), "above 0"),
        (("--messages-per-second", "-3"), "above 0"),
        (("--messages-per-second", "nan"), "above 0"),
        (("--messages-per-second", "1e12"), "1,000,000"),
        (("--messages-per-second", "17000", "--cities", "1"), "--cities 514"),
        (("--example", "moon"), "city, province, nation"),
        (("--example", "city", "--emergencies", "3"), "from 0 up to 1"),
        (("--example", "city", "--channel-mix", "fax=1"), "whatsapp, telegram, sms, web"),
        (("--example", "city", "--channel-mix", "sms=0.5"), "make them come to 1"),
        (("--example", "city", "--channel-mix", "sms"), "sms=0.5"),
        (("--example", "city", "--cities", "0"), "from 1 up to"),
        (("--example", "city", "--channel-mix", "sms=0.7,sms=0.3,web=0.7"), "names sms twice"),
        (("--example", "city", "--operators", "1000000"), "up to 100,000"),
        (("--example", "city", "--web-processes", "1000000"), "--web-processes cannot be"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_nonsense_is_told_in_a_line(sigap: Sigap, words: tuple[str, ...], mend: str) -> None:
    refused(sigap("capacity", *words), mend)


def test_every_option_says_what_it_is_and_no_word_of_it_is_eaten(sigap: Sigap) -> None:
    told = " ".join(sigap("capacity", "--help", COLUMNS="200").output.split())
    for parameter in inspect.signature(capacity, eval_str=True).parameters.values():
        (option,) = (one for one in get_args(parameter.annotation)[1:] if isinstance(one, OptionInfo))
        assert option.help, parameter.name
        assert option.help in told, parameter.name
