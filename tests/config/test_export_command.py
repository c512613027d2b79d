"""`sigap export` and `sigap seed --from`, as a technician moves a city to another machine."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.config.conftest import Sigap

BODY = json.dumps({"title": "Biaya", "answer": "Gratis.", "sms": "Gratis.", "ask": "Kominfo"})


def answer(folder: Path) -> tuple[str, int]:
    """What is published, and its version."""
    with sqlite3.connect(folder / "sigap.db") as database:
        query = "SELECT body ->> 'answer', version FROM entry WHERE city = 'kendari' AND slug = 'biaya_112'"
        found: tuple[str, int] = database.execute(query).fetchone()
    return found


def test_an_exported_city_stands_on_another_machine_and_stays(sigap: Sigap, tmp_path: Path) -> None:
    assert sigap("migrate").exit_code == sigap("seed").exit_code == 0
    with sqlite3.connect(tmp_path / "data" / "sigap.db") as database:
        database.execute("UPDATE entry SET body = ?, edited_at = 1 WHERE slug = 'biaya_112'", [BODY])
    assert "biaya_112 was edited by hand" in sigap("seed").output
    done = sigap("export", "kendari", "out")
    assert done.exit_code == 0, done.output
    assert "sigap seed --from out" in done.output

    elsewhere = {"SIGAP_DATA": str(tmp_path / "elsewhere"), "SIGAP_CITIES": "kendari,ambon"}
    assert sigap("migrate", **elsewhere).exit_code == 0
    seeded = sigap("seed", "--from", "out", **elsewhere)
    assert seeded.exit_code == 0, seeded.output
    assert "Seeded: kendari." in seeded.output
    assert answer(tmp_path / "elsewhere") == ("Gratis.", 1)
    assert "biaya_112 was edited by hand" in sigap("seed", **elsewhere).output
    assert answer(tmp_path / "elsewhere") == ("Gratis.", 1), "the next start takes nothing back"


def test_what_cannot_be_exported_is_told_in_a_line(sigap: Sigap, tmp_path: Path) -> None:
    assert sigap("migrate").exit_code == sigap("seed").exit_code == sigap("export", "kendari", "out").exit_code == 0
    for words, said in ((("ambon", "out2"), "is not served"), (("kendari", "out"), "there already")):
        again = sigap("export", *words)
        assert again.exit_code == 2, again.output
        assert said in again.output
        assert "Traceback" not in again.output
    missing = sigap("seed", "--from", "nowhere")
    assert missing.exit_code == 2
    assert "there is no city" in missing.output
