"""What an account says."""

from __future__ import annotations

import pytest

from sms_gateway.line import Line
from tests.sms_gateway.smpp.town import NUMBER, line_of, town_of
from tests.smsc.program import Smsc


def test_what_an_account_must_say() -> None:
    line = Line("kendari", "smsc-1", "smpp")
    driver = town_of(line).driver
    missing = [problem.what for problem in driver.check(line)]
    names = ("source", "host", "port", "system_id", "password")
    assert missing == [f"{name} is missing" for name in names]
    assert not driver.state(line).up


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("port", "70000"),
        ("bind", "both"),
        ("system_id", "a" * 16),
        ("system_type", "ä"),
        ("source_ton", "x"),
        ("source_npi", "-1"),
        ("answer_within", "0"),
        ("tls", "maybe"),
        ("tls_ca", "nowhere.pem"),
        ("alphabet", "utf8"),
    ],
)
async def test_a_setting_that_cannot_work_is_told(center: Smsc, name: str, word: str) -> None:
    line = line_of(center, **{name: word})
    town = town_of(line)
    [problem] = town.driver.check(line)
    assert name in problem.what
    assert problem.mend
    assert (await town.refused()).reason.startswith("the account cannot work")


def test_a_good_account_has_no_problem() -> None:
    said = {"host": "smsc.example", "port": "2775", "system_id": "kendari", "password": "rahasia"}
    line = Line("kendari", "smsc-1", "smpp", NUMBER, said | {"tls": "no", "bind": "pair", "priority": "ya"})
    assert list(town_of(line).driver.check(line)) == []
