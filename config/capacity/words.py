"""Figures as people read them."""

from __future__ import annotations


def figure(number: float) -> str:
    """Two digits that matter: 0.42, 3.1, 17, 1,234 as it is when it is whole and counted."""
    if isinstance(number, int):
        return f"{number:,}"
    if number >= 10:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 1 else f"{number:.2g}"


def gigabytes(number: float) -> str:
    """With the unit in which one buys it."""
    return f"{figure(float(number) / 1000)} TB" if number >= 1000 else f"{figure(float(number))} GB"


def cities_of(count: int) -> str:
    """1 city, 11 cities."""
    return f"{count:,} {'city' if count == 1 else 'cities'}"
