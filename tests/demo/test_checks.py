from types import SimpleNamespace
from typing import Any

import pytest

from switch.audio.timeline import Timeline
from switch.audio.tones import tone_frame
from switch.demo.checks import Check, check_party, check_thread, display_name
from switch.demo.scenario import ExpectedThread, PartyPlan
from switch.demo.trace import Message

_CONTACT = "+14805550123"
_KNOWN = {"contact": _CONTACT, "domain": "switch.test", "main": "+14805550100"}


def _message(first_line: str, *headers: str, is_sent: bool = False, body: str = "") -> Message:
    text = "\r\n".join([first_line, *headers, "", body])
    return Message(at_s=0.0, is_sent=is_sent, text=text)


def _notify(number: int, status: str) -> Message:
    return _message(
        "NOTIFY sip:a@b SIP/2.0", "Call-ID: x", f"CSeq: {number} NOTIFY", body=f"SIP/2.0 {status}"
    )


def _party(name: str, *messages: Message, hears: int | None = None, tone_hz: int = 900) -> Any:
    heard = Timeline()
    for number in range(20 if hears else 0):
        heard.add(number / 50, tone_frame(hears or 0))
    voice = SimpleNamespace(tone_hz=tone_hz, heard=heard)
    return SimpleNamespace(name=name, messages=list(messages), voice=voice)


def _failures(plan: PartyPlan, party: Any, **others: Any) -> list[str]:
    parties = {party.name: party, **others}
    return [str(c) for c in check_party(plan, party, parties, known=_KNOWN) if not c.ok]


def test_a_party_that_heard_whom_he_should_passes() -> None:
    plan = PartyPlan(name="saul", hears=["customer"])
    saul = _party("saul", hears=1100)

    assert _failures(plan, saul, customer=_party("customer", tone_hz=1100)) == []


def test_a_party_that_heard_somebody_else_is_told_of() -> None:
    plan = PartyPlan(name="saul", hears=["customer"])
    saul = _party("saul", hears=1300)
    others = {
        "customer": _party("customer", tone_hz=1100),
        "alice": _party("alice", tone_hz=1300),
    }

    assert _failures(plan, saul, **others) == ["saul hears: expected customer, got alice"]


