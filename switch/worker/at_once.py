"""What a phone is told before rtpengine can be asked: PJSIP wants it while it takes a request.

That is the answer to the offer of an UPDATE (RFC 3311 §5.2), and the offer that a re-INVITE
without one asks for (RFC 3261 §14.2).

Who only holds, comes back, or listens elsewhere needs nothing of rtpengine for that: he is told
what he was told before. Whoever wants more (another codec, keys, a browser's ICE) is refused, and
may ask by a re-INVITE.
"""

from __future__ import annotations

from switch.sip.errors import SipParseError
from switch.sip.sdp import Direction, parse_sdp
from switch.worker.descriptions import answer_to, continued, limited, with_direction


def answer_at_once(said: str, *, told: str) -> str | None:
    """Return the answer to an offer, if it can be given without rtpengine.

    Args:
        said: the offer.
        told: the description that its phone has of us.
    """
    try:
        offer, ours = parse_sdp(said), parse_sdp(told)
    except SipParseError:
        return None
    there, here = offer.audio, ours.audio
    if there is None or here is None or len(offer.media) != len(ours.media):
        return None
    if there.is_encrypted or here.is_encrypted:
        return None
    known = {(one.payload_type, one.name) for one in there.formats}
    shared = [
        one.name
        for one in here.formats
        if one.name in here.codecs and (one.payload_type, one.name) in known
    ]
    if not shared:
        return None
    answer = limited(told, shared, like=said)
    return continued(told, with_direction(answer, answer_to(offer.direction)))


def offer_anew(told: str) -> str:
    """Return what a phone was told, as an offer to speak both ways."""
    return continued(told, with_direction(told, Direction.SENDRECV))
