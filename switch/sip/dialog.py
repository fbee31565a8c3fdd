"""What is known of a confirmed or early dialog, so that others than its owner can end it.

A worker's dialogs live in PJSIP's memory and die with it. This is what must be kept elsewhere
to speak in them afterwards (RFC 3261 §12.1): enough to answer what comes and to say BYE.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class SipDialog(msgspec.Struct, frozen=True, kw_only=True):
    """Is one INVITE dialog, or the INVITE that may become one, seen from our end."""

    call_id: str
    side: Literal["uas", "uac"]
    """``uas``: the INVITE came to us. ``uac``: we sent it."""
    local_tag: str | None
    """Ours; None: not made yet."""
    remote_tag: str | None
    """The other's; None: not known yet."""
    local: str
    """Our From or To as a name-addr, without its tag."""
    remote: str
    """The other's, likewise."""
    remote_target: str | None
    """The URI of its Contact; None: not known yet."""
    route_set: tuple[str, ...] = ()
    """Values of Route, in the order in which a request of ours bears them."""
    is_confirmed: bool = False
    """A 2xx was sent or received; else the INVITE is still to be answered."""
    invite: str | None = None
    """The head of the INVITE while it is unanswered: what its answer, or its CANCEL, is made
    of; None once it is answered, or if it is not known."""
