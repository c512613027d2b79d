"""Settings: clear errors, accounts of every channel, and logs without secrets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from bots.channel import discover
from config.accounts import accounts_of
from config.logs import mask, start_logs
from config.settings import Settings


def test_each_city_has_a_web_page_and_a_line_by_itself() -> None:
    accounts = accounts_of(Settings(cities=("kendari", "ambon")), discover())
    assert {key for key in accounts if key[0] in ("web", "sms")} == {
        (channel, city) for channel in ("web", "sms") for city in ("kendari", "ambon")
    }


def test_an_account_of_the_toml_file_carries_its_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sigap.toml").write_text(
        'cities = ["ambon"]\n[[accounts]]\ncity = "ambon"\nchannel = "telegram"\nname = "bot"\ntoken = "1:x"\n'
    )
    monkeypatch.chdir(tmp_path)
    accounts = accounts_of(Settings(), discover())
    assert accounts["telegram", "bot"].credentials == {"token": "1:x"}


@pytest.mark.parametrize(
    ("accounts", "word"),
    [
        ([{"city": "atlantis", "channel": "web", "name": "x"}], "SIGAP_CITIES"),
        ([{"city": "ambon", "channel": "web", "name": "x"}] * 2, "another name"),
        ([{"city": "ambon", "channel": "web"}], "name"),
    ],
)
def test_a_wrong_account_says_what_to_do(accounts: list[dict[str, str]], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        Settings(cities=("ambon",), accounts=accounts)


def test_an_unknown_channel_names_those_that_there_are() -> None:
    wrong = Settings(cities=("ambon",), accounts=[{"city": "ambon", "channel": "fax", "name": "x"}])
    with pytest.raises(ValueError, match="telegram"):
        accounts_of(wrong, discover())


def test_logs_hold_no_number_token_or_text(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    start_logs("INFO", as_json=True)
    logging.getLogger("x").warning(
        "POST to bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456789 for +62 811-5550-1234",
        extra={"text": "rumah saya terbakar", "token": "s3cret", "summary": "api"},
    )
    logging.getLogger().handlers[:] = before
    shown = capsys.readouterr().err
    for secret in ("AAabc", "5550", "terbakar", "s3cret", '"api"'):
        assert secret not in shown


def test_masking_leaves_times_and_short_numbers() -> None:
    assert mask("at 2026-11-21T10:00:00Z 112 cases, 45 s") == "at 2026-11-21T10:00:00Z 112 cases, 45 s"
