"""One process for many calls, and for whatever else arrives at its port."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.contract.edge.ua import HOST, Message, as_caller, raw_request, token
from tests.contract.stack.partner import OURS, THEIRS, Partner, Phone

pytestmark = pytest.mark.contract

CALLS = 300
WARM_UP = 50
REST_AFTER = 50
# PJSIP keeps the transactions of a call for 32 s after it (RFC 3261, timers D and J), all of
# these calls' therefore, and reuses their memory afterwards: 1500 calls in a row, with pauses of
# 36 s, needed no more than the first 300.
MOST_KEPT_BYTES_PER_CALL = 150_000


async def two_legged_call(stack: Partner, phone: Phone) -> None:
    """Let a call come in, be put through, and be hung up by the caller."""
    call_id = token()
    await stack.expect(call_id)
    phone.call(call_id)
    await stack.fact("Invited")
    await stack.place()
    invite = await phone.request("INVITE")
    phone.answer(invite, 200, "OK", body=THEIRS)
    await stack.fact("Answered")
    await stack.do("answer", "caller", sip_status=200, sdp=OURS)
    dialog = as_caller(await phone.final("INVITE", call_id))
    phone.ack(dialog)
    await stack.fact("Acknowledged")
    phone.within(dialog, "BYE")
    await stack.fact("Disconnected", leg_id="caller")
    await stack.do("hang_up", "callee")
    await phone.ok(await phone.request("BYE"))
    await stack.fact("Disconnected", leg_id="callee")
    phone.inbox.clear()


async def calls(stack: Partner, phone: Phone, count: int) -> None:
    """Let so many calls come one after the other, with a rest now and then."""
    for number in range(1, count + 1):
        await two_legged_call(stack, phone)
        if number % REST_AFTER == 0:
            await stack.do("tidy")


async def test_hundreds_of_calls_in_one_process_leave_nothing_behind(
    stack: Partner, phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    await calls(stack, phone, WARM_UP)
    handles, memory_bytes = stack.handles(), stack.memory_bytes()

    await calls(stack, phone, CALLS)

    grown_bytes = stack.memory_bytes() - memory_bytes
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{CALLS} two-legged calls in one process: handles {handles} → {stack.handles()}, "
            f"memory {memory_bytes / 1e6:.1f} → {stack.memory_bytes() / 1e6:.1f} MB"
        )
    assert await stack.do("dialogs") == 0
    assert stack.handles() <= handles + 1
    assert grown_bytes < CALLS * MOST_KEPT_BYTES_PER_CALL
    # All four places are free again.
    for place in range(4):
        await stack.place(f"leg-{place}")
        await phone.request("INVITE")


async def test_a_fifth_leg_is_an_error_and_the_others_stay(stack: Partner, phone: Phone) -> None:
    for place in range(4):
        await stack.place(f"leg-{place}")
        await phone.request("INVITE")

    with pytest.raises(Exception, match="place a leg"):
        await stack.place("one-too-many")

    assert await stack.do("dialogs") == 4
    phone.inbox.clear()


def rubbish() -> list[bytes]:
    draw = random.Random(20221105)
    whole = raw_request(
        "INVITE",
        f"sip:switch@{HOST}",
        [
            ("Via", f"SIP/2.0/UDP {HOST}:9;branch=z9hG4bKx;rport"),
            ("From", "<sip:a@b>;tag=1"),
            ("To", "<sip:c@d>"),
            ("Call-ID", "rubbish"),
            ("CSeq", "1 INVITE"),
            ("Contact", "<sip:a@b>"),
            ("Content-Type", "application/sdp"),
        ],
        THEIRS,
    )
    cut = [whole[: draw.randrange(len(whole))] for _ in range(40)]
    spoilt = []
    for _ in range(80):
        text = bytearray(whole)
        for _ in range(draw.randrange(1, 12)):
            text[draw.randrange(len(text))] = draw.randrange(256)
        spoilt.append(bytes(text))
    return [
        b"",
        b"\r\n\r\n",
        b"\x00" * 64,
        os.urandom(600),
        b"INVITE",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        whole.replace(b"CSeq: 1 INVITE", b"CSeq: 99999999999999999999 INVITE"),
        whole.replace(b"Content-Length: ", b"Content-Length: -"),
        whole.replace(b"sip:a@b", b"sip:" + b"a" * 3000 + b"@b"),
        whole.replace(b"\r\n", b"\n"),
        *cut,
        *spoilt,
    ]


async def test_rubbish_ends_neither_the_process_nor_a_call(stack: Partner, phone: Phone) -> None:
    await stack.place()
    invite = await phone.request("INVITE")
    phone.answer(invite, 180, "Ringing", tag="t")
    await stack.fact("Provisional")

    for datagram in rubbish():
        phone.send(datagram)
        await asyncio.sleep(0)

    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
    await stack.fact("Answered")
    assert stack.is_alive()
    assert [fact for fact in stack.facts if fact["leg_id"] != "callee"] == []


async def test_rubbish_within_a_dialog_ends_no_process(stack: Partner, phone: Phone) -> None:
    await stack.place()
    invite = await phone.request("INVITE")
    draw = random.Random(7)

    def spoil(raw: bytes) -> bytes:
        text = bytearray(raw)
        text[draw.randrange(len(text))] = draw.randrange(256)
        return bytes(text)

    sent: list[bytes] = []
    send = phone.send
    phone.send = lambda raw, port=None: sent.append(raw)  # type: ignore[method-assign]
    ringing: Message = phone.answer(invite, 183, "Progress", tag="t", body=THEIRS)
    phone.send = send  # type: ignore[method-assign]
    assert ringing.status == 183
    for _ in range(150):
        phone.send(spoil(sent[0]))
        await asyncio.sleep(0)

    phone.answer(invite, 200, "OK", tag="t", body=THEIRS)
    await stack.fact("Answered")
    assert stack.is_alive()


async def test_a_process_without_a_call_is_idle(
    stack: Partner, capsys: pytest.CaptureFixture[str]
) -> None:
    before_s = cpu_s(stack.pid)

    await asyncio.sleep(2)

    used = (cpu_s(stack.pid) - before_s) / 2
    with capsys.disabled():
        print(f"\na stack without a call uses {used:.2%} of a core")  # noqa: T201
    assert used < 0.05


def cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
