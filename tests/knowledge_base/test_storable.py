"""What came in as JSON: what no database keeps is left out, and nothing is deeper than any form."""

from __future__ import annotations

from typing import Any

from knowledge_base.city import City
from knowledge_base.kinds import checked
from knowledge_base.storable import DEEPEST, is_too_deep, storable


def deep(levels: int) -> Any:
    """So many lists within one another."""
    lists: Any = "x"
    for _ in range(levels):
        lists = [lists]
    return lists


def test_what_no_database_keeps_is_left_out() -> None:
    assert storable({"a\x00": "b\ud800", "n": float("nan"), "big": 2**60}) == {"a": "b", "n": None, "big": str(2**60)}


def test_no_form_is_so_deep() -> None:
    assert not is_too_deep({"hours": [{"days": [1]}]})
    assert not is_too_deep({"a": deep(DEEPEST - 1)})
    assert storable({"a": deep(DEEPEST - 1)}) == {"a": deep(DEEPEST - 1)}
    assert is_too_deep({"a": deep(DEEPEST)})
    assert is_too_deep({"a": {"b": deep(5000)}})


def test_what_is_too_deep_is_a_fault_and_no_error_of_ours(kota: City) -> None:
    body = {"title": deep(5000), "answer": "a", "sms": "a", "ask": "a"}
    kept, faults = checked("article", "a", body, kota)
    assert [fault.field for fault in faults] == ["title"]
    assert not is_too_deep(kept)
