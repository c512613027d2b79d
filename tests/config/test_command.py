"""The `sigap` command as a technician meets it: one clear line for what can be mended, and fitting exit codes."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.setting import free_port
from config.folder import readable_by_others
from tests.config.conftest import Sigap, refused


@pytest.fixture
def migrated(sigap: Sigap) -> Sigap:
    assert sigap("migrate").exit_code == 0
    return sigap


COMMANDS = (("run",), ("migrate",), ("seed",), ("user", "list"), ("user", "add", "siti"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"SIGAP_DATA": "/etc/hostname"}, "set SIGAP_DATA to a folder"),
        ({"SIGAP_DATA": "/proc/sigap"}, "set SIGAP_DATA"),
        ({"SIGAP_ACCOUNTS": "nonsense"}, "SIGAP_ACCOUNTS"),
        ({"SIGAP_LOG_LEVEL": "LOUD"}, "DEBUG, INFO, WARNING, ERROR"),
        ({"SIGAP_TILE_URL": "ftp://foo"}, "https://"),
        ({"SIGAP_DATABASE_URL": "mysql://x"}, "postgresql://"),
        ({"SIGAP_DATABASE_URL": "postgresql://budi:rahasia@127.0.0.1:1/x"}, "check SIGAP_DATABASE_URL"),
    ],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)
def test_what_can_be_mended_is_told_in_a_line(
    sigap: Sigap, command: tuple[str, ...], settings: dict[str, str], word: str
) -> None:
    result = sigap(*command, SIGAP_PORT=str(free_port()), **settings)
    refused(result, word)
    assert "rahasia" not in result.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_database_is_told_in_a_line(sigap: Sigap, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sigap.db").write_text("garbage" * 1000)
    refused(sigap(*command, SIGAP_PORT=str(free_port())), "last backup")


@pytest.mark.parametrize("command", [("user", "list"), ("user", "add", "siti"), ("seed",)], ids=" ".join)
def test_a_database_that_is_not_made_yet_says_how_to_make_it(sigap: Sigap, command: tuple[str, ...]) -> None:
    refused(sigap(*command), "sigap migrate")


NEWER = (("migrate",), ("run",), ("web",), ("worker",), ("seed",), ("user", "add", "siti"), ("user", "list"))


@pytest.mark.parametrize("command", NEWER, ids=" ".join)
def test_a_database_of_a_newer_sigap_is_left_alone(migrated: Sigap, tmp_path: Path, command: tuple[str, ...]) -> None:
    of_the_future(tmp_path)
    told = migrated(*command, SIGAP_PORT=str(free_port()))
    refused(told, "of a newer Sigap than this program (schema 9999")
    assert "install the newer program again, or restore a backup" in told.output
    assert "sigap migrate" not in told.output


def test_a_database_of_a_newer_sigap_is_found(migrated: Sigap, tmp_path: Path) -> None:
    of_the_future(tmp_path)
    told = migrated("check", SIGAP_PORT=str(free_port())).output
    assert re.search(r"wrong database .*newer Sigap.*\n +-> install the newer program again", told), told
    assert "lacks" not in told


def of_the_future(folder: Path) -> None:
    with sqlite3.connect(folder / "data" / "sigap.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()


def test_a_broken_toml_is_told_in_a_line(sigap: Sigap, tmp_path: Path) -> None:
    (tmp_path / "sigap.toml").write_text("port = ")
    refused(sigap("migrate"), "sigap.toml is no TOML")
    (tmp_path / "sigap.toml").write_text("prot = 8113")
    refused(sigap("migrate"), "'prot' is no setting")


def test_a_slip_in_a_settings_name_is_named(sigap: Sigap) -> None:
    result = sigap("migrate", SIGAP_PROT="8113")
    assert result.exit_code == 0
    assert "SIGAP_PROT is no setting: did you mean SIGAP_PORT?" in result.output


# --- the port ----------------------------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


@pytest.mark.parametrize("command", [("run",), ("web",), ("demo",)], ids=" ".join)
def test_a_taken_port_ends_before_anything_is_promised(
    sigap: Sigap, taken: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = sigap(*command, SIGAP_PORT=taken)
    refused(result, f"port {taken} is taken")
    assert "siap" not in result.output.lower().replace("sigap", "")
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_an_address_that_is_not_ours_ends_before_anything_is_promised(sigap: Sigap) -> None:
    refused(sigap("run", SIGAP_HOST="300.1.1.1"), "SIGAP_HOST")


# --- accounts ----------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_renewed(migrated: Sigap) -> None:
    first = migrated("user", "add", "siti", "--role", "supervisor").output.split()[-1]
    result = migrated("user", "password", "Siti")
    assert result.exit_code == 0
    assert re.fullmatch(r"siti: one-time password \w{4}-\w{4}-\w{4}", result.output.strip())
    assert result.output.split()[-1] != first
    refused(migrated("user", "password", "budi"), "sigap user list")


def test_a_disabled_account_comes_back(migrated: Sigap) -> None:
    migrated("user", "add", "siti")
    assert migrated("user", "disable", "siti").exit_code == 0
    refused(migrated("user", "add", "siti"), "sigap user enable siti")
    refused(migrated("user", "password", "siti"), "sigap user enable siti")
    assert migrated("user", "enable", "siti").exit_code == 0
    assert "active" in migrated("user", "list").output


def test_the_last_who_leads_is_not_shut_out_by_accident(migrated: Sigap) -> None:
    migrated("user", "add", "siti", "--role", "supervisor")
    migrated("user", "add", "budi")
    refused(migrated("user", "disable", "siti"), "--force")
    assert migrated("user", "disable", "siti", "--force").exit_code == 0
    assert migrated("user", "enable", "siti").exit_code == 0
    migrated("user", "add", "rina", "--role", "admin")
    assert migrated("user", "disable", "siti").exit_code == 0


def test_nobody_is_given_a_city_that_is_not_served(migrated: Sigap) -> None:
    refused(migrated("user", "add", "siti", "--cities", "jakarta"), "'jakarta' is not served here")


# --- privacy -----------------------------------------------------------------------------------------------------


def test_what_is_made_is_its_users_alone(migrated: Sigap, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "sigap.db").stat().st_mode) == 0o600
    assert readable_by_others(folder) == []


# --- words that could eat the machine ----------------------------------------------------------------------------


@pytest.mark.parametrize("speed", ["-3", "0", "nan", "inf", "100000", "viel"])
def test_a_senseless_speed_is_refused(sigap: Sigap, speed: str) -> None:
    assert sigap("demo", "--speed", speed).exit_code == 2


@pytest.mark.parametrize(
    "turn",
    ['"seconds": 1e12', '"seconds": -5', '"seconds": NaN', '"after": 1e12', '"after": -1', '"after": Infinity'],
)
def test_a_senseless_time_is_refused(sigap: Sigap, tmp_path: Path, turn: str) -> None:
    field = turn.split('"')[1]
    (tmp_path / "s.jsonl").write_text(f'{{"id":"1","city":"kendari","turns":["p",{{"type":"silence",{turn}}}]}}\n')
    refused(sigap("story", "run", "s.jsonl"), f"line 1, turns.1.{field}")


def test_a_story_ends(sigap: Sigap, tmp_path: Path) -> None:
    month = '{"type":"silence","seconds":2592000}'
    (tmp_path / "s.jsonl").write_text(f'{{"id":"1","city":"kendari","turns":[{",".join([month] * 20)}]}}\n')
    refused(sigap("story", "run", "s.jsonl"), "lasts longer")


def test_no_stories_at_once_are_refused(sigap: Sigap, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"id":"1","city":"kendari","turns":["p"]}\n')
    assert sigap("story", "run", "s.jsonl", "--jobs", "0").exit_code == 2


KELURAHAN = {
    "type": "Feature",
    "properties": {"kode": "74.71.01.1005"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[122.51, -3.98], [122.53, -3.98], [122.53, -3.96], [122.51, -3.96], [122.51, -3.98]]],
    },
}


def test_boundaries_are_installed_and_a_wrong_file_changes_nothing(migrated: Sigap, tmp_path: Path) -> None:
    good, bad = tmp_path / "batas.geojson", tmp_path / "salah.geojson"
    good.write_text(json.dumps({"type": "FeatureCollection", "features": [KELURAHAN]}))
    bad.write_text("{}")
    done = migrated("seed", "--boundaries", str(good))
    assert done.exit_code == 0, done.output
    assert "1 kelurahan" in done.output
    assert "Without a polygon" in done.output
    refused(migrated("seed", "--boundaries", str(bad)), "FeatureCollection is wanted")
    refused(migrated("seed", "--boundaries", str(tmp_path / "nichts.geojson")), "the file is missing")
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        assert database.execute("SELECT city, code FROM boundary").fetchall() == [("kendari", "74.71.01.1005")]
