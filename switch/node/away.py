"""Which reps are away: known to every node of the bus, and after a restart.

Each node keeps what a rep has said last, with the moment. It stays on the bus (retained) and at
each node, so neither a node nor the broker that starts anew loses it. Whoever is told what is
older than what he knows says what he knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from switch.records import codec, topics
from switch.records.away import AwayRecord
from switch.records.commands import Answer, PresenceCommand
from switch.records.errors import MessageError
from switch.records.of_leg import instant

_LOG = structlog.get_logger()
_OK: Final = 200
_NOT_FOUND: Final = 404


class Reps(Protocol):
    """What is needed of the reps."""

    def names(self) -> list[str]:
        """Return everybody's name."""

    def set_away(self, rep: str, *, is_away: bool) -> None:
        """Take that a rep is away, or back."""


class Away:
    """Who is away, as far as this node knows."""

    def __init__(
        self,
        reps: Reps,
        *,
        publish: Callable[[AwayRecord], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Begin with nobody.

        Args:
            reps: is told of each change.
            publish: says it on the bus.
            now: tells the time, in UTC seconds.
        """
        self._reps = reps
        self._publish = publish
        self._now = now
        self._known: dict[str, AwayRecord] = {}

    def command(self, command: PresenceCommand) -> Answer:
        """Take what a rep says of himself; every node does, and each says so."""
        if command.rep not in self._reps.names():
            return Answer(status=_NOT_FOUND, problem=f"there is no rep {command.rep!r}")
        record = AwayRecord(rep=command.rep, away=command.away, since_at=instant(self._now()))
        self._take(record)
        return Answer(status=_OK)

    def heard(self, topic: str, payload: bytes) -> None:
        """Take what the bus says of a rep; what is no such message is passed over."""
        try:
            record = codec.decode_away(payload)
            is_its_topic = topic == topics.away(record.rep)
        except MessageError:
            return
        if not is_its_topic or record.rep not in self._reps.names():
            return
        known = self._known.get(record.rep)
        if known is None or record.is_newer_than(known):
            self._take(record)
        elif known.is_newer_than(record):
            self._publish(known)

    def _take(self, record: AwayRecord) -> None:
        _LOG.info("away", rep=record.rep, away=record.away)
        self._known[record.rep] = record
        self._publish(record)
        self._reps.set_away(record.rep, is_away=record.away)
