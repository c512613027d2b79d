"""Kelurahan polygons.

Revision: 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boundary",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("geometry", Json, nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "code", name=op.f("pk_boundary")),
    )


def downgrade() -> None:
    op.drop_table("boundary")
