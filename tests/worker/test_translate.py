from __future__ import annotations

import pytest

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
from switch.call.ids import LegId
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    KeyPressed,
    NotifyDone,
    Provisional,
    ReinviteAnswered,
    Reinvited,
)
from switch.worker.translate import event_of
from tests.contract.media.phones import sdp_of

LEG = LegId("leg")
HELD = {
    "sendonly": sdp_of(4000, direction="sendonly"),
    "inactive": sdp_of(4000, direction="inactive"),
    "0.0.0.0": sdp_of(4000).replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"),
}
NOT_HELD = {
    "sendrecv": sdp_of(4000),
    "recvonly": sdp_of(4000, direction="recvonly"),
    "no description": None,
    "rubbish": "rubbish",
}


@pytest.mark.parametrize(
    ("fact", "event"),
    [
        (Provisional(leg_id=LEG, sip_status=180, sdp=None), LegAlerted(leg_id=LEG)),
        (
            Provisional(leg_id=LEG, sip_status=183, sdp=sdp_of(4000)),
            LegAlerted(leg_id=LEG, early_media=True),
        ),
        (Answered(leg_id=LEG, sdp=sdp_of(4000)), LegAnswered(leg_id=LEG)),
        (Answered(leg_id=LEG, sdp=sdp_of(4000), rep="bob"), LegAnswered(leg_id=LEG, rep="bob")),
        (
            NotifyDone(leg_id=LEG, refer_id="r1", final=True, sip_status=481),
            NotifyAnswered(leg_id=LEG, refer_id="r1", final=True, sip_status=481),
        ),
        (
            Disconnected(leg_id=LEG, by_party=True, sip_status=486),
            LegEnded(leg_id=LEG, by_party=True, sip_status=486),
        ),
        (KeyPressed(leg_id=LEG, digit="5", way="info"), DigitPressed(leg_id=LEG, digit="5")),
        (ReinviteAnswered(leg_id=LEG, sip_status=491, sdp=None), None),
        (Invited(leg_id=LEG, sdp=None), None),
        (Acknowledged(leg_id=LEG, sdp=None), None),
    ],
)
def test_a_fact_is_an_event_or_none(fact: Fact, event: LegEvent | None) -> None:
    assert event_of(fact) == event


@pytest.mark.parametrize("sdp", HELD.values(), ids=HELD)
def test_a_reinvite_that_wants_to_hear_nothing_is_a_hold(sdp: str) -> None:
    assert event_of(Reinvited(leg_id=LEG, sdp=sdp)) == LegHeld(leg_id=LEG)


@pytest.mark.parametrize("sdp", NOT_HELD.values(), ids=NOT_HELD)
def test_any_other_reinvite_is_a_retrieval(sdp: str | None) -> None:
    assert event_of(Reinvited(leg_id=LEG, sdp=sdp)) == LegRetrieved(leg_id=LEG)
