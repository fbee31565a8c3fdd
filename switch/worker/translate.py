"""What the SIP stack reports, as the conversation understands it. Pure, but kept here."""

from __future__ import annotations

from collections.abc import Iterator

from switch.call.conversation import Conversation
from switch.call.endings import REQUEST_TERMINATED
from switch.call.events import (
    DigitPressed,
    LegAlerted,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    NotifyAnswered,
)
from switch.sip.errors import SipParseError
from switch.sip.sdp import parse_sdp
from switch.worker.facts import (
    Answered,
    Disconnected,
    Fact,
    KeyPressed,
    NotifyDone,
    Provisional,
    Reinvited,
)


def given_up(conversation: Conversation) -> Iterator[LegEnded]:
    """Yield what has happened to the legs of a call whose INVITE never reached us."""
    caller = conversation.caller_leg_id
    for leg_id in (caller, *conversation.legs):
        if not conversation.legs[leg_id].is_over:
            is_his = leg_id == caller
            yield LegEnded(leg_id=leg_id, by_party=is_his, sip_status=REQUEST_TERMINATED)


def event_of(fact: Fact) -> LegEvent | None:
    """Return the event that a fact is, or None if it means nothing to a conversation."""
    match fact:
        case Provisional(leg_id=leg_id, sdp=sdp):
            return LegAlerted(leg_id=leg_id, early_media=sdp is not None)
        case Answered(leg_id=leg_id, rep=rep):
            return LegAnswered(leg_id=leg_id, rep=rep)
        case Reinvited(leg_id=leg_id, sdp=sdp):
            return LegHeld(leg_id=leg_id) if _holds(sdp) else LegRetrieved(leg_id=leg_id)
        case NotifyDone():
            return NotifyAnswered(
                leg_id=fact.leg_id,
                refer_id=fact.refer_id,
                final=fact.final,
                sip_status=fact.sip_status,
            )
        case KeyPressed(leg_id=leg_id, digit=digit):
            return DigitPressed(leg_id=leg_id, digit=digit)
        case Disconnected():
            return LegEnded(leg_id=fact.leg_id, by_party=fact.by_party, sip_status=fact.sip_status)
        case _:
            return None


def _holds(sdp: str | None) -> bool:
    """Whether a re-INVITE puts us on hold; one without a description asks for an offer."""
    if sdp is None:
        return False
    try:
        return parse_sdp(sdp).is_hold
    except SipParseError:
        return False
