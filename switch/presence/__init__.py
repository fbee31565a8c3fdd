"""What each rep is doing: offline, available, ringing or on a call. Pure.

Example::

    presence = Presence.of(["alice", "saul"])
    presence, changed = apply_contacts(presence, "alice", 1)  # changed: alice is available
    presence, changed = apply_leg(presence, record)  # changed: whoever the leg made busy
"""

from switch.presence.presence import (
    Presence,
    RepState,
    apply_contacts,
    apply_leg,
)

__all__ = ["Presence", "RepState", "apply_contacts", "apply_leg"]
