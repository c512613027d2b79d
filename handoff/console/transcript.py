"""A conversation as it is read: its newest messages, older ones by the page, its case and what came before."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, and_, or_, select

from handoff.console import views
from handoff.console.acts import Act
from handoff.console.refusals import Refusal
from handoff.console.shapes import Conversation, Older, Opened, Person
from handoff.console.sight import shown_case
from handoff.tables import message

PAGE = 200  # messages


def seen_conversation(connection: Connection, act: Act, conversation_id: int) -> tuple[Conversation, bool]:
    """The conversation, and whether it is restricted. Refusal("not_found") where this person may not see it."""
    found = views.conversation_by_id(connection, act.windows, act.city.slug, conversation_id)
    if found is None or not act.operator.may_see(act.city.slug, found[1]):
        raise Refusal("not_found")
    return found


def opened(connection: Connection, act: Act, conversation_id: int, viewers: list[Person]) -> tuple[Opened, int | None]:
    """All that the screen shows; and the id of the restricted case whose opening must leave a trace."""
    conversation, restricted = seen_conversation(connection, act, conversation_id)
    page = older(connection, act, conversation_id, None)
    case_id = shown_case(connection, act.city.slug, conversation_id)
    shown = Opened(
        conversation=conversation,
        messages=page.messages,
        more=page.more,
        incident=None if case_id is None else views.incident_by_id(connection, act.city.slug, case_id),
        history=views.past_cases(connection, act.city.slug, conversation_id),
        viewers=viewers,
    )
    return shown, case_id if restricted else None


def older(connection: Connection, act: Act, conversation_id: int, before: int | None) -> Older:
    """The messages before the one named, or the newest, in the order of the providers' time."""
    here = (message.c.city == act.city.slug, message.c.conversation_id == conversation_id)
    query = select(message).where(*here).order_by(message.c.at.desc(), message.c.id.desc()).limit(PAGE + 1)
    if before is not None:
        known = connection.execute(select(message.c.at, message.c.id).where(*here, message.c.id == before)).first()
        if known is None:
            raise Refusal("not_found")
        at_once = and_(message.c.at == known.at, message.c.id < known.id)
        query = query.where(or_(message.c.at < known.at, at_once))
    rows: list[RowMapping] = list(connection.execute(query).mappings())
    return Older(messages=views.messages(connection, rows[PAGE - 1 :: -1]), more=len(rows) > PAGE)
