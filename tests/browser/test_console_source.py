"""The staff app's own checks: types, and Node's tests of what the page knows."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from handoff.console.build_hook import APP, STATIC, build_app, run_node
from tests.browser.conftest import not_run

FIRST_LOAD = 80 * 1024  # bytes, packed


@pytest.fixture(autouse=True)
def packages() -> None:
    """What `python -m handoff.console.build_hook --tests` fetches: no test fetches anything."""
    if not (APP / "node_modules" / "typescript").exists():
        not_run("the staff app's test packages are missing (python -m handoff.console.build_hook --tests)")


def test_types_hold() -> None:
    run_node("node_modules/typescript/bin/tsc", "--noEmit")


def test_what_the_page_knows() -> None:
    run_node("test/run.mjs")


def test_the_first_load_stays_small() -> None:
    build_app(for_tests=True)
    files = [STATIC / "index.html", *STATIC.glob("app-*.js"), *STATIC.glob("app-*.css"), *preloaded()]
    assert len(files) == 3 + len(preloaded())
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= FIRST_LOAD


def test_the_part_for_answers_comes_only_when_it_is_opened() -> None:
    build_app(for_tests=True)
    page = (STATIC / "index.html").read_text()
    (shell,) = STATIC.glob("Shell-*.js")
    (style,) = STATIC.glob("knowledge-*.css")
    assert shell.name not in page
    assert f'<link rel="stylesheet" href="{style.name}" id="knowledge-style" disabled>' in page
    (first,) = STATIC.glob("app-*.js")
    asked_for = set(re.findall(r'from"\./([^"]+)"', first.read_text()))
    assert asked_for == {file.name for file in preloaded()}


def preloaded() -> list[Path]:
    """Chunks that the first script imports at once."""
    page = (STATIC / "index.html").read_text()
    return [STATIC / name for name in re.findall(r'rel="modulepreload" href="([^"]+)"', page)]


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (APP / "package-lock.json").read_text()
