"""What citizens say of an answer; answers by the clock, the place and the tongue. Danger stands before all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots import dialogue
from bots.state import Decision, Heard, Scene, State
from bots.words import Words, book_of
from handoff.tables import incident, message
from knowledge_base.articles import articles_in
from knowledge_base.city import City, load_city
from knowledge_base.desk_files import Holiday
from knowledge_base.tables import heard_question, judgement
from nlu.meaning import Understanding
from tests.fakes import Keywords, World, open_world

MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)  # 11.00 in Kendari
OTHERS = (("ktp", 0.9), ("kk", 0.3), ("akta", 0.2), ("skck", 0.1), ("pdam", 0.06), ("bpjs", 0.01))


def with_ktp(**changes: Any) -> City:
    """Kendari, its answer on identity cards changed."""
    city = load_city("kendari")
    ktp = next(one for one in city.articles if one.topic == "ktp")
    body = {**ktp.model_dump(mode="json"), "answer": "KTP di Disdukcapil.", "sms": "KTP: Disdukcapil.", **changes}
    new = type(ktp).model_validate(body)
    return replace(city, articles=tuple(new if one is ktp else one for one in city.articles))


CITY = with_ktp(
    hours=[{"days": [1, 2, 3, 4, 5], "opens": "08:00", "closes": "15:00"}],
    local=[{"kecamatan": ["Wua-Wua"], "answer": "KTP di kantor Camat Wua-Wua.", "sms": None}],
    ambonese="KTP di Disdukcapil jua.",
    phones=[{"number": "0401-5550112", "label": "Disdukcapil", "confirmed_on": "2026-11-01"}],
    links=[{"label": "Antrean", "url": "https://antre.contoh.go.id"}],
)
WORDS = Words(CITY, articles_in(CITY), "0811 5550 112")
BOOK = book_of(CITY, articles_in(CITY), MONDAY.date())


class Asked(Keywords):
    """Knows the other topics that a question about identity cards may mean."""

    def _one(self, text: str) -> Understanding:
        if "terbakar" in text:
            return Understanding("emergency", "escalate", ("kebakaran",), 1)
        if "kartu keluarga" in text:
            return Understanding("question", "answer", topics=(("kk", 0.9),))
        if "cabai" in text:
            return Understanding("question", "answer")
        said = super()._one(text)
        return replace(said, topics=OTHERS) if said.topics else said


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "sigap.db", understander=Asked(), city=CITY) as opened:
        opened.clock.advance((MONDAY - opened.clock.now()).total_seconds())
        yield opened


async def said(world: World, text: str, **more: Any) -> str:
    await world.hear(text, **more)
    return "\n".join(await world.wait(5))


async def buttons(world: World) -> list[str]:
    """Those of the newest reply."""
    rows = [row for row in await world.rows(message) if row["direction"] == "out"]
    content = max(rows, key=lambda row: row["id"])["content"] or {}
    return [data for data, _ in content.get("buttons", [])]


async def outcomes(world: World) -> list[tuple[str, str | None]]:
    return [(row["outcome"], row["topic"]) for row in await world.rows(heard_question)]


def heard(text: str, **more: Any) -> Heard:
    understanding = more.pop("understanding", Understanding("question", "ask"))
    return Heard("text", text, understanding, more.pop("at", MONDAY), **more)


def ask(channel: str = "web", state: State | None = None, **more: Any) -> Decision:
    """A question about identity cards."""
    understanding = Understanding("question", "answer", topics=OTHERS, language=more.pop("language", "id"))
    scene = Scene(state or State(), BOOK, channel=channel)
    return dialogue.hear(scene, heard("syarat ktp", understanding=understanding))


def texts(decision: Decision, channel: str, now: datetime = MONDAY) -> list[str]:
    return [WORDS.reply(line, channel, {}, now).text for line in decision.lines]


async def test_an_answer_brings_its_button_and_what_stands_under_it(world: World) -> None:
    answer = await said(world, "syarat ktp")
    assert answer.splitlines()[:4] == [
        "KTP di Disdukcapil.",
        "Sekarang buka sampai 15.00.",
        "Disdukcapil: 0401-5550112",
        "Antrean: https://antre.contoh.go.id",
    ]
    assert await buttons(world) == ["not_that:ktp"]
    assert await outcomes(world) == [("answered", "ktp")]


@pytest.mark.parametrize("words", ["bukan itu", "Bkn itu.", "salah", "tidak nyambung", "gak nyambung min"])
async def test_not_that_offers_three_others(world: World, words: str) -> None:
    await said(world, "syarat ktp")
    assert "salah satu dari ini" in await said(world, words)
    assert await buttons(world) == ["topic:kk", "topic:akta", "topic:skck"]
    assert await outcomes(world) == [("not_that", "ktp")]
    assert await world.rows(incident) == []


async def test_the_button_says_it_too_and_a_chosen_topic_is_answered(world: World) -> None:
    await said(world, "syarat ktp")
    await said(world, "Bukan itu", kind="button", button="not_that:ktp")
    kk = articles_in(CITY)["kk"]
    answer = await said(world, BOOK.label("kk"), kind="button", button="topic:kk")
    assert kk.answer.splitlines()[0] in answer
    assert await buttons(world) == ["not_that:kk"]


async def test_twice_not_that_says_how_to_go_on(world: World) -> None:
    await said(world, "syarat ktp")
    await said(world, "bukan itu")
    assert "tidak punya jawaban" in await said(world, "bukan itu")


async def test_thumbs_say_it_without_a_word(world: World) -> None:
    await said(world, "syarat ktp")
    assert await said(world, "👍", kind="reaction") == ""
    assert await outcomes(world) == [("helped", "ktp")]
    assert "salah satu dari ini" in await said(world, "👎", kind="reaction")
    assert await outcomes(world) == [("not_that", "ktp")]


async def test_another_question_that_begins_with_not_that_is_answered_and_counted(world: World) -> None:
    await said(world, "syarat ktp")
    assert articles_in(CITY)["kk"].answer.splitlines()[0] in await said(world, "bukan itu, soal kartu keluarga")
    assert await outcomes(world) == [("not_that", "ktp"), ("answered", "kk")]


@pytest.mark.parametrize(
    "words",
    [
        "bukan itu, rumah saya terbakar",
        "salah, rumah terbakar",
        "tidak nyambung! ini terbakar",
        "masih buka? rumah sebelah terbakar",
    ],
)
async def test_danger_stands_before_all_of_it(world: World, words: str) -> None:
    await said(world, "syarat ktp")
    assert "Petugas sedang dipanggil" in await said(world, words)
    assert [row["category"] for row in await world.rows(incident)] == ["kebakaran"]


async def test_a_button_that_holds_a_cry_is_a_cry(world: World) -> None:
    """Whoever sends a button's data with words of their own is heard by their words."""
    await said(world, "syarat ktp")
    await said(world, "tolong", kind="button", button="topic:kk")
    assert len(await world.rows(incident)) == 1


