"""Who comes to what the city knows, and how the store's refusals are said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Path
from sqlalchemy import Connection

from handoff.audit import note
from handoff.console.acts import Act
from handoff.console.guard import AnyAct
from handoff.console.knowledge_shapes import FaultShape, draft_shape
from handoff.console.refusals import Refusal
from knowledge_base.entries import Editor, Refused
from knowledge_base.kinds import KINDS


async def _writing(act: AnyAct) -> Act:
    if not act.operator.may_write:
        raise Refusal("not_allowed")
    return act


WriteAct = Annotated[Act, Depends(_writing)]
"""Somebody who may write, in a city of theirs."""


async def _publishing(act: AnyAct) -> Act:
    if not act.operator.may_publish:
        raise Refusal("not_allowed")
    return act


PublishAct = Annotated[Act, Depends(_publishing)]
"""Somebody who may publish, in a city of theirs."""


async def _kind(_act: AnyAct, kind: Annotated[str, Path(max_length=32)]) -> str:  # strangers learn no kinds
    if kind not in KINDS:
        raise Refusal("not_found")
    return kind


KindName = Annotated[str, Depends(_kind)]
"""A kind of thing that staff keep."""

Slug = Annotated[str, Path(min_length=1, max_length=80)]


def editor(act: Act) -> Editor:
    """This person, as the store knows them."""
    return Editor(act.operator.username, act.operator.may_publish)


def noted(connection: Connection, act: Act, verb: str, kind: str, slug: str, **detail: Any) -> None:
    """A line of the audit on an act on what the city knows, in the same commit."""
    note(connection, act.city.slug, act.who, f"kb_{verb}", act.now, kind=kind, slug=slug, **detail)


@contextmanager
def refusing() -> Iterator[None]:
    """Say in the console's words what the store refuses."""
    try:
        yield
    except Refused as refused:
        raise in_words(refused) from None


def in_words(refused: Refused) -> Refusal:
    """The store's no as the console says it."""
    more = refused.more
    if refused.code == "faults":
        faults = [FaultShape.model_validate(one) for one in more["faults"]]
        first = faults[0].text if len(faults) == 1 and not faults[0].field else ""
        return Refusal("faults", fills={"what": first or _how_many(len(faults))}, faults=faults)
    if refused.code == "stale":
        theirs = more.get("draft")
        return Refusal("stale", said="stale_draft", draft=draft_shape(theirs) if theirs else None)
    if refused.code == "checked":
        return Refusal("checked", said="check_blocks", report=more.get("report"))
    if refused.code == "no_such":
        return Refusal("not_found")
    return Refusal(refused.code)


def _how_many(number: int) -> str:
    return f"Ada {number} isian yang belum benar. Perbaiki yang ditandai, lalu coba lagi."
