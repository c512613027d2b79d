"""What the SMS gateway must not forget: parts that are not whole yet, whose delivery a report will tell of, and PINs
that a SIM refused.

Revision: 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("no_broadcasts", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "sms_part",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("smsc_at", UtcTime(), nullable=False),
        sa.Column("ref", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pdu", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("city", "key", name=op.f("pk_sms_part")),
    )
    op.create_index("ix_sms_part_line", "sms_part", ["city", "line", "sender"])
    op.create_table(
        "sms_refused_pin",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "line", "mark", name=op.f("pk_sms_refused_pin")),
    )
    op.create_table(
        "sms_line",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "line", name=op.f("pk_sms_line")),
    )
    op.create_table(
        "sms_sent",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("network_ref", sa.String(length=80), nullable=False),
        sa.Column("to", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("city", "line", "network_ref", "to", name=op.f("pk_sms_sent")),
    )
    op.create_index("ix_sms_sent_reference", "sms_sent", ["city", "reference"])


def downgrade() -> None:
    op.drop_column("contact", "no_broadcasts")
    op.drop_table("sms_sent")
    op.drop_table("sms_line")
    op.drop_table("sms_refused_pin")
    op.drop_table("sms_part")
