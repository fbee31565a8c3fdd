"""What a worker tells of its dialogs is enough to speak in them when it is dead."""

from __future__ import annotations

import os
import signal
import socket

import msgspec
import pytest

from switch.sip import custody
from switch.sip.dialog import SipDialog, is_within
from switch.sip.message import parse_request
from tests.contract.edge.ua import HOST, Dialog, as_caller, raw_request, tag_of
from tests.contract.stack.partner import OURS, THEIRS, Partner, Phone
from tests.run.processes import until

pytestmark = pytest.mark.contract


async def stands(stack: Partner, leg_id: str) -> SipDialog:
    """Return what is known of a dialog just now."""
    told = [one for one in stack.standing if one["leg_id"] == leg_id]
    return msgspec.convert(told[-1]["dialog"], SipDialog)


async def dies(stack: Partner, phone: Phone) -> socket.socket:
    """Kill the stack, and return its port in our hands."""
    os.kill(stack.pid, signal.SIGKILL)
    await until(lambda: not _is_taken(phone.edge_port))
    heir = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heir.bind((HOST, phone.edge_port))
    heir.setblocking(False)
    return heir


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def say(heir: socket.socket, phone: Phone, step: custody.Step) -> None:
    for message in step.says:
        heir.sendto(message, (HOST, phone.port))


async def caller(stack: Partner, phone: Phone, *, ring: bool = False) -> str:
    call_id = "c1"
    await stack.expect(call_id)
    phone.call(call_id)
    await stack.fact("Invited")
    if ring:
        await stack.do("answer", "caller", sip_status=180)
        await phone.provisional(180)
    return call_id


async def test_an_invite_is_told_of_at_once_and_refused_by_the_heir(
    stack: Partner, phone: Phone
) -> None:
    await caller(stack, phone)
    dialog = await stands(stack, "caller")
    assert (dialog.side, dialog.is_confirmed, dialog.local_tag) == ("uas", False, None)

    with await dies(stack, phone) as heir:
        say(heir, phone, custody.end(dialog))
        refused = await phone.final("INVITE")

    assert (refused.status, refused.get("Retry-After")) == (503, "5")


async def test_a_refusal_has_the_tag_of_the_180(stack: Partner, phone: Phone) -> None:
    await stack.expect("c1")
    phone.call("c1")
    await stack.fact("Invited")
    await stack.do("answer", "caller", sip_status=180)
    ringing = await phone.provisional(180)
    await until(lambda: len(stack.standing) == 2)

    with await dies(stack, phone) as heir:
        say(heir, phone, custody.end(await stands(stack, "caller")))
        refused = await phone.final("INVITE")

    # PJSIP leaves the port out of the URI; what names the dialog is the tag.
    assert tag_of(refused.get("To")) == tag_of(ringing.get("To"))


async def test_a_caller_who_talks_gets_a_bye_of_his_dialog(stack: Partner, phone: Phone) -> None:
    await caller(stack, phone)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")
    phone.ack(as_caller(ok))
    await stack.fact("Acknowledged")
    dialog = await stands(stack, "caller")
    assert (dialog.is_confirmed, dialog.invite) == (True, None)

    with await dies(stack, phone) as heir:
        say(heir, phone, custody.end(dialog))
        bye = await phone.request("BYE")

    assert bye.uri == phone.contact.strip("<>")
    assert tag_of(bye.get("From")) == tag_of(ok.get("To"))
    assert bye.get("To") == ok.get("From")


async def test_a_phone_that_rings_is_cancelled_by_the_heir(stack: Partner, phone: Phone) -> None:
    await stack.place()
    invite = await phone.request("INVITE")
    phone.answer(invite, 180, "Ringing", tag="hers")
    await stack.fact("Provisional")
    dialog = await stands(stack, "callee")
    assert (dialog.side, dialog.is_confirmed) == ("uac", False)

    with await dies(stack, phone) as heir:
        say(heir, phone, custody.end(dialog))
        cancel = await phone.request("CANCEL")

    for header in ("Via", "From", "To", "Call-ID", "Route"):
        assert cancel.get(header) == invite.get(header)
    assert cancel.get("CSeq").split()[0] == invite.get("CSeq").split()[0]


async def test_a_phone_that_has_answered_gets_a_bye_by_its_routes(
    stack: Partner, phone: Phone
) -> None:
    await stack.place()
    invite = await phone.request("INVITE")
    routes = [f"<sip:{HOST}:{phone.port};lr;n=2>", f"<sip:{HOST}:{phone.port};lr;n=1>"]
    extra = [("Record-Route", route) for route in routes]
    ok = phone.answer(invite, 200, "OK", body=THEIRS, tag="hers", extra=extra)
    await stack.fact("Answered")
    await phone.request("ACK")

    with await dies(stack, phone) as heir:
        say(heir, phone, custody.end(await stands(stack, "callee")))
        bye = await phone.request("BYE")

    assert bye.all("Route") == routes[::-1]
    assert (bye.get("From"), bye.get("To")) == (ok.get("From"), ok.get("To"))
    assert bye.get("Call-ID") == invite.get("Call-ID")


async def test_a_phone_that_moves_gets_its_bye_there(stack: Partner, phone: Phone) -> None:
    await caller(stack, phone)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    dialog = as_caller(await phone.final("INVITE"))
    phone.ack(dialog)
    await stack.fact("Acknowledged")
    moved = f"sip:moved@{HOST}:{phone.port}"
    reinvite(phone, dialog, moved)
    await stack.fact("Reinvited")

    assert (await stands(stack, "caller")).remote_target == moved


def reinvite(phone: Phone, dialog: Dialog, contact: str) -> None:
    dialog.cseq += 1
    headers = phone.headers("INVITE", dialog.local, dialog.remote, dialog.call_id, dialog.cseq)
    headers[-1] = ("Contact", f"<{contact}>")
    headers.append(("Content-Type", "application/sdp"))
    phone.send(raw_request("INVITE", dialog.target, headers, THEIRS))


async def test_what_the_phone_says_in_the_dialog_is_known_for_its_own(
    stack: Partner, phone: Phone
) -> None:
    await caller(stack, phone)
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    dialog = as_caller(await phone.final("INVITE"))
    phone.ack(dialog)
    await stack.fact("Acknowledged")
    known = await stands(stack, "caller")

    phone.within(dialog, "BYE")

    assert is_within(known, parse_request(phone.last_sent))
