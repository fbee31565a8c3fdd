"""What the node tells a worker of the recording of its conversation."""

from __future__ import annotations

import msgspec

from switch.call.recording import Wish


class Record(msgspec.Struct, frozen=True, kw_only=True, tag="record"):
    """Node to worker: somebody wants the conversation recorded, or not."""

    question: str
    """Names it in the answer."""
    wish: Wish
    call_id: str | None = None
    """The dialog in which a phone asked (SIP INFO); None: it came by command."""
    from_tag: str = ""
    """The phone's tag."""
    to_tag: str = ""
    """Ours."""
