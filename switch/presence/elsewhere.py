"""Which call a rep is on: this one, or another."""

from __future__ import annotations

from switch.presence.presence import Presence


def is_elsewhere(presence: Presence, rep: str, conversation_id: str) -> bool:
    """Tell whether a rep talks, calls or is rung in another conversation than this."""
    known = presence.reps.get(rep)
    if known is None:
        return False
    legs = {leg.conversation_id for leg in known.legs.values()}
    # Once "told", the record of his leg says it, also when that leg is over.
    hunts = {one for one, part in known.hunts.items() if part != "told"}
    return bool((legs | hunts) - {conversation_id})


def all_in(presence: Presence, conversation_id: str) -> list[str]:
    """Return the reps who are in a conversation: who talk, call, or are rung by it themselves."""
    return [
        name
        for name, rep in presence.reps.items()
        if any(leg.conversation_id == conversation_id for leg in rep.legs.values())
    ]


def reps_in(presence: Presence, conversation_id: str) -> list[str]:
    """Return the reps who have answered, or called, in a conversation and are in it still."""
    return [
        name
        for name, rep in presence.reps.items()
        if any(
            leg.conversation_id == conversation_id and leg.was_answered for leg in rep.legs.values()
        )
    ]
