"""Staff's own ways to ask: found at once, never before a danger, and swapped while others read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.meaning import Heard
from nlu.understand import Understander
from nlu.variants import ANSWERS, LEADS, SAME, Variants, Weights, without_variants
from tests.nlu.conftest import AREAS, FRAMES, LANDMARKS

KNOWN = ["di", "mana", "jam", "buka", "bayar", "pajak", "motor", "kantor", "kebakaran"]
TAUGHT = (
    ("samsat_keliling", "samsat keliling hari ini di mana"),
    ("samsat_keliling", "bayar pajak motor di samsat keliling"),
    ("mal_pelayanan", "mal pelayanan publik buka jam berapa"),
)


def index(*taught: tuple[str, str], before: Variants | None = None, weights: Weights | None = None) -> Variants:
    return Variants(taught or TAUGHT, str.split, weights or Weights(KNOWN), before)


@pytest.fixture
def taught(understander: Understander) -> Understander:
    return understander.with_variants("kendari", TAUGHT)


def heard(understander: Understander, text: str, city: str = "kendari") -> tuple[str, tuple[str, ...]]:
    said = understander.understand([Heard(text, city)])[0]
    return said.action, tuple(topic for topic, _ in said.topics)


def test_the_same_words_in_any_order_are_the_same_question() -> None:
    best = index().best(["di", "mana", "samsat", "keliling", "hari", "ini"])
    assert best[0][:2] == ("samsat_keliling", 1.0)
    assert best[0][2] == "samsat keliling hari ini di mana"


def test_each_topic_is_named_once_likest_first() -> None:
    likes = index(("b", "samsat keliling motor"), *TAUGHT, ("a", "samsat keliling")).best(["samsat", "keliling"])
    assert [topic for topic, _, _ in likes] == ["a", "b", "samsat_keliling"]
    assert [like for _, like, _ in likes] == sorted((like for _, like, _ in likes), reverse=True)


def test_a_long_word_may_miss_a_letter() -> None:
    assert index().best(["mal", "pelayann", "publik", "buka", "jam", "berapa"])[0][1] > LEADS


def test_a_known_word_is_never_taken_for_another() -> None:
    """ "Kebakaran" is a word of its own, however like it a variant's word looks."""
    assert not index(("bakar_ikan", "kebakaram")).best(["kebakaran"])


def test_words_of_places_do_not_count_against_a_question() -> None:
    words = ["samsat", "keliling", "hari", "ini", "di", "mana", "wua", "wua"]
    assert index().best(words, {"wua"})[0][1] == 1.0
    assert index().best(words)[0][1] < 1.0


def test_likeness_does_not_depend_on_what_else_is_taught() -> None:
    weights = Weights(KNOWN)
    alone = index(TAUGHT[0], weights=weights).best(["samsat", "keliling", "di", "mana"])
    among = index(*TAUGHT, *(("lain", f"samsat keliling {word}") for word in KNOWN), weights=weights)
    assert alone[0] in among.best(["samsat", "keliling", "di", "mana"])


WORDS = st.lists(st.sampled_from([*KNOWN, "samsat", "mal", "pasar", "murah"]), min_size=1, max_size=6)


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_it_finds_what_comparing_with_every_variant_finds(told: list[list[str]], asked: list[str]) -> None:
    weights = Weights(KNOWN)

    def length(words: Iterable[str]) -> float:
        return math.sqrt(sum(weights[word] ** 2 for word in set(words)))

    alike = {
        f"t{at}": length(set(words) & set(asked)) ** 2 / (length(words) * length(asked))
        for at, words in enumerate(told)
    }
    taught = [(f"t{at}", " ".join(words)) for at, words in enumerate(told)]
    found = Variants(taught, str.split, weights).best(asked)
    assert all(like == pytest.approx(alike[topic], abs=1e-3) for topic, like, _ in found)
    if max(alike.values()) > 0.601:
        assert found[0][1] == pytest.approx(max(alike.values()), abs=1e-3)


def test_texts_that_did_not_change_are_not_read_again() -> None:
    weights, read = Weights(KNOWN), list[str]()

    def clean(text: str) -> list[str]:
        read.append(text)
        return text.split()

    before = Variants(TAUGHT, clean, weights)
    Variants((*TAUGHT, ("baru", "kapan pasar murah")), clean, weights, before)
    assert read == [*(text for _, text in TAUGHT), "kapan pasar murah"]


