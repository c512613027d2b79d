"""`sigap backup` beside a running Sigap, and `sigap restore` on another machine."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.config.conftest import Sigap


@pytest.fixture
def lived(sigap: Sigap, tmp_path: Path) -> Path:
    """A data folder with a seeded database and a photo."""
    assert sigap("migrate").exit_code == 0
    assert sigap("seed").exit_code == 0
    photo = tmp_path / "data" / "media" / "kendari" / "a.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"\xff\xd8\xff photo")
    return tmp_path / "data"


def rows(database: Path) -> int:
    with closing(sqlite3.connect(database)) as opened:
        [(count,)] = opened.execute("SELECT count(*) FROM entry").fetchall()
    return int(count)


def test_a_backup_comes_back_whole_on_another_machine(sigap: Sigap, lived: Path, tmp_path: Path) -> None:
    assert sigap("backup", "b.tar").exit_code == 0
    other = tmp_path / "other"
    result = sigap("restore", "b.tar", SIGAP_DATA=str(other))
    assert result.exit_code == 0, result.output
    assert rows(other / "sigap.db") == rows(lived / "sigap.db") > 20
    assert (other / "media" / "kendari" / "a.jpg").read_bytes() == b"\xff\xd8\xff photo"
    assert sigap("check", SIGAP_DATA=str(other)).output.count("lacks migrations") == 0


def test_a_backup_is_of_one_moment_while_others_write(sigap: Sigap, lived: Path) -> None:
    with closing(sqlite3.connect(lived / "sigap.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM entry")
        assert sigap("backup", "b.tar").exit_code == 0
        writer.execute("COMMIT")
    assert rows(lived / "sigap.db") == 0
    assert sigap("restore", "b.tar", SIGAP_DATA="other").exit_code == 0
    assert rows(Path("other/sigap.db")) > 20


def test_what_is_there_is_never_overwritten(sigap: Sigap, lived: Path) -> None:
    assert sigap("backup", "b.tar").exit_code == 0
    again = sigap("backup", "b.tar")
    assert (again.exit_code, "never overwritten" in again.output) == (2, True)
    refused = sigap("restore", "b.tar")
    assert (refused.exit_code, "--replace" in refused.output) == (2, True), refused.output
    with closing(sqlite3.connect(lived / "sigap.db", isolation_level=None)) as writer:
        writer.execute("DELETE FROM entry")
    assert sigap("restore", "b.tar", "--replace").exit_code == 0
    assert rows(lived / "sigap.db") > 20
    [aside] = [path for path in lived.glob("sigap.db.before-*") if not path.name.endswith(("-wal", "-shm"))]
    assert rows(aside) == 0


@pytest.mark.parametrize("harm", ["cut", "changed", "none", "text"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(sigap: Sigap, lived: Path, harm: str) -> None:
    assert sigap("backup", "b.tar").exit_code == 0
    file = Path("b.tar")
    whole = file.read_bytes()
    if harm == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif harm == "changed":
        with tarfile.open(file) as tar:
            at = tar.getmember("sigap.db").offset_data + 60_000
        file.write_bytes(whole[:at] + b"\0harm\0" + whole[at + 6 :])
    elif harm == "none":
        file.unlink()
    else:
        file.write_text("not a backup")
    for words in (("restore", "b.tar", "--replace"), ("restore", "b.tar", "--check")):
        result = sigap(*words)
        assert result.exit_code == 2, result.output
        assert len(result.output.strip().splitlines()) == 1, result.output
    assert rows(lived / "sigap.db") > 20


def test_a_look_says_what_a_backup_holds(sigap: Sigap, lived: Path) -> None:
    assert sigap("backup", "b.tar").exit_code == 0
    said = sigap("restore", "b.tar", "--check", SIGAP_DATA="nowhere")
    assert (said.exit_code, Path("nowhere").exists()) == (0, False), said.output
    assert f"{rows(lived / 'sigap.db')} entry" in said.output


def test_nothing_to_back_up_is_said(sigap: Sigap) -> None:
    result = sigap("backup", "b.tar")
    assert (result.exit_code, "sigap migrate" in result.output) == (2, True)
    assert not Path("b.tar").exists()
