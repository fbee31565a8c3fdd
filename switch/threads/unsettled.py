"""Transfers that are not settled, as people read them: who waits, for whom, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from switch.records.choice import ChoiceParty, ChoiceRecord
from switch.threads.columns import aligned, clean
from switch.threads.text import Line, Tone

_SHORTEST_ID: Final = 18
"""Date, time and two letters: people know the call by these."""
_NEVER: Final = "–"
_FAILED: Final = {
    "busy": "was busy",
    "declined": "declined",
    "no_answer": "did not answer",
    "unreachable": "was not reachable",
    "not_found": "is unknown",
    "forbidden": "may not be called",
    "cancelled": "was taken back",
}


def list_unsettled(choices: Sequence[ChoiceRecord], zone: tzinfo | None = None) -> tuple[Line, ...]:
    """Return a line for each transfer that is not settled, the oldest first.

    Args:
        choices: what their transferors can choose.
        zone: in which the times are written; ``None`` is the machine's own.
    """
    if not choices:
        return (Line(text="no transfer is under way, and nobody waits", tone=Tone.QUIET),)
    ids = [choice.conversation_id for choice in choices]
    rows = [("since", "until", "conversation", "customer", "transferor", "what")]
    rows += [
        (
            _time(choice.since_at, zone),
            _time(choice.until_at, zone),
            short_id(choice.conversation_id, ids),
            _name(choice.transferee),
            _name(choice.transferor),
            what(choice),
        )
        for choice in sorted(choices, key=lambda one: (one.since_at, one.conversation_id))
    ]
    heading, *others = aligned(rows)
    return (Line(text=heading, tone=Tone.QUIET), *(Line(text=row) for row in others))


def what(choice: ChoiceRecord) -> str:
    """Return in one sentence what is being done: ``saul declined, calling alice back``."""
    target, alice = clean(choice.target), _name(choice.transferor)
    failed = f"{target} {_FAILED.get(choice.outcome, 'could not be called')}"
    match choice.state:
        case "calling":
            return f"calling {target}"
        case "ringing":
            return f"{target} is ringing"
        case "asking" | "recalling":
            return f"{failed}, calling {alice} back"
        case "waiting":
            return f"{failed}, {alice} is on another call"
        case "choosing":
            return f"{failed}, {alice} is choosing"
        case "pausing":
            return f"{failed}, calling {alice} again soon"
        case "falling_back":
            return f"{failed}, {alice} did not answer, calling somebody else"
        case _:  # goodbye
            return f"{failed}, nobody is left to call"


def short_id(conversation_id: str, others: Sequence[str]) -> str:
    """Return as much of an id's beginning as tells it from all others."""
    for length in range(_SHORTEST_ID, len(conversation_id)):
        beginning = conversation_id[:length]
        if not any(one.startswith(beginning) for one in others if one != conversation_id):
            return beginning
    return conversation_id


def _name(party: ChoiceParty) -> str:
    return clean(party.rep or party.number or "withheld number")


def _time(instant: str | None, zone: tzinfo | None) -> str:
    if instant is None:
        return _NEVER
    return f"{datetime.fromisoformat(instant).astimezone(zone):%H:%M:%S}"
