"""What changed, as a person reads it: the parts always add up to both sides."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.entries.differences import diff

TEXTS = st.text(st.sampled_from("ab cK{}.\n1é"), max_size=60)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(0, 9), st.lists(TEXTS, max_size=6))
BODIES = st.dictionaries(st.sampled_from(["answer", "sms", "variants", "order"]), VALUES)


def side(parts: list[list[str]], sign: str) -> list[str]:
    return [text for kind, text in parts if kind in ("=", sign)]


@given(TEXTS, TEXTS)
def test_the_parts_of_a_text_are_both_texts(old: str, new: str) -> None:
    for one in diff({"answer": old}, {"answer": new}):
        assert "".join(side(one["parts"], "-")) == old
        assert "".join(side(one["parts"], "+")) == new


@given(st.lists(TEXTS, max_size=8), st.lists(TEXTS, max_size=8))
def test_the_parts_of_a_list_are_both_lists(old: list[str], new: list[str]) -> None:
    for one in diff({"variants": old}, {"variants": new}):
        assert side(one["parts"], "-") == old
        assert side(one["parts"], "+") == new


@given(BODIES, BODIES)
def test_exactly_the_fields_that_differ_are_named(old: dict[str, Any], new: dict[str, Any]) -> None:
    named = {one["field"]: (one["old"], one["new"]) for one in diff(old, new)}
    wanted = {name: (old.get(name), new.get(name)) for name in {*old, *new} if old.get(name) != new.get(name)}
    assert named == wanted


@given(BODIES)
def test_the_same_differs_in_nothing(body: dict[str, Any]) -> None:
    assert diff(body, dict(body)) == []


def test_words_and_items_are_what_is_compared() -> None:
    (text,) = diff({"answer": "Buka jam 08.00 pagi."}, {"answer": "Buka jam 09.00 pagi."})
    assert text["parts"] == [["=", "Buka jam "], ["-", "08"], ["+", "09"], ["=", ".00 pagi."]]
    old, new = {"phones": [{"number": "110", "label": "Polisi"}]}, {"phones": [{"number": "112", "label": "Polisi"}]}
    (phones,) = diff(old, new)
    assert phones["parts"] == [["-", "number: 110; label: Polisi"], ["+", "number: 112; label: Polisi"]]
    assert diff(None, {"sms": "Baru"}) == [{"field": "sms", "old": None, "new": "Baru", "parts": [["+", "Baru"]]}]


def test_two_long_texts_are_compared_within_a_moment() -> None:
    (one,) = diff({"answer": "a b " * 20_000}, {"answer": "c d " * 20_000})
    assert [sign for sign, _ in one["parts"]] == ["-", "+"]
