"""Tells the node what has changed in a conversation: its legs, its choice, and who waits in it.

The worker may die between two messages. So whoever waits is told of before the record that shows
it, and that he waits no longer, behind it: a record in which he talks is always right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from switch.call.choice import Choice
from switch.call.conversation import Conversation
from switch.call.ids import LegId
from switch.records.of_leg import record_of
from switch.wire.survival import Salvaged, Waiting
from switch.wire.worker import Changed, Choosing, FromWorker
from switch.worker.listening import Heard

_LOG = structlog.get_logger()


class Described(Protocol):
    """What must be known of the media."""

    def said_by(self, leg_id: LegId) -> str | None:
        """Return the description that a leg's party sent last."""

    def told_to(self, leg_id: LegId) -> str | None:
        """Return the description that a leg's party was sent last."""

    def is_encrypted(self, leg_id: LegId) -> bool:
        """Whether a leg's audio is."""


class Telling:
    """What the node has been told of one conversation, and what it has not."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        media: Described,
        say: Callable[[FromWorker], None],
    ) -> None:
        """Begin with nothing told.

        Args:
            conversation: what is told of.
            media: knows its descriptions.
            say: tells the node something.
        """
        self._conversation = conversation
        # Bound once: each use of a logger that is not bound makes one.
        self._log = _LOG.bind(conversation=conversation.conversation_id)
        self._media = media
        self._say = say
        self._choice: Choice | None = None
        self._waiting: Waiting | None = None
        self._heard: dict[LegId, Heard] = {}

    def heard(self, leg_id: LegId, heard: Heard) -> None:
        """Note what is known of the audio of a leg: its next record may say it."""
        self._heard[leg_id] = heard

    def tell(self) -> None:
        """Tell whatever is news."""
        conversation = self._conversation
        changed = conversation.changed_legs()
        before, self._waiting = self._waiting, self._who_waits()
        is_news = self._waiting != before
        if is_news and self._waiting is not None:
            self._say_who_waits()
        for leg in changed:
            self._log.debug(
                "leg",
                leg=leg.leg_id,
                part=conversation.part_of(leg.leg_id),
                state=leg.state,
                end=leg.end_reason,
            )
            heard = self._heard.get(leg.leg_id)
            record = record_of(
                leg,
                conversation_id=conversation.conversation_id,
                direction=conversation.direction,
                codec=None if heard is None else heard.codec,
                quality=None if heard is None else heard.quality,
                srtp=self._media.is_encrypted(leg.leg_id),
            )
            self._say(Changed(record=record))
        if is_news and self._waiting is None:
            self._say_who_waits()
        choice = conversation.choice
        if choice != self._choice:
            self._choice = choice
            self._say(Choosing(conversation_id=conversation.conversation_id, choice=choice))

    def over(self) -> None:
        """Log how it went, in one line: what each leg did is in its records, and for debugging."""
        legs = self._conversation.legs
        caller = legs[self._conversation.caller_leg_id]
        talked_s = sum((talk.ended_s or talk.started_s) - talk.started_s for talk in caller.talks)
        self._log.info(
            "call.over", legs=len(legs), end=caller.end_reason, talked_s=round(talked_s, 1)
        )

    def _say_who_waits(self) -> None:
        conversation_id = self._conversation.conversation_id
        self._say(Salvaged(conversation_id=conversation_id, waiting=self._waiting))

    def _who_waits(self) -> Waiting | None:
        salvage = self._conversation.salvage
        if salvage is None:
            return None
        remote_sdp = self._media.said_by(salvage.transferee)
        told_sdp = self._media.told_to(salvage.transferee)
        if remote_sdp is None or told_sdp is None:
            return None  # He was never answered: nobody could play music to him.
        return Waiting(salvage=salvage, remote_sdp=remote_sdp, told_sdp=told_sdp)
