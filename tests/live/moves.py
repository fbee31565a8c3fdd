"""A board, and what comes to it."""

from __future__ import annotations

from typing import Any

import msgspec

from switch.live.board import Board
from switch.records.choice import ChoiceParty, ChoiceRecord
from switch.records.leg import LegRecord
from tests.records.samples import CUSTOMER, at

REPS = ("alice", "saul", "bob")
ID = "conversation-1"


def board(*records: LegRecord, reps: tuple[str, ...] = REPS) -> Board:
    """Return a board that these records have come to, with a node that is up."""
    made = Board(reps=reps)
    made.take_status("node1", is_up=True)
    made.take_thread(records)
    return made


def choice(**changes: Any) -> ChoiceRecord:
    """Return that alice has transferred her customer to saul, whose phone rings."""
    made = ChoiceRecord(
        conversation_id=ID,
        node="node1",
        transferor=ChoiceParty(role="rep", rep="alice"),
        transferee=ChoiceParty(role="customer", number=CUSTOMER),
        target="saul",
        outcome="pending",
        state="ringing",
        may_retarget=False,
        since_at=at(60),
        until_at=at(80),
    )
    return msgspec.structs.replace(made, **changes)
