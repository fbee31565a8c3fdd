"""A rep who holds, or is muted, by a command: his phone hears of nothing."""

from __future__ import annotations

from switch.call.commands import AnswerAsk, MuteLeg, PlayMusic, StopMusic, UnmuteLeg
from tests.call.line import ALICE, TO_BOB, TO_SAUL, answered


def test_whoever_is_held_hears_music_and_no_phone_is_asked_anything() -> None:
    line = answered()

    assert line.is_asked_to_hold(line.callee, on=True) == 200

    assert line.news[1:] == [MuteLeg(leg_id=line.callee), PlayMusic(leg_id=line.caller)]
    line.assert_on_music(line.caller)
    assert line.leg(line.callee).is_holding

    assert line.is_asked_to_hold(line.callee, on=False) == 200

    assert line.news[1:] == [
        StopMusic(leg_id=line.caller),
        UnmuteLeg(leg_id=line.callee),
        UnmuteLeg(leg_id=line.caller),
    ]
    line.assert_talking(line.caller, line.callee)
    assert not line.leg(line.callee).is_holding


def test_what_is_so_already_is_done_as_well() -> None:
    line = answered()

    for ask in (line.is_asked_to_hold, line.is_asked_to_mute):
        for on in (False, True, True):
            assert ask(line.callee, on=on) == 200
        assert [type(one) for one in line.news] == [AnswerAsk]


def test_whoever_is_muted_hears_and_is_not_heard() -> None:
    line = answered()

    assert line.is_asked_to_mute(line.callee, on=True) == 200

    assert line.hears(line.caller) is None
    assert line.hears(line.callee) == line.caller
    assert line.leg(line.callee).muted

    assert line.is_asked_to_mute(line.callee, on=False) == 200
    line.assert_talking(line.caller, line.callee)


def test_of_phone_and_command_both_must_end_their_hold() -> None:
    for phone_first in (True, False):
        line = answered()
        line.holds(line.callee)
        line.is_asked_to_hold(line.callee, on=True)

        if phone_first:
            line.retrieves(line.callee)
        else:
            line.is_asked_to_hold(line.callee, on=False)
        line.assert_on_music(line.caller)
        assert line.leg(line.callee).is_holding

        if phone_first:
            line.is_asked_to_hold(line.callee, on=False)
        else:
            line.retrieves(line.callee)
        line.assert_talking(line.caller, line.callee)


def test_the_end_of_a_hold_is_not_the_end_of_being_muted() -> None:
    line = answered()
    line.is_asked_to_mute(line.callee, on=True)
    line.is_asked_to_hold(line.callee, on=True)

    line.is_asked_to_hold(line.callee, on=False)
    assert (line.hears(line.caller), line.hears(line.callee)) == (None, line.caller)

    line.is_asked_to_hold(line.callee, on=True)
    line.is_asked_to_mute(line.callee, on=False)
    line.assert_on_music(line.caller)
    assert UnmuteLeg(leg_id=line.callee) not in line.news


def test_a_transfer_of_whoever_is_held_goes_on_and_the_next_rep_is_heard() -> None:
    line = answered()
    line.is_asked_to_hold(line.callee, on=True)

    line.refers(line.callee, TO_SAUL)
    line.assert_on_music(line.caller)
    line.answers(line.newest)

    line.assert_talking(line.caller, line.newest)
    assert not line.leg(line.newest).is_holding


def test_if_nobody_takes_it_the_transferor_goes_back_to_his_hold() -> None:
    line = answered()
    line.is_asked_to_hold(line.callee, on=True)
    line.refers(line.callee, TO_SAUL)

    line.refuses(line.newest, 603)
    line.assert_on_music(line.caller)

    assert line.is_asked_to_hold(line.callee, on=False) == 200
    line.assert_talking(line.caller, line.callee)


def test_a_transferor_who_is_called_back_holds_nobody() -> None:
    line = answered()
    line.is_asked_to_hold(line.callee, on=True)
    line.is_asked_to_transfer(TO_SAUL)
    line.settle()
    line.refuses(line.newest, 603)

    alice = line.calls_back()
    line.answers(alice)

    line.assert_talking(line.caller, alice)


def test_a_rep_who_is_transferred_holds_nobody_any_more() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.is_asked_to_hold(line.caller, on=True)
    line.assert_on_music(line.callee)

    line.refers(line.callee, TO_BOB)
    assert line.hears(line.caller) == "music"
    line.answers(line.newest)

    line.assert_talking(line.caller, line.newest)


def test_a_rep_who_is_muted_and_transferred_stays_muted() -> None:
    line = answered(caller=ALICE, target=TO_SAUL)
    line.is_asked_to_mute(line.caller, on=True)

    line.refers(line.callee, TO_BOB)
    line.answers(line.newest)

    assert line.hears(line.newest) is None
    assert line.hears(line.caller) == line.newest


def test_a_customer_neither_holds_nor_is_muted() -> None:
    line = answered()

    assert line.is_asked_to_hold(line.caller, on=True) == 403
    assert line.is_asked_to_mute(line.caller, on=True) == 403
    line.assert_talking(line.caller, line.callee)


def test_who_talks_with_nobody_holds_nobody() -> None:
    line = answered()
    line.refers(line.callee, TO_SAUL)

    for leg_id in (line.caller, line.callee, line.newest):
        assert line.is_asked_to_hold(leg_id, on=True) == 481
        assert line.is_asked_to_mute(leg_id, on=True) == 481
