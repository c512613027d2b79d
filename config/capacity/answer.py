"""The answer to one question: what the load needs, and which limit binds first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from config.capacity.costs import Costs
from config.capacity.limits import Limit, limits_of
from config.capacity.load import ONE_OF_EACH, Have, Load
from config.capacity.needs import Needs, needs_of
from config.capacity.words import figure
from config.capacity.work import Work


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that `sigap capacity` says. ``limits`` in the order in which they bind."""

    load: Load
    have: Have
    work: Work
    needs: Needs
    limits: list[Limit]

    @property
    def first(self) -> str:
        """Which limit binds first, in a sentence."""
        one = self.limits[0]
        enough = "enough" if one.binds_at >= self.load.messages else "not enough"
        return f"First binds: {one.name} ({one.have}) at {figure(one.binds_at)} messages/s: {enough}."

    @property
    def sqlite(self) -> str:
        """Whether one process on one machine does."""
        up_to = f"`sigap run` on SQLite carries {figure(self.needs.sqlite_up_to)} messages/s"
        if self.needs.sqlite_is_enough:
            return f"{up_to}: enough for {figure(self.load.messages)}. No PostgreSQL is needed."
        return (
            f"{up_to}: not enough for {figure(self.load.messages)}. Use PostgreSQL with `sigap web` and `sigap worker`."
        )

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        asked = asdict(self.load) | {"mix": dict(self.load.mix), "replies": self.work.replies}
        limits = [asdict(one) for one in self.limits]
        measured = self.work.costs.measured.model_dump(mode="json")
        return {"asked": asked, "needs": asdict(self.needs), "limits": limits, "first": limits[0], "measured": measured}


def answer(load: Load, have: Have, costs: Costs) -> Answer:
    """Reckon. Without anything that one has: what one of each carries. Raises BadLoad."""
    have = have if have.said else ONE_OF_EACH
    work = Work(load, costs)
    return Answer(load, have, work, needs_of(work), limits_of(work, have))
