"""What is read out of the SIP messages that PJSIP has taken."""

from __future__ import annotations

from switch.sip.errors import SipParseError
from switch.sip.message import parse_message
from switch.worker.disguise import undisguised


def description_of(message: str) -> str | None:
    """Return the body of a SIP message, or None if it has none."""
    _head, _gap, body = message.partition("\r\n\r\n")
    return undisguised(body) if body else None


def rep_of(message: str) -> str | None:
    """Return the rep who answered for a territory: the edge names him, and nobody else can."""
    try:
        return next(iter(parse_message(message).all("X-Rep")), None)
    except SipParseError:
        return None


def call_id_of(message: str) -> str:
    """Return the Call-ID of a SIP message that PJSIP has parsed before us."""
    try:
        return parse_message(message).call_id
    except SipParseError:
        return ""
