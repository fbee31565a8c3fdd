"""What a message that cannot be read raises."""

from __future__ import annotations

from typing import Final

import msgspec

from switch.errors import SwitchError

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no message: bad JSON, bad UTF-8, or nested too deeply."""


class WireError(SwitchError):
    """A message between two of our processes is torn, or is none that we know."""

    def __init__(self, *, peer: str, problem: str) -> None:
        """Keep who sent it, and what is wrong with it (never its content)."""
        super().__init__(peer, problem)
        self.peer = peer
        self.problem = problem

    def __str__(self) -> str:
        """Say who sent what."""
        return f"unreadable message from the {self.peer}: {self.problem}"
