"""What the SIP stack reports, as the conversation understands it."""

from __future__ import annotations

import pytest

from switch.call.events import (
    LegAlerted,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRetrieved,
    NotifyAnswered,
)
from switch.call.ids import LegId
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    NotifyDone,
    Provisional,
    Reinvited,
)
from switch.worker.translate import event_of

LEG = LegId("c1-2")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na={}\r\n"
)


@pytest.mark.parametrize(
    ("fact", "event"),
    [
        (Provisional(leg_id=LEG, sip_status=180, sdp=None), LegAlerted(leg_id=LEG)),
        (
            Provisional(leg_id=LEG, sip_status=183, sdp=SDP),
            LegAlerted(leg_id=LEG, early_media=True),
        ),
        (Answered(leg_id=LEG, sdp=SDP), LegAnswered(leg_id=LEG)),
        (Answered(leg_id=LEG, sdp=SDP, rep="bob"), LegAnswered(leg_id=LEG, rep="bob")),
        (Reinvited(leg_id=LEG, sdp=SDP.format("sendonly")), LegHeld(leg_id=LEG)),
        (Reinvited(leg_id=LEG, sdp=SDP.format("sendrecv")), LegRetrieved(leg_id=LEG)),
        (Reinvited(leg_id=LEG, sdp=None), LegRetrieved(leg_id=LEG)),
        (Reinvited(leg_id=LEG, sdp="no description"), LegRetrieved(leg_id=LEG)),
        (
            NotifyDone(leg_id=LEG, refer_id="1", final=True, sip_status=481),
            NotifyAnswered(leg_id=LEG, refer_id="1", final=True, sip_status=481),
        ),
        (
            Disconnected(leg_id=LEG, by_party=True, sip_status=603),
            LegEnded(leg_id=LEG, by_party=True, sip_status=603),
        ),
        (Invited(leg_id=LEG, sdp=SDP), None),
        (Acknowledged(leg_id=LEG, sdp=None), None),
    ],
)
def test_each_fact_is_one_event_or_none(fact: Fact, event: LegEvent | None) -> None:
    assert event_of(fact) == event
