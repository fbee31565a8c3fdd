"""What each rep is doing: offline, available, away, wrapping up, ringing or on a call. Pure.

Example::

    presence = Presence.of(["alice", "saul"], wrap_up_s=20)
    presence, changed = apply_time(presence, now_s)  # before each event, and at presence.due_s
    presence, changed = apply_contacts(presence, "alice", 1)  # changed: alice is available
    presence.candidates(territory.members, without=["saul"])  # whom a territory may ring
    presence, changed = apply_attempt(presence, "alice", conversation_id, "ringing")
    presence, changed = apply_leg(presence, record)  # changed: whoever the leg made busy
"""

from switch.presence.elsewhere import all_in, is_elsewhere, reps_in
from switch.presence.presence import (
    Presence,
    RepState,
    apply_attempt,
    apply_away,
    apply_contacts,
    apply_conversation_over,
    apply_leg,
    apply_time,
)

__all__ = [
    "Presence",
    "RepState",
    "all_in",
    "apply_attempt",
    "apply_away",
    "apply_contacts",
    "apply_conversation_over",
    "apply_leg",
    "apply_time",
    "is_elsewhere",
    "reps_in",
]
