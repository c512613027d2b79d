from __future__ import annotations

from typing import Any

import pytest

from nlu.clean import Cleaner
from nlu.danger import Danger, Reading
from nlu.facts import SIGNS
from nlu.patterns import Patterns

CATEGORIES = {
    "kebakaran", "medis", "kecelakaan", "kriminal", "kerusuhan", "bencana", "orang_hilang", "sar", "listrik", "hewan",
    "kdrt", "bunuh_diri", "lainnya",
}  # fmt: skip


@pytest.fixture(scope="module")
def read(danger: dict[str, Any], slang: dict[str, str]) -> Any:
    cleaner, rules = Cleaner(slang), Danger(danger)
    return lambda text: rules.read(cleaner.clean(text))


def test_every_category_has_words(danger: dict[str, Any]) -> None:
    assert {group["category"] for group in danger["groups"]} == CATEGORIES


def test_the_file_names_no_sign_that_nobody_reads(danger: dict[str, Any]) -> None:
    assert set(danger["signs"]) <= SIGNS


def test_the_words_of_the_ports_are_known(read: Any) -> None:
    for word in ("busur", "panah", "parang", "baku potong", "talanggar", "tabakar", "baku pukul"):
        reading: Reading = read(f"ada {word} di sini")
        assert reading.certain or reading.hints, word


@pytest.mark.parametrize(
    ("text", "damper"),
    [
        ("bukan kebakaran", "ingkar"),
        ("kemarin ada kebakaran di sana", "lampau"),
        ("kalau kebakaran hubungi siapa", "andai"),
        ("wkwk kebakaran", "canda"),
        ("simulasi kebakaran besok", "latihan"),
    ],
)
def test_contexts_turn_certain_into_doubtful(read: Any, text: str, damper: str) -> None:
    reading: Reading = read(text)
    assert not reading.certain
    assert damper in {hit.damped_by for hit in reading.doubtful} | reading.contexts


def test_a_context_reaches_no_further_than_its_sentence(read: Any) -> None:
    assert read("nomor pemadam berapa? rumah saya terbakar").certain
    assert read("kemarin hujan. sekarang rumah terbakar").certain


def test_names_of_services_are_no_danger(read: Any) -> None:
    reading: Reading = read("alamat dinas pemadam kebakaran")
    assert not reading.certain
    assert not reading.doubtful
    assert reading.voided


def test_a_misspelt_single_word_only_raises_a_doubt(read: Any) -> None:
    reading: Reading = read("tenggelan")
    assert [hit.damped_by for hit in reading.doubtful] == ["ejaan"]


def test_ordinary_neighbours_are_not_taken_for_danger(read: Any) -> None:
    for word in ("barang", "karang", "marah", "butuh", "pisang", "banjar", "hanya", "pencarian"):
        reading: Reading = read(word)
        assert not reading.certain, word
        assert not reading.doubtful, word


def test_a_chat_command_is_no_cry(read: Any) -> None:
    assert not read("/help").bare


def test_malformed_rules_say_where(danger: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="severity"):
        Danger(danger | {"groups": [{"id": "x", "category": "medis", "severity": 4}]})
    with pytest.raises(ValueError, match="scope"):
        Danger(danger | {"contexts": [{"id": "x", "to": "ask", "scope": "page", "patterns": []}]})
    with pytest.raises(ValueError, match="unknown set"):
        Danger(danger | {"groups": [{"id": "x", "category": "medis", "severity": 1, "certain": ["<nothing>"]}]})


def test_patterns_keep_order_and_distance() -> None:
    patterns = Patterns({"raga": ["kaki"]}, [])
    patterns.add("near", "api rumah")
    patterns.add("far", "api .. rumah")
    patterns.add("set", "<raga> putus")
    patterns.settle()
    assert {match.label for match in patterns.found(["api", "di", "rumah"])} == {"far"}
    assert {match.label for match in patterns.found(["api", "rumah"])} == {"near", "far"}
    assert not patterns.found(["rumah", "api"])
    assert not patterns.found(["api", "a", "b", "c", "d", "e", "rumah"])
    assert patterns.found(["kakinya", "putus"])[0].end == 2
