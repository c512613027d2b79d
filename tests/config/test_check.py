"""`sigap check` finds what is broken, says how to mend it, and fails only for what is grave."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import Result

from benchmarks.setting import free_port
from bots import channels
from config import check_address
from config.check_accounts import NEEDED, OTHERS
from tests.config.conftest import Sigap

Check = Callable[..., Result]


@pytest.fixture
def check(sigap: Sigap) -> Check:
    """``check(SIGAP_…=…)`` on an empty folder; in order but for what a fresh installation lacks."""
    return partial(sigap, "check", SIGAP_PORT=str(free_port()))


def found(result: Result, what: str, mend: str = "") -> None:
    """A grave finding with a word on how to mend it."""
    assert result.exit_code == 1, result.output
    wrong = re.search(rf"^wrong .*{what}.*(\n      -> .*)?", result.output, re.MULTILINE)
    assert wrong, result.output
    assert mend in wrong[0]


def test_a_fresh_folder_is_in_order_and_stays_untouched(check: Check, tmp_path: Path) -> None:
    result = check()
    assert result.exit_code == 0, result.output
    assert "wrong" not in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "what", "mend"),
    [
        ({"SIGAP_DATA": "/etc/hostname"}, "data folder", "set SIGAP_DATA to a folder"),
        ({"SIGAP_DATA": "/proc/sigap"}, "data folder", "set SIGAP_DATA"),
        ({"SIGAP_MODELS": "/etc/hostname"}, "model folder", "set SIGAP_MODELS"),
        ({"SIGAP_ACCOUNTS": "nonsense"}, "SIGAP_ACCOUNTS is no JSON", "write"),
        ({"SIGAP_LOG_LEVEL": "LOUD"}, "'LOUD' is no level", "write one of"),
        ({"SIGAP_TILE_URL": "ftp://foo"}, "SIGAP_TILE_URL", "https://"),
        ({"SIGAP_TILE_URL": "https://tiles.test/all.png"}, "SIGAP_TILE_URL", "{z}"),
        ({"SIGAP_PROT": "8113"}, "SIGAP_PROT is no setting: did you mean SIGAP_PORT", "unset"),
        ({"SIGAP_HOST": "300.1.1.1"}, "'300.1.1.1' is no address", "SIGAP_HOST"),
        ({"SIGAP_DATABASE_URL": "mysql://x"}, "database", "postgresql://"),
    ],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)
def test_broken_settings_are_found(check: Check, settings: dict[str, str], what: str, mend: str) -> None:
    found(check(**settings), what, mend)


def test_a_damaged_database_is_found(check: Check, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sigap.db").write_text("garbage" * 1000)
    found(check(), "damaged", "last backup")


def test_what_others_may_read_is_noted(check: Check, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    result = check()
    assert result.exit_code == 0
    assert f"note  data folder {tmp_path}/data: other users" in result.output
    assert "chmod -R go-rwx" in result.output


# --- accounts ----------------------------------------------------------------------------------------------------


def account(channel: str, **credentials: str) -> str:
    words = {"city": "kendari", "channel": channel, "name": "k", **credentials}
    return "[{" + ", ".join(f'"{key}": "{value}"' for key, value in words.items()) + "}]"


def test_a_slip_in_a_credential_is_found(check: Check) -> None:
    found(check(SIGAP_ACCOUNTS=account("sms", numer="112")), "'numer' is no credential of sms", "did you mean number")
    found(check(SIGAP_ACCOUNTS=account("web", colour="red")), "'colour' is no credential", "remove it")


def test_every_credential_that_a_channel_reads_is_known() -> None:
    reads = re.compile(r'(?:credentials\.get\(|_credential\(account, )"(\w+)"')
    for path in Path(channels.__path__[0]).glob("*.py"):
        known = {*NEEDED.get(path.stem, ()), *OTHERS.get(path.stem, ())}
        assert set(reads.findall(path.read_text(encoding="utf-8"))) <= known, path.stem


# --- the port and the clock --------------------------------------------------------------------------------------


def test_a_port_in_use_is_found(check: Check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        found(check(SIGAP_PORT=port), f"port {port} is taken", "SIGAP_PORT")


class Clockwork(BaseHTTPRequestHandler):
    """A provider whose clock is an hour behind where its path says so."""

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", formatdate(time.time() - (3600 if "late" in self.path else 0), usegmt=True))
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        """Quiet."""


@pytest.fixture
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Clockwork) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def telegram(base: str) -> str:
    return account("telegram", token="1:x", webhook_secret="s", base_url=base)


def test_the_clock_says_with_what_it_was_compared(check: Check, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_address, "LONGEST_DRIFT", 60.0)  # an answer may be late on a slow machine
    assert f"ok    clock, compared with {provider}\n" in check(SIGAP_ACCOUNTS=telegram(provider)).output
    found(check(SIGAP_ACCOUNTS=telegram(f"{provider}/late")), r"clock, .*: 3[56]\d\d s ahead", "NTP")


def test_the_clock_says_why_it_was_not_compared(check: Check) -> None:
    assert "clock: not compared: no account and no public address" in check().output
    nobody = f"http://127.0.0.1:{free_port()}"
    assert f"clock: not compared: no time came from {nobody}" in check(SIGAP_ACCOUNTS=telegram(nobody)).output
