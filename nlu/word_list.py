"""Word lists, written as one writes them."""

from __future__ import annotations


def words(listed: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(listed.split())
