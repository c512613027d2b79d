"""The `sigap` command, called as a technician would."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from config.cli import app

Sigap = Callable[..., Result]


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
