"""Who is logged in: a random token in the browser, its hash here. Twelve hours at most, two without a sign of life."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from config.database import changed
from handoff.operators import Operator, operator_of
from handoff.tables import operator, session

LONGEST = timedelta(hours=12)  # a shift and its handing over
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)  # a sign of life is written down no more often than this


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one operator."""

    operator: Operator
    token_hash: str
    csrf: str
    seen_at: datetime

    def owns(self, csrf: str) -> bool:
        """Whether ``csrf`` is this session's own token, compared in constant time."""
        return hmac.compare_digest(csrf.encode("utf-8", "replace"), self.csrf.encode())


def hash_of(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot log in with it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def start(connection: Connection, person: Operator, user_agent: str, now: datetime) -> tuple[str, Session]:
    """Log somebody in. Returns the token for the cookie, and the session."""
    token = secrets.token_urlsafe(32)
    begun = Session(person, hash_of(token), secrets.token_urlsafe(24), now)
    _sweep(connection, now)
    connection.execute(
        insert(session),
        {
            "token_hash": begun.token_hash,
            "operator_id": person.id,
            "csrf": begun.csrf,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + LONGEST,
            "user_agent": user_agent[:200],
        },
    )
    return token, begun


def _sweep(connection: Connection, now: datetime) -> None:
    connection.execute(delete(session).where((session.c.expires_at <= now) | (session.c.seen_at <= now - IDLE)))


def find(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session behind a cookie; None when it ended, or its operator's account did."""
    row = connection.execute(
        select(operator, session.c.token_hash, session.c.csrf, session.c.seen_at)
        .join(operator, operator.c.id == session.c.operator_id)
        .where(session.c.token_hash == hash_of(token), *_holds(now))
    ).mappings()
    found = row.first()
    return Session(operator_of(found), found["token_hash"], found["csrf"], found["seen_at"]) if found else None


def still_hold(connection: Connection, hashes: Collection[str], now: datetime) -> set[str]:
    """Those of these sessions that have not ended."""
    return set(
        connection.scalars(
            select(session.c.token_hash)
            .join(operator, operator.c.id == session.c.operator_id)
            .where(session.c.token_hash.in_(hashes), *_holds(now))
        )
    )


def _holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return session.c.expires_at > now, session.c.seen_at > now - IDLE, operator.c.disabled_at.is_(None)


def keep_awake(connection: Connection, hashes: Collection[str], now: datetime) -> None:
    """A sign of life: a request, or a live socket that stays open."""
    connection.execute(update(session).where(session.c.token_hash.in_(hashes)).values(seen_at=now))


def end(connection: Connection, token_hash: str) -> None:
    """Log out."""
    connection.execute(delete(session).where(session.c.token_hash == token_hash))
    changed(connection, "session", "", 0)


def end_others(connection: Connection, kept: Session) -> None:
    """After a new password: whoever knew the old one is out."""
    connection.execute(
        delete(session).where(session.c.operator_id == kept.operator.id, session.c.token_hash != kept.token_hash)
    )
    changed(connection, "session", "", kept.operator.id)
