"""One leg to a territory, and the hunt that is on for it now."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol

from dialplan import Candidate, Hunt
from switch.call.target import Party
from switch.node.kept_hunt import KeptHunt
from switch.node.pooled import PooledWorker
from switch.wire.worker import AttemptMade, Attempts

_PENDING: Final = "pending"


def _utc_offset_s() -> float:
    return time.time() - time.monotonic()


AttemptNews = Literal["ringing", "answered", "over"]


class Reps(Protocol):
    """What hunts must know of the reps, and tell of them."""

    def candidates(
        self, members: Sequence[str], *, without: Collection[str]
    ) -> tuple[Candidate, ...]:
        """Return who of them is available now."""

    def attempted(self, rep: str, conversation_id: str, news: AttemptNews) -> None:
        """Note that a rep is rung, has answered, or is rung no longer."""


@dataclasses.dataclass(slots=True, kw_only=True)
class RunningHunt:
    """What the node keeps of a hunt from its first step to the end of its conversation."""

    worker: PooledWorker
    conversation_id: str
    call_id: str
    """Of the leg that the worker placed."""
    index: int
    """With the label: that leg's INVITE at the edge."""
    label: int
    without: frozenset[str]
    """Whom it must not ring: who calls or transfers, and who was rung before it overflowed."""
    transferor: str | None
    """The rep who transferred; None if nobody did."""
    hunt: Hunt
    before: tuple[AttemptMade, ...] = ()
    """The attempts of the territories that it overflowed from."""
    due: asyncio.TimerHandle | None = None
    utc_offset_s: float = dataclasses.field(default_factory=_utc_offset_s)
    """From the hunt's clock to the one on the wall; kept, so that what was told stays the same."""

    @classmethod
    def again(cls, worker: PooledWorker, kept: KeptHunt) -> RunningHunt:
        """Return a hunt of the node before, to go on with it."""
        return cls(
            worker=worker,
            conversation_id=worker.conversation_id or "",
            call_id=kept.call_id,
            index=kept.index,
            label=kept.label,
            without=kept.without,
            transferor=kept.transferor,
            hunt=kept.hunt,
            before=kept.before,
            utc_offset_s=kept.utc_offset_s,
        )

    def overflow(self) -> None:
        """Keep what this hunt has come to, before another takes its place."""
        self.before = self._attempts()
        self.without |= {attempt.rep for attempt in self.hunt.attempts}

    def news(self, question: str | None = None, party: Party | None = None) -> Attempts:
        """Return all attempts so far, as the worker is told of them.

        Args:
            question: names the answer that is waited for; None: none is.
            party: who is called in the territory's place, if that is somebody outside.
        """
        return Attempts(
            call_id=self.call_id,
            attempts=self._attempts(),
            party=party,
            question=question,
        )

    def kept(self) -> KeptHunt:
        """Return what the next node must know to go on with it."""
        return KeptHunt(
            call_id=self.call_id,
            index=self.index,
            label=self.label,
            without=self.without,
            transferor=self.transferor,
            hunt=self.hunt,
            before=self.before,
            utc_offset_s=self.utc_offset_s,
        )

    def stop_timer(self) -> None:
        """Wait for nothing."""
        if self.due is not None:
            self.due.cancel()
            self.due = None

    def _attempts(self) -> tuple[AttemptMade, ...]:
        """Return all attempts so far as records have them: by the clock on the wall."""
        return self.before + tuple(
            AttemptMade(
                rep=attempt.rep,
                from_s=attempt.from_s + self.utc_offset_s,
                to_s=None if attempt.to_s is None else attempt.to_s + self.utc_offset_s,
                outcome=_PENDING if attempt.outcome is None else attempt.outcome.value,
            )
            for attempt in self.hunt.attempts
        )
