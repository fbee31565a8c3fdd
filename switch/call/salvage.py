"""What is left of a conversation whose worker died while somebody heard music in it.

Another worker needs this much to win the transferee back: it tries the target anew, then
the transferor, then the fallbacks, as if the target had just been named.
"""

from __future__ import annotations

import msgspec

from switch.call.ids import LegId
from switch.call.leg import Leg
from switch.call.recording import RecordingState
from switch.call.target import Target
from switch.call.transfer import Failure


class Salvage(msgspec.Struct, frozen=True, kw_only=True):
    """Is a transferee who waits on music, and all that was to be done for him."""

    legs: tuple[Leg, ...]
    """Every leg of the conversation so far, in the order in which they came, as published."""
    transferee: LegId
    """Whose dialog outlives the worker."""
    transferor: LegId
    """By which leg he was transferred last; the rep of it is called back."""
    target: Target | None
    """Who was being called; None: he had failed, and a recall was under way."""
    failure: Failure | None
    """Why he had failed; None: he had not."""
    fallbacks: tuple[Target, ...]
    """Where the transferee goes when nobody takes him and he cannot be given back."""
    decliners: tuple[str, ...]
    """Reps who have just declined him."""
    recording: RecordingState = RecordingState.OFF
    """Whether the conversation is being recorded: rtpengine goes on with it."""
    recording_name: str | None = None
    """Where the recording is kept when it is over."""
    is_recorded: bool = False
    """Whether rtpengine records just now."""
