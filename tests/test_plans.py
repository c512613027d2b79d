"""On SQLite as on PostgreSQL every statement finds its rows by their keys, however many a city has."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.two_cities import whole_stories

# Tables that grow with every message. "(city=?)" alone is all of a city, but in an index of the few that wait.
GROWS = r"(contact|conversation|message|attachment|raw_body|incident|audit_event)"
FEW = "ix_message_(outbox|unread|urgent|waiting)|ix_attachment_(queued|voice)"
READS_ALL = re.compile(rf"SCAN {GROWS}\b.*|SEARCH {GROWS} USING (?!INDEX ({FEW})\b).*\(city=\?\)")
SWEEPS = {"bots/web_sweep.py:_named": "once an hour, for files that lie about"}


@pytest.mark.slow
async def test_no_statement_of_whole_stories_reads_all_of_a_city(tmp_path: Path) -> None:
    played = await whole_stories(f"sqlite:///{tmp_path}/sigap.db", tmp_path)
    heard = {one.sql: one for one in played if one.where not in SWEEPS}
    found = []
    with sqlite3.connect(tmp_path / "sigap.db") as database:
        for sql, one in heard.items():
            if sql.startswith(("SELECT", "UPDATE", "DELETE")):
                steps = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", one.runs[0])]
                found += [f"{step}: {one}" for step in steps if READS_ALL.fullmatch(step)]
    assert len(heard) > 100
    assert found == [], "\n".join(sorted(found))
