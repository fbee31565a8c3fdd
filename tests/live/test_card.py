"""A rep's page shows what his call is to him, and what he can do with it."""

from __future__ import annotations

from typing import Any

import pytest

from switch.call.endings import EndReason
from switch.live.board import Board, utc_s
from switch.live.card import Card, Other, cards_of
from switch.records.leg import Attempt, LegRecord, Talk
from tests.live.moves import ID, board, choice
from tests.records.samples import CUSTOMER, at, customer, given_back, rep, story

NOW_S = utc_s(at(100))
_TALK = (Talk(with_leg="leg-0", started_at=at(3)),)


def only(made: Board, name: str, now_s: float = NOW_S) -> Card:
    (card,) = cards_of(made, name, now_s)
    return card


def talking(name: str = "alice", **changes: Any) -> LegRecord:
    how = {"revision": 5, "state": "answered", "answered_at": at(2), "talks": _TALK}
    return rep(name, **{**how, **changes})


def test_a_rep_whose_phone_rings_sees_who_calls() -> None:
    card = only(board(customer(), rep("alice", state="alerted", alerted_at=at(0.4))), "alice")

    assert (card.mode, card.since_at) == ("rung", at(0.4))
    assert card.other == Other(number=CUSTOMER, name="Jane Doe")
    assert not card.may_transfer
    assert card.is_busy


def test_a_rep_who_is_rung_for_a_territory_sees_for_which() -> None:
    hunt = rep(
        "x",
        rep=None,
        territory="seattle",
        attempts=(Attempt(rep="saul", from_at=at(1), outcome="pending"),),
    )

    card = only(board(customer(), hunt), "saul")

    assert (card.mode, card.since_at, card.territory) == ("rung", at(1), "seattle")


def test_an_attempt_that_is_over_is_no_card() -> None:
    tried = Attempt(rep="saul", from_at=at(1), to_at=at(2), outcome="declined")
    hunt = rep("x", rep=None, territory="seattle", attempts=(tried,))

    assert cards_of(board(customer(), hunt), "saul", NOW_S) == ()


def test_who_talks_may_transfer() -> None:
    card = only(board(customer(), talking(territory="arizona")), "alice")

    assert (card.mode, card.since_at, card.territory) == ("talking", at(3), "arizona")
    assert card.may_transfer
    assert not card.may_resume


def test_who_talks_on_without_a_worker_sees_that_he_can_only_hang_up() -> None:
    card = only(board(customer(), talking(unattended_since=at(5))), "alice")

    assert (card.mode, card.is_unattended, card.may_transfer) == ("talking", True, False)


def test_who_has_answered_and_talks_with_nobody_yet_is_on_the_call() -> None:
    card = only(board(customer(), talking(talks=())), "alice")

    assert (card.mode, card.since_at) == ("talking", at(2))


def test_who_calls_out_sees_whom() -> None:
    caller = rep("alice", side="caller", direction="outbound", dialled="+12065550100", why="call")
    callee = customer(
        leg_id="leg-2", side="callee", direction="outbound", number=None, dialled="+12065550100"
    )

    alone = only(board(caller), "alice")
    card = only(board(caller, callee), "alice")

    assert (alone.mode, alone.other.number) == ("calling", "+12065550100")
    assert (card.mode, card.other.number, card.direction) == (
        "calling",
        "+12065550100",
        "outbound",
    )


def test_a_call_between_reps_is_about_the_other_one() -> None:
    caller = talking("alice", side="caller", direction="internal", leg_id="leg-0")
    callee = talking("saul", direction="internal", leg_id="leg-2")

    card = only(board(caller, callee), "alice")

    assert card.other == Other(rep="saul", number="101")


