"""Room for messages that could not be taken, and for the ids of what must not come back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of dead letters and tombstones."""
    op.create_table(
        "dead_letter",
        sa.Column("id", _NUMBER, nullable=False, comment="in the order of their coming"),
        sa.Column("at", _TEXT, nullable=False, comment="when it came"),
        sa.Column("topic", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False, comment="what is wrong, as one word"),
        sa.Column("problem", _TEXT, nullable=False, comment="what is wrong, as a sentence"),
        sa.Column("payload", sa.LargeBinary, nullable=False, comment="may name people"),
        sa.Column(
            "digest", _TEXT, nullable=False, comment="of topic and payload: one row for each"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("dead_letter_by_digest", "dead_letter", ["digest"], unique=True)
    op.create_table(
        "tombstone",
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("leg_id", _TEXT, nullable=False, comment="empty: all of the conversation"),
        sa.Column("why", _TEXT, nullable=False, comment="erased or expired"),
        sa.Column("at", _TEXT, nullable=False, comment="when it was"),
        sa.PrimaryKeyConstraint("conversation_id", "leg_id"),
    )
    op.create_index("tombstone_by_age", "tombstone", ["why", "at"])
