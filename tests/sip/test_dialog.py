"""Speaking in a dialog that another process began: RFC 3261 §9.1, §12, §13.2.2.4, §15."""

from __future__ import annotations

import pytest

from switch.sip import dialog as dialogs
from switch.sip.dialog import SipDialog
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest, SipResponse, parse_message, parse_request

EDGE = ("<sip:127.0.0.1:5070;lr;r2=on>", "<sip:192.0.2.9:5060;lr;r2=on>")
OFFERED = parse_request(
    "INVITE sip:+14805550100@switch.test SIP/2.0\r\n"
    f"Record-Route: {EDGE[0]}\r\n"
    f"Record-Route: {EDGE[1]}\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKe1\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKp1\r\n"
    'From: "Kim; <K>" <sip:+14805550199@192.0.2.1;user=phone>;tag=theirs;x=1\r\n'
    "To: <sip:+14805550100@switch.test>\r\n"
    "Call-ID: c1@192.0.2.1\r\n"
    "CSeq: 7 INVITE\r\n"
    "Contact: <sip:kim@192.0.2.1:5062;alias=192.0.2.1~40000~1>\r\n"
    "X-Secret: something\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "v=0\n"
)
PLACED = parse_request(
    "INVITE sip:alice@switch.test SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:20000;rport;branch=z9hG4bKw1\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:+14805550199@switch.test>;tag=ours\r\n"
    "To: <sip:alice@switch.test>\r\n"
    "Contact: <sip:switch@127.0.0.1:20000>\r\n"
    "Call-ID: w1\r\n"
    "CSeq: 311 INVITE\r\n"
    "Route: <sip:127.0.0.1:5070;lr>\r\n"
    "\r\n"
)


