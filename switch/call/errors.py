"""What the pure part raises."""

from __future__ import annotations

from switch.errors import SwitchError


class UnexpectedEventError(SwitchError):
    """An event came in a state whose tables have no cell for it.

    It is our own mistake: the worker ends that one conversation, records
    ``switch_error``, and lives on.
    """

    def __init__(self, *, leg_id: str, state: str, event: str) -> None:
        """Keep which leg it was, in which state, and what came."""
        super().__init__(leg_id, state, event)
        self.leg_id = leg_id
        self.state = state
        self.event = event

    def __str__(self) -> str:
        """Say what happened, to which leg, in which state."""
        return f"leg {self.leg_id} is {self.state}: {self.event} cannot happen to it"
