"""One leg to a territory, and the hunt that is on for it now."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Final

from dialplan import Hunt
from switch.call.target import Party
from switch.node.pooled import PooledWorker
from switch.wire.worker import AttemptMade, Attempts

_PENDING: Final = "pending"


def _utc_offset_s() -> float:
    return time.time() - time.monotonic()


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
