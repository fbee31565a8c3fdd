"""What a transferor can choose while his transfer is not settled: for whoever shows it."""

from __future__ import annotations

from typing import Literal

import msgspec

from switch.call.roster import Part, Roster
from switch.call.target import Party
from switch.call.transfer import TransferState

ChoiceState = Literal[
    "calling",
    "ringing",
    "asking",
    "waiting",
    "recalling",
    "choosing",
    "pausing",
    "falling_back",
    "goodbye",
]
"""``calling`` and ``ringing``: the target may still answer, and he can only take it back.
The others are those of a recall (:class:`switch.call.recall.RecallState`)."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Is a transferee who waits on music, and what is being done about it."""

    transferor: Party
    transferee: Party
    target: str
    """Who is called, or was called last in vain: a rep, a territory or a number."""
    outcome: str
    """``pending``, or the end reason of the target that failed."""
    state: ChoiceState
    since_s: float
    """UTC seconds of the last transfer."""
    until_s: float | None
    """UTC seconds when something happens by itself; None: nothing does."""

    @property
    def may_retarget(self) -> bool:
        """Whether another target may be named."""
        return self.state not in {"calling", "ringing"}


_RECALL_STATES: dict[str, ChoiceState] = {
    "asking": "asking",
    "waiting": "waiting",
    "ringing": "recalling",
    "choosing": "choosing",
    "pausing": "pausing",
    "falling back": "falling_back",
    "goodbye": "goodbye",
}


def choice_of(roster: Roster) -> Choice | None:
    """Return what can be chosen now; None if nobody is being transferred."""
    transfer, recall = roster.transfer, roster.recall
    if recall is not None and recall.is_under_way:
        transferor, transferee = recall.transferor_leg, recall.transferee
        target, outcome = recall.failure.who, recall.failure.reason.value
        state = _RECALL_STATES[recall.state.value]
    elif transfer is not None and transfer.is_under_way:
        transferor, transferee = transfer.transferor, transfer.transferee
        leg = roster.legs[transfer.target]
        target = leg.territory or leg.party.rep or leg.party.number or leg.dialled
        outcome = "pending"
        state = "calling" if transfer.state is TransferState.CALLING else "ringing"
    else:
        return None
    if roster.parts[transferee] is not Part.TRANSFEREE:
        return None  # The switch stops, and has ended them all.
    asked = [leg.offered_s for leg in roster.legs.values() if leg.why == "transfer"]
    return Choice(
        transferor=roster.legs[transferor].party,
        transferee=roster.legs[transferee].party,
        target=target,
        outcome=outcome,
        state=state,
        since_s=max(asked),
        until_s=None if roster.deadline is None else roster.deadline.utc_s,
    )
