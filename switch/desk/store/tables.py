"""The tables of a store, as the newest migration leaves them; a test compares the two."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Sorts by code points on either: ids and instants are found by their beginnings and ranges."""

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Counts up by itself as a primary key on either."""

TABLES = sa.MetaData()

LEG_RECORD = sa.Table(
    "leg_record",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("leg_id", TEXT, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("record", TEXT, nullable=False, comment="the record as JSON"),
)

THREAD = sa.Table(
    "thread",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("contact", TEXT, comment="the customer's number, NULL if there is none"),
    sa.Column("direction", TEXT, nullable=False),
    sa.Column("started_at", TEXT, nullable=False, comment="ISO 8601, UTC: sorts as text"),
    sa.Column("ended_at", TEXT, comment="NULL while a leg is open"),
    sa.Index("thread_by_start", "started_at", "conversation_id"),
    sa.Index("thread_by_contact", "contact", "started_at", "conversation_id"),
    sa.Index(
        "thread_open",
        "started_at",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

PART = sa.Table(
    "part",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("kind", TEXT, primary_key=True, comment="rep or territory"),
    sa.Column("who", TEXT, primary_key=True, comment="who took part in the conversation"),
    sa.Column("started_at", TEXT, nullable=False, comment="that of the thread"),
    sa.Index("part_by_who", "kind", "who", "started_at", "conversation_id"),
)

NOTE = sa.Table(
    "note",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("author", TEXT, primary_key=True, comment="a rep, or the name of an API token"),
    sa.Column("text", TEXT, nullable=False),
    sa.Column("disposition", TEXT, comment="how it came out, as the author says; NULL: unsaid"),
    sa.Column("revision", sa.Integer, nullable=False, comment="one more for each change"),
    sa.Column("made_at", TEXT, nullable=False),
    sa.Column("changed_at", TEXT, nullable=False),
)

DEAD_LETTER = sa.Table(
    "dead_letter",
    TABLES,
    sa.Column("id", NUMBER, primary_key=True, comment="in the order of their coming"),
    sa.Column("at", TEXT, nullable=False, comment="when it came"),
    sa.Column("topic", TEXT, nullable=False),
    sa.Column("kind", TEXT, nullable=False, comment="what is wrong, as one word"),
    sa.Column("problem", TEXT, nullable=False, comment="what is wrong, as a sentence"),
    sa.Column("payload", sa.LargeBinary, nullable=False, comment="may name people"),
    sa.Column("digest", TEXT, nullable=False, comment="of topic and payload: one row for each"),
    sa.Index("dead_letter_by_digest", "digest", unique=True),
)

TOMBSTONE = sa.Table(
    "tombstone",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("leg_id", TEXT, primary_key=True, comment="empty: all of the conversation"),
    sa.Column("why", TEXT, nullable=False, comment="erased or expired"),
    sa.Column("at", TEXT, nullable=False, comment="when it was"),
    sa.Index("tombstone_by_age", "why", "at"),
)

POSTING = sa.Table(
    "posting",
    TABLES,
    sa.Column("conversation_id", TEXT, primary_key=True),
    sa.Column("since_at", TEXT, nullable=False, comment="when it was first to be told"),
    sa.Column("due_at", TEXT, nullable=False, comment="when it is to be told, or told again"),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Index("posting_by_due", "due_at"),
)
