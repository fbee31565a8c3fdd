"""How a leg's audio is protected, and what rtpengine must be asked for so that it is.

Each leg has a protection of its own: rtpengine deciphers what one side sends and ciphers it
anew for the other. A leg that has described itself keeps what it has; what a phone that is
called is offered is the operator's to say (``srtp`` and ``webrtc``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from switch.call.target import MediaPolicy
from switch.sip.sdp import parse_sdp

_WEAK: Final = (
    "F8_128_HMAC_SHA1_80",
    "F8_128_HMAC_SHA1_32",
    "NULL_HMAC_SHA1_80",
    "NULL_HMAC_SHA1_32",
)
"""What rtpengine would offer too: ciphers that encrypt nothing, or that nobody has."""
_RARE: Final = (
    "AES_256_CM_HMAC_SHA1_32",
    "AES_192_CM_HMAC_SHA1_80",
    "AES_192_CM_HMAC_SHA1_32",
    "AEAD_AES_128_GCM",
)
"""Left out as well: with all of them an offer outgrows a datagram of 1500 bytes."""
_SDES: Final[dict[str, Any]] = {
    "SDES": [f"no-{name}" for name in (*_WEAK, *_RARE)],
    "DTLS": "off",
}


class Protection(StrEnum):
    """Is how the audio between the switch and one phone is protected."""

    PLAIN = "plain"
    """Not at all: RTP."""
    OFFERED = "offered"
    """RTP/AVP with a key beside it (RFC 8643): a phone that knows no SRTP passes it over."""
    SDES = "sdes"
    """SRTP, the keys in the signalling (RFC 4568)."""
    DTLS = "dtls"
    """As browsers have it: DTLS-SRTP over ICE (RFC 8827)."""


def wanted_by(policy: MediaPolicy) -> Protection:
    """Return what a phone is offered of which nothing else is known."""
    if policy.webrtc:
        return Protection.DTLS
    match policy.srtp:
        case "required":
            return Protection.SDES
        case "optional":
            return Protection.OFFERED
        case "off":
            return Protection.PLAIN


def protection_in(sdp: str) -> Protection:
    """Return the protection that a description speaks of."""
    audio = parse_sdp(sdp).audio
    if audio is None or not audio.is_encrypted:
        return Protection.PLAIN
    if audio.is_webrtc:
        return Protection.DTLS
    return Protection.SDES if audio.is_secure else Protection.OFFERED


def is_encrypted(sdp: str) -> bool:
    """Whether a description has its audio encrypted."""
    return protection_in(sdp) is not Protection.PLAIN


def offered(protection: Protection) -> dict[str, Any]:
    """Return what rtpengine is told about the side that an offer goes to."""
    match protection:
        case Protection.PLAIN:
            return {"transport_protocol": "RTP/AVP", **_for_phones()}
        case Protection.OFFERED:
            return {
                "transport_protocol": "RTP/AVP",
                "OSRTP": ["offer"],
                **_SDES,
                **_for_phones(),
            }
        case Protection.SDES:
            return {"transport_protocol": "RTP/SAVP", **_SDES, **_for_phones()}
        case Protection.DTLS:
            return {
                "transport_protocol": "UDP/TLS/RTP/SAVPF",
                "ICE": "force",
                # A browser takes no description without it (RFC 8834 §4.5).
                "rtcp_mux": ["require"],
                "SDES": ["off"],
                "flags": ["port-latching", "generate-mid"],
            }


def answered(protection: Protection) -> dict[str, Any]:
    """Return what rtpengine is told about the side that an answer goes to."""
    if protection is Protection.DTLS:
        return {"ICE": "force", "rtcp_mux": ["accept"], "flags": ["port-latching"]}
    return _for_phones()


def _for_phones() -> dict[str, Any]:
    return {"ICE": "remove", "rtcp_mux": ["demux"], "flags": ["port-latching"]}
