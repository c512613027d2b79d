"""The open cases of one city under the bot's hand: opened, heard more of, rung about; then all written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from config.database import changed, update_rows
from handoff import incidents
from handoff.audit import BOT, line, note_all
from handoff.report import UNKNOWN, Alarm, Origin, Report, merge_categories
from handoff.tables import incident

Row = dict[str, Any]

# What may change here. All of it is written, so that one statement serves every case of a batch.
_COLUMNS = (
    *("severity", "why", "categories", "category", "place", "kecamatan", "alternatives", "facts"),
    *("restricted", "silent", "alarm", "summary", "updated_at", "version"),
)
_MOST_REASONS = 20


class OpenCases:
    """Cases that are not closed, locked in the order of their ids. What changes shows in their rows at once.

    Nothing stands in the database before ``write``. The bot may raise a case's urgency here, never lower it.
    """

    def __init__(self, connection: Connection, city: str, ids: Iterable[int | None], now: datetime) -> None:
        self._connection = connection
        self._city = city
        self._now = now
        self._rows: dict[int, Row] = {}
        self._drafts: dict[int, Row] = {}  # opened here: without a number until they are written
        self._prefix = ""  # of their codes
        self._changed: dict[int, Row] = {}
        self._lines: list[Row] = []  # of the audit
        self.load(ids)

    @property
    def rows(self) -> list[Row]:
        """Those that were loaded or opened here."""
        return list(self._rows.values())

    def get(self, incident_id: int | None) -> Row | None:
        """The case with this id, if it is open and was loaded or opened here."""
        return None if incident_id is None else self._rows.get(incident_id)

    def load(self, ids: Iterable[int | None]) -> list[Row]:
        """The open ones among these."""
        wanted = sorted({one for one in ids if one is not None})
        missing = [one for one in wanted if one not in self._rows]
        self._rows |= incidents.load_open(self._connection, self._city, missing)
        return [self._rows[one] for one in wanted if one in self._rows]

    def open(self, origin: Origin, report: Report, heard_at: datetime) -> Row:
        """A new case, waiting for an operator. Its number and code come with ``write``."""
        row = incidents.draft_incident(origin, report, heard_at, self._now)
        self._rows[row["id"]] = self._drafts[row["id"]] = row
        self._prefix = origin.prefix
        return row

    def hear_more(self, row: Row, report: Report) -> None:
        """Add what was heard."""
        news = _what_it_adds(row, report)
        self._change(row, news, "raise" if "severity" in news else "hear")

    def ring(self, row: Row, alarm: Alarm | None) -> None:
        """Set or clear the case's alarm."""
        if row["alarm"] != alarm:
            self._change(row, {"alarm": alarm}, "alarm", alarm=alarm)

    def lead(self, row: Row, category: str) -> None:
        """A clearer kind leads the case from now on; where an operator has had the case, their choice stands."""
        if row["category"] == category or row["claimed_at"] is not None:
            return
        before = {"category": row["category"]}
        others = [one for one in row["categories"] if one != category]
        news = {"category": category, "categories": [category, *others]}
        self._change(row, news, "correct", fields=sorted(news), before=before)

    def write(self) -> None:
        """Write what changed, number the new cases and open them."""
        rows = [{"city": self._city, "id": key, **_written(row)} for key, row in sorted(self._changed.items())]
        update_rows(self._connection, incident, rows)
        if self._lines:
            note_all(self._connection, self._lines)
        for row in self._changed.values():
            changed(self._connection, "incident", self._city, row["id"], row["conversation_id"])
        incidents.file_incidents(self._connection, self._city, self._prefix, list(self._drafts.values()), self._now)
        self._changed, self._lines, self._drafts = {}, [], {}

    def _change(self, row: Row, news: Mapping[str, Any], verb: str, **detail: Any) -> None:
        if not news:
            return
        row.update(news)
        if row["id"] in self._drafts:
            return
        row.update(updated_at=self._now, version=row["version"] + 1)
        self._changed[row["id"]] = row
        about = {"incident_id": row["id"], "conversation_id": row["conversation_id"]}
        self._lines.append(line(self._city, BOT, verb, self._now, **about, **detail))


def ring(connection: Connection, city: str, ids: Iterable[int | None], alarm: Alarm, now: datetime) -> None:
    """Ring on each of these cases that is open."""
    cases = OpenCases(connection, city, ids, now)
    for row in cases.rows:
        cases.ring(row, alarm)
    cases.write()


def _written(row: Row) -> Row:
    return {name: row[name] for name in _COLUMNS}


def _what_it_adds(row: Row, report: Report) -> Row:
    """Which columns of a case a report changes, and to what."""
    news: Row = {}
    if report.severity < row["severity"]:
        news["severity"] = report.severity
        news["why"] = [*row["why"], *report.why][-_MOST_REASONS:]
    categories = merge_categories(row["categories"], report.categories)
    if categories != tuple(row["categories"]):
        news["categories"] = list(categories)
        news["category"] = categories[0] if row["category"] in (None, UNKNOWN) else row["category"]
    if report.place and _tells_more(report.place, row["place"]):
        news["place"] = dict(report.place)
        news["kecamatan"] = report.place.get("kecamatan")
        sent_by_itself = [row["place"]] if row["place"] and row["place"].get("source") == "aml" else []
        news["alternatives"] = [*(dict(one) for one in report.alternatives), *sent_by_itself]
    facts = {**row["facts"], **report.facts}
    if facts != row["facts"]:
        news["facts"] = facts
    for flag in ("restricted", "silent"):
        if getattr(report, flag) and not row[flag]:
            news[flag] = True
    if report.alarm and report.alarm != row["alarm"]:
        news["alarm"] = report.alarm
    if report.summary and not row["summary"]:
        news["summary"] = report.summary
    return news


def _tells_more(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    """Whether ``new`` says better than ``old`` where it is. What an operator set is never overruled."""
    if old is None:
        return True
    if old.get("source") == "operator":
        return False
    if new.get("source") == "pin":
        return True
    if old.get("source") == "aml":
        return new.get("kecamatan") is not None or new.get("lat") is not None
    if new.get("source") == "aml":  # where the telephone is, which need not be where it happens
        return old.get("source") != "pin" and old.get("lat") is None and not old.get("kelurahan")
    return old.get("source") != "pin" and (new.get("confidence") or 0) >= (old.get("confidence") or 0)
