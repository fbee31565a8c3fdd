"""What release 0.1.0 left behind: its tables, word for word, with two conversations in them."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import given_back, story

TABLES = (
    """CREATE TABLE leg_record (
        conversation_id TEXT NOT NULL,
        leg_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (conversation_id, leg_id)
    )""",
    """CREATE TABLE thread (
        conversation_id TEXT NOT NULL,
        contact TEXT,
        direction TEXT NOT NULL,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        PRIMARY KEY (conversation_id)
    )""",
    "CREATE INDEX thread_by_contact ON thread (contact, started_at, conversation_id)",
    "CREATE INDEX thread_by_start ON thread (started_at, conversation_id)",
)
COMMENTS = {
    "leg_record.record": "the record as JSON",
    "thread.contact": "the customer's number, NULL if there is none",
    "thread.started_at": "ISO 8601, UTC: sorts as text",
    "thread.ended_at": "NULL while a leg is open",
}
THREADS = (fold(story(conversation_id="c1")), fold(given_back()))


def leave_behind(engine: sa.Engine) -> None:
    """Write a store as 0.1.0 did."""
    with engine.begin() as connection:
        for statement in TABLES:
            kind = 'TEXT COLLATE "C"' if engine.dialect.name == "postgresql" else "TEXT"
            connection.exec_driver_sql(statement.replace("TEXT", kind))
        if engine.dialect.name == "postgresql":
            for column, comment in COMMENTS.items():
                told = comment.replace("'", "''")
                connection.exec_driver_sql(f"COMMENT ON COLUMN {column} IS '{told}'")
        for thread in THREADS:
            for record in thread.records:
                connection.execute(
                    sa.text(
                        "INSERT INTO leg_record VALUES (:conversation, :leg, :revision, :text)"
                    ),
                    {
                        "conversation": record.conversation_id,
                        "leg": record.leg_id,
                        "revision": record.revision,
                        "text": msgspec.json.encode(record).decode(),
                    },
                )
            seen = view(thread)
            connection.execute(
                sa.text("INSERT INTO thread VALUES (:id, :contact, :direction, :start, :end)"),
                {
                    "id": seen.conversation_id,
                    "contact": seen.contact,
                    "direction": seen.direction,
                    "start": seen.started_at,
                    "end": seen.ended_at,
                },
            )
