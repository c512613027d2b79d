"""What `sigap check` found."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console


class Mendable(ValueError):
    """Something on this machine is not as we need it: ``what`` is wrong, and ``mend`` says what to do."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}: {mend}")
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``problem`` None: in order. ``mend`` says what to do."""

    what: str
    problem: str | None = None
    mend: str = ""
    grave: bool = True  # false: worth knowing, no reason to fail


def show(one: Finding, out: Console) -> None:
    """Print one finding, and below it how to mend it."""
    word, colour = ("ok", "green") if one.problem is None else ("wrong", "red") if one.grave else ("note", "yellow")
    out.print(f"[{colour}]{word:5}[/] ", end="")
    told = one.what if one.problem is None else f"{one.what}: {one.problem}"
    out.print(told, markup=False, highlight=False, soft_wrap=True)
    if one.problem is not None and one.mend:
        out.print(f"      -> {one.mend}", markup=False, highlight=False, soft_wrap=True)


def graves(findings: list[Finding]) -> int:
    """How many of them are a reason to fail."""
    return sum(1 for one in findings if one.problem is not None and one.grave)
