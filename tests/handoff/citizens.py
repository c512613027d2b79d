"""Citizens who write: threads, messages and cases, as the turn would leave them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from config.clock import Clock
from config.database import Database, changed
from config.ids import new_id
from handoff import conversations, incidents
from handoff.conversations import Sender, Thread
from handoff.report import Origin, Report
from handoff.tables import attachment, message


async def write(
    database: Database, clock: Clock, text: str = "tolong", *, chat: str = "c1", channel: str = "telegram", **more: Any
) -> tuple[int, int]:
    """One message. Returns the ids of its conversation and of itself. ``content`` and ``at`` may be given."""
    now = clock.now()
    city = more.pop("city", "ujung")

    def job(connection: Connection) -> tuple[int, int]:
        sender = Sender(channel, "utama", chat, name="Ibu Uji")
        thread = conversations.find_or_open(connection, city, [sender], now)[sender.address]
        key = new_id()
        connection.execute(insert(message), _row(thread, key, text, now) | more)
        thread.conversation["last_in_at"] = more.get("at", now)
        thread.conversation["last_text"] = text
        conversations.remember(connection, [thread])
        changed(connection, "message", city, key, thread.id)
        return thread.id, key

    return await database.write(job)


def _row(thread: Thread, key: int, text: str, now: datetime) -> dict[str, Any]:
    return {
        "city": thread.city,
        "id": key,
        "conversation_id": thread.id,
        "direction": "in",
        "author": "citizen",
        "channel": thread.contact["channel"],
        "account": "utama",
        "chat": thread.contact["address"],
        "event_key": str(key),
        "kind": "text",
        "text": text,
        "content": None,
        "at": now,
        "created_at": now,
        "answered_at": now,
        "attempts": 0,
    }


async def report(database: Database, clock: Clock, conversation_id: int, **about: Any) -> dict[str, Any]:
    """Open a case for a conversation, as the bot does. Returns its row."""
    now = clock.now()
    city = about.pop("city", "ujung")
    what = {"reason": "emergency", "severity": 1, "categories": ("kebakaran",), "summary": "tolong", **about}

    def job(connection: Connection) -> dict[str, Any]:
        thread = conversations.get_thread(connection, city, conversation_id, lock=True)
        assert thread is not None
        origin = Origin(city, "U", conversation_id=thread.id, contact_id=thread.contact["id"])
        row = incidents.open_incident(connection, origin, Report(**what), now, now)
        thread.conversation.update(incident_id=row["id"], silent=what.get("silent", False), state={"stage": "case"})
        conversations.remember(connection, [thread])
        return row

    return await database.write(job)


async def emergency(database: Database, clock: Clock, *, chat: str = "c1", **about: Any) -> dict[str, Any]:
    """A message and the case that it opens."""
    channel = about.pop("channel", "telegram")
    conversation_id, _ = await write(
        database, clock, "tolong ada api", chat=chat, channel=channel, city=about.get("city", "ujung")
    )
    return await report(database, clock, conversation_id, **about)


async def send_file(database: Database, clock: Clock, conversation_id: int, message_id: int, **more: Any) -> int:
    """A file that came with a message. Returns its id."""
    row = {
        "city": "ujung",
        "id": new_id(),
        "message_id": message_id,
        "conversation_id": conversation_id,
        "channel": "telegram",
        "account": "utama",
        "kind": "photo",
        "ref": "r1",
        "mime": "image/jpeg",
        "state": "fetched",
        "attempts": 0,
        "not_before": clock.now(),
        **more,
    }

    def job(connection: Connection) -> int:
        connection.execute(insert(attachment), row)
        return int(row["id"])

    return await database.write(job)
