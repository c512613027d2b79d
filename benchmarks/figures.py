"""From many measurements to few figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of ``values`` lie; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(values: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst of seconds, in milliseconds."""
    kept = [1000 * value for value in values]
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(percentile(kept, share), 1) for name, share in shares.items()}


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of every figure over several runs of the same thing."""
    return {name: round(median(run[name] for run in runs), 1) for name in runs[0]}
