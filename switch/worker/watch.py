"""Asks rtpengine how a conversation sounds: whether somebody has vanished, and how good it was.

A leg's last record says how well its party heard. So when a leg is to end, or has, rtpengine is
asked first, which takes a millisecond, and the node is told after that: one record, not two. If it
does not answer, the record says nothing of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from switch.call.conversation import Conversation
from switch.call.ids import LegId
from switch.call.leg import Leg
from switch.call.roster import Part
from switch.media.ng import MediaError
from switch.sip.sdp import Direction, parse_sdp
from switch.worker.listening import Heard

_ANSWERS_WITHIN_S: Final = 0.5
_LOOKS: Final = 3
"""How often is looked in the time that somebody may be silent."""
_EVERY_S: Final = 10.0
_HEARD_AS: Final = frozenset({Part.TALKER, Part.TRANSFEREE})
"""Whose phone must send: not while it rings, nor when it waits for the end of its transfer."""
_SENDING: Final = frozenset({Direction.SENDRECV, Direction.SENDONLY})


class Listening(Protocol):
    """What must be known of the media."""

    async def heard(self) -> dict[LegId, Heard]:
        """Return what is known of the audio of each leg, or raise ``MediaError``."""

    def said_by(self, leg_id: LegId) -> str | None:
        """Return the description that a leg's party sent last."""


class Records(Protocol):
    """Whom the node hears from."""

    def heard(self, leg_id: LegId, heard: Heard) -> None:
        """Note what is known of the audio of a leg."""

    def tell(self) -> None:
        """Tell the node what is news."""


class Watch:
    """The watch over the audio of one conversation."""

    def __init__(
        self,
        conversation: Conversation,
        media: Listening,
        records: Records,
        silent_s: float | None,
        silent: Callable[[LegId], None],
    ) -> None:
        """Watch nothing yet; :meth:`start` does.

        Args:
            conversation: what is watched.
            media: rtpengine, as it knows this conversation.
            records: tells the node.
            silent_s: how long nothing may come from somebody who talks; None: for ever.
            silent: is told whom nothing has come from for so long.
        """
        self._conversation = conversation
        self._media = media
        self._records = records
        self._silent_s = silent_s
        self._silent = silent
        self._asking: asyncio.Task[None] | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._asked_of: set[LegId] = set()
        """Whose end rtpengine was asked about."""
        self._came: dict[LegId, tuple[int, float]] = {}
        """How many packets had come from whoever must send, and since when it is so many."""

    def start(self) -> None:
        """Begin to watch for silence."""
        if self._silent_s is not None:
            every_s = min(self._silent_s / _LOOKS, _EVERY_S)
            # A timer, for most calls are over before it: a task for each costs more.
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(every_s, self._begin_to_look, every_s)

    async def close(self) -> None:
        """Watch no more, and return when the node was told all."""
        if self._next_look is not None:
            self._next_look.cancel()
        if self._looking is not None:
            self._looking.cancel()
        while self._asking is not None:
            await self._asking

    def tell(self) -> None:
        """Tell the node what is news: at once, or as soon as is known how a leg sounded."""
        if self._asking is not None:
            return
        if any(self._ends()):
            self._asking = asyncio.create_task(self._ask(), name="ask how it sounded")
        else:
            self._records.tell()

    def look(self, heard: Mapping[LegId, Heard], *, now_s: float) -> LegId | None:
        """Return from whom nothing has come for too long, if from anybody.

        Args:
            heard: what has come from each leg.
            now_s: monotonic seconds.
        """
        before, self._came = self._came, {}
        for leg_id, leg in self._conversation.legs.items():
            if leg_id in heard and self._must_send(leg):
                count = heard[leg_id].any_packets
                known = before.get(leg_id, (None, now_s))
                self._came[leg_id] = (count, known[1] if known[0] == count else now_s)
        assert self._silent_s is not None
        for leg_id, (_count, since_s) in self._came.items():
            if now_s - since_s >= self._silent_s:
                return leg_id
        return None

    def _must_send(self, leg: Leg) -> bool:
        if leg.held or not leg.is_up or self._conversation.part_of(leg.leg_id) not in _HEARD_AS:
            return False
        said = self._media.said_by(leg.leg_id)
        return said is not None and parse_sdp(said).direction in _SENDING

    def _ends(self) -> Iterator[LegId]:
        """Yield the legs that end, or have, and that rtpengine was not asked about since."""
        for leg_id, leg in self._conversation.legs.items():
            if leg.was_answered and not leg.is_up and leg_id not in self._asked_of:
                yield leg_id

    async def _ask(self) -> None:
        ends = list(self._ends())
        with contextlib.suppress(MediaError, TimeoutError):
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                for leg_id, heard in (await self._media.heard()).items():
                    self._records.heard(leg_id, heard)
        self._asked_of.update(ends)
        self._asking = None
        self.tell()

    def _begin_to_look(self, every_s: float) -> None:
        self._looking = asyncio.create_task(self._watch(every_s), name="watch for silence")

    async def _watch(self, every_s: float) -> None:
        while True:
            try:
                heard = await self._media.heard()
            except MediaError:
                # It was started anew, or is slow: who is silent is not known.
                self._came.clear()
            else:
                leg_id = self.look(heard, now_s=time.monotonic())
                if leg_id is not None:
                    self._silent(leg_id)
                    return
            await asyncio.sleep(every_s)
