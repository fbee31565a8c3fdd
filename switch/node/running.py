"""One leg to a territory, the hunt that is on for it, and what its worker is told of that."""

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
    """Is one leg to a territory, and the hunt that is on for it now."""

    worker: PooledWorker
    conversation_id: str
    call_id: str
    """The leg's."""
    index: int
    label: int
    without: str | None
    """The rep whom it must not ring: who calls or transfers."""
    transferor: str | None
    hunt: Hunt
    before: tuple[AttemptMade, ...] = ()
    """The attempts of the territories that it overflowed from."""
    outside: Party | None = None
    """Who is called in the territory's place, if it overflowed to an outside number."""
    due: asyncio.TimerHandle | None = None
    utc_offset_s: float = dataclasses.field(default_factory=_utc_offset_s)
    """From the hunt's clock to the clock on the wall; kept, so that told instants stay the same."""

    @property
    def attempts(self) -> tuple[AttemptMade, ...]:
        """Everybody rung so far, as records have it: by the clock on the wall."""
        return self.before + tuple(
            AttemptMade(
                rep=attempt.rep,
                from_s=attempt.from_s + self.utc_offset_s,
                to_s=None if attempt.to_s is None else attempt.to_s + self.utc_offset_s,
                outcome=_PENDING if attempt.outcome is None else attempt.outcome.value,
            )
            for attempt in self.hunt.attempts
        )

    def news(self, question: str | None = None) -> Attempts:
        """Return what the worker is told; ``question`` asks it to say that it has taken it in."""
        return Attempts(
            call_id=self.call_id, attempts=self.attempts, party=self.outside, question=question
        )

    def stop_timer(self) -> None:
        """Let no time pass any more."""
        if self.due is not None:
            self.due.cancel()
            self.due = None
