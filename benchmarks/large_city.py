"""A city after some years: thousands of answers, a million messages, a million questions that were heard."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert

from config.database import Database
from handoff.tables import contact, conversation, incident, message
from knowledge_base.kinds import KINDS
from knowledge_base.tables import draft, entry, entry_version, example, heard_question, judgement, question_group

CITY = "ambon"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ANSWERS = 2_000
TALKS = 20_000
GROUPS = 3_000
OPEN_CASES = 60
PAST_CASES = 30_000
EXAMPLES = 5_000
JUDGED = 20_000
AT_ONCE = 20_000  # rows in one commit
YEAR = 365 * 86_400
_SAID = """
ktp pajak air listrik jalan lampu sampah pasar sekolah puskesmas surat izin usaha tanah nikah akta lahir kartu keluarga
pindah warga miskin bantuan beras banjir drainase pohon parkir angkot terminal pelabuhan ikan kapal lapor jadwal biaya
syarat kantor buka tutup antre nomor telepon alamat petugas kelurahan kecamatan negeri desa
"""
_WORDS = _SAID.split()
_OUTCOMES = ("answered",) * 14 + ("unknown",) * 3 + ("not_that", "not_that", "helped")


def sentence(chance: random.Random, length: int) -> str:
    """Words that a citizen of no city wrote."""
    return " ".join(chance.choices(_WORDS, k=length))


async def fill(database: Database, messages: int, questions: int) -> None:
    """Write the whole city into an empty database."""
    chance = random.Random(112)
    for table, rows in (
        (entry, _answers(chance)),
        (entry_version, _versions(chance)),
        (draft, _drafts(chance)),
        (contact, _contacts()),
        (conversation, _talks(chance)),
        (incident, _cases(chance)),
        (message, _messages(chance, messages)),
        (question_group, _groups(chance)),
        (heard_question, _questions(chance, questions)),
        (judgement, _judged(chance)),
        (example, _examples(chance)),
    ):
        await _write(database, table, rows)


async def _write(database: Database, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):

        def job(connection: Connection, some: list[dict[str, Any]] = some) -> None:
            connection.execute(insert(table), some)

        await database.write(job)


def _ago(chance: random.Random) -> datetime:
    return NOW - timedelta(seconds=chance.randrange(YEAR))


def _body(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "title": f"{sentence(chance, 3)} {number}",
        "answer": f"{sentence(chance, 60)}. Darurat? Telepon {{voice}}.",
        "sms": f"{sentence(chance, 15)}.",
        "ask": "Diskominfo",
        "variants": [f"{sentence(chance, 5)} {number} {one}" for one in range(20)],
        "tests": [f"{sentence(chance, 4)} {number}"],
        "owner": f"penulis{number % 9}",
        "review_on": f"2027-{number % 12 + 1:02}-01" if number % 10 else "2026-11-25",
        "hours": [{"days": [1, 2, 3, 4, 5], "opens": "08:00", "closes": "15:00"}],
        "source": None,
        "confirmed_on": "2026-01-02",
    }


def slug_of(number: int) -> str:
    """The name of one of the answers."""
    return f"jawaban_{number}"


def _kept(number: int, body: dict[str, Any]) -> dict[str, Any]:
    what = KINDS["article"]
    slug = slug_of(number)
    return {"city": CITY, "kind": "article", "slug": slug, "title": what.title(slug, body), "body": body}


def _answers(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(ANSWERS):
        body = _body(chance, number)
        yield _kept(number, body) | {
            "words": KINDS["article"].words(slug_of(number), body),
            "version": 5,
            "owner": body["owner"],
            "review_on": KINDS["article"].review_on(body),
            "withdrawn_at": NOW if number % 50 == 7 else None,
            "edited_at": NOW,
            "updated_at": _ago(chance),
            "updated_by": "penulis1",
        }


def _versions(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(ANSWERS):
        for version in range(1, 6):
            yield _kept(number, _body(chance, number)) | {
                "version": version,
                "verb": "published",
                "who": "penulis1",
                "approved_by": "rina",
                "note": "",
                "report": None,
                "at": NOW - timedelta(days=100 - version),
            }


def _drafts(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(0, ANSWERS, 10):
        body = _body(chance, number)
        yield _kept(number, body) | {
            "words": KINDS["article"].words(slug_of(number), body),
            "base_version": 5,
            "revision": 3,
            "state": "review" if number % 20 else "draft",
            "authors": ["penulis1"],
            "remark": "",
            "updated_by": "penulis1",
            "updated_at": _ago(chance),
            "created_at": NOW,
        }


def _contacts() -> Iterator[dict[str, Any]]:
    for number in range(TALKS):
        yield {
            "city": CITY,
            "id": number + 1,
            "channel": "whatsapp",
            "account": "resmi",
            "address": f"62800555{number:06}",
            "name": f"Warga {number}",
            "phone": None,
            "created_at": NOW - timedelta(days=366),
        }


def _talks(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(TALKS):
        fresh = number < 500
        yield {
            "city": CITY,
            "id": number + 1,
            "contact_id": number + 1,
            "holder": "bot",
            "state": {"stage": "open", "told": []},
            "incident_id": number + 1 if number < OPEN_CASES else None,
            "last_in_at": NOW - timedelta(seconds=number) if fresh else _ago(chance),
            "last_text": sentence(chance, 8),
            "created_at": NOW - timedelta(days=366),
        }


def _cases(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(OPEN_CASES + PAST_CASES):
        is_open = number < OPEN_CASES
        at = NOW - timedelta(minutes=number) if is_open else _ago(chance)
        yield {
            "city": CITY,
            "id": number + 1,
            "number": number + 1,
            "code": f"A-{number + 1:05}",
            "conversation_id": number % TALKS + 1,
            "contact_id": number % TALKS + 1,
            "source": "chat",
            "status": "waiting" if is_open else "closed",
            "reason": "emergency",
            "category": "kebakaran",
            "categories": ["kebakaran"],
            "severity": number % 3 + 1,
            "summary": sentence(chance, 8),
            "alternatives": [],
            "facts": {},
            "why": ["danger:api"],
            "heard_at": at,
            "opened_at": at,
            "closed_at": None if is_open else at,
            "close_reason": None if is_open else "selesai",
            "updated_at": at,
        }


def _messages(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        # One contact in a hundred messages is the same restless one.
        talk = 1 if number % 100 == 0 else chance.randrange(TALKS) + 1
        inbound = number % 2 == 0
        at = NOW - timedelta(seconds=YEAR * (1 - number / count))
        yield {
            "city": CITY,
            "id": number + 1,
            "conversation_id": talk,
            "direction": "in" if inbound else "out",
            "author": "citizen" if inbound else "bot",
            "channel": "whatsapp",
            "account": "resmi",
            "chat": f"62800555{talk - 1:06}",
            "event_key": str(number),
            "kind": "text",
            "text": sentence(chance, 10),
            "at": at,
            "created_at": at,
            "answered_at": at if inbound else None,
            "state": None if inbound else "read",
            "urgency": None if inbound else 2,
        }


def _groups(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(GROUPS):
        yield {
            "city": CITY,
            "id": number + 1,
            "title": sentence(chance, 5),
            "size": chance.randrange(1, 400),
            "state": "open" if number % 4 else "ignored",
            "first_at": NOW - timedelta(days=300),
            "last_at": _ago(chance),
        }


def _questions(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        outcome = chance.choice(_OUTCOMES)
        topic = int(ANSWERS * chance.random() ** 3)  # some are asked all the time
        grouped = outcome in ("unknown", "not_that")
        yield {
            "city": CITY,
            "id": number + 1,
            "conversation_id": chance.randrange(TALKS) + 1,
            "at": NOW - timedelta(seconds=YEAR * (1 - number / count)),
            "text": sentence(chance, 6),
            "kind": "question",
            "outcome": outcome,
            "topic": None if outcome == "unknown" else slug_of(topic),
            "group_id": chance.randrange(GROUPS) + 1 if grouped else None,
        }


def _judged(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(JUDGED):
        judged = number < JUDGED * 0.9
        at = NOW - timedelta(seconds=YEAR * (1 - number / JUDGED))
        yield {
            "city": CITY,
            "id": number + 1,
            "conversation_id": chance.randrange(TALKS) + 1,
            "text": sentence(chance, 8),
            "taken_for": chance.choice(("question", "complaint", "smalltalk", "prank")),
            "at": at,
            "verdict": chance.choice(("right", "right", "right", "emergency")) if judged else None,
            "judged_by": "rina" if judged else None,
            "judged_at": at if judged else None,
        }


def _examples(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(EXAMPLES):
        yield {
            "city": CITY,
            "id": number + 1,
            "text": sentence(chance, 6),
            "intent": "darurat_kebakaran",
            "was": {"intent": "iseng"},
            "source": "case",
            "source_id": number + 1,
            "state": chance.choice(("proposed", "accepted", "rejected")),
            "proposed_by": "sari",
            "at": _ago(chance),
        }
