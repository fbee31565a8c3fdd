"""Room for notes and webhooks; and who took part in which conversation, to find it by him."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_IS_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the tables, and fill in the parts of the conversations that are there."""
    op.create_index(
        "thread_open",
        "thread",
        ["started_at"],
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
    op.create_table(
        "part",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False, comment="rep or territory"),
        sa.Column("who", _TEXT, nullable=False, comment="who took part in the conversation"),
        sa.Column("started_at", _TEXT, nullable=False, comment="that of the thread"),
        sa.PrimaryKeyConstraint("conversation_id", "kind", "who"),
    )
    op.create_table(
        "note",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("author", _TEXT, nullable=False, comment="a rep, or the name of an API token"),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column(
            "disposition", _TEXT, comment="how it came out, as the author says; NULL: unsaid"
        ),
        sa.Column("revision", sa.Integer, nullable=False, comment="one more for each change"),
        sa.Column("made_at", _TEXT, nullable=False),
        sa.Column("changed_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "author"),
    )
    op.create_table(
        "posting",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("since_at", _TEXT, nullable=False, comment="when it was first to be told"),
        sa.Column("due_at", _TEXT, nullable=False, comment="when it is to be told, or told again"),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("posting_by_due", "posting", ["due_at"])
    _fill_in()
    # After the rows: it is made in one go.
    op.create_index("part_by_who", "part", ["kind", "who", "started_at", "conversation_id"])


def _fill_in() -> None:
    if op.get_bind().dialect.name == "sqlite":
        field = "json_extract(leg_record.record, '$.{}')"
    else:
        field = "(leg_record.record::json ->> '{}')"
    fill = (
        "INSERT INTO part (conversation_id, kind, who, started_at)"
        " SELECT DISTINCT thread.conversation_id, '{kind}', {who}, thread.started_at"
        " FROM thread JOIN leg_record ON leg_record.conversation_id = thread.conversation_id"
        " WHERE {who} IS NOT NULL{also}"
    )
    took_part = (
        f" AND ({field.format('answered_at')} IS NOT NULL OR {field.format('side')} = 'caller')"
    )
    op.execute(fill.format(kind="rep", who=field.format("rep"), also=took_part))
    op.execute(fill.format(kind="territory", who=field.format("territory"), also=""))
