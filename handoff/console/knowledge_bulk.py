"""One act on several things at once, each for itself: what is refused says why, the rest is done.

What would be said to citizens passes the check before: all of it together, as it would stand afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from config.database import Priority
from handoff.console.acts import Act
from handoff.console.knowledge_guard import editor, in_words, noted
from handoff.console.knowledge_shapes import BulkBody, Refusals
from handoff.console.ports import ConsolePorts, Drafted
from handoff.console.refusals import Refusal
from handoff.console.rehearsal import CHECKED, FINDINGS, port_of
from knowledge_base import entries
from knowledge_base.entries import Refused

AT_ONCE = 8  # things in one write: whoever reports an emergency meanwhile does not wait for a spreadsheet
SAID_AGAIN = ("publish", "restore")  # acts after which citizens are told something else


@dataclass(frozen=True, slots=True)
class Checked:
    """``caught``: why, by slug, something must not be said. ``revisions``: the drafts as they were checked."""

    report: Mapping[str, Any] | None = None
    caught: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)


async def bulk(desk: ConsolePorts, act: Act, kind: str, body: BulkBody) -> Refusals:
    """Do it. With ``report`` and nothing done: the check found changes that nobody has read yet."""
    checked = await _check(desk, act, kind, body) if body.do in SAID_AGAIN else Checked()
    report = checked.report
    if report is not None and not body.seen_report and any(report.get(name) for name in FINDINGS):
        return Refusals(done=[], refused=[], report=dict(report))
    said = Refusals(done=[], refused=[])
    for few in _slices(list(dict.fromkeys(body.slugs))):
        some = await desk.database.write(partial(_several, act, kind, body, few, checked), Priority.BACKGROUND)
        said.done += some.done
        said.refused += some.refused
    return said


def _slices(slugs: Sequence[str]) -> Iterator[Sequence[str]]:
    return (slugs[at : at + AT_ONCE] for at in range(0, len(slugs), AT_ONCE))


async def _check(desk: ConsolePorts, act: Act, kind: str, body: BulkBody) -> Checked:
    drafts, revisions = await desk.database.read(partial(_to_be_said, act, kind, body))
    if kind not in CHECKED or not drafts:
        return Checked(revisions=revisions)
    report = await port_of(desk).check(act.city, drafts)
    return Checked(report, _caught(report, drafts) if report["blocked"] else {}, revisions)


def _to_be_said(act: Act, kind: str, body: BulkBody, connection: Connection) -> tuple[list[Drafted], dict[str, int]]:
    """The bodies as they would be told, and the revisions of the drafts among them."""
    said: list[Drafted] = []
    revisions: dict[str, int] = {}
    for slug in body.slugs:
        if body.do == "restore":
            there = entries.get(connection, act.city.slug, kind, slug)
            said += [(kind, slug, there.body)] if there and there.withdrawn_at else []
        elif written := entries.get_draft(connection, act.city.slug, kind, slug):
            said.append((kind, slug, written.body))
            revisions[slug] = written.revision
    return said, revisions


def _caught(report: Mapping[str, Any], drafts: Sequence[Drafted]) -> dict[str, str]:
    """Which of them would answer an emergency; all of them where nobody can tell."""
    found = {
        slug: str(one["phrase"])
        for one in report["emergencies"]
        for _, slug, body in drafts
        if one["variant"] in (body.get("title"), *(body.get("variants") or ()))
    }
    return found or {slug: "" for _, slug, _ in drafts}


def _several(
    act: Act, kind: str, body: BulkBody, slugs: Sequence[str], checked: Checked, connection: Connection
) -> Refusals:
    """A refusal undoes what was begun for that one thing, and no more."""
    done, refused = [], []
    for slug in slugs:
        try:
            with connection.begin_nested():
                _one(connection, act, kind, slug, body, checked)
        except Refused as no:
            refused.append({"slug": slug, "text": in_words(no).detail})
        except Refusal as no:
            refused.append({"slug": slug, "text": no.detail})
        else:
            done.append(slug)
    return Refusals(done=done, refused=refused)


def _one(connection: Connection, act: Act, kind: str, slug: str, body: BulkBody, checked: Checked) -> None:
    city, who, now = act.city, editor(act), act.now
    if slug in checked.caught:
        raise Refusal("checked", said="check_blocks")
    if body.do == "withdraw":
        entries.withdraw(connection, city.slug, kind, slug, who, now, body.value or "")
    elif body.do == "restore":
        entries.restore(connection, city.slug, kind, slug, who, now)
    elif body.do == "submit":
        written = entries.get_draft(connection, city.slug, kind, slug)
        if written is None:
            raise Refused("nothing")
        entries.submit(connection, city, kind, slug, who, now, written.revision)
    elif body.do == "publish":
        if slug not in checked.revisions:
            raise Refused("nothing")
        entries.publish(connection, city, kind, slug, who, now, checked.revisions[slug], _kept(checked))
    else:
        entries.tend(connection, city.slug, kind, slug, who, now, **{body.do: _value(body)})
    noted(connection, act, body.do, kind, slug)


def _kept(checked: Checked) -> dict[str, Any] | None:
    """What a version keeps of the check: how much was looked at, not everything that was found for all of them."""
    if checked.report is None:
        return None
    return {"blocked": False, "checked": checked.report["checked"], "together": len(checked.revisions)}


def _value(body: BulkBody) -> str | None:
    if not body.value:
        return None
    if body.do == "owner":
        return body.value[:80]
    try:
        return date.fromisoformat(body.value).isoformat()
    except ValueError:
        raise Refusal("invalid", fills={"fields": "tanggal"}) from None
