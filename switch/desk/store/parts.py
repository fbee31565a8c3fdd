"""Who took part in a conversation: what it is found by, beside the customer's number."""

from __future__ import annotations

from typing import Literal

from switch.threads.heading import heading
from switch.threads.thread import Thread

Part = tuple[str, Literal["rep", "territory"], str, str]
"""Conversation, kind, name, and when the conversation started."""


def parts_of(thread: Thread) -> set[Part]:
    """Return who took part: reps who talked or called, and territories that were called.

    Who was only rung is not among them: a ring-all would put a call on everybody's list.
    """
    conversation_id, started_at = thread.conversation_id, heading(thread).started_at
    parts: set[Part] = set()
    for record in thread.records:
        if record.rep is not None and (record.answered_at is not None or record.side == "caller"):
            parts.add((conversation_id, "rep", record.rep, started_at))
        if record.territory is not None:
            parts.add((conversation_id, "territory", record.territory, started_at))
    return parts
