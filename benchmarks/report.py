"""Figures and profiles as one reads them in a terminal."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.phase import Window
from benchmarks.sampling import charges_between


def show(title: str, figures: dict[str, Any], depth: int = 0) -> None:
    """Print nested figures, one a line, small dictionaries on one line."""
    if depth == 0:
        print(f"\n{title}")
    for name, value in figures.items():
        indent = "  " * (depth + 1)
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            print(f"{indent}{name}")
            show("", value, depth + 1)
        elif isinstance(value, dict):
            print(f"{indent}{name}: " + ", ".join(f"{key} {part}" for key, part in value.items()))
        else:
            print(f"{indent}{name}: {value}", flush=True)


def show_profile(title: str, samples: Path, window: Window, messages: int) -> None:
    """Print CPU microseconds a message: by thread, by part and layer, and the dearest functions of ours."""
    charges = charges_between(samples, window.begin, window.end)
    by_thread, by_part, by_function = (defaultdict[str, float](float) for _ in range(3))
    for name, seconds in charges.items():
        thread, part, layer, function = name.split("|")
        spent = 1e6 * seconds / max(1, messages)
        by_thread[thread] += spent
        by_part[f"{part:16} {thread:14} {layer}"] += spent
        by_function[f"{function:48} {thread:14} {layer}"] += spent
    print(f"\nCPU us a message, {title} ({messages} messages, sampled: shares, not speed)")
    for kind, charged, most in (("thread", by_thread, 9), ("part", by_part, 40), ("function", by_function, 40)):
        print(f" by {kind}")
        for name, spent in sorted(charged.items(), key=lambda one: -one[1])[:most]:
            print(f"  {spent:7.1f}  {name}")
