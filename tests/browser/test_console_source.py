"""The staff app's own checks: types, and Node's tests of what the page knows."""

from __future__ import annotations

import gzip

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
    files = [STATIC / "index.html", *STATIC.glob("app-*.js"), *STATIC.glob("app-*.css")]
    assert len(files) == 3
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= FIRST_LOAD


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (APP / "package-lock.json").read_text()
