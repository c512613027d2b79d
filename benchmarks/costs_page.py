"""Writes the tables of docs/capacity.md anew, as `sigap capacity` gives them: `python -m benchmarks.costs_page`."""

from __future__ import annotations

import re
from typing import Final

from benchmarks.setting import ROOT
from config.capacity.answer import answer
from config.capacity.costs import Costs, read_costs
from config.capacity.examples import EXAMPLES
from config.capacity.rows import markdown, markdown_costs

PAGE: Final = ROOT / "docs" / "capacity.md"
BLOCK: Final = re.compile(r"(<!-- sigap capacity: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, costs: Costs) -> str:
    """The page with every marked table as the costs make it. KeyError where a mark names none."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}\n{_table(found[2], costs)}\n\n{found[3]}"

    return BLOCK.sub(block, page)


def _table(name: str, costs: Costs) -> str:
    if name == "costs":
        return markdown_costs(costs)
    example = EXAMPLES[name]
    return markdown(answer(example.load, example.have, costs))


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), read_costs()), encoding="utf-8")
