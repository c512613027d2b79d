"""What the gateway must not forget, in the one database. The city leads every key."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from config.database import Json, UtcTime, metadata

sms_part = Table(
    "sms_part",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("group", String(40), nullable=False),  # the key of the first part that came of the same SMS
    Column("line", String(64), nullable=False),
    Column("sender", String(64), nullable=False),
    Column("smsc_at", UtcTime, nullable=False),
    Column("ref", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("text", Text, nullable=False),  # UTF-16 in hex: it may begin or end with half a surrogate pair
    Column("pdu", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("heard", Boolean, nullable=False, default=False),
    Index("ix_sms_part_line", "city", "line", "sender"),
)

# PINs that a SIM refused: tried again by each start of the process, the third would lock it.
sms_refused_pin = Table(
    "sms_refused_pin",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("mark", String(40), primary_key=True),  # see sms_gateway.modem_pin
    Column("at", UtcTime, nullable=False),
)

# How each line fares, as the process that serves it last wrote: for whoever asks in another one.
sms_line = Table(
    "sms_line",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("state", Json, nullable=False),  # see sms_gateway.gateway.LineState
    Column("at", UtcTime, nullable=False),
)

sms_sent = Table(
    "sms_sent",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("line", String(64), primary_key=True),
    Column("network_ref", String(80), primary_key=True),  # a modem's goes round after 256
    Column("to", String(24), primary_key=True),
    Column("reference", String(80), nullable=False),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("delivered", Boolean, nullable=False, default=False),
    Index("ix_sms_sent_reference", "city", "reference"),
)
