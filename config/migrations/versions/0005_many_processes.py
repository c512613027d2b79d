"""Many processes on one database: who lives; indexes in the order in which messages are claimed, whatever waits.

Revision: 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import Json, UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OUTBOX = sa.text("state IN ('queued', 'sending')")
WAITING = sa.text("direction = 'in' AND answered_at IS NULL")
UNREAD = sa.text("direction = 'in' AND answered_at IS NULL AND understanding IS NULL")
URGENT = sa.text("direction = 'in' AND answered_at IS NULL AND urgency = 0")
VOICE = sa.text("state = 'queued' AND kind = 'voice'")


def upgrade() -> None:
    op.create_table(
        "process",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("said_at", UtcTime(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("tells", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process")),
    )
    _index("ix_message_outbox", ["city", "urgency", "not_before", "id"], OUTBOX)
    _index("ix_message_waiting", ["city", "created_at", "id"], WAITING)
    _index("ix_message_unread", ["city", "created_at", "id"], UNREAD, anew=True)
    _index("ix_message_urgent", ["city", "created_at", "id"], URGENT, anew=True)
    op.create_index(
        "ix_attachment_voice", "attachment", ["city", "not_before"], sqlite_where=VOICE, postgresql_where=VOICE
    )


def downgrade() -> None:
    op.drop_index("ix_attachment_voice", "attachment")
    op.drop_index("ix_message_urgent", "message")
    op.drop_index("ix_message_unread", "message")
    _index("ix_message_waiting", ["city", "created_at"], WAITING)
    _index("ix_message_outbox", ["city", "not_before", "urgency"], OUTBOX)
    op.drop_table("process")


def _index(name: str, columns: list[str], where: sa.TextClause, *, anew: bool = False) -> None:
    """In the place of the one that has the name, unless it is a new one."""
    if not anew:
        op.drop_index(name, "message")
    op.create_index(name, "message", columns, sqlite_where=where, postgresql_where=where)