@pytest.mark.parametrize("is_missing", [True, False])
def test_what_may_be_missing_may_be_heard(is_missing: bool) -> None:
    plan = PartyPlan(name="saul", hears=["customer", "music?", "customer"])
    between = tone_frame(1100 if is_missing else 400)  # music is as low as that
    saul = _party("saul")
    for number in range(30):
        saul.voice.heard.add(number / 50, between if number // 10 == 1 else tone_frame(1100))

    assert _failures(plan, saul, customer=_party("customer", tone_hz=1100)) == []


def test_the_last_final_status_of_a_request_counts() -> None:
    plan = PartyPlan(name="alice", gets={"INVITE": 200})
    alice = _party(
        "alice",
        _message("SIP/2.0 407 Proxy Authentication Required", "CSeq: 1 INVITE"),
        _message("SIP/2.0 180 Ringing", "CSeq: 2 INVITE"),
        _message("SIP/2.0 200 OK", "CSeq: 2 INVITE"),
        _message("SIP/2.0 200 OK", "CSeq: 3 BYE"),
    )

    assert _failures(plan, alice) == []


@pytest.mark.parametrize("expected", [[100, 180, 486], [100, 486]])
def test_a_notify_sent_twice_counts_once_and_alerting_only_if_it_is_expected(
    expected: list[int],
) -> None:
    plan = PartyPlan(name="alice", is_notified=expected)
    told = [_notify(1, "100 Trying"), _notify(2, "180 Ringing"), _notify(3, "486 Busy Here")]

    assert _failures(plan, _party("alice", told[0], *told)) == []


def test_who_calls_is_read_from_new_calls_only() -> None:
    plan = PartyPlan(name="saul", sees="customer")
    saul = _party(
        "saul",
        _message(
            "INVITE sip:saul@x SIP/2.0",
            f"From: <sip:{_CONTACT}@y>;tag=1",
            "To: <sip:saul@x>",
            "CSeq: 1 INVITE",
            "Call-ID: x",
        ),
        _message(
            "INVITE sip:saul@x SIP/2.0",
            "From: <sip:other@y>;tag=1",
            "To: <sip:saul@x>;tag=2",
            "CSeq: 2 INVITE",
            "Call-ID: x",
        ),
    )

    assert _failures(plan, saul) == []


def test_what_must_not_be_received_is_shown_if_it_was() -> None:
    plan = PartyPlan(name="saul", never_receives="X-Forged")
    saul = _party("saul", _message("BYE sip:a@b SIP/2.0", "X-Forged: yes", "CSeq: 1 BYE"))

    assert _failures(plan, saul) == [
        "saul receives of 'X-Forged': expected nothing, got X-Forged: yes"
    ]


def test_somebody_who_must_not_be_called_was_not() -> None:
    assert _failures(PartyPlan(name="saul", takes=0), _party("saul")) == []


def _call(call_id: str, sender: str) -> Message:
    headers = (f"Call-ID: {call_id}", "CSeq: 1 INVITE", f"From: {sender}")
    return _message("INVITE sip:alice@b SIP/2.0", *headers)


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ('"saul declined: +1480" <sip:c@switch.test>;tag=1', "saul declined: +1480"),
        ("Customer <sip:c@switch.test>;tag=1", "Customer"),
        ("<sip:c@switch.test>;tag=1", ""),
        ("sip:c@switch.test;tag=1", ""),
    ],
)
def test_a_display_name_is_read_in_all_its_forms(sender: str, shown: str) -> None:
    assert display_name(sender) == shown


def test_what_a_phone_shows_is_compared_call_by_call() -> None:
    plan = PartyPlan(name="alice", shows=["Customer", "saul declined: {contact}"])
    first = _call("1", '"Customer" <sip:c@b>;tag=1')
    again = _call("2", f'"saul declined: {_CONTACT}" <sip:c@b>;tag=2')

    assert _failures(plan, _party("alice", first, first, again)) == []
    assert _failures(plan, _party("alice", first)) == [
        f"alice's phone shows: expected Customer → saul declined: {_CONTACT}, got Customer"
    ]


def _leg(role: str, rep: str | None, talk_s: float, **more: Any) -> dict[str, Any]:
    return {
        "role": role,
        "rep": rep,
        "talk_s": talk_s,
        "ended_at": "2026-11-22T12:00:00.000Z",
        "end_reason": "completed",
        "attempts": (),
        **more,
    }


def _thread(*legs: dict[str, Any], transfers: Any = ()) -> dict[str, Any]:
    return {
        "contact": _CONTACT,
        "direction": "inbound",
        "legs": list(legs),
        "transfers": list(transfers),
    }


def _wrong(expected: ExpectedThread, thread: dict[str, Any]) -> list[str]:
    checks: list[Check] = list(check_thread(expected, thread))
    return [str(check) for check in checks if not check.ok]


def test_a_thread_is_compared_only_in_what_is_expected() -> None:
    expected = ExpectedThread(direction="inbound", legs=[{"role": "customer"}, {"rep": "alice"}])

    assert _wrong(expected, _thread(_leg("customer", None, 2.0), _leg("rep", "alice", 2.0))) == []


def test_a_ghost_row_is_told_of() -> None:
    expected = ExpectedThread(legs=[{"role": "customer"}])
    thread = _thread(_leg("customer", None, 0.0), _leg("rep", "bob", 0.0))

    assert _wrong(expected, thread) == ["number of legs: expected 1, got 2"]


def test_of_attempts_only_what_is_expected_is_compared() -> None:
    expected = ExpectedThread(legs=[{"attempts": [{"rep": "saul", "outcome": "busy"}]}])
    attempts = ({"rep": "saul", "outcome": "busy", "from_at": "…"},)

    assert _wrong(expected, _thread(_leg("customer", None, 0.0, attempts=attempts))) == []


