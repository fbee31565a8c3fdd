"""Answering for somebody who is dead, until his dialogs are over."""

from __future__ import annotations

import pytest

from switch.sip import custody
from switch.sip import dialog as dialogs
from switch.sip.custody import ANSWERS, METHODS, Keeping, KeptDialog, Step
from switch.sip.message import SipRequest, SipResponse, parse_message, parse_request
from tests.sip.test_dialog import OFFERED, PLACED, alices, alices_200, kims, response

# RFC 5057 §5.1: each of these ends the dialog, or the call in it.
DEADLY = {404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 502, 604}


def request(method: str, body: str = "", to_tag: str = ";tag=hers") -> SipRequest:
    return parse_request(
        f"{method} sip:switch@127.0.0.1:20000 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKr1\r\n"
        "From: <sip:alice@switch.test>;tag=hers\r\n"
        "To: <sip:+14805550199@switch.test>;tag=ours\r\n"
        f"Call-ID: w1\r\nCSeq: 8 {method}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def in_state(state: Keeping) -> KeptDialog:
    match state:
        case Keeping.REFUSED:
            return custody.end(dialogs.offered(OFFERED, port=20000)).kept
        case Keeping.CANCELLED:
            return custody.end(dialogs.placed(PLACED, port=20000)).kept
        case Keeping.STANDING:
            return custody.let_be(alices())
        case Keeping.LEAVING:
            return custody.end(alices()).kept
        case Keeping.OVER:
            return custody.give_up(custody.let_be(alices()))


def said(step: Step) -> list[str]:
    """Return what was sent: methods of requests, statuses of responses."""
    messages = [parse_message(octets) for octets in step.says]
    return [
        one.method if isinstance(one, SipRequest) else f"{one.status} {one.cseq.method}"
        for one in messages
    ]


def bye_answered(status: int = 200) -> SipResponse:
    return answered("BYE", status)


def answered(method: str, status: int) -> SipResponse:
    made = parse_message(dialogs.response_to(request(method), status))
    assert isinstance(made, SipResponse)
    return made


# ------------------------------------------------------------------ every cell


@pytest.mark.parametrize("state", list(Keeping))
@pytest.mark.parametrize("method", [*METHODS, "PUBLISH"])
def test_every_request_is_answered_as_the_table_says(state: Keeping, method: str) -> None:
    kept = in_state(state)
    assert kept.state is state
    status = ANSWERS[state][method if method in METHODS else "other"]

    step = custody.receive_request(kept, request(method, body="v=0"))

    wanted = "INVITE" if state is Keeping.REFUSED and method == "INVITE" else method
    assert said(step) == ([] if status is None else [f"{status} {wanted}"])


def test_the_table_has_every_cell() -> None:
    assert set(ANSWERS) == set(Keeping)
    assert all(set(row) == set(METHODS) for row in ANSWERS.values())


@pytest.mark.parametrize("method", [one for one in METHODS if one not in {"BYE", "CANCEL"}])
def test_nothing_that_is_refused_ends_a_dialog_that_stands(method: str) -> None:
    step = custody.receive_request(in_state(Keeping.STANDING), request(method))

    assert ANSWERS[Keeping.STANDING][method] not in DEADLY
    assert step.kept.state is Keeping.STANDING


# ------------------------------------------------------------------ how each begins and ends


def test_an_unanswered_caller_is_refused_until_he_acknowledges() -> None:
    step = custody.end(dialogs.offered(OFFERED, port=20000))
    assert said(step) == ["503 INVITE"]
    assert step.kept.repeats == step.says[0]

    over = custody.receive_request(step.kept, request("ACK")).kept

    assert (over.is_over, over.repeats, over.left) == (True, None, False)


def test_a_cancel_that_comes_too_late_is_answered_and_the_refusal_stands() -> None:
    kept = in_state(Keeping.REFUSED)

    step = custody.receive_request(kept, request("CANCEL"))

    assert (said(step), step.kept) == (["200 CANCEL"], kept)


def test_a_phone_that_rings_is_cancelled_and_its_487_acknowledged() -> None:
    step = custody.end(dialogs.placed(PLACED, port=20000))
    assert said(step) == ["CANCEL"]

    quiet = custody.receive_response(step.kept, answered("CANCEL", 200))
    assert (quiet.says, quiet.kept.repeats, quiet.kept.is_over) == ((), None, False)
    trying = custody.receive_response(quiet.kept, response(PLACED, 180, "hers"))
    assert (trying.says, trying.kept) == ((), quiet.kept)
    done = custody.receive_response(quiet.kept, response(PLACED, 487, "hers"))

    assert (said(done), done.kept.is_over) == (["ACK"], True)
    again = custody.receive_response(done.kept, response(PLACED, 487, "hers"))
    assert (said(again), again.kept) == (["ACK"], done.kept)


def test_a_200_that_crosses_our_cancel_gets_ack_and_bye() -> None:
    step = custody.receive_response(in_state(Keeping.CANCELLED), alices_200())

    assert said(step) == ["ACK", "BYE"]
    assert step.kept.state is Keeping.LEAVING
    assert custody.receive_response(step.kept, bye_answered()).kept.is_over


def test_a_200_that_comes_after_we_gave_up_gets_ack_and_bye_too() -> None:
    kept = custody.give_up(in_state(Keeping.CANCELLED))

    step = custody.receive_response(kept, alices_200())

    assert said(step) == ["ACK", "BYE"]
    assert step.kept.state is Keeping.LEAVING


def test_a_200_is_acknowledged_again_where_the_dead_workers_ack_was_lost() -> None:
    step = custody.receive_response(in_state(Keeping.STANDING), alices_200())

    assert (said(step), step.kept.state) == (["ACK"], Keeping.STANDING)


def test_the_200_of_a_second_phone_gets_ack_and_bye_and_the_first_talks_on() -> None:
    step = custody.receive_response(in_state(Keeping.STANDING), alices_200(tag="second"))

    assert said(step) == ["ACK", "BYE"]
    assert {parse_message(octets).to_tag for octets in step.says} == {"second"}
    assert step.kept.state is Keeping.STANDING


def test_a_bye_ends_a_dialog_that_stands_and_is_answered_again() -> None:
    step = custody.receive_request(in_state(Keeping.STANDING), request("BYE"))
    again = custody.receive_request(step.kept, request("BYE"))

    assert (said(step), step.kept.is_over, step.kept.left) == (["200 BYE"], True, True)
    assert (step.says, step.kept) == (again.says, again.kept)


def test_the_other_gets_a_bye_until_he_answers() -> None:
    step = custody.release(custody.let_be(kims()))
    assert said(step) == ["BYE"]
    assert step.kept.repeats == step.says[0]

    assert custody.receive_response(step.kept, answered("BYE", 100)).kept == step.kept
    over = custody.receive_response(step.kept, bye_answered(481)).kept

    assert (over.is_over, over.repeats, over.left) == (True, None, False)
    assert custody.receive_response(over, bye_answered()) == Step(kept=over)


def test_byes_that_cross_are_both_answered() -> None:
    step = custody.receive_request(in_state(Keeping.LEAVING), request("BYE"))

    assert (said(step), step.kept.state) == (["200 BYE"], Keeping.LEAVING)


def test_what_is_being_ended_is_not_ended_twice() -> None:
    kept = in_state(Keeping.LEAVING)

    assert custody.release(kept) == Step(kept=kept)


def test_a_phone_whose_call_we_cancel_may_hang_up_itself() -> None:
    step = custody.receive_request(in_state(Keeping.CANCELLED), request("BYE"))

    assert (said(step), step.kept.is_over, step.kept.left) == (["200 BYE"], True, True)


def test_an_update_that_only_refreshes_is_accepted() -> None:
    step = custody.receive_request(in_state(Keeping.STANDING), request("UPDATE"))

    assert said(step) == ["200 UPDATE"]


def test_responses_to_what_we_never_sent_change_nothing() -> None:
    standing, refused = in_state(Keeping.STANDING), in_state(Keeping.REFUSED)

    assert custody.receive_response(refused, response(OFFERED, 200, "x")) == Step(kept=refused)
    assert custody.receive_response(standing, answered("CANCEL", 200)) == Step(kept=standing)
    # What refuses a re-INVITE of the dead worker: its transaction is not known, nor its ACK.
    assert custody.receive_response(standing, response(PLACED, 491, "hers")) == Step(kept=standing)


def test_what_the_dead_worker_did_not_tell_of_its_invite_ends_by_itself() -> None:
    import msgspec

    unknown = msgspec.structs.replace(dialogs.placed(PLACED, port=20000), invite=None)

    step = custody.end(unknown)

    assert (step.says, step.kept.is_over) == ((), True)