async def test_not_that_answers_no_question_of_danger(world: World) -> None:
    await said(world, "syarat ktp")
    await said(world, "ada yang aneh")
    await said(world, "bukan itu")
    assert len(await world.rows(incident)) == 1, "unclear: a human looks"


async def test_in_an_open_case_an_old_button_ends_nothing(world: World) -> None:
    await said(world, "syarat ktp")
    await said(world, "tolong terbakar")
    await said(world, "Bukan itu", kind="button", button="not_that:ktp")
    (case,) = await world.rows(incident)
    assert case["status"] == "waiting"
    assert case["severity"] == 1
    assert await outcomes(world) == [("answered", "ktp")]


async def test_without_an_answer_before_it_not_that_is_what_it_is(world: World) -> None:
    assert "bahaya" in await said(world, "bukan itu")
    assert await outcomes(world) == []


@pytest.mark.parametrize("words", ["masih buka?", "sekarang masih buka kah", "tutup jam berapa ya", "hari ini buka?"])
async def test_still_open_is_answered_by_the_clock(world: World, words: str) -> None:
    await said(world, "syarat ktp")
    assert await said(world, words) == "Sekarang buka sampai 15.00."
    world.clock.advance(5 * 3600)
    await said(world, "syarat ktp")
    assert await said(world, words) == "Sekarang tutup. Buka lagi besok 08.00."