def test_reps_who_talked_longer_than_the_customer_are_told_of() -> None:
    expected = ExpectedThread(legs=[{}, {}])
    thread = _thread(_leg("customer", None, 2.0), _leg("rep", "alice", 2.5))

    [wrong] = _wrong(expected, thread)

    assert wrong == "the others' talk, as long as the customer's: expected 2.000 s, got 2.500 s"


def test_an_open_leg_is_told_of() -> None:
    expected = ExpectedThread(legs=[{}])
    thread = _thread(_leg("customer", None, 0.0, ended_at=None))

    assert _wrong(expected, thread) == ["legs that have not ended: expected nothing, got customer"]


def test_a_transfer_with_another_outcome_is_told_of() -> None:
    expected = ExpectedThread(transfers=[{"to": "saul", "outcome": "answered"}])
    thread = _thread(transfers=[{"from": "alice", "to": "saul", "outcome": "busy"}])

    assert _wrong(expected, thread) == ["transfer 1: outcome: expected answered, got busy"]


def test_who_was_called_back_and_where_it_went_instead_is_compared_if_it_is_expected() -> None:
    thread = {**_thread(), "recalls": [{"to": "alice", "outcome": "declined"}], "fallbacks": []}

    assert _wrong(ExpectedThread(), thread) == []
    assert _wrong(ExpectedThread(recalls=[{"outcome": "declined"}], fallbacks=[]), thread) == []
    assert _wrong(ExpectedThread(recalls=[], fallbacks=[{"to": "seattle"}]), thread) == [
        "number of recalls: expected 0, got 1",
        "number of fallbacks: expected 1, got 0",
    ]


def _invite(*headers: str) -> Message:
    return _message(
        "INVITE sip:+12065550100@y SIP/2.0",
        f"From: <sip:{_CONTACT}@y>;tag=1",
        "To: <sip:+12065550100@y>",
        "CSeq: 1 INVITE",
        "Call-ID: x",
        *headers,
    )


def test_a_line_that_every_request_of_a_method_must_hold_may_name_the_customer() -> None:
    plan = PartyPlan(
        name="office",
        receives={"INVITE": [r"P-Asserted-Identity: <sip:{contact}@{domain}>", "Privacy: id"]},
    )
    named = f"P-Asserted-Identity: <sip:{_CONTACT}@switch.test>"

    assert _failures(plan, _party("office", _invite(named, "Privacy: id"))) == []
    [missed] = _failures(plan, _party("office", _invite(named, "Privacy: id"), _invite(named)))
    assert missed.startswith("office's INVITE: expected Privacy: id, got lacking in:\n")


def test_a_request_that_must_come_and_does_not_is_told_of() -> None:
    plan = PartyPlan(name="saul", receives={"CANCEL": []})

    assert _failures(plan, _party("saul", _invite())) == [
        "saul's CANCEL: expected comes, got 0 came"
    ]


def test_how_many_calls_reach_a_party_is_counted_by_call_and_not_by_message() -> None:
    plan = PartyPlan(name="saul", is_called=1)

    assert _failures(plan, _party("saul", _invite(), _invite())) == []
    assert _failures(plan, _party("saul")) == ["calls that reach saul: expected 1, got 0"]


def test_what_nobody_may_be_told_is_told_of() -> None:
    plan = PartyPlan(name="office", never_receives="{contact}")

    [leak] = _failures(plan, _party("office", _invite()))

    assert leak.endswith(f"got From: <sip:{_CONTACT}@y>;tag=1")


def test_an_outside_party_s_talk_counts_as_the_others_talk() -> None:
    expected = ExpectedThread(legs=[{}, {}])

    assert _wrong(expected, _thread(_leg("customer", None, 2.0), _leg("external", None, 2.0))) == []
