"""The tables of the first release, 0.1.0.

It made them without Alembic: a store that has them and no version is taken to be here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of records and threads."""
    op.create_table(
        "leg_record",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("leg_id", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("record", _TEXT, nullable=False, comment="the record as JSON"),
        sa.PrimaryKeyConstraint("conversation_id", "leg_id"),
    )
    op.create_table(
        "thread",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("contact", _TEXT, comment="the customer's number, NULL if there is none"),
        sa.Column("direction", _TEXT, nullable=False),
        sa.Column("started_at", _TEXT, nullable=False, comment="ISO 8601, UTC: sorts as text"),
        sa.Column("ended_at", _TEXT, comment="NULL while a leg is open"),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index("thread_by_start", "thread", ["started_at", "conversation_id"])
    op.create_index("thread_by_contact", "thread", ["contact", "started_at", "conversation_id"])
