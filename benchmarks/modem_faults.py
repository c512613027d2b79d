"""`python -m benchmarks.modem_faults --kills 50`: every fault of a modem, with the driver's own deadlines.

Gammu's real `at` driver and a simulated modem for each fault; SMS go both ways before, during and after it. Prints how
long it takes until they go again, what was lost, what came or left twice, and how many sends were in doubt.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from sms_gateway.modem_link import Patience
from tests.modems.scenarios import SCENARIOS, Outcome, kill_often, play

AT_ONCE: Final = 5  # modems at the same time: most of it is waiting


async def measure(kills: int, chosen: str) -> list[Outcome]:
    """Each scenario whose name has ``chosen`` in it, then the kills."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            async with room:
                return await play(name, Path(folder), Patience())

    outcomes = await asyncio.gather(*(one(name) for name in SCENARIOS if chosen in name))
    if kills:
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(await kill_often(Path(folder), kills))
    return outcomes


def table_of(outcomes: list[Outcome]) -> Table:
    table = Table("fault", "again after s", "in", "out", "lost", "twice", "in doubt")
    for one in outcomes:
        lost, twice = len(one.lost_in) + len(one.lost_out), len(one.twice_in) + len(one.twice_out)
        table.add_row(one.name, f"{one.seconds:.1f}", *map(str, (one.came, one.left, lost, twice, one.doubts)))
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--only", default="", help="faults with this in their name")
    words = parser.parse_args()
    outcomes = asyncio.run(measure(words.kills, words.only))
    Console().print(table_of(outcomes))
    return 0 if all(one.clean for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
