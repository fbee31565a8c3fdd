"""The commands that a worker gives itself: media that moved, and keys that go on."""

from __future__ import annotations

from switch.call.commands import Command
from switch.call.ids import LegId


class MoveLeg(Command, frozen=True, kw_only=True):
    """Tell rtpengine what came where no answer of ours is due.

    That is with the ACK of a caller who had offered nothing (RFC 3261 §13.2.1), and in the
    answer to a re-INVITE of ours.
    """

    leg_id: LegId
    peer: LegId
    """The leg it talks with."""


class Reanchor(Command, frozen=True, kw_only=True):
    """Let an rtpengine that was started anew carry the conversation."""

    began_s: float
    """When it was, at the latest, in monotonic seconds: what is younger is known to it."""


class Redescribe(Command, frozen=True, kw_only=True):
    """Tell a phone where its media is now, if the ports that it was told of are gone.

    While it rings it cannot be told; so that is done as soon as its dialog stands.
    """

    leg_id: LegId


class PressKey(Command, frozen=True, kw_only=True):
    """Let the other side have a key that the audio does not carry to it."""

    leg_id: LegId
    """Whose key it is."""
    peer: LegId
    """The leg it talks with."""
    digit: str
    lasted_s: float = 0.0
    """How long it was held down, in seconds; 0 if the phone did not say."""


class OpenToKeys(Command, frozen=True, kw_only=True):
    """Make ready to press keys of a leg, which has begun to press some, for another."""

    leg_id: LegId
    peer: LegId
    """The leg it talks with."""
