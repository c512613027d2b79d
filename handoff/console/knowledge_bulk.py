"""One act on several things at once, each for itself: what is refused says why, the rest is done."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from handoff.console.acts import Act
from handoff.console.knowledge_guard import editor, in_words, noted
from handoff.console.knowledge_shapes import BulkBody, Refusals
from handoff.console.refusals import Refusal
from knowledge_base import entries
from knowledge_base.entries import Refused


def bulk(connection: Connection, act: Act, kind: str, body: BulkBody) -> Refusals:
    """Do it. A refusal undoes what was begun for that one thing, and no more."""
    done, refused = [], []
    for slug in dict.fromkeys(body.slugs):
        try:
            with connection.begin_nested():
                _one(connection, act, kind, slug, body)
        except Refused as no:
            refused.append({"slug": slug, "text": in_words(no).detail})
        except Refusal as no:
            refused.append({"slug": slug, "text": no.detail})
        else:
            done.append(slug)
    return Refusals(done=done, refused=refused)


def _one(connection: Connection, act: Act, kind: str, slug: str, body: BulkBody) -> None:
    city, who, now = act.city, editor(act), act.now
    if body.do == "withdraw":
        entries.withdraw(connection, city.slug, kind, slug, who, now, body.value or "")
    elif body.do == "restore":
        entries.restore(connection, city.slug, kind, slug, who, now)
    elif body.do == "submit":
        written = entries.get_draft(connection, city.slug, kind, slug)
        if written is None:
            raise Refused("nothing")
        entries.submit(connection, city, kind, slug, who, now, written.revision)
    else:
        entries.tend(connection, city.slug, kind, slug, who, now, **{body.do: _value(body)})
    noted(connection, act, body.do, kind, slug)


def _value(body: BulkBody) -> str | None:
    if not body.value:
        return None
    if body.do == "owner":
        return body.value[:80]
    try:
        return date.fromisoformat(body.value).isoformat()
    except ValueError:
        raise Refusal("invalid", fills={"fields": "tanggal"}) from None
