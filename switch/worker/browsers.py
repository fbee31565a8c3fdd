"""What a browser says of its media, and is told, on its way through PJSIP.

PJSIP knows no DTLS: it refuses an offer that speaks of it, and hangs up on an answer. So the edge
gives what a browser says another profile, with which PJSIP takes it, and what it is told the
browser's own again: DISGUISE and UNMASK in ``switch/edge``. Here, in between, the same is done the
other way round, and nobody else in the worker need know of it.
"""

from __future__ import annotations

import re
from typing import Final

_FINGERPRINT: Final = re.compile(r"^a=fingerprint:", re.MULTILINE)
_TRUE: Final = re.compile(r"^(m=audio \d+ )UDP/TLS/RTP/SAVPF ", re.MULTILINE)
_DISGUISED: Final = re.compile(r"^(m=audio \d+ )RTP/AVPF ", re.MULTILINE)


def disguised(sdp: str) -> str:
    """Return what a browser is told as PJSIP takes it."""
    return _TRUE.sub(r"\1RTP/AVPF ", sdp) if _FINGERPRINT.search(sdp) else sdp


def undisguised(sdp: str) -> str:
    """Return what a browser says as it said it."""
    if not _FINGERPRINT.search(sdp):
        return sdp
    return _DISGUISED.sub(r"\1UDP/TLS/RTP/SAVPF ", sdp)
