"""Session timers (RFC 4028): a dialog that neither side refreshes is over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.edge.ua import DOMAIN, HOST, Dialog, Message, as_caller
from tests.contract.stack.partner import OURS, THEIRS, Partner, Phone, description

pytestmark = pytest.mark.contract

EXPIRES_S = 1800
KNOWS = ("Supported", "timer")
SDP_CONTENT = [("Content-Type", "application/sdp")]


@pytest.fixture
async def stack(stage: Path, phone: Phone) -> AsyncIterator[Partner]:
    """Return a stack that has session timers."""
    partner = await Partner.connect(stage)
    await partner.do(
        "start",
        address=HOST,
        port=phone.edge_port,
        domain=DOMAIN,
        edge=f"{HOST}:{phone.port}",
        session_expires_s=EXPIRES_S,
    )
    yield partner
    await partner.close()


def expires(message: Message) -> tuple[int, str]:
    """Return for how long a message says that the dialog lasts, and who refreshes it."""
    seconds, _, rest = message.get("Session-Expires").partition(";")
    found = re.search(r"refresher=(\w+)", rest)
    return int(seconds or 0), found[1] if found else ""


async def answered(
    stack: Partner, phone: Phone, extra: list[tuple[str, str]]
) -> tuple[Dialog, Message]:
    """Let a phone call that says this of timers; returns its dialog, and our 200."""
    call_id = "t" + re.sub(r"\W", "", str(extra))[-40:]
    await stack.expect(call_id)
    phone.call(call_id, extra=extra)
    await stack.fact("Invited")
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    ok = await phone.final("INVITE")
    assert ok.status == 200
    dialog = as_caller(ok)
    phone.ack(dialog)
    await stack.fact("Acknowledged")
    return dialog, ok


async def test_a_phone_that_is_called_is_told_how_long_it_lasts(
    stack: Partner, phone: Phone
) -> None:
    await stack.place()

    invite = await phone.request("INVITE")

    assert expires(invite)[0] == EXPIRES_S
    assert "timer" in invite.get("Supported")
    assert int(invite.get("Min-SE") or 90) == 90


async def test_a_phone_that_wants_longer_ones_gets_them(stack: Partner, phone: Phone) -> None:
    await stack.place()
    invite = await phone.request("INVITE")
    phone.answer(invite, 422, "Session Interval Too Small", extra=[("Min-SE", "3600")])

    again = await phone.request("INVITE")

    assert again.get("Call-ID") == invite.get("Call-ID")
    assert expires(again)[0] == 3600
    assert again.body == invite.body == OURS
    assert again.get("X-Conversation") == "c1"
    phone.answer(again, 200, body=THEIRS, extra=[("Session-Expires", "3600;refresher=uac")])
    assert (await stack.fact("Answered"))["sdp"] == THEIRS
    acknowledged = [await phone.request("ACK") for _ in range(2)]
    assert [ack.get("CSeq").split()[0] for ack in acknowledged] == [
        one.get("CSeq").split()[0] for one in (invite, again)
    ]


async def test_one_that_asks_for_too_short_ones_gets_422(stack: Partner, phone: Phone) -> None:
    await stack.expect("short")
    phone.call("short", extra=[KNOWS, ("Session-Expires", "60")])

    refused = await phone.final("INVITE")

    assert (refused.status, refused.get("Min-SE")) == (422, "90")


async def test_one_that_requires_them_gets_them(stack: Partner, phone: Phone) -> None:
    wants = [KNOWS, ("Require", "timer"), ("Session-Expires", "600;refresher=uac")]

    _dialog, ok = await answered(stack, phone, wants)

    assert expires(ok) == (600, "uac")
    assert ok.get("Require") == "timer"


async def test_one_that_knows_nothing_of_them_is_refreshed_by_us(
    stack: Partner, phone: Phone
) -> None:
    _dialog, ok = await answered(stack, phone, [])

    assert expires(ok) == (EXPIRES_S, "uas")
    assert "timer" not in ok.get("Require")


async def test_an_update_refreshes_and_nobody_hears_of_it(stack: Partner, phone: Phone) -> None:
    dialog, _ok = await answered(stack, phone, [KNOWS, ("Session-Expires", "600;refresher=uac")])
    stack.facts.clear()

    phone.within(dialog, "UPDATE", extra=[KNOWS, ("Session-Expires", "600;refresher=uac")])

    refreshed = await phone.final("UPDATE")
    assert (refreshed.status, expires(refreshed)) == (200, (600, "uac"))
    assert stack.facts == []


async def test_a_reinvite_refreshes_too(stack: Partner, phone: Phone) -> None:
    dialog, _ok = await answered(stack, phone, [KNOWS, ("Session-Expires", "600;refresher=uac")])

    timer = [KNOWS, ("Session-Expires", "600;refresher=uac")]
    phone.within(dialog, "INVITE", extra=[*SDP_CONTENT, *timer], body=THEIRS)
    await stack.fact("Reinvited", sdp=THEIRS)
    await stack.do("answer_reinvite", "caller", sdp=description(31000))

    refreshed = await phone.final("INVITE")
    assert (refreshed.status, expires(refreshed)) == (200, (600, "uac"))
    phone.ack(dialog)
