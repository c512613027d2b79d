"""The dialogue as a machine: whatever is heard in whatever order, the law of the house holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots import dialogue, waiting
from bots.case import LOOK_SECONDS
from bots.smalltalk import PRANK_REPLIES
from bots.state import Case, Decision, Desk, Heard, Scene, State
from bots.words import Words, book_of
from knowledge_base.articles import articles_in
from knowledge_base.city import load_city
from nlu.meaning import PlaceGuess, Understanding
from nlu.variants import with_variants

CITY = load_city("kendari")
BOOK = book_of(CITY, articles_in(CITY), date(2026, 11, 21))
WORDS = Words(CITY, articles_in(CITY), "0811 5550 112")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
PLACE = PlaceGuess("kendari", "Wua-Wua", "Anawai", None, -3.99, 122.53, 0.9)
YES_OR_NO = re.compile(r"2 =? ?tidak\b|Balas (1|YA)\b|sendirian sekarang\?")
TELLTALE = re.compile(r"polisi|112|petugas|kdrt|laporan|darurat", re.IGNORECASE)

understandings = st.builds(
    Understanding,
    kind=st.sampled_from(["emergency", "question", "complaint", "smalltalk", "prank"]),
    action=st.sampled_from(["escalate", "ask", "answer", "warn"]),
    categories=st.lists(st.sampled_from([*CITY.categories]), max_size=2, unique=True).map(tuple),
    severity=st.sampled_from([None, 1, 2, 3]),
    topics=st.sampled_from([(), (("ktp", 0.9),), (("pln_padam", 0.5),), (("no_such_topic", 0.9),)]),
    places=st.sampled_from([(), (PLACE,), (replace(PLACE, outside=True),)]),
    facts=st.dictionaries(
        st.sampled_from(["wants_human", "silent", "thanks", "safe_now", "cannot_call", "third_person", "trapped"]),
        st.just(True),
        max_size=2,
    ),
)
messages = st.builds(
    Heard,
    kind=st.sampled_from(
        ["text", "location", "photo", "voice", "sticker", "button", "reaction", "edit", "deleted", "unknown", "contact"]
    ),
    text=st.sampled_from(["", "apa saja", "x" * 500]),
    understanding=understandings,
    at=st.just(NOW),
    answer=st.sampled_from([None, "yes", "no"]),
    digit=st.sampled_from([None, 1, 2, 7]),
    to=st.sampled_from([None, None, None, "danger", "waiting", "threatened", "fact:trapped", "silent_reply"]),
)
ticks = st.just("tick")


# A case of no kind yet, then violence: its question "who is hurt" is a yes or no, another kind's wants a number.
PLACED = Understanding("emergency", "escalate", places=(PlaceGuess("kendari", "Wua-Wua", confidence=0.9),))
BEATEN = Understanding("emergency", "escalate", ("kdrt",))


def step(scene: Scene, event: Heard | str) -> tuple[Scene, Decision]:
    """One event, and the scene that it leaves, as the case file would keep it."""
    decision = waiting.wait(scene) if isinstance(event, str) else dialogue.hear(scene, event)
    case = scene.case
    if decision.report is not None:
        case = kept(case, decision)
    silent = scene.silent if decision.silent is None else decision.silent
    return replace(scene, state=State.from_json(decision.state.to_json()), case=case, silent=silent), decision


def kept(case: Case | None, decision: Decision) -> Case:
    report = decision.report
    assert report is not None
    if case is None:
        return Case("K-0001", "waiting", report.severity, report.categories, report.place, report.facts)
    return replace(
        case,
        severity=min(case.severity, report.severity),
        categories=case.categories or report.categories,
        place=case.place or report.place,
        facts={**case.facts, **report.facts},
    )


def texts(decision: Decision, channel: str = "whatsapp", *, cannot_call: bool = False) -> list[str]:
    about = {"code": "K-0001", "category": "kebakaran", "place": "Wua-Wua", "numbers": "Polisi 110"}
    return [WORDS.reply(line, channel, about, NOW, cannot_call=cannot_call).text for line in decision.lines]


@example([Heard("text", "di Wua-Wua", PLACED, NOW), Heard("text", "dia pukul saya", BEATEN, NOW)], "whatsapp", False)
@given(st.lists(messages | ticks, max_size=12), st.sampled_from(["whatsapp", "sms"]), st.booleans())
def test_the_law_of_the_house(events: list[Heard | str], channel: str, cannot_call: bool) -> None:
    scene = Scene(State(), BOOK, channel=channel, cannot_call=cannot_call)
    for event in events:
        before = scene
        scene, decision = step(scene, event)
        said = texts(decision, channel, cannot_call=cannot_call)
        assert all(text.strip() for text in said), "an empty reply"
        for line, text in zip(decision.lines, said, strict=True):
            assert line.buttons or not YES_OR_NO.search(text), f"no buttons under {text!r}"
        assert sum("?" in text for text in said) <= 2, said
        if before.case is not None:
            assert scene.case is not None, "a case vanished"
            assert scene.case.severity <= before.case.severity, "the bot lowered an urgency"
            assert all(line.topic is None for line in decision.lines), "an FAQ answer inside a case"
        if scene.silent:
            assert not any(TELLTALE.search(text) for text in said), said
            assert all(line.card is None and line.topic is None for line in decision.lines)
        if is_danger(event):
            assert scene.case is not None, "danger did not reach a human"
            assert all(line.topic is None for line in decision.lines)
        if cannot_call:
            spoken = [text for line, text in zip(decision.lines, said, strict=True) if not (line.topic or line.card)]
            assert not any(re.search(r"\btelepon\b", text.lower()) for text in spoken), spoken


def is_danger(event: Heard | str) -> bool:
    return (
        isinstance(event, Heard)
        and event.understanding.action == "escalate"
        and event.kind not in ("reaction", "deleted")
    )


@given(st.lists(messages | ticks, max_size=8))
def test_petugas_reaches_a_human_from_every_state(events: list[Heard | str]) -> None:
    scene = Scene(State(), BOOK)
    for event in events:
        scene, _ = step(scene, event)
    asks = Heard("text", "petugas", Understanding("smalltalk", "answer", facts={"wants_human": True}), NOW)
    scene, decision = step(scene, asks)
    assert scene.case is not None
    assert decision.lines, "no sign of having been heard"


@given(st.lists(messages, max_size=8), st.lists(messages | ticks, max_size=5))
def test_the_bot_is_silent_while_an_operator_speaks(first: list[Heard], then: list[Heard | str]) -> None:
    scene = Scene(State(), BOOK)
    for event in first:
        scene, _ = step(scene, event)
    scene = replace(scene, holder="operator")
    for later in then:
        scene, decision = step(scene, later)
        assert decision.lines == ()


@given(st.lists(messages | ticks, max_size=12))
def test_state_survives_its_json(events: list[Heard | str]) -> None:
    scene = Scene(State(), BOOK)
    for event in events:
        scene, decision = step(scene, event)
        assert State.from_json(decision.state.to_json()) == decision.state


@given(messages)
def test_a_question_back_is_never_a_way_out(message: Heard) -> None:
    scene, decision = step(Scene(State(), BOOK), message)
    if scene.case is None and scene.state.asked == "danger":
        assert decision.due_in is not None
        assert decision.due_in <= dialogue.ASK_SECONDS + 3
        scene, _ = step(scene, "tick")
        assert scene.case is not None


@pytest.mark.parametrize(
    ("desk", "words"),
    [
        (Desk(None), "Petugas sedang dipanggil"),
        (Desk(2, 1), "Petugas sedang dipanggil"),
        (Desk(1, 5), "Banyak laporan lain juga menunggu"),
        (Desk(0), "BELUM DIBUKA PETUGAS"),
    ],
)
def test_first_words_follow_what_is_true_at_the_desk(desk: Desk, words: str) -> None:
    fire = Heard("text", "kebakaran", Understanding("emergency", "escalate", ("kebakaran",), 1), NOW)
    decision = dialogue.hear(Scene(State(), BOOK, desk=desk), fire)
    assert words in texts(decision)[0]


def test_waiting_lines_are_said_once_each_and_then_stop() -> None:
    fire = Heard("text", "kebakaran", Understanding("emergency", "escalate", ("kebakaran",), 1), NOW)
    scene, _ = step(Scene(State(), BOOK), fire)
    said: list[str] = []
    seconds = LOOK_SECONDS
    for _ in range(20):
        scene, decision = step(scene, "tick")
        said += texts(decision)
        if decision.due_in is None:
            break
        seconds += decision.due_in
    assert len(said) == len(set(said)) == 4
    assert seconds < 180


def test_a_prankster_is_slowed_and_still_heard() -> None:
    joke = Heard("text", "wkwk", Understanding("prank", "warn"), NOW)
    scene = Scene(State(), BOOK)
    waits = []
    for _ in range(6):
        scene, decision = step(scene, joke)
        waits += [line.wait for line in decision.lines]
    assert waits == sorted(waits)
    assert len(waits) == PRANK_REPLIES
    scene, decision = step(scene, replace(joke, understanding=Understanding("emergency", "escalate", ("medis",), 1)))
    assert scene.case is not None
    assert decision.lines


def told(scene: Scene, text: str, understanding: Understanding, **more: Any) -> tuple[Scene, Decision]:
    """One message of somebody who has read all that was said before."""
    seen = replace(scene, state=replace(scene.state, asked_at=None))
    return step(seen, Heard("text", text, understanding, NOW, **more))


SMALL_TALK = Understanding("smalltalk", "answer")
FIRE = Understanding("emergency", "escalate", ("kebakaran",), 1, scores={"rule_kebakaran": 1.0})


@pytest.mark.parametrize("empty", ["halo", "woi", "mana petugasnya", "kapan sampai?"])
def test_only_an_attempt_at_a_place_uses_up_the_question_where(empty: str) -> None:
    scene, _ = told(Scene(State(), BOOK), "kebakaran", FIRE)
    for _ in range(5):
        scene, decision = told(scene, empty, SMALL_TALK)
        assert scene.state.asked == "where"
        assert "Di mana tempatnya" in texts(decision)[0]
    assert scene.case is not None
    assert scene.case.place is None
    scene, decision = told(scene, "dekat warung cat hijau", Understanding("question", "answer"))
    assert "belum kami kenali" in texts(decision)[0]


def test_a_worse_case_asks_its_place_anew() -> None:
    ill = Understanding("emergency", "escalate", ("medis",), 2, scores={"rule_medis": 1.0})
    scene, _ = told(Scene(State(), BOOK, has_phone=True), "bapak lemas", ill)
    for words in ("dekat warung cat hijau", "dekat pohon besar"):
        scene, decision = told(scene, words, Understanding("question", "answer"))
    assert scene.state.asked not in ("where", "where_again")
    scene, decision = told(scene, "rumahnya terbakar", FIRE)
    assert "Di mana tempatnya" in texts(decision)[0]


def test_the_place_is_put_off_where_other_news_comes_and_asked_at_the_end() -> None:
    news = Understanding(
        "emergency", "escalate", ("kebakaran",), 1, facts={"people": 3}, scores={"rule_kebakaran": 1.0}
    )
    scene, _ = told(Scene(State(), BOOK, has_phone=True), "kebakaran", FIRE)
    asked = []
    for _ in range(6):
        scene, _ = told(scene, "tiga korban terbakar", news)
        asked.append(scene.state.asked)
    assert asked[1] == "fact:trapped"
    assert asked[-1] == "where"


def test_a_promise_is_never_said() -> None:
    hope = re.compile(r"akan (datang|mendengar|melihat|memeriksa)|tetap memeriksa|terus memanggil|layar|segera|menuju")
    assert [key for key, text in CITY.wording.items() if hope.search(text)] == []


def test_numbers_follow_the_kind_and_the_citys_own_data() -> None:
    numbers = {slug: WORDS.numbers(kind) for slug, kind in CITY.categories.items()}
    assert numbers["sar"].startswith("Basarnas 115")
    assert numbers["kebakaran"].startswith("Damkar 0401-3122113"), "the first that can be dialled, not the WhatsApp"
    assert numbers["bunuh_diri"] == "Ambulans 119", "no police unless an operator says so"
    assert WORDS.numbers(None) == "Polisi 110, Ambulans 119, Basarnas 115"


def test_a_zero_is_a_number_and_a_ya_is_none() -> None:
    crash = Understanding("emergency", "escalate", ("kecelakaan",), 2, places=(PLACE,))
    for said, count in (("0", 0), ("12", 12), ("3", 3)):
        scene, _ = told(Scene(State(), BOOK), "tabrakan", crash)
        scene, _ = told(scene, "tidak", SMALL_TALK, answer="no")
        assert scene.state.asked == "fact:injured"
        scene, _ = told(scene, "ya", SMALL_TALK, answer="yes")
        assert scene.state.asked == "fact:injured", "asked again"
        scene, _ = told(scene, said, SMALL_TALK, digit=int(said) if said == "3" else None)
        assert scene.case is not None
        assert scene.case.facts["injured"] == count


CLOSED, ASKED = State(stage="closed"), State(stage="asking", asked="danger")
WAITING = Case("K-0001", "waiting", 2, ("lainnya",), None, {})


def by_variant(alone: Understanding) -> Understanding:
    """What a variant of an answer makes of it, word for word."""
    return with_variants(alone, [("ktp", 1.0, "a clerk's own words")])


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("sudah di mana", Understanding("question", "answer")),
        ("kapan datang", Understanding("question", "answer")),
        ("masih menunggu ini", Understanding("smalltalk", "answer", scores={"smalltalk": 0.79})),
    ],
)
def test_no_variant_answers_who_still_waits_after_the_end(text: str, alone: Understanding) -> None:
    decision = dialogue.hear(Scene(CLOSED, BOOK), Heard("text", text, by_variant(alone), NOW))
    assert decision.report is not None or decision.state.asked == "danger"
    assert all(line.topic is None for line in decision.lines)


@pytest.mark.parametrize("text", ["tidak tahu", "entah"])
def test_no_variant_answers_the_question_of_danger(text: str) -> None:
    alone = Understanding("smalltalk", "answer", scores={"smalltalk": 0.86})
    decision = dialogue.hear(Scene(ASKED, BOOK), Heard("text", text, by_variant(alone), NOW))
    assert decision.report is not None
    assert all(line.topic is None for line in decision.lines)


@pytest.mark.parametrize("scene", [Scene(CLOSED, BOOK), Scene(ASKED, BOOK), Scene(State("case"), BOOK, case=WAITING)])
def test_where_somebody_waits_a_variant_changes_nothing(scene: Scene) -> None:
    alone = Understanding("question", "answer", topics=(("kk", 0.9),))
    with_it, without = (dialogue.hear(scene, Heard("text", "kk", said, NOW)) for said in (by_variant(alone), alone))
    assert with_it.lines == without.lines
    assert with_it.state == without.state


@pytest.mark.parametrize(("hours", "topic"), [(23, None), (25, "ktp")])
def test_a_day_after_the_end_they_are_a_citizen_like_any_other(hours: int, topic: str | None) -> None:
    ended = State(stage="closed", closed_at=(NOW - timedelta(hours=hours)).isoformat())
    said = by_variant(Understanding("question", "answer"))
    decision = dialogue.hear(Scene(ended, BOOK), Heard("text", "kartu", said, NOW))
    assert next((line.topic for line in decision.lines), None) == topic


def test_with_nothing_open_a_variant_answers() -> None:
    alone = Understanding("question", "answer")
    decision = dialogue.hear(Scene(State(), BOOK), Heard("text", "kk", by_variant(alone), NOW))
    assert [line.topic for line in decision.lines] == ["ktp"]
