"""What a supervisor sees: the calls that go on, who waits, and what everybody is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from switch.live.board import Board
from switch.live.steps import Step, steps_of
from switch.records.choice import ChoiceRecord
from switch.threads.view import ThreadView


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """Is a call that goes on."""

    conversation_id: str
    contact: str | None
    name: str | None
    """What the customer is called, as he says himself."""
    direction: str
    started_at: str
    on_it: tuple[str, ...]
    """Who of ours, or outside, talks or is rung now."""
    choice: ChoiceRecord | None
    """What its transferor can choose, if the customer hears music."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Is how a territory is manned."""

    name: str
    members: int
    available: int
    busy: int
    """Members who are on a call or rung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Is all that goes on."""

    calls: tuple[LiveCall, ...]
    states: Mapping[str, int]
    """How many reps are in each state."""
    loads: tuple[Load, ...]


def floor_of(board: Board, territories: Mapping[str, Sequence[str]]) -> Floor:
    """Return what goes on; ``territories`` has the members of each."""
    return Floor(
        calls=tuple(live_call(board, seen) for seen in board.live()),
        states=Counter(board.state(rep) for rep in board.reps),
        loads=tuple(
            Load(
                name=name,
                members=len(members),
                available=board.available(members),
                busy=sum(board.state(rep) in {"on_call", "ringing"} for rep in members),
            )
            for name, members in territories.items()
        ),
    )


def live_call(board: Board, seen: ThreadView) -> LiveCall:
    """Return a call that goes on, as others than its reps see it."""
    records = board.records(seen.conversation_id)
    customer = next((record for record in records if record.role == "customer"), None)
    on_it = [
        record.rep or record.territory or record.number or record.dialled or "somebody"
        for record in records
        if record.state not in {"released", "ended"} and record.role != "customer"
    ]
    return LiveCall(
        conversation_id=seen.conversation_id,
        contact=seen.contact,
        name=None if customer is None else customer.name,
        direction=seen.direction,
        started_at=seen.started_at,
        on_it=tuple(dict.fromkeys(on_it)),
        choice=board.choice(seen.conversation_id),
        steps=steps_of(seen),
    )
