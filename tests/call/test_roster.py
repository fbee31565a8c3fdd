"""The steps that all reactions share."""

from __future__ import annotations

from switch.call.commands import CloseConversation, HangUpLeg, PlayMusic, RejectLeg, StopMusic
from switch.call.endings import EndReason
from switch.call.events import LegEnded
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import LegState
from switch.call.roster import Part, Roster
from switch.call.timers import Deadline, Timers
from tests.call.line import ALICE, CUSTOMER, TO_ALICE

NOW = Moment(monotonic_s=5, utc_s=105)


def a_roster() -> tuple[Roster, LegId, LegId]:
    roster = Roster(conversation_id=ConversationId("c1"), timers=Timers(ring_s=60, response_s=20))
    caller = roster.add(
        party=CUSTOMER,
        side="caller",
        why="call",
        from_leg=None,
        dialled="alice",
        part=Part.CALLER,
        now=NOW,
    )
    callee = roster.add(
        party=ALICE,
        side="callee",
        why="call",
        from_leg=caller,
        dialled="alice",
        part=Part.CALLEE,
        now=NOW,
        target=TO_ALICE,
    )
    return roster, caller, callee


def test_a_leg_is_named_after_its_conversation_and_begins_where_its_side_does() -> None:
    roster, caller, callee = a_roster()

    assert [caller, callee] == ["c1-1", "c1-2"]
    assert roster.legs[caller].state is LegState.OFFERED
    assert roster.legs[callee].state is LegState.PLACED
    assert (roster.only(Part.CALLER), roster.only(Part.CALLEE)) == (caller, callee)


def test_music_is_asked_for_only_when_it_changes() -> None:
    roster, caller, _callee = a_roster()

    roster.music(caller, on=False)
    roster.music(caller, on=True)
    roster.music(caller, on=True)
    roster.music(caller, on=False)

    assert roster.commands == [PlayMusic(leg_id=caller), StopMusic(leg_id=caller)]


def test_the_end_of_a_leg_is_asked_for_once() -> None:
    roster, caller, callee = a_roster()

    roster.reject(caller, EndReason.BUSY, 486, NOW)
    roster.release(caller, EndReason.COMPLETED, 200, NOW)
    roster.release(callee, EndReason.CANCELLED, 487, NOW)
    roster.release(callee, EndReason.CANCELLED, 487, NOW)

    assert roster.commands == [RejectLeg(leg_id=caller, sip_status=486), HangUpLeg(leg_id=callee)]
    assert roster.legs[caller].end_reason is EndReason.BUSY
    assert set(roster.parts.values()) == {Part.LEAVER}


def test_two_who_talk_start_and_stop_at_the_same_instants() -> None:
    roster, caller, callee = a_roster()
    later = Moment(monotonic_s=15, utc_s=115)

    roster.start_talking(caller, callee, NOW)
    assert roster.other_talker(caller) == callee
    roster.stop_talking(caller, callee, later)

    (one,), (other,) = roster.legs[caller].talks, roster.legs[callee].talks
    assert (one.started_s, one.ended_s) == (other.started_s, other.ended_s) == (105, 115)
    assert (one.with_leg, other.with_leg) == (callee, caller)


def test_one_deadline_takes_the_place_of_another_and_is_told_by_both_clocks() -> None:
    roster, caller, callee = a_roster()

    roster.wait_for(callee, 60, NOW)
    roster.wait_for(caller, 20.5, NOW)

    assert roster.deadline == Deadline(leg_id=caller, monotonic_s=25.5, utc_s=125.5)


def test_it_is_over_once_when_the_last_leg_is() -> None:
    roster, caller, callee = a_roster()
    for leg_id in (caller, callee):
        roster.close_if_over()
        assert not roster.closed
        ended = LegEnded(leg_id=leg_id, by_party=True, sip_status=487)
        roster.ended(ended, EndReason.CANCELLED, NOW)

    roster.close_if_over()
    roster.close_if_over()

    assert roster.closed
    assert roster.commands == [CloseConversation()]
