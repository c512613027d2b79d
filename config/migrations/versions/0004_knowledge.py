"""What the city knows becomes one table with versions and drafts; what it learns; models that are trained here.

The answers and agencies of before were the files' own (nobody could edit them yet): the next seeding writes them anew.

Revision: 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import Json, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("article")
    op.drop_table("agency")
    op.create_table(
        "draft",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("authors", Json, nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "kind", "slug", name=op.f("pk_draft")),
    )
    op.create_table(
        "entry",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("city", "kind", "slug", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_review", "entry", ["city", "review_on"], unique=False)
    op.create_table(
        "entry_version",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("report", Json, nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "kind", "slug", "version", name=op.f("pk_entry_version")),
    )
    op.create_table(
        "example",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("place", Json, nullable=True),
        sa.Column("was", Json, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_example")),
    )
    op.create_index("ix_example_state", "example", ["city", "state", "at"], unique=False)
    op.create_index("uq_example_source", "example", ["city", "source", "source_id"], unique=True)
    op.create_table(
        "heard_question",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_heard_question")),
    )
    op.create_index("ix_heard_question_group", "heard_question", ["city", "group_id", "at"], unique=False)
    op.create_index(
        "ix_heard_question_new",
        "heard_question",
        ["city", "id"],
        unique=False,
        sqlite_where=sa.text("group_id IS NULL AND outcome IN ('unknown', 'not_that')"),
        postgresql_where=sa.text("group_id IS NULL AND outcome IN ('unknown', 'not_that')"),
    )
    op.create_index(
        "ix_heard_question_outcome", "heard_question", ["city", "outcome", "at", "topic", "group_id"], unique=False
    )
    op.create_index("ix_heard_question_topic", "heard_question", ["city", "topic", "at"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("taken_for", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("shown_to", sa.String(length=80), nullable=True),
        sa.Column("shown_at", UtcTime(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("judged_by", sa.String(length=80), nullable=True),
        sa.Column("judged_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_judgement")),
    )
    op.create_index("ix_judgement_at", "judgement", ["city", "judged_at"], unique=False)
    op.create_index(
        "ix_judgement_waiting",
        "judgement",
        ["city", "id"],
        unique=False,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )
    op.create_table(
        "model_part",
        sa.Column("model_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "seq", name=op.f("pk_model_part")),
    )
    op.create_table(
        "picture",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mime", sa.String(length=40), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_picture")),
    )
    op.create_table(
        "question_group",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=True),
        sa.Column("first_at", UtcTime(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_question_group")),
    )
    op.create_index("ix_question_group_state", "question_group", ["city", "state", "size"], unique=False)
    op.create_table(
        "trained_model",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("phrases", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("report", Json, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("activated_at", UtcTime(), nullable=True),
        sa.Column("activated_by", sa.String(length=80), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trained_model")),
    )
    op.create_index("ix_trained_model_state", "trained_model", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("trained_model")
    op.drop_table("question_group")
    op.drop_table("picture")
    op.drop_table("model_part")
    op.drop_table("judgement")
    op.drop_table("heard_question")
    op.drop_table("example")
    op.drop_table("entry_version")
    op.drop_table("entry")
    op.drop_table("draft")
    op.create_table(
        "article",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("sms", sa.Text(), nullable=True),
        sa.Column("ask", sa.String(length=200), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "topic", name=op.f("pk_article")),
    )
    op.create_table(
        "agency",
        sa.Column("city", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("city", "slug", name=op.f("pk_agency")),
    )