def test_no_variants_and_no_words_are_no_matter() -> None:
    assert Variants((), str.split, Weights(KNOWN)).best(["samsat"]) == []
    assert index().best([]) == []


def test_a_question_is_answered_as_soon_as_it_is_taught(understander: Understander, taught: Understander) -> None:
    text = "samsat keliling hari ini dmn"
    assert "samsat_keliling" not in heard(understander, text)[1]
    assert heard(taught, text)[0] == "answer"
    assert heard(taught, text)[1][0] == "samsat_keliling"
    assert "samsat_keliling" not in heard(taught, text, "ambon")[1], "another city's own"


@pytest.mark.parametrize(
    ("variant", "text"),
    [
        ("rumah saya kebakaran tolong", "rumah saya kebakaran tolong"),
        ("anak saya tidak bernapas", "anak saya tidak bernapas"),
        ("bukan itu", "bukan itu, rumah saya terbakar"),
        ("tolong", "tolong"),
        ("ada asap di rumah sebelah", "ada asap di rumah sebelah"),
    ],
)
def test_no_variant_stands_before_a_danger(understander: Understander, variant: str, text: str) -> None:
    before = understander.understand([Heard(text, "kendari")])[0]
    after = understander.with_variants("kendari", (("jebakan", variant),)).understand([Heard(text, "kendari")])[0]
    assert before.action in ("escalate", "ask")
    assert after == before


def test_small_talk_gives_way_only_to_its_very_words(understander: Understander) -> None:
    taught = understander.with_variants("kendari", (("jam_kerja", "selamat pagi semua"),))
    assert heard(taught, "selamat pagi semua") == ("answer", ("jam_kerja",))
    assert heard(taught, "selamat pagi") == ("answer", ())


def test_what_is_asked_back_stays_asked(understander: Understander) -> None:
    before = understander.understand([Heard("tolong kirim", "kendari")])[0]
    taught = understander.with_variants("kendari", (("kurir", "tolong kirim"),))
    assert before.action == "ask"
    assert taught.understand([Heard("tolong kirim", "kendari")])[0] == before


def test_what_only_a_variant_found_is_marked_and_can_be_taken_away(
    understander: Understander, taught: Understander
) -> None:
    one = Heard("samsat keliling hari ini di mana", "kendari")
    alone, found = understander.understand([one])[0], taught.understand([one])[0]
    assert found.scores["variant_samsat_keliling"] == 1.0
    assert found.to_json()["scores"]["variant_samsat_keliling"] == 1.0
    assert replace(without_variants(found), reasons=()) == replace(alone, reasons=())
    assert without_variants(alone) is alone


def test_what_another_said_since_is_not_taken_away(taught: Understander) -> None:
    found = taught.understand([Heard("samsat keliling hari ini di mana", "kendari")])[0]
    raised = replace(found, action="escalate", categories=("kebakaran",))
    assert without_variants(raised) is raised
    renamed = replace(found, topics=(("ktp", 0.9),))
    assert without_variants(renamed) is renamed


def test_the_limits_stand_in_their_order() -> None:
    assert 0.5 < ANSWERS < LEADS < SAME < 1


def test_variants_outlive_a_new_model_and_places(understander: Understander, taught: Understander) -> None:
    taught.adopt(understander)
    taught.use_places(FRAMES, AREAS, LANDMARKS)
    assert heard(taught, "samsat keliling hari ini di mana")[1][0] == "samsat_keliling"
    assert taught.understand([Heard("kebakaran di Korumba", "kendari")])[0].places[0].kelurahan == "Korumba"


def test_places_that_are_gone_are_known_no_more(understander: Understander) -> None:
    changed = understander.with_variants("kendari", ())
    changed.use_places(FRAMES, [area for area in AREAS if area.name != "Korumba"], LANDMARKS)
    said = changed.understand([Heard("kebakaran di Korumba", "kendari")])[0]
    assert all(place.kelurahan != "Korumba" for place in said.places)
    assert said.action == "escalate"


def test_whoever_reads_while_others_swap_reads_one_or_the_other(understander: Understander) -> None:
    swapped = understander.with_variants("kendari", ())
    danger = Heard("kebakaran di Korumba", "kendari")

    def read(number: int) -> set[str]:
        swapped.use_variants("kendari", TAUGHT[: number % 3])
        return {one.action for one in swapped.understand([danger, Heard("syarat ktp")] * 5)}

    with ThreadPoolExecutor(4) as desk:
        assert all(one == {"escalate", "answer"} for one in desk.map(read, range(24)))
