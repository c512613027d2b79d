"""Alembic's entry: the schema of every part, on the connection that ``config.schema`` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import JSON

from config import leases, processes
from config.database import UtcTime, metadata
from handoff import tables as case_file
from knowledge_base import tables as knowledge
from sms_gateway import tables as sms

# Imported for their tables alone.
PARTS = (leases.lease, processes.process, case_file.message, knowledge.entry, sms.sms_part)


def spell(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Our own column types by their names, in generated migrations."""
    if kind == "type" and isinstance(item, UtcTime):
        return "UtcTime()"
    return "Json" if kind == "type" and isinstance(item, JSON) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=spell,
)
with context.begin_transaction():
    context.run_migrations()
