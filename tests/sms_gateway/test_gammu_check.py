"""What `sigap check` finds of a modem without touching it."""

from __future__ import annotations

from pathlib import Path

from sms_gateway.modem_check import problems_of


def test_a_modem_that_is_there_has_no_problem(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    options = {
        "device": f"{tmp_path}/ttyUSB*",
        "imei": "866262000000001",
        "pin": "1234",
        "smsc": "+628115550000",
        "ussd": "*888#",
        "poll_seconds": "2.5",
    }
    assert list(problems_of(options, tmp_path)) == []


def test_every_word_that_cannot_work_is_named(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    options = {
        "device": f"{tmp_path}/ttyUSB0",
        "imei": "8662",
        "pin": "12",
        "smsc": "0811",
        "ussd": "pulsa",
        "send_seconds": "soon",
    }
    found = [problem.what for problem in problems_of(options, tmp_path)]
    assert [what.split()[0] for what in found] == ["imei", "pin", "smsc", "ussd", "send_seconds"]
    assert "12" not in found[1].split()  # a PIN stands in no report


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    [problem] = problems_of({"device": f"{tmp_path}/ttyUSB*"}, tmp_path)
    assert "no device" in problem.what
    [problem] = problems_of({}, tmp_path)
    assert "no device" in problem.what


def test_modem_manager_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "comm").write_text("ModemManager\n")
    [problem] = problems_of({"device": f"{tmp_path}/ttyUSB0"}, tmp_path)
    assert "ModemManager" in problem.what
    assert "udev" in problem.mend


def test_a_modem_that_may_take_as_long_as_the_claim_on_its_sms(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    options = {"device": f"{tmp_path}/ttyUSB0", "send_seconds": "61"}
    [problem] = problems_of(options, tmp_path)
    assert "too long" in problem.what
    assert list(problems_of(options | {"send_seconds": "60"}, tmp_path)) == []
