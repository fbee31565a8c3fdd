"""Tells the node what has changed in a conversation: its legs, and what can be chosen in it."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from switch.call.choice import Choice
from switch.call.conversation import Conversation
from switch.records.of_leg import record_of
from switch.wire.worker import Changed, Choosing, FromWorker

_LOG = structlog.get_logger()


class Telling:
    """What the node has been told of one conversation, and what it has not."""

    def __init__(self, conversation: Conversation, *, say: Callable[[FromWorker], None]) -> None:
        """Begin with nothing told.

        Args:
            conversation: what is told of.
            say: tells the node something.
        """
        self._conversation = conversation
        self._say = say
        self._choice: Choice | None = None

    def tell(self) -> None:
        """Tell whatever is news."""
        conversation = self._conversation
        for leg in conversation.changed_legs():
            _LOG.info(
                "leg",
                conversation=conversation.conversation_id,
                leg=leg.leg_id,
                part=conversation.part_of(leg.leg_id).value,
                state=leg.state.value,
                end=leg.end_reason,
            )
            record = record_of(
                leg,
                conversation_id=conversation.conversation_id,
                direction=conversation.direction,
            )
            self._say(Changed(record=record))
        choice = conversation.choice
        if choice != self._choice:
            self._choice = choice
            self._say(Choosing(conversation_id=conversation.conversation_id, choice=choice))
