"""What a description says on its way through PJSIP, which knows neither DTLS nor every codec.

It refuses an offer that speaks of DTLS, and hangs up on who speaks Opus or G.729, though no audio
ever comes its way. So what a browser says has another profile there, and those codecs bear the
name of one that PJSIP knows and no phone speaks: linear audio at 44.1 kHz (RFC 3551 §4.5.11). The
edge puts the disguise on whatever goes to a worker, and takes it off what comes from one: DISGUISE
and UNMASK in ``switch/edge``. Here the same is done the other way round, and nobody else in the
worker need know of it.
"""

from __future__ import annotations

import re
from typing import Final

_FINGERPRINT: Final = re.compile(r"^a=fingerprint:", re.MULTILINE | re.IGNORECASE)
_TRUE: Final = re.compile(r"^(m=audio \d+ )UDP/TLS/RTP/SAVPF ", re.MULTILINE)
_DISGUISED: Final = re.compile(r"^(m=audio \d+ )RTP/AVPF ", re.MULTILINE)
_MAPPING: Final = r"^(a=rtpmap:\d+ +)"
_LINES: Final = re.MULTILINE | re.IGNORECASE
_OPUS: Final = re.compile(_MAPPING + r"opus/48000/2", _LINES)
_G729: Final = re.compile(_MAPPING + r"G729/8000(?:/1)?", _LINES)
_AS_OPUS: Final = re.compile(_MAPPING + r"L16/44100/2", _LINES)
_AS_G729: Final = re.compile(_MAPPING + r"L16/44100(?![/0-9])", _LINES)


def disguised(sdp: str) -> str:
    """Return what a phone is told as PJSIP takes it."""
    if _FINGERPRINT.search(sdp):
        sdp = _TRUE.sub(r"\1RTP/AVPF ", sdp)
    return _G729.sub(r"\1L16/44100", _OPUS.sub(r"\1L16/44100/2", sdp))


def undisguised(sdp: str) -> str:
    """Return what a phone says as it said it."""
    if _FINGERPRINT.search(sdp):
        sdp = _DISGUISED.sub(r"\1UDP/TLS/RTP/SAVPF ", sdp)
    return _AS_G729.sub(r"\1G729/8000", _AS_OPUS.sub(r"\1opus/48000/2", sdp))
