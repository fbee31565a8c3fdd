"""A transferee whose worker died while he heard music is won back by another."""

from __future__ import annotations

import pytest

from switch.call.commands import MuteLeg, PlaceLeg, PlayMusic
from switch.call.endings import EndReason
from switch.call.leg import Leg
from switch.threads.text import as_text, describe
from tests.call.line import (
    ALICE,
    OUTSIDE,
    TO_ALICE,
    TO_BOB,
    TO_SAUL,
    TO_SEATTLE,
    Line,
    answered,
)
from tests.call.rescue import rescue


def transferred(*, stays: bool = False) -> Line:
    """A customer on music, for whom saul rings."""
    line = answered(talked_s=60)
    saul = line.refers(line.callee, TO_SAUL, fallbacks=(TO_BOB,))
    line.rings(saul)
    if not stays:
        line.hangs_up(line.callee)
    line.wait(2)
    return line


def in_recall() -> Line:
    """A customer on music whom saul has declined, and alice is called back."""
    line = transferred()
    line.refuses(line.newest, 603)
    line.calls_back()
    return line


def lost(line: Line) -> list[Leg]:
    return [
        leg for leg in line.conversation.legs.values() if leg.end_reason is EndReason.WORKER_LOST
    ]


def test_nobody_is_to_be_won_back_from_a_call_that_nobody_transfers() -> None:
    line = Line()
    found = [line.conversation.salvage]
    line.rings(line.callee)
    line.answers(line.callee)
    found.append(line.conversation.salvage)
    saul = line.refers(line.callee, TO_SAUL)
    found.append(line.conversation.salvage)
    line.answers(saul)
    found.append(line.conversation.salvage)

    assert [one is not None for one in found] == [False, False, True, False]


def test_nobody_is_won_back_from_a_switch_that_stops() -> None:
    line = transferred()

    line.fail(EndReason.SHUTDOWN)

    assert line.conversation.salvage is None


@pytest.mark.parametrize("stays", [False, True])
def test_the_target_is_called_anew_and_talks_with_the_transferee(stays: bool) -> None:
    line = transferred(stays=stays)
    first = line.newest

    rescue(line)

    second = line.newest
    assert (first, second) == ("c1-3", "c1-4")
    assert line.places().target == TO_SAUL
    line.assert_on_music(line.caller)
    assert [type(one) for one in line.news] == [MuteLeg, PlaceLeg, PlayMusic]
    assert [leg.leg_id for leg in lost(line)] == ([line.callee, first] if stays else [first])

    line.rings(second)
    line.answers(second)
    line.assert_talking(line.caller, second)
    line.wait(5)
    line.hangs_up(line.caller)
    line.settle()
    line.assert_over()


def test_the_thread_says_that_he_was_called_twice() -> None:
    line = transferred()
    rescue(line)
    line.wait(1)
    line.answers(line.newest)
    line.wait(5)
    line.hangs_up(line.caller)
    line.settle()

    thread = line.thread()

    outcomes = [(one.from_, one.to, one.outcome) for one in thread.transfers]
    assert outcomes == [("alice", "saul", "worker_lost"), ("alice", "saul", "answered")]
    assert [(one.rep, one.outcome) for one in thread.legs[1].attempts] == [("saul", "worker_lost")]
    assert "tried saul" in as_text(describe(thread))


@pytest.mark.parametrize("stayed", [False, True])
def test_a_target_that_declines_then_has_the_transferor_called_back(stayed: bool) -> None:
    line = transferred(stays=stayed)
    rescue(line)

    line.refuses(line.newest, 603)
    alice = line.calls_back()
    line.answers(alice)

    line.assert_talking(line.caller, alice)
    assert line.leg(alice).why == "recall"


def test_a_recall_begins_anew_with_the_same_failure() -> None:
    line = in_recall()
    rings = line.newest

    rescue(line)

    assert [leg.leg_id for leg in lost(line)] == [rings]
    line.assert_on_music(line.caller)
    line.allows_back()
    assert (line.places().persona.name or "").startswith("saul declined")
    alice = line.newest
    assert line.leg(alice).party == ALICE
    line.answers(alice)
    line.assert_talking(line.caller, alice)


def test_the_fallbacks_are_tried_after_a_rescue_too_and_decliners_stay_declined() -> None:
    line = in_recall()
    rescue(line)
    line.refuses(line.calls_back(), 486)
    line.wait_until_due()
    line.expire()
    line.refuses(line.calls_back(), 486)

    assert line.places().target == TO_BOB
    assert line.places().without == ("saul",)


def test_a_fallback_that_rang_is_come_to_again_by_the_recall() -> None:
    line = in_recall()
    line.refuses(line.newest, 486)
    line.wait_until_due()
    line.expire()
    line.refuses(line.calls_back(), 486)
    assert line.leg(line.newest).why == "fallback"

    rescue(line)

    assert line.asked_back[-1].rep == "alice"
    line.assert_on_music(line.caller)


def test_a_transferee_who_hears_goodbye_is_not_let_go_with_his_worker() -> None:
    line = answered(talked_s=60)
    line.refers(line.callee, TO_SAUL)
    line.hangs_up(line.callee)
    line.refuses(line.newest, 603)
    for _try in range(2):
        line.refuses(line.calls_back(), 486)
        if line.hears(line.caller) == "music":
            line.wait_until_due()
            line.expire()
    assert line.hears(line.caller) == "goodbye"

    rescue(line)

    line.assert_on_music(line.caller)


def test_a_worker_may_die_twice() -> None:
    line = transferred()
    rescue(line)
    line.rings(line.newest)
    rescue(line)

    assert [leg.leg_id for leg in lost(line)] == ["c1-3", "c1-4"]
    line.answers(line.newest)
    line.assert_talking(line.caller, line.newest)
    revisions = [one.revision for one in line.published if one.leg_id == line.caller]
    assert revisions == list(range(1, len(revisions) + 1))


def test_a_territory_is_hunted_anew() -> None:
    line = answered(talked_s=60)
    line.refers(line.callee, TO_SEATTLE)
    line.tries(line.newest, saul="pending")
    rescue(line)

    assert line.places().target == TO_SEATTLE
    assert line.attempts(lost(line)[1].leg_id) == {"saul": "cancelled"}
    line.answers(line.newest, rep="bob")
    assert line.leg(line.newest).party.rep == "bob"


def test_a_call_keeps_its_direction() -> None:
    outward = answered(caller=ALICE, target=OUTSIDE)
    outward.refers(outward.caller, TO_SAUL)
    rescue(outward)
    between = answered(caller=ALICE, target=TO_ALICE)
    between.refers(between.caller, TO_SAUL)
    rescue(between)
    inward = transferred()
    rescue(inward)

    found = [line.conversation.direction for line in (outward, between, inward)]
    assert found == ["outbound", "internal", "inbound"]
    assert outward.conversation.caller_leg_id == outward.caller