def response(
    request: SipRequest, status: int, tag: str | None, *headers: tuple[str, str]
) -> SipResponse:
    to = request.one("To") + (f";tag={tag}" if tag else "")
    lines = [f"SIP/2.0 {status} X", f"From: {request.one('From')}", f"To: {to}"]
    lines += [f"Call-ID: {request.call_id}", f"CSeq: {request.one('CSeq')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    made = parse_message("\r\n".join(lines) + "\r\n\r\n")
    assert isinstance(made, SipResponse)
    return made


def alices_200(tag: str = "hers") -> SipResponse:
    return response(
        PLACED,
        200,
        tag,
        ("Contact", "<sip:x@192.0.2.5:5060>"),
        ("Record-Route", f"{EDGE[1]}, {EDGE[0]}"),
    )


def kims() -> SipDialog:
    """The dialog of a caller who was answered."""
    return dialogs.responded(dialogs.offered(OFFERED, port=20000), response(OFFERED, 200, "mine"))


def alices() -> SipDialog:
    """The dialog of a callee who has answered."""
    return dialogs.responded(dialogs.placed(PLACED, port=20000), alices_200())


def said(octets: bytes | None) -> SipRequest:
    assert octets is not None
    return parse_request(octets)


# ------------------------------------------------------------------ how dialogs come to be


def test_a_caller_dialog_is_his_invite_seen_from_our_end() -> None:
    dialog = dialogs.offered(OFFERED, port=20000)

    assert (dialog.call_id, dialog.side, dialog.port) == ("c1@192.0.2.1", "uas", 20000)
    assert (dialog.local_tag, dialog.remote_tag) == (None, "theirs")
    assert dialog.local == "<sip:+14805550100@switch.test>"
    assert dialog.remote == '"Kim; <K>" <sip:+14805550199@192.0.2.1;user=phone>;x=1'
    assert dialog.remote_target == "sip:kim@192.0.2.1:5062;alias=192.0.2.1~40000~1"
    # RFC 3261 §12.1.1: the UAS takes the Record-Route in the order of the message.
    assert dialog.route_set == EDGE
    assert not dialog.is_confirmed


def test_nothing_is_kept_of_an_invite_that_its_answer_has_no_use_for() -> None:
    kept = dialogs.offered(OFFERED, port=20000).invite or ""

    assert "X-Secret" not in kept
    assert "v=0" not in kept
    assert parse_request(kept).all("Via") == OFFERED.all("Via")


def test_our_180_names_our_tag_and_our_200_confirms_the_dialog() -> None:
    offered = dialogs.offered(OFFERED, port=20000)

    trying = dialogs.responded(offered, response(OFFERED, 100, None))
    ringing = dialogs.responded(trying, response(OFFERED, 180, "mine"))
    confirmed = dialogs.responded(ringing, response(OFFERED, 200, "mine"))

    assert trying == offered
    assert (ringing.local_tag, ringing.is_confirmed) == ("mine", False)
    assert ringing.invite == offered.invite
    assert (confirmed.local_tag, confirmed.is_confirmed, confirmed.invite) == ("mine", True, None)


def test_a_callee_dialog_is_confirmed_by_his_200_with_its_routes_reversed() -> None:
    placed = dialogs.placed(PLACED, port=20000)
    ringing = dialogs.responded(placed, response(PLACED, 180, "hers"))
    confirmed = dialogs.responded(ringing, alices_200())

    assert (placed.side, placed.local_tag, placed.remote_tag) == ("uac", "ours", None)
    assert ringing == placed
    assert confirmed.is_confirmed
    assert confirmed.remote_tag == "hers"
    assert confirmed.remote_target == "sip:x@192.0.2.5:5060"
    # RFC 3261 §12.1.2: the UAC takes the Record-Route in reverse order.
    assert confirmed.route_set == EDGE


def test_a_200_without_contact_and_record_route_leaves_the_way_as_it_was() -> None:
    confirmed = dialogs.responded(dialogs.placed(PLACED, port=20000), response(PLACED, 200, "hers"))

    assert confirmed.route_set == ("<sip:127.0.0.1:5070;lr>",)
    assert confirmed.remote_target is None


def test_an_invite_that_does_not_say_who_sends_makes_no_dialog() -> None:
    torn = parse_request("INVITE sip:a@switch.test SIP/2.0\r\nCall-ID: x\r\n\r\n")

    with pytest.raises(SipParseError):
        dialogs.offered(torn, port=20000)


@pytest.mark.parametrize(
    ("call_id", "from_tag", "to_tag", "is_ours"),
    [
        ("c1@192.0.2.1", "theirs", ";tag=mine", True),
        ("c1@192.0.2.1", "theirs", "", True),
        ("c1@192.0.2.1", "theirs", ";tag=forged", False),
        ("c1@192.0.2.1", "forged", ";tag=mine", False),
        ("c2@192.0.2.1", "theirs", ";tag=mine", False),
    ],
)
def test_a_request_is_of_the_dialog_of_its_call_id_and_tags(
    call_id: str, from_tag: str, to_tag: str, is_ours: bool
) -> None:
    request = parse_request(
        f"BYE sip:switch@127.0.0.1:20000 SIP/2.0\r\nFrom: <sip:k@192.0.2.1>;tag={from_tag}\r\n"
        f"To: <sip:a@switch.test>{to_tag}\r\nCall-ID: {call_id}\r\nCSeq: 8 BYE\r\n\r\n"
    )

    assert dialogs.is_within(kims(), request) is is_ours


# ------------------------------------------------------------------ what is said in them


def test_a_bye_to_a_caller_goes_by_the_edge_to_his_contact() -> None:
    bye = said(dialogs.bye(kims()))

    assert (bye.method, bye.request_uri) == ("BYE", kims().remote_target)
    assert bye.all("Route") == EDGE
    assert bye.one("From") == "<sip:+14805550100@switch.test>;tag=mine"
    assert bye.one("To") == '"Kim; <K>" <sip:+14805550199@192.0.2.1;user=phone>;x=1;tag=theirs'
    assert bye.call_id == "c1@192.0.2.1"
    assert bye.one("Via").startswith("SIP/2.0/UDP 127.0.0.1:20000;rport;branch=z9hG4bK")
    assert bye.one("Max-Forwards") == "70"


def test_a_bye_to_a_callee_bears_the_tags_the_other_way_round() -> None:
    bye = said(dialogs.bye(alices()))

    assert bye.one("From") == "<sip:+14805550199@switch.test>;tag=ours"
    assert bye.one("To") == "<sip:alice@switch.test>;tag=hers"


def test_the_cseq_of_a_bye_is_above_any_of_pjsip() -> None:
    assert said(dialogs.bye(alices())).cseq.number > 2**15 + 300_000


def test_a_bye_that_is_made_again_is_the_same_transaction() -> None:
    assert dialogs.bye(alices()) == dialogs.bye(alices())
    assert said(dialogs.bye(alices())).one("Via") != said(dialogs.bye(kims())).one("Via")


def test_the_ack_of_a_200_has_the_cseq_of_its_invite_and_a_branch_of_its_own() -> None:
    ack = said(dialogs.ack(alices()))

    assert (ack.method, ack.request_uri) == ("ACK", "sip:x@192.0.2.5:5060")
    assert ack.one("CSeq") == "311 ACK"
    assert ack.all("Route") == EDGE
    assert ack.one("Via") not in {PLACED.one("Via"), said(dialogs.bye(alices())).one("Via")}


def test_a_cancel_is_its_invite_but_for_the_method() -> None:
    cancel = said(dialogs.cancel(dialogs.placed(PLACED, port=20000)))

    assert (cancel.method, cancel.request_uri) == ("CANCEL", "sip:alice@switch.test")
    for header in ("Via", "From", "To", "Call-ID"):
        assert cancel.one(header) == PLACED.one(header)
    assert cancel.one("CSeq") == "311 CANCEL"
    assert cancel.all("Route") == PLACED.all("Route")


def test_an_invite_that_was_answered_is_cancelled_and_refused_no_more() -> None:
    assert dialogs.cancel(alices()) is None
    assert dialogs.refusal_of_invite(kims(), 503, retry_after_s=5) is None
    assert dialogs.ack_of_refusal(alices(), response(PLACED, 487, "hers")) is None


def test_the_ack_of_a_refusal_is_of_the_invites_own_transaction() -> None:
    refusal = response(PLACED, 487, "edges")

    ack = said(dialogs.ack_of_refusal(dialogs.placed(PLACED, port=20000), refusal))

    assert ack.one("Via") == PLACED.one("Via")
    assert ack.one("To") == "<sip:alice@switch.test>;tag=edges"
    assert ack.one("CSeq") == "311 ACK"


def test_a_caller_is_refused_with_the_tag_that_his_180_had() -> None:
    ringing = dialogs.responded(
        dialogs.offered(OFFERED, port=20000), response(OFFERED, 180, "mine")
    )

    refusal = parse_message(dialogs.refusal_of_invite(ringing, 503, retry_after_s=5) or b"")

    assert isinstance(refusal, SipResponse)
    assert (refusal.status, refusal.to_tag) == (503, "mine")
    assert refusal.all("Via") == OFFERED.all("Via")
    assert refusal.one("Retry-After") == "5"
    assert refusal.one("CSeq") == "7 INVITE"


def test_a_request_without_a_tag_of_ours_gets_one_that_is_always_the_same() -> None:
    first, again = (parse_message(dialogs.response_to(OFFERED, 481)) for _ in range(2))
    given = parse_message(dialogs.response_to(OFFERED, 481, tag="mine"))

    assert first.to_tag is not None
    assert first.to_tag == again.to_tag
    assert given.to_tag == "mine"


def test_a_party_may_move_within_its_dialog() -> None:
    moved = response(PLACED, 200, "hers", ("Contact", "<sip:x@192.0.2.6>"))
    silent = response(PLACED, 200, "hers")

    assert dialogs.refreshed(alices(), moved).remote_target == "sip:x@192.0.2.6"
    assert dialogs.refreshed(alices(), silent) == alices()
