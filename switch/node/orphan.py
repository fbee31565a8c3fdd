"""A conversation whose worker has died, and what looking after it needs of the node."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Literal, Protocol

from switch.call.endings import EndReason
from switch.node.heir import Heir
from switch.node.inheritance import Estate
from switch.records.leg import LegRecord
from switch.records.lost import ended
from switch.sip.custody import KeptDialog
from switch.wire.survival import Waiting
from switch.wire.worker import ToWorker


class Rescuer(Protocol):
    """A worker that goes on with a conversation."""

    def tell(self, message: ToWorker) -> None:
        """Tell it something."""


class Surroundings(Protocol):
    """What the caretaker needs of the node."""

    def leg_changed(self, record: LegRecord) -> None:
        """Take a change of a leg."""

    def interrupted(self, conversation_id: str) -> None:
        """Take that nobody is rung any more for a conversation, and nothing can be chosen."""

    def over(self, conversation_id: str) -> None:
        """Take that a conversation is over."""

    def ending(self, leg_id: str, kept: KeptDialog) -> None:
        """Take how far the end of a dialog has come: the next node goes on with that."""

    def silent(self, port: int) -> None:
        """Take that nobody answers at a port any more."""

    def written(self) -> asyncio.Future[None]:
        """Return what resolves once all is on disk that was taken by then."""

    async def rescue(
        self, estate: Estate, waiting: Waiting, begun: Callable[[Rescuer], None]
    ) -> bool:
        """Let a worker go on with a conversation; False: none is free, or it does not answer.

        ``begun`` is told of it before it hears anything of the conversation.
        """


@dataclasses.dataclass(slots=True, kw_only=True, eq=False)
class Orphan:
    """Is a conversation whose worker has died."""

    conversation_id: str
    since_s: float
    """UTC seconds of the death."""
    records: dict[str, LegRecord]
    """The newest record of each leg that goes on unattended."""
    heirs: dict[str, Heir]
    """Who has the dialog of which leg."""
    adopted: str | None = None
    """The leg of the transferee who is to be won back, or was."""
    waits: LegRecord | None = None
    """His newest record while no worker has gone on with him."""
    rescuer: Rescuer | None = None
    """The worker that has gone on with it."""
    rescue: asyncio.Task[None] | None = None


def last_record(
    orphan: Orphan,
    record: LegRecord,
    now_s: float,
    reason: EndReason = EndReason.WORKER_LOST,
) -> LegRecord:
    """Return the last record of a leg; by whom it was ended, its dialog says."""
    heir = orphan.heirs.get(record.leg_id)
    kept = None if heir is None else heir.kept(record.leg_id)
    by: Literal["party", "switch"] = "party" if kept is not None and kept.left else "switch"
    return ended(record, at_s=now_s, by=by, reason=reason)
