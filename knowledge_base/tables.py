"""What staff change by hand. The city's files are only the seed: `edited_at` marks what a person has touched since."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table, Text

from config.database import Json, UtcTime, metadata

article = Table(
    "article",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("title", String(160), nullable=False),
    Column("answer", Text, nullable=False),
    Column("sms", Text),
    Column("ask", String(200)),  # whom to ask about what is not sure
    Column("source", Text),
    Column("confirmed_on", Date),
    Column("version", Integer, nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("edited_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
)

agency = Table(
    "agency",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("slug", String(32), primary_key=True),
    Column("name", String(160), nullable=False),
    Column("facts", Json, nullable=False),  # kind, phones and posts, as in agencies.yml
    Column("version", Integer, nullable=False),
    Column("edited_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
)

# Kelurahan polygons that the city installed (`sigap seed --boundaries`); empty where it did not.
boundary = Table(
    "boundary",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("code", String(16), primary_key=True),  # Kemendagri's
    Column("geometry", Json, nullable=False),  # GeoJSON Polygon or MultiPolygon
    Column("updated_at", UtcTime, nullable=False),
)
