"""The rules of the house that a tool can keep."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from bots.channel import discover

ROOT = Path(__file__).parent.parent
PACKAGES = ("bots", "config", "handoff", "knowledge_base", "nlu", "sms_gateway")
SOURCES = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "node_modules" not in path.parts]

# A vendor library is imported in one file, or in the few that together are its one place.
VENDORS = {
    "aiohttp": {
        "bots/channel.py",
        "bots/channels/whatsapp.py",
        "bots/download.py",
        "bots/second_opinion.py",
        "bots/telegram_request.py",
        "config/chat_by_web.py",
        "config/check_address.py",
        "config/wiring.py",
        "sms_gateway/driver.py",
        "sms_gateway/drivers/http.py",
        "sms_gateway/lines.py",
    },
    "telegram": {
        "bots/channels/telegram.py",
        "bots/telegram_calls.py",
        "bots/telegram_request.py",
        "bots/telegram_updates.py",
    },
    "gammu": {"sms_gateway/modem_child.py"},
    "argon2": {"handoff/passwords.py"},
    "prometheus_client": {"config/metrics.py"},
    "structlog": {"config/logs.py"},
    "uvicorn": {"config/serving.py"},
    "phonenumbers": {"sms_gateway/numbers.py"},
    "openlocationcode": {"nlu/coordinates.py"},
    "alembic": {"config/schema.py", "config/migrations/env.py"},
    "asyncpg": {"config/bus.py"},
    "openpyxl": {"knowledge_base/sheets/xlsx.py"},
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_library_has_one_place(vendor: str) -> None:
    users = {str(path.relative_to(ROOT)) for path in SOURCES if vendor in imports(path)}
    users = {path for path in users if "migrations/versions" not in path}
    assert users <= VENDORS[vendor]


def test_a_channel_is_one_word_everywhere() -> None:
    names = set(discover())
    assert names == {path.stem for path in (ROOT / "bots/channels").glob("*.py") if path.stem != "__init__"}
    assert names == {path.name for path in (ROOT / "tests/payloads").iterdir() if path.is_dir()}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stand_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    hosts = re.compile(rb"py" rb"pi\.org|python" rb"hosted|npm" rb"js\.|deb" rb"\.debian|/wo" rb"rk/|/ro" rb"ot/")
    guilty = []
    for name in filter(None, tracked):
        path = ROOT / name.decode()
        if path.is_file() and hosts.search(path.read_bytes()):
            guilty.append(name.decode())
    assert guilty == []


def test_python_holds_no_sentence_that_a_citizen_reads() -> None:
    """Citizens' words live in the wording, the answers and the cards: none of the bot's Python writes Indonesian."""
    words = re.compile(r"\b(petugas|telepon|darurat|tolong|silakan|terima kasih|Anda)\b", re.IGNORECASE)
    guilty = []
    for path in (ROOT / "bots").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
                docstring = "\n" in node.value or node.value.endswith(".") or len(node.value) > 90
                if words.search(node.value) and not docstring:
                    guilty.append(f"{path.name}:{node.lineno} {node.value[:60]}")
    assert guilty == []