async def test_tomorrow_is_answered_by_tomorrows_hours(world: World) -> None:
    await said(world, "syarat ktp")
    assert await said(world, "besok buka jam berapa") == "Besok buka 08.00-15.00."


async def test_an_hour_later_nobody_knows_what_is_open(world: World) -> None:
    await said(world, "syarat ktp")
    world.clock.advance(3600)
    assert "buka sampai" not in await said(world, "masih buka?")


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (MONDAY, "Sekarang buka sampai 15.00."),
        (MONDAY - timedelta(hours=5), "Sekarang tutup. Buka lagi hari ini 08.00."),
        (MONDAY + timedelta(days=4, hours=6), "Sekarang tutup. Buka lagi Senin 08.00."),
        (datetime(2026, 12, 25, 3, tzinfo=UTC), "Hari ini tutup (Hari Raya Natal). Buka lagi Senin 08.00."),
    ],
)
def test_the_clock_knows_days_and_holidays(now: datetime, line: str) -> None:
    assert texts(ask(), "web", now)[0].splitlines()[1] == line


def test_who_is_open_day_and_night_says_so() -> None:
    always = with_ktp(
        hours=[{"days": [1, 2, 3, 4, 5, 6, 7], "opens": "00:00", "closes": "24:00"}], closed_on_holidays=False
    )
    words = Words(always, articles_in(always), "")
    assert "Buka 24 jam." in words.reply(ask().lines[0], "web", {}, MONDAY).text


def test_far_holidays_are_said_by_their_date() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(10)]
    closed = replace(CITY, holidays=tuple(Holiday(date=f"{day:%Y-%m-%d}", name="Libur Panjang") for day in days))
    words = Words(closed, articles_in(closed), "")
    assert "Buka lagi tanggal 3/12 08.00." in words.reply(ask().lines[0], "web", {}, MONDAY).text


def test_answers_follow_the_kecamatan_then_the_tongue() -> None:
    assert texts(ask(state=State(kecamatan="Wua-Wua")), "web")[0].startswith("KTP di kantor Camat Wua-Wua.")
    assert texts(ask(language="ambon"), "web")[0].startswith("KTP di Disdukcapil jua.")
    assert texts(ask(language="jv"), "web")[0].startswith("KTP di Disdukcapil.\n")


async def test_the_last_place_that_was_named_counts(world: World) -> None:
    await said(world, "halo dari wua")
    assert "KTP di kantor Camat Wua-Wua." in await said(world, "syarat ktp")


def test_by_sms_there_are_no_buttons_and_no_line_that_costs_a_third_part() -> None:
    decision = ask("sms")
    assert decision.lines[0].buttons == ()
    assert texts(decision, "sms")[0].startswith(
        "KTP: Disdukcapil.\nSekarang buka sampai 15.00.\nDisdukcapil: 0401-5550112"
    )
    full = with_ktp(sms="x" * 290, hours=[{"days": [1], "opens": "08:00", "closes": "15:00"}])
    assert Words(full, articles_in(full), "").reply(decision.lines[0], "sms", {}, MONDAY).text == "x" * 290


def test_by_sms_a_title_is_typed() -> None:
    state = dialogue.hear(Scene(ask("sms").state, BOOK, channel="sms"), heard("bukan itu"))
    titles = [articles_in(CITY)[topic].title for topic in ("kk", "akta", "skck")]
    assert "; ".join(titles) in texts(state, "sms")[0]
    chosen = dialogue.hear(Scene(state.state, BOOK, channel="sms"), heard(titles[1].upper()))
    assert chosen.lines[0].topic == "akta"
    warned = Understanding("emergency", "ask", ("banjir",))
    asked = dialogue.hear(Scene(state.state, BOOK, channel="sms"), heard(titles[1], understanding=warned))
    assert "ask_danger" in asked.lines[0].keys


