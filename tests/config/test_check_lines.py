"""`sigap check` and the SMS lines: nonsense in an account, lines in each other's way, and what a running Sigap says."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

import sms_gateway
from benchmarks.setting import free_port
from bots.channel import Account
from config.accounts import accounts_of
from config.check_lines import OPERATORS, look_at_lines
from config.database import Database
from config.findings import Finding
from config.schema import migrate
from config.settings import Settings
from sms_gateway.gateway import LineState
from sms_gateway.line_states import FRESH, keep_states
from tests.config.conftest import Sigap

NUMBER = "+6281155500000"
REAL = {"driver": "gammu", "number": NUMBER, "device": "/dev/null"}
LOOPBACK = {"driver": "loopback"}


def line(name: str = "k", city: str = "kendari", **words: str) -> Account:
    return Account(city, "sms", name, words)


def wrong(*accounts: Account) -> list[Finding]:
    return [one for one in look_at_lines(accounts) if one.problem is not None and one.grave]


# --- one account -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "problem", "mend"),
    [
        ({"number": "halo"}, "'halo' is no number", r"\+62"),
        ({"number": "0811 5550 0000"}, "is no number", r"write \+6281155500000"),
        ({"number": "62"}, "is no number", r"\+62"),
        ({"number": "112", "driver": "gammu"}, "'112' is no number", r"\+62"),
        ({"operators": "telkomsel telkomsell"}, "operator 'telkomsell' is none", "telkomsel, indosat"),
        ({"driver": "gammu", "device": "/etc/hostname"}, "/etc/hostname is no device", "ttyUSB"),
        ({"driver": "gammu", "device": "/etc/host*"}, "/etc/hostname", "ttyUSB"),
    ],
)
def test_nonsense_is_wrong(words: dict[str, str], problem: str, mend: str) -> None:
    [one] = wrong(line(**LOOPBACK | words))
    assert problem in (one.problem or "")
    assert re.search(mend, one.mend)


@pytest.mark.parametrize("words", [REAL, LOOPBACK, REAL | {"operators": ",".join(OPERATORS)}, {}])
def test_what_makes_sense_is_not(words: dict[str, str]) -> None:
    assert wrong(line(**words)) == []


def test_an_smsc_may_give_a_city_a_short_code() -> None:
    assert wrong(line(driver="smpp", number="112")) == []


@pytest.mark.parametrize("per_minute", ["0", "0.0", "-3", "nan", "inf", "lots"])
def test_a_pace_at_which_nothing_ever_leaves_is_wrong(sigap: Sigap, per_minute: str) -> None:
    result = check(sigap, line(**REAL, per_minute=per_minute))
    assert result.exit_code == 1
    assert re.search(r"^wrong .*per_minute = .*write a number", result.output, re.MULTILINE), result.output


@pytest.mark.parametrize("word", ["number", "device", "webhook_secret", "line", "cost"])
def test_a_line_without_a_driver_is_wrong(word: str) -> None:
    said = {word: {"number": NUMBER, "cost": "350"}.get(word, "x")}
    [one] = wrong(line(**said))
    assert "has no driver" in (one.problem or "")
    assert ("hears by webhook and cannot send" in (one.problem or "")) == (word == "webhook_secret")
    assert wrong(line(**said, driver="")), "an empty word is none"
    assert wrong(line(**said, driver="loopback")) == []


def test_the_operators_are_those_that_we_know() -> None:
    folder = Path(sms_gateway.__path__[0])
    assert set(OPERATORS) == set(yaml.safe_load((folder / "operators.yml").read_text(encoding="utf-8")))


# --- several -----------------------------------------------------------------------------------------------------


def test_two_lines_of_one_name_are_wrong_also_across_cities() -> None:
    assert wrong(line("a", **LOOPBACK), line("b", "ambon", **LOOPBACK)) == []
    [one] = wrong(line("a", **LOOPBACK), line("b", "ambon", **LOOPBACK, line="a"))
    assert "kendari has a line of this name too" in (one.problem or "")


def test_a_line_that_bears_a_builtin_ones_name_is_not_lost_silently() -> None:
    accounts: list[Any] = [{"city": "kendari", "channel": "sms", "name": "ambon", **REAL}]
    with pytest.raises(ValueError, match="sms/ambon of kendari bears the name of ambon's own"):
        accounts_of(Settings(cities=("kendari", "ambon"), accounts=accounts), {"sms", "web"})


def test_modems_that_look_at_the_same_devices_need_their_imei(tmp_path: Path) -> None:
    one, two = "350000000000001", "350000000000002"
    assert wrong(line("a", **REAL, imei=one), line("b", **REAL, imei=two)) == []
    assert wrong(line("a", **REAL), line("b", **REAL | {"device": "/dev/zero"})) == []
    absent = REAL | {"device": "/dev/tty-of-nobody*"}
    [found] = wrong(line("a", **absent, imei=one), line("b", **absent))
    assert "may take the modem of line a" in (found.problem or "")
    assert "imei" in found.mend
    assert wrong(line("a", **REAL), line("b", **REAL | {"device": "/dev/nul*"})), "two patterns, one device"
    (tmp_path / "modem").symlink_to("/dev/null")
    assert wrong(line("a", **REAL), line("b", **REAL | {"device": f"{tmp_path}/modem"})), "by another name"
    [same] = wrong(line("a", **REAL, imei=one), line("b", **REAL, imei=one))
    assert "imei is that of line a" in (same.problem or "")


# --- as it runs --------------------------------------------------------------------------------------------------


def check(sigap: Sigap, *accounts: Account) -> Result:
    told = json.dumps([{"city": one.city, "channel": "sms", "name": one.name, **one.credentials} for one in accounts])
    return sigap("check", SIGAP_ACCOUNTS=told, SIGAP_PORT=str(free_port()))


def running(folder: Path, *, age: timedelta = timedelta(seconds=3), **state: Any) -> None:
    """A Sigap that wrote how its line fares, so long ago."""
    folder.mkdir()
    kept = LineState(**{"line": "k", "up": True, "detail": "in order", **state})

    async def write() -> None:
        database = Database(f"sqlite:///{folder / 'sigap.db'}")
        await migrate(database)
        await database.write(partial(keep_states, states=[("kendari", kept)], now=datetime.now(UTC) - age))
        await database.close()

    asyncio.run(write())


def told(result: Result) -> list[str]:
    """Word and text of what was said of the line as it runs."""
    return re.findall(r"^(\w+ +SMS line k of kendari, as it runs.*)$", result.output, re.MULTILINE)


@pytest.mark.parametrize("detail", ["the SIM refuses the PIN", "no network (searching)", "no device /dev/ttyUSB0"])
def test_a_line_that_is_down_is_wrong(sigap: Sigap, tmp_path: Path, detail: str) -> None:
    running(tmp_path / "data", up=False, detail=detail)
    [one] = told(check(sigap, line(**REAL)))
    assert one.startswith("wrong")
    assert one.endswith(f"is down: {detail}")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"signal": 19}, "signal 19 %"),
        ({"sim_used": 17, "sim_size": 20}, "nearly full: 17 of 20"),
    ],
)
def test_what_will_soon_be_wrong_is_noted(sigap: Sigap, tmp_path: Path, state: dict[str, Any], said: str) -> None:
    running(tmp_path / "data", **state)
    fine, note = told(check(sigap, line(**REAL)))
    assert fine.startswith("ok")
    assert note.startswith("note")
    assert said in note


def test_a_line_that_works_is_in_order(sigap: Sigap, tmp_path: Path) -> None:
    running(tmp_path / "data", signal=20, sim_used=3, sim_size=20)
    assert [one.split()[0] for one in told(check(sigap, line(**REAL)))] == ["ok"]


def test_what_a_dead_process_wrote_is_not_told(sigap: Sigap, tmp_path: Path) -> None:
    running(tmp_path / "data", age=FRESH + timedelta(seconds=1), up=False, detail="unplugged")
    assert told(check(sigap, line(**REAL))) == []
