"""What the city knows, as staff keep it, and what it learns from its citizens.

One table for everything that staff change, whatever its kind (see ``knowledge_base.kinds``): the body is a JSON
document in the form of the city's files. The files are only the seed: ``edited_at`` marks what a person has touched.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    literal_column,
)

from config.database import Json, UtcTime, metadata

# What holds now: the bot, the console and the map read it.
entry = Table(
    "entry",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),  # article, agency, card, wording, landmark, category, …
    Column("slug", String(80), primary_key=True),
    Column("title", String(200), nullable=False),  # as lists show it
    Column("body", Json, nullable=False),
    Column("words", Text, nullable=False),  # everything it may be found by, in small letters
    Column("version", Integer, nullable=False),
    Column("owner", String(80)),  # who is reminded
    Column("review_on", Date),  # from then on its owner is warned; an approval's last day for a card
    Column("withdrawn_at", UtcTime),  # nobody is told it any more
    Column("edited_at", UtcTime),  # by a person; null: as the files say
    Column("updated_at", UtcTime, nullable=False),
    Column("updated_by", String(80), nullable=False),
    Index("ix_entry_review", "city", "review_on"),
)

# Every state that an entry ever had. Nothing here is changed or deleted.
entry_version = Table(
    "entry_version",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("slug", String(80), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("verb", String(16), nullable=False),  # seeded, published, withdrawn, restored, rolled_back, imported
    Column("title", String(200), nullable=False),
    Column("body", Json, nullable=False),
    Column("who", String(80), nullable=False),  # who wrote it; "berkas" for the files
    Column("approved_by", String(80)),  # the second person
    Column("note", Text, nullable=False, default=""),
    Column("report", Json),  # of the check before publishing: bots.replay
    Column("at", UtcTime, nullable=False),
)

# One draft an entry: what is being written and not said yet.
draft = Table(
    "draft",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("slug", String(80), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("body", Json, nullable=False),
    Column("words", Text, nullable=False),
    Column("base_version", Integer),  # the published version that it changes; null: a new entry
    Column("revision", BigInteger, nullable=False),  # drawn anew by every save: whoever saves on another is told
    Column("state", String(8), nullable=False),  # draft, review
    Column("authors", Json, nullable=False),  # usernames: none of them may approve it
    Column("remark", Text, nullable=False, default=""),  # why a reviewer sent it back
    Column("updated_by", String(80), nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

picture = Table(
    "picture",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("mime", String(40), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
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

# What was asked and what the bot made of it. Personal data are masked; violence, suicide and children never stand here.
heard_question = Table(
    "heard_question",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the message's
    Column("conversation_id", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("text", String(300), nullable=False),
    Column("kind", String(16), nullable=False),  # question, complaint
    Column("outcome", String(16), nullable=False),  # answered, unknown, not_that, helped
    Column("topic", String(80)),  # which answer was given
    Column("group_id", BigInteger),  # see question_group; null: not looked at yet
    Index("ix_heard_question_outcome", "city", "outcome", "at", "topic", "group_id"),  # lists read nothing else
    Index("ix_heard_question_topic", "city", "topic", "at"),
    Index("ix_heard_question_group", "city", "group_id", "at"),
)
NOT_GROUPED = heard_question.c.group_id.is_(None) & (
    heard_question.c.outcome.in_((literal_column("'unknown'"), literal_column("'not_that'")))
)
Index(
    "ix_heard_question_new",
    heard_question.c.city,
    heard_question.c.id,
    sqlite_where=NOT_GROUPED,
    postgresql_where=NOT_GROUPED,
)

# Questions without a good answer that ask the same.
question_group = Table(
    "question_group",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", String(300), nullable=False),  # the question that speaks for the others
    Column("size", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # open, drafted, ignored
    Column("slug", String(80)),  # of the draft or answer that came of it
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("decided_by", String(80)),
    Index("ix_question_group_state", "city", "state", "size"),
)

# Two in a hundred of what was taken for a prank or a question: a human says what it was.
judgement = Table(
    "judgement",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the message's
    Column("conversation_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("taken_for", String(16), nullable=False),  # question, complaint, smalltalk, prank
    Column("topic", String(80)),
    Column("at", UtcTime, nullable=False),
    Column("shown_to", String(80)),  # who has it on the screen
    Column("shown_at", UtcTime),
    Column("verdict", String(16)),  # emergency, right, wrong_kind, unclear
    Column("judged_by", String(80)),
    Column("judged_at", UtcTime),
    Index("ix_judgement_at", "city", "judged_at"),
)
WAITS_FOR_JUDGE = judgement.c.verdict.is_(None)
Index(
    "ix_judgement_waiting",
    judgement.c.city,
    judgement.c.id,
    sqlite_where=WAITS_FOR_JUDGE,
    postgresql_where=WAITS_FOR_JUDGE,
)

# Sentences with what they mean, as people at the desk said: taught once an admin has agreed.
example = Table(
    "example",
    metadata,
    Column("city", String(32), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", String(300), nullable=False),
    Column(
        "intent", String(80)
    ),  # as in nlu.yml: darurat_kebakaran, faq_ktp, iseng; null: only the place was corrected
    Column("severity", Integer),
    Column("place", Json),  # what the place in the words is: kecamatan, kelurahan, landmark
    Column("was", Json, nullable=False),  # what the bot took it for: intent, place
    Column("source", String(16), nullable=False),  # case, judgement, feedback, typed
    Column("source_id", BigInteger),
    Column("state", String(8), nullable=False),  # proposed, accepted, rejected
    Column("proposed_by", String(80), nullable=False),
    Column("decided_by", String(80)),
    Column("at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
    Index("ix_example_state", "city", "state", "at"),
    Index("uq_example_source", "city", "source", "source_id", unique=True),
)

# Models that were trained here. They serve every city of the deployment, so no city leads these two.
trained_model = Table(
    "trained_model",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),  # queued, training, ready, refused, failed
    Column("why", String(200), nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("progress", Float, nullable=False, default=0.0),  # 0 to 1
    Column("step", String(80), nullable=False, default=""),  # what is being done
    Column("phrases", Integer),
    Column("size", Integer),  # bytes
    Column("report", Json),  # figures, floors, what changed
    Column("detail", Text, nullable=False, default=""),  # why it was refused or failed
    Column("activated_at", UtcTime),  # the model in use is the one activated last
    Column("activated_by", String(80)),
    Column("gone", Boolean, nullable=False, default=False),  # its parts were thrown away to save room
    Index("ix_trained_model_state", "state"),
)
# A model's file in pieces, so that no write holds up the others.
model_part = Table(
    "model_part",
    metadata,
    Column("model_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