def test_the_deaf_are_given_no_number_to_ring() -> None:
    said_so = WORDS.reply(ask().lines[0], "web", {}, MONDAY, cannot_call=True).text
    assert "0401-5550112" not in said_so
    assert "antre.contoh.go.id" in said_so


def test_a_state_survives_its_json() -> None:
    state = replace(ask().state, offered=("kk",), kecamatan="Kadia")
    assert State.from_json(state.to_json()) == state


async def test_what_was_asked_is_kept_masked(world: World) -> None:
    await said(world, "nama saya budi mau urus ktp, wa 0812 5550 1234", chat="a")
    await said(world, "berapa harga cabai hari ini", chat="b")
    kept = {row["text"]: (row["outcome"], row["topic"]) for row in await world.rows(heard_question)}
    assert kept == {
        "nama saya [nama] mau urus ktp, wa [nomor]": ("answered", "ktp"),
        "berapa harga cabai hari ini": ("unknown", None),
    }


@pytest.mark.parametrize("words", ["ktp anak saya", "suami saya memukul, ktp saya disita", "mau mati saja, ktp hilang"])
async def test_violence_suicide_and_children_are_not_kept(world: World, words: str) -> None:
    await said(world, words)
    assert await world.rows(heard_question) == []


async def test_of_an_emergency_nothing_is_kept_here(world: World) -> None:
    await said(world, "tolong kebakaran ktp saya di dalam")
    await said(world, "syarat ktp apa")
    assert await world.rows(heard_question) == []
    assert await world.rows(judgement) == []


async def test_two_in_a_hundred_are_judged(world: World) -> None:
    for number in range(400):
        await world.hear("syarat ktp" if number % 2 else "wkwk lucu 0812 5550 1234", chat=f"c{number}")
    rows = await world.rows(judgement)
    assert 1 <= len(rows) <= 24
    assert {row["taken_for"] for row in rows} <= {"question", "prank"}
    assert all("5550" not in row["text"] and row["verdict"] is None for row in rows)


CRY = Understanding("emergency", "escalate", ("kebakaran",), 1, scores={"emergency": 0.99, "rule_kebakaran": 1.0})
BURNING = book_of(with_ktp(title="Rumah kebakaran!"), articles_in(with_ktp(title="Rumah kebakaran!")), MONDAY.date())


def test_a_pressed_title_that_is_a_cry_is_a_cry() -> None:
    pressed = Heard("button", BURNING.label("ktp"), CRY, MONDAY, button="topic:ktp")
    decision = dialogue.hear(Scene(State(), BURNING), pressed)
    assert decision.report is not None
    assert all(line.topic is None for line in decision.lines)


def test_a_typed_title_that_is_a_cry_is_a_cry() -> None:
    decision = dialogue.hear(Scene(State(offered=("ktp",)), BURNING), Heard("text", "rumah kebakaran", CRY, MONDAY))
    assert decision.report is not None


def test_a_pressed_title_that_only_sounds_like_one_is_answered() -> None:
    near = Understanding("emergency", "escalate", ("kdrt",), 2, scores={"emergency": 0.49, "darurat_kdrt": 0.24})
    pressed = Heard("button", BOOK.label("kdrt_konseling"), near, MONDAY, button="topic:kdrt_konseling")
    assert dialogue.hear(Scene(State(), BOOK), pressed).lines[0].topic == "kdrt_konseling"


def test_a_typed_title_does_not_answer_the_question_of_danger() -> None:
    state = State(stage="asking", asked="danger", offered=("ktp",))
    typed = Heard("text", "Rumah kebakaran", Understanding("smalltalk", "answer"), MONDAY)
    assert dialogue.hear(Scene(state, BURNING), typed).report is not None