@pytest.mark.parametrize(
    ("changes", "mode", "may_transfer", "may_resume"),
    [
        ({}, "transferring", False, True),
        (
            {"state": "recalling", "may_retarget": True, "outcome": "declined"},
            "returning",
            True,
            True,
        ),
        (
            {"state": "choosing", "may_retarget": True, "outcome": "declined"},
            "choosing",
            True,
            False,
        ),
    ],
)
def test_a_transferor_sees_how_it_goes_and_what_he_can_do(
    changes: dict[str, Any], mode: str, may_transfer: bool, may_resume: bool
) -> None:
    made = board(customer(), talking(state="ended", ended_at=at(61)))
    made.take_choice(ID, choice(**changes))

    card = only(made, "alice")

    assert (card.mode, card.target, card.until_at) == (mode, "saul", at(80))
    assert (card.may_transfer, card.may_resume) == (may_transfer, may_resume)


def test_the_target_of_a_transfer_is_rung_and_cannot_choose() -> None:
    made = board(customer(), talking(), rep("saul", leg_id="leg-2", why="transfer"))
    made.take_choice(ID, choice())

    card = only(made, "saul")

    assert (card.mode, card.target, card.may_resume) == ("rung", None, False)


def test_who_has_passed_a_call_on_sees_who_talks_now_and_how_it_came_about() -> None:
    transferred = talking(
        state="ended", ended_at=at(62), end_reason=EndReason.TRANSFERRED, revision=6
    )
    to_saul = talking("saul", leg_id="leg-2", why="transfer", from_leg="leg-1")
    outside = talking(
        "x", rep=None, role="external", number="+12065550100", leg_id="leg-2", why="transfer"
    )

    card = only(board(customer(), transferred, to_saul), "alice")
    away = only(board(customer(), transferred, outside), "alice")
    nobody = only(board(customer(), transferred), "alice")

    assert (card.mode, card.since_at, card.talks_now) == ("passed_on", at(62), "saul")
    assert [step.outcome for step in card.steps] == ["answered"]
    assert not card.is_busy
    assert away.talks_now == "+12065550100"
    assert nobody.talks_now is None


def test_a_call_that_is_over_stays_for_notes_until_the_next() -> None:
    made = board(*story(conversation_id=ID))
    (seen,) = made.of_rep("saul")
    assert seen.ended_at is not None
    ended_s = utc_s(seen.ended_at)

    assert only(made, "saul", ended_s + 60).mode == "over"
    assert cards_of(made, "saul", ended_s + 700) == ()
    made.take_leg(talking("saul", conversation_id="conversation-2"))
    assert [card.mode for card in cards_of(made, "saul", ended_s + 60)] == ["talking"]


def test_who_was_called_in_vain_has_nothing_to_write() -> None:
    assert cards_of(board(*given_back()), "saul", utc_s(at(110))) == ()


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({}, (None, False, False)),
        ({"recording_state": "on"}, ("on", False, False)),
        ({"recording_state": "paused", "held": True}, ("paused", True, False)),
        ({"muted": True}, (None, False, True)),
    ],
)
def test_who_talks_can_steer_his_call_and_sees_how_it_stands(
    changes: dict[str, Any], stands: tuple[str | None, bool, bool]
) -> None:
    card = only(board(customer(), talking(**changes)), "alice")

    assert (card.recording, card.is_held, card.is_muted) == stands
    assert card.may_steer
    assert card.may_hang_up


def test_who_is_rung_or_calls_can_only_hang_up() -> None:
    for leg in (rep("alice", state="alerted"), rep("alice", state="offered", side="caller")):
        card = only(board(customer(), leg), "alice")
        assert (card.may_steer, card.may_hang_up) == (False, True)


def test_whose_worker_has_died_or_who_has_gone_steers_nothing() -> None:
    for leg in (
        talking(unattended_since=at(9)),
        talking(state="ended", ended_at=at(9), end_reason=EndReason.COMPLETED),
    ):
        card = only(board(customer(), leg), "alice")
        assert (card.may_steer, card.may_hang_up, card.recording) == (False, False, None)
