"""The case file: who wrote, what was said, what happened, who dealt with it.

Plain Core tables, no mapped classes: a query lives in the function that needs it. The city leads every key, so that the
tables can be distributed by it; ids are made by ``config.ids`` and only break ties, time order is a timestamp's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    literal_column,
    type_coerce,
)

from config.database import Json, UtcTime, metadata


def _index_of(rows: ColumnElement[bool], name: str, *columns: Column[Any]) -> None:
    """A partial index, of these rows alone, on either database."""
    Index(name, *columns, sqlite_where=rows, postgresql_where=rows)


contact = Table(
    "contact",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("address", String(128), nullable=False),  # the chat, in the channel's own terms
    Column("name", String(128)),
    Column("phone", String(24)),  # E.164
    Column("language", String(16)),
    Column("cannot_call", Boolean, nullable=False, default=False),  # deaf, speech-impaired: never ring
    Column("no_broadcasts", Boolean, nullable=False, default=False),  # wrote STOP: only what answers them reaches them
    Column("pranks", Integer, nullable=False, default=0),  # judged as pranks so far; slows, never shuts out
    Column("created_at", UtcTime, nullable=False),
    # The choosiest column first: a batch of many accounts is looked up in one statement.
    Index("uq_contact_address", "city", "address", "account", "channel", unique=True),
    Index("ix_contact_phone", "city", "phone"),
)

# One conversation a contact, for good: a thread. Its cases are the incidents.
conversation = Table(
    "conversation",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("holder", String(8), nullable=False, default="bot"),  # who speaks: "bot" or "operator"
    Column("operator_id", BigInteger),  # set while an operator speaks
    Column("state", Json, nullable=False),  # what the dialogue remembers: bots.dialogue.State
    Column("incident_id", BigInteger),  # the open case
    Column("silent", Boolean, nullable=False, default=False),  # nothing sent may tell whom the person writes to
    Column("due_at", UtcTime),  # when the dialogue wants to look again
    Column("last_in_at", UtcTime),
    Column("last_out_at", UtcTime),
    Column("last_text", Text),
    Column("created_at", UtcTime, nullable=False),
    Index("uq_conversation_contact", "city", "contact_id", unique=True),
    Index("ix_conversation_due", "city", "due_at"),
    Index("ix_conversation_holder", "city", "holder", "last_in_at"),
)

message = Table(
    "message",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", BigInteger, nullable=False),
    Column("incident_id", BigInteger),
    Column("direction", String(3), nullable=False),  # "in" or "out"
    Column("author", String(8), nullable=False),  # citizen, bot, operator, system
    Column("operator_id", BigInteger),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("chat", String(128), nullable=False),
    Column("event_key", String(160)),  # inbound: the provider's; an operator's reply: the console's client_id
    Column("provider_id", String(160)),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("content", Json),  # place, buttons, sender's name and the like: see bots.inbox and handoff.conversations
    Column("at", UtcTime, nullable=False),  # inbound: the provider's time; outbound: when it was written
    Column("created_at", UtcTime, nullable=False),  # when it reached us
    Column("answered_at", UtcTime),  # inbound: when the turn dealt with it; null = waits
    Column("understanding", Json),
    Column("edited_text", Text),
    Column("deleted_at", UtcTime),
    # In: 0 what was only stored and goes first; out: 0 operator and emergency, 1 case, 2 rest.
    Column("urgency", Integer),
    # Outbound: the outbox is this table where state is "queued" or "sending".
    Column("state", String(10)),  # queued sending sent delivered read failed dropped stale unsure
    Column("not_before", UtcTime),
    Column("expires_at", UtcTime),
    Column("replaceable", Boolean),  # the bot's next words may take its place while it waits
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_by", String(40)),
    Column("sent_at", UtcTime),
    Column("delivered_at", UtcTime),
    Column("read_at", UtcTime),
    Column("error", String(300)),
    Index("uq_message_event", "city", "event_key", "account", "channel", unique=True),
    Index("ix_message_transcript", "city", "conversation_id", "at", "id"),
    Index("ix_message_provider", "city", "provider_id"),
)

# "telegram/bot_kendari". Said to be a Text: else its type is the channel's, and PostgreSQL cuts off at that length what
# is compared with it.
ACCOUNT = type_coerce(message.c.channel + "/" + message.c.account, Text)

# Written out, not bound: no planner uses a partial index for a condition whose values it cannot see.
UNANSWERED = and_(message.c.direction == literal_column("'in'"), message.c.answered_at.is_(None))
IN_OUTBOX = message.c.state.in_((literal_column("'queued'"), literal_column("'sending'")))
URGENT = and_(UNANSWERED, message.c.urgency == literal_column("0"))  # stored, and nobody in need has been answered yet
UNREAD = and_(UNANSWERED, message.c.understanding.is_(None))  # nobody knows yet what it says
# In the order in which they are claimed: however much waits, a claim reads what it takes and no more.
_index_of(UNANSWERED, "ix_message_waiting", message.c.city, message.c.created_at, message.c.id)
_index_of(UNREAD, "ix_message_unread", message.c.city, message.c.created_at, message.c.id)
_index_of(URGENT, "ix_message_urgent", message.c.city, message.c.created_at, message.c.id)
_index_of(IN_OUTBOX, "ix_message_outbox", message.c.city, message.c.urgency, message.c.not_before, message.c.id)

incident = Table(
    "incident",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),  # runs within the city
    Column("code", String(16), nullable=False),  # what people say: A-0427
    Column("conversation_id", BigInteger),  # null: opened by hand for a caller
    Column("contact_id", BigInteger),
    Column("source", String(8), nullable=False),  # chat, phone, radio, walk_in
    Column("status", String(8), nullable=False),  # waiting, claimed, closed
    Column("reason", String(24), nullable=False),  # why a human sees it: handoff.report.Reason
    Column("category", String(24)),
    Column("categories", Json, nullable=False),
    Column("severity", Integer, nullable=False),  # 1 = P1 … 4 = P4
    Column("restricted", Boolean, nullable=False, default=False),  # violence, suicide: a small circle
    Column("silent", Boolean, nullable=False, default=False),
    Column("summary", Text, nullable=False),
    Column("place", Json),  # the best place known: nlu PlaceGuess fields plus "text"
    Column("alternatives", Json, nullable=False),
    Column("kecamatan", String(64)),  # copied out of ``place`` to be counted by
    Column("facts", Json, nullable=False),
    Column("why", Json, nullable=False),  # the reasons of the understanding that opened or raised it
    Column("note", Text, nullable=False, default=""),
    Column("alarm", String(16)),  # disconnected, bot_failed, send_failed
    Column("operator_id", BigInteger),
    Column("caller", Json),  # by hand: name and phone
    Column("heard_at", UtcTime, nullable=False),  # first sign reached us: every clock starts here
    Column("opened_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("answered_at", UtcTime),  # first words of a human
    Column("closed_at", UtcTime),
    Column("close_reason", String(24)),
    Column("updated_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Index("uq_incident_code", "city", "code", unique=True),
    Index("ix_incident_queue", "city", "status", "severity", "opened_at"),
    Index("ix_incident_conversation", "city", "conversation_id"),
    Index("ix_incident_closed", "city", "closed_at"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, nullable=False),
    Column("conversation_id", BigInteger, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ref", Text, nullable=False),
    Column("mime", String(80)),
    Column("name", String(160)),
    Column("size", BigInteger),
    Column("seconds", Integer),
    Column("state", String(8), nullable=False),  # queued, fetched, failed
    Column("path", String(200)),  # under the media folder
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcTime, nullable=False),
    Column("error", String(300)),
    Index("ix_attachment_message", "city", "message_id"),
)
TO_FETCH = attachment.c.state == literal_column("'queued'")
_index_of(TO_FETCH, "ix_attachment_queued", attachment.c.city, attachment.c.not_before)

VOICE_TO_FETCH = and_(TO_FETCH, attachment.c.kind == literal_column("'voice'"))
_index_of(VOICE_TO_FETCH, "ix_attachment_voice", attachment.c.city, attachment.c.not_before)

# What a provider sent, byte for byte, for as long as the city keeps it.
raw_body = Table(
    "raw_body",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("problem", String(300)),  # why it could not be read; null = it could
    Column("body", LargeBinary, nullable=False),
)

account_state = Table(
    "account_state",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("last_in_at", UtcTime),
    Column("last_sent_at", UtcTime),
    Column("last_error", String(300)),
    Column("last_error_at", UtcTime),
)

counter = Table(
    "counter",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

operator = Table(
    "operator",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("username", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),  # operator, supervisor, admin, author
    Column("cities", Json, nullable=False),  # slugs
    Column("password_hash", String(200), nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("failed_logins", Integer, nullable=False, default=0),
    Column("locked_until", UtcTime),
    Column("disabled_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("operator_id", BigInteger, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("user_agent", String(200)),
)

# Where logins were tried from: who guesses is slowed down, whoever logged in here before is not locked out by others.
login_source = Table(
    "login_source",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("source", String(45), primary_key=True),  # an IPv4 address or an IPv6 /64
    Column("failures", Integer, nullable=False),  # since the last success
    Column("locked_until", UtcTime),
    Column("succeeded_at", UtcTime),
    Column("tried_at", UtcTime, nullable=False),
    Index("ix_login_source_tried", "tried_at"),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String(80), nullable=False),  # "bot", "system", or an operator's username
    Column("operator_id", BigInteger),
    Column("verb", String(32), nullable=False),
    Column("incident_id", BigInteger),
    Column("conversation_id", BigInteger),
    Column("detail", Json, nullable=False),
    Index("ix_audit_event_incident", "city", "incident_id", "at"),
)
Index("ix_session_operator", session.c.operator_id)
Index("ix_conversation_incident", conversation.c.city, conversation.c.incident_id)
