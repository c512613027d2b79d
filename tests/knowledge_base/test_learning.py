"""Questions without an answer find together, each once; samples are judged by one person each; rates are honest."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from config.clock import VirtualClock
from config.database import Database
from config.schema import migrate
from knowledge_base.city import load_city
from knowledge_base.entries import Editor, get_draft
from knowledge_base.learning import drafts as learning_drafts
from knowledge_base.learning import examples as learning_examples
from knowledge_base.learning import judging as learning_judging
from knowledge_base.learning import lists as learning_lists
from knowledge_base.learning import rate as learning_rate
from knowledge_base.learning.exam import floors
from knowledge_base.learning.examples import NotSayable, Proposal
from knowledge_base.learning.grouping import Grouping, assign, new_questions
from knowledge_base.learning.groups import MOST_COMPARED, Groups
from knowledge_base.learning.phrases import agreed, of_variants
from knowledge_base.learning.rate import wilson
from knowledge_base.learning.words import words_of
from knowledge_base.phrases import Phrase
from knowledge_base.tables import example, heard_question, judgement, question_group

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
QUESTIONS = (
    "gmn cara ngurus KTP hilang ya kak",
    "mengurus ktp yg hilang bagaimana",
    "ktp saya hilang, urusnya dimana min",
    "jam buka puskesmas hari sabtu",
    "puskesmas sabtu buka jam brp",
    "lampu jalan mati lapor kemana",
    "min lampu jalan di lorong mati",
    "pasar malam sampai jam berapa",
    "???",
    "",
    "apa ya",
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await migrate(opened)
    yield opened
    await opened.close()


def question(key: int, text: str, *, at: datetime = NOW, outcome: str = "unknown", **more: Any) -> dict[str, Any]:
    about = {"city": "ambon", "conversation_id": 1, "kind": "question", "topic": None, "group_id": None}
    return {**about, "id": key, "at": at, "text": text, "outcome": outcome, **more}


async def heard(database: Database, *rows: dict[str, Any]) -> None:
    await database.write(lambda connection: connection.execute(insert(heard_question), list(rows)))


async def rows_of(database: Database, table: Any) -> list[Any]:
    return await database.read(lambda connection: list(connection.execute(select(table)).mappings()))


# words and groups --------------------------------------------------------------------------------------------------


def test_the_same_question_in_other_words_leaves_the_same_words() -> None:
    assert set(words_of(QUESTIONS[0])) == set(words_of(QUESTIONS[1])) == {"urus", "ktp", "hilang"}
    assert words_of("KTP HILAAAANG") == words_of("ktp hilang")


@given(st.text(max_size=300))
def test_every_question_has_words(text: str) -> None:
    words = words_of(text)
    assert 1 <= len(words) <= 24
    assert len(set(words)) == len(words)


def test_groups_hold_what_asks_the_same() -> None:
    groups = Groups()
    found: list[int | None] = []
    for key, text in enumerate(QUESTIONS):
        found.append(groups.find(text))
        if found[-1] is None:
            groups.begin(key, text)
    assert found[:7] == [None, 0, 0, None, 3, None, 5]
    assert found[7:] == [None] * 4


def test_a_letter_left_out_is_the_same_word() -> None:
    groups = Groups.of([(1, "vaksin rabies gratis")])
    assert groups.find("vaksin rabes gratis") == 1
    assert groups.find("imunisasi polio gratis") is None


def test_no_question_is_compared_with_more_than_a_bounded_number() -> None:
    compared = Counter[str]()

    def words(text: str) -> list[str]:
        compared["read"] += 1
        return text.split()

    groups = Groups.of([(key, f"sampah tumpuk kata{key}") for key in range(5000)], words)
    candidates = list(groups._candidates(words("sampah tumpuk menggunung besar")))
    assert 0 < len(candidates) <= MOST_COMPARED
    compared.clear()
    groups.find("sampah tumpuk menggunung besar")
    assert compared["read"] == 1, "no group's words are read anew"


@given(st.lists(st.sampled_from(QUESTIONS), max_size=40))
def test_groups_built_anew_find_as_before(texts: list[str]) -> None:
    groups = Groups()
    begun: list[tuple[int, str]] = []
    for key, text in enumerate(texts):
        if groups.find(text) is None:
            groups.begin(key, text)
            begun.append((key, text))
    again = Groups.of(begun)
    assert [again.find(text) for text in texts] == [groups.find(text) for text in texts]
    assert None not in [groups.find(text) for text in texts]


_case = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_case
@given(
    st.lists(st.tuples(st.sampled_from(QUESTIONS), st.sampled_from(["unknown", "not_that", "answered"])), max_size=60)
)
async def test_each_question_stands_in_one_group_and_a_second_run_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, str]]
) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'sigap.db'}")
    await migrate(database)
    clock = VirtualClock(NOW)
    one = Grouping(database, clock, ["ambon"], "one")
    if asked:
        await heard(database, *(question(key, text, outcome=out) for key, (text, out) in enumerate(asked, start=1)))
    while await one.step():
        clock.advance(1)
    questions, groups = await rows_of(database, heard_question), await rows_of(database, question_group)
    sizes = Counter(row["group_id"] for row in questions if row["outcome"] != "answered")
    assert {row["id"]: row["size"] for row in groups} == dict(sizes)
    assert None not in sizes
    assert all(row["group_id"] is None for row in questions if row["outcome"] == "answered")
    clock.advance(60)
    assert await Grouping(database, clock, ["ambon"], "two").step() == 0  # and another process finds nothing to do
    assert await rows_of(database, heard_question) == questions
    assert await rows_of(database, question_group) == groups
    await database.close()


async def test_two_processes_at_once_group_each_question_once(database: Database) -> None:
    await heard(database, *(question(key, QUESTIONS[key % 7]) for key in range(1, 401)))
    clock = VirtualClock(NOW)
    both = [Grouping(database, clock, ["ambon"], name) for name in ("one", "two")]
    for turn in range(30):
        clock.advance(40 if turn % 3 == 0 else 1)  # the lease runs out now and then
        await asyncio.gather(*(each.step() for each in both))
    groups = await rows_of(database, question_group)
    assert sum(row["size"] for row in groups) == 400
    assert len(groups) == 3


async def test_whoever_was_slower_looks_again(database: Database) -> None:
    await heard(database, question(1, "ktp hilang"), question(2, "lampu jalan mati"))
    clock = VirtualClock(NOW)
    one = Grouping(database, clock, ["ambon"], "one")
    found = await database.read(lambda connection: new_questions(connection, "ambon", 10))
    assert [row.id for row in found] == [1, 2]
    assert await one.step() == 2
    await heard(database, question(3, "ktp saya hilang"))
    assert await one.step() == 1
    assert sorted(row["size"] for row in await rows_of(database, question_group)) == [1, 2]
    assert [begins for *_, begins in assign(Groups(), found)] == [True, True]


# lists -------------------------------------------------------------------------------------------------------------


async def test_the_weekly_ten_put_first_what_is_asked_more_and_more(database: Database) -> None:
    last_week = NOW - timedelta(days=10)
    rows = [question(key, "lampu jalan mati lapor kemana", at=last_week) for key in range(1, 7)]
    rows += [question(key, "lampu jalan mati lapor kemana") for key in range(10, 16)]
    rows += [question(key, "jam buka puskesmas") for key in range(20, 26)]
    rows += [question(30, "ktp hilang", outcome="not_that", topic="ktp")]
    rows += [question(40, "paspor anak", at=NOW - timedelta(days=20))]
    await heard(database, *rows)
    await Grouping(database, VirtualClock(NOW), ["ambon"], "one").step()
    ten = await database.read(lambda connection: learning_lists.most_wanted(connection, "ambon", NOW))
    assert [(one.title, one.week, one.before) for one in ten] == [
        ("jam buka puskesmas", 6, 0),
        ("lampu jalan mati lapor kemana", 6, 6),
        ("ktp hilang", 1, 0),
    ]
    assert [one.topic for one in ten] == [None, None, "ktp"]
    assert ten[1].size == 12
    groups, total = await database.read(lambda connection: learning_lists.groups(connection, "ambon", "open", 0))
    assert (total, groups[0].title) == (4, "lampu jalan mati lapor kemana")


async def test_feedback_counts_how_answers_fare(database: Database) -> None:
    outcomes = ["answered"] * 5 + ["not_that"] * 2 + ["helped"]
    rows = [question(key, "ktp", outcome=out, topic="ktp") for key, out in enumerate(outcomes, start=1)]
    await heard(database, *rows, question(99, "kk", outcome="answered", topic="kk", at=NOW - timedelta(days=40)))
    since = NOW - timedelta(days=30)
    (ktp,) = await database.read(lambda connection: learning_lists.feedback(connection, "ambon", since))
    assert (ktp.topic, ktp.answered, ktp.not_that, ktp.helped) == ("ktp", 8, 2, 1)


async def test_two_clicks_make_a_draft_of_a_group(database: Database) -> None:
    city = load_city("ambon")
    texts = ["pasang wifi gratis dimana ya", "wifi gratis pasang dimana", "nama saya [nama] wifi gratis pasang dimana"]
    await heard(database, *(question(key, text) for key, text in enumerate(texts, start=1)))
    await Grouping(database, VirtualClock(NOW), ["ambon"], "one").step()
    (group,) = await rows_of(database, question_group)
    editor = Editor("tika", may_publish=False)

    def make(connection: Connection) -> str:
        return learning_drafts.draft_from_group(connection, city, group["id"], editor, NOW)

    slug = await database.write(make)
    assert await database.write(make) == slug, "the second click opens the same draft"
    draft = await database.read(lambda connection: get_draft(connection, "ambon", "article", slug))
    assert draft is not None
    assert list(draft.body["variants"]) == [texts[0], texts[1]], "nothing with somebody's name in it"
    (group,) = await rows_of(database, question_group)
    assert (group["state"], group["slug"], group["decided_by"]) == ("drafted", slug, "tika")
    with pytest.raises(learning_drafts.NotThere):
        await database.write(lambda connection: learning_drafts.ignore(connection, "ambon", 1, "tika"))


# the rate ----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_wilsons_interval_holds_the_share(hits: int, more: int) -> None:
    low, high = wilson(hits, hits + more)
    share = hits / (hits + more) if hits + more else 0.0
    assert 0 <= low <= share <= high <= 1
    turned = wilson(more, hits + more)
    assert math.isclose(turned[0], 1 - high, abs_tol=1e-9)
    assert math.isclose(turned[1], 1 - low, abs_tol=1e-9)


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81/263, 15/148, 0/20, 1/29, method 3.
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (hits, total), (low, high) in published.items():
        found = wilson(hits, total)
        assert (round(found[0], 4), round(found[1], 4)) == (low, high)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


# judging -----------------------------------------------------------------------------------------------------------


def sample(key: int, **more: Any) -> dict[str, Any]:
    about = {"city": "ambon", "conversation_id": key, "text": f"pesan {key}", "taken_for": "question", "topic": None}
    return {**about, "id": key, "at": NOW, **more}


@_case
@given(st.integers(1, 25), st.integers(1, 5), st.integers(0, 2**16))
async def test_no_sample_is_dropped_or_on_two_screens(
    tmp_path_factory: pytest.TempPathFactory, samples: int, judges: int, seed: int
) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'sigap.db'}")
    await migrate(database)
    await database.write(
        lambda connection: connection.execute(insert(judgement), [sample(n + 1) for n in range(samples)])
    )
    clock, chance = VirtualClock(NOW), random.Random(seed)
    screens: dict[int, tuple[str, datetime]] = {}
    judged = Counter[int]()

    async def sit(name: str) -> None:
        while True:
            await asyncio.sleep(0)
            row = await database.write(lambda one: learning_judging.next_to_judge(one, "ambon", name, clock.now()))
            if row is None:
                return
            before = screens.get(row["id"])
            if before is not None and before[0] != name:
                assert clock.now() - before[1] >= learning_judging.HELD, "a colleague has it on the screen"
            if before is None or before[0] != name:
                screens[row["id"]] = (name, clock.now())
            if chance.random() < 0.2:
                return  # goes home without a word
            verdict = chance.choice(learning_judging.VERDICTS)
            about = {"key": row["id"], "verdict": verdict, "who": name, "now": clock.now()}
            await database.write(partial(learning_judging.judge, city="ambon", **about))
            judged[row["id"]] += 1

    for _ in range(200):
        await asyncio.gather(*(sit(f"hakim{number}") for number in range(judges)))
        if len(judged) == samples:
            break
        clock.advance(learning_judging.HELD.total_seconds())
    assert judged == Counter(range(1, samples + 1)), "each once, none dropped"
    assert await database.read(lambda one: learning_rate.waiting(one, "ambon")) == 0
    await database.close()


async def test_a_verdict_is_that_of_whoever_has_it_on_the_screen(database: Database) -> None:
    await database.write(lambda connection: connection.execute(insert(judgement), [sample(1), sample(2)]))
    later = NOW + learning_judging.HELD

    def show(who: str, at: datetime) -> Any:
        return lambda connection: learning_judging.next_to_judge(connection, "ambon", who, at)

    def say(who: str, verdict: Any, at: datetime = NOW) -> Any:
        return lambda connection: learning_judging.judge(connection, "ambon", 2, verdict, who, at)

    assert (await database.write(show("sari", NOW)))["id"] == 2, "the newest first: its writer may be in danger"
    assert (await database.write(show("sari", NOW)))["id"] == 2
    assert (await database.write(show("tono", NOW)))["id"] == 1
    with pytest.raises(learning_judging.NotYours):
        await database.write(say("tono", "right"))
    assert (await database.write(show("budi", later)))["id"] == 2, "sari said nothing for half an hour"
    with pytest.raises(learning_judging.NotYours):
        await database.write(say("sari", "right", later))
    await database.write(say("budi", "emergency", later))
    assert (await database.write(say("budi", "emergency", later)))["verdict"] == "emergency", "a repeated click"
    with pytest.raises(learning_judging.NotYours):
        await database.write(say("sari", "right", later))


async def test_the_missed_rate_counts_what_was_judged_in_thirty_days(database: Database) -> None:
    def judged(key: int, verdict: str, kind: str, days: int = 1) -> dict[str, Any]:
        by = {"shown_to": "sari", "shown_at": NOW, "judged_by": "sari", "judged_at": NOW - timedelta(days=days)}
        return sample(key, taken_for=kind, verdict=verdict, **by)

    rows = [judged(1, "emergency", "question"), judged(2, "right", "question"), judged(3, "wrong_kind", "prank")]
    rows += [judged(4, "unclear", "prank"), judged(5, "emergency", "prank", days=31)]
    await database.write(lambda connection: connection.execute(insert(judgement), rows))
    await database.write(lambda connection: connection.execute(insert(judgement), sample(6)))
    found = await database.read(lambda connection: learning_rate.missed(connection, "ambon", NOW))
    assert (found.rate.hits, found.rate.total, found.waiting, found.unclear) == (1, 3, 1, 1)
    assert {kind: (one.hits, one.total) for kind, one in found.by.items()} == {"question": (1, 2), "prank": (0, 1)}


# examples and phrases ----------------------------------------------------------------------------------------------


async def test_a_later_word_on_the_same_case_is_added_until_an_admin_decides(database: Database) -> None:
    def propose(**said: Any) -> Any:
        what = Proposal("ada asap di pasar", source="case", source_id=7, **{"intent": None, **said})
        return lambda connection: learning_examples.propose(connection, "ambon", what, "sari", NOW)

    first = await database.write(propose(intent="darurat_kebakaran", severity=1, was={"intent": "darurat_lainnya"}))
    assert await database.write(propose(place={"kecamatan": "Sirimau"})) == first
    (row,) = await rows_of(database, example)
    assert (row["intent"], row["place"], row["was"]) == (
        "darurat_kebakaran",
        {"kecamatan": "Sirimau"},
        {"intent": "darurat_lainnya"},
    )

    def decide(connection: Connection) -> Any:
        about: dict[str, Any] = {"intent": None, "severity": None, "who": "adi", "now": NOW}
        return learning_examples.decide(connection, "ambon", row["id"], accept=True, **about)

    assert (await database.write(decide))["state"] == "accepted"
    assert (await database.write(decide))["state"] == "accepted", "a repeated click"
    assert await database.write(propose(intent="iseng")) is None, "an admin's word stands"
    await database.write(lambda connection: connection.execute(update(example).values(state="rejected")))
    with pytest.raises(NotSayable, match="decided"):
        await database.write(decide)


async def test_what_nobody_named_cannot_be_accepted(database: Database) -> None:
    what = Proposal("air pdam mati", None, "judgement", 3)
    key = await database.write(lambda one: learning_examples.propose(one, "ambon", what, "sari", NOW))
    assert key is not None

    def decide(intent: str | None) -> Any:
        about: dict[str, Any] = {"severity": 1, "who": "adi", "now": NOW}
        return lambda one: learning_examples.decide(one, "ambon", key, accept=True, intent=intent, **about)

    with pytest.raises(NotSayable, match="no_intent"):
        await database.write(decide(None))
    row = await database.write(decide("keluhan"))
    assert (row["intent"], row["severity"]) == ("keluhan", None), "no complaint has a severity"


def test_an_emergency_wins_over_every_other_meaning() -> None:
    danger = Phrase("tolong api besar", "darurat_kebakaran")
    harmless = Phrase("Tolong  api besar", "iseng", {}, "ambon")
    assert agreed([danger], [harmless]) == [danger]
    assert agreed([harmless], [danger]) == [danger]
    older, newer = Phrase("jam buka", "faq_ktp"), Phrase("jam buka", "faq_kk", {}, "ambon")
    assert agreed([older], [newer]) == [newer]
    elsewhere = Phrase("jam buka", "faq_ktp", {}, "kendari")
    assert agreed([elsewhere], [newer]) == [elsewhere, newer], "each city may mean something else"


def test_few_ways_to_ask_teach_no_new_topic() -> None:
    variants = {"baru": [f"cara {n}" for n in range(8)], "kecil": ["satu", "dua"], "ktp": ["bikin ktp", " "]}
    taught = of_variants("ambon", variants, {"faq_ktp"})
    assert Counter(one.intent for one in taught) == {"faq_baru": 8, "faq_ktp": 1}


def test_the_floors_guard_lives_first() -> None:
    assert floors()["severity 1 missed"]["most"] < 0.02
    assert floors()["emergencies missed"]["most"] < 0.02
