"""Node and worker understand each other, and nothing else."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.leg import Attempt, Leg, LegState, Talk
from switch.call.salvage import Salvage
from switch.call.target import Party, Refusal, Target
from switch.call.transfer import Failure
from switch.wire.errors import WireError
from switch.wire.survival import AdoptedEnded, EndAdopted, Rescue, Salvaged, Waiting
from switch.wire.worker import (
    AttemptMade,
    Attempts,
    Back,
    Changed,
    Digit,
    Expect,
    Expecting,
    FromWorker,
    Leave,
    Noted,
    Noticed,
    Ready,
    Refer,
    ReferAnswered,
    ReferReplied,
    Resting,
    Resume,
    ToWorker,
    Transfer,
    decode_for_worker,
    decode_from_worker,
    encode,
)
from tests.records.samples import customer

CUSTOMER = Party(role="customer", number="+12065550100", name='Kim "K"\nMoreno', trunk="pstn")
ALICE = Target(user="alice", kind="rep", rep="alice", number="101", name="Alice Moreno")
EXPECT = Expect(
    conversation_id="c1",
    call_id="a@192.0.2.1",
    caller=CUSTOMER,
    presented=CUSTOMER,
    dialled="+14805550100",
    target=ALICE,
    ring_s=60,
    response_s=20,
)
REFER = Refer(
    refer_id="1",
    call_id="a@192.0.2.1",
    from_tag="f",
    to_tag="t",
    cseq=2**32 - 1,
    notifies=False,
    target=Refusal(user="nobody", sip_status=404, why="nobody of that name"),
)
SEATTLE = Target(
    user="seattle",
    kind="territory",
    number="801",
    name="Seattle",
    territory="seattle",
    members=(Party(role="rep", rep="saul"), Party(role="rep", rep="bob", number="103")),
    ring_s=35.0,
)
ATTEMPTS = Attempts(
    call_id="placed@127.0.0.1",
    attempts=(
        AttemptMade(rep="saul", from_s=1795348800.25, to_s=None, outcome="pending"),
        AttemptMade(rep="bob", from_s=1795348800.25, to_s=1795348801.5, outcome="busy"),
    ),
)
OVERFLOW = Attempts(
    call_id="placed@127.0.0.1",
    attempts=(),
    party=Party(role="external", number="+12065550111", trunk="pstn"),
    question="hunt 7",
)
WAITING = Waiting(
    salvage=Salvage(
        legs=(
            Leg(
                leg_id=LegId("c1-1"),
                party=CUSTOMER,
                side="caller",
                why="call",
                from_leg=None,
                dialled="+14805550100",
                kind=None,
                state=LegState.ANSWERED,
                offered_s=1795348800.25,
                talks=(Talk(with_leg=LegId("c1-2"), started_s=1795348801.5, ended_s=1795348803),),
                attempts=(Attempt(rep="bob", from_s=1.5, to_s=None, outcome="pending"),),
                end_reason=EndReason.TRANSFERRED,
            ),
        ),
        transferee=LegId("c1-1"),
        transferor=LegId("c1-2"),
        target=SEATTLE,
        failure=Failure(who="saul", reason=EndReason.DECLINED),
        fallbacks=(ALICE,),
        decliners=("saul",),
    ),
    remote_sdp="v=0\r\n",
    told_sdp="v=0\r\n",
)
TO_WORKER: list[ToWorker] = [
    Rescue(conversation_id="c1", waiting=WAITING, ring_s=60, response_s=20),
    AdoptedEnded(conversation_id="c1", leg_id="c1-1", by_party=True),
    EXPECT,
    msgspec.structs.replace(EXPECT, target=SEATTLE),
    REFER,
    msgspec.structs.replace(REFER, target=SEATTLE),
    ReferReplied(refer_id="1"),
    ATTEMPTS,
    OVERFLOW,
    Transfer(question="q1", rep="alice", target=SEATTLE, fallbacks=(ALICE,)),
    Transfer(question="q2", rep=None, dialled=True, target=REFER.target),
    Resume(question="q3", rep=None),
    Back(conversation_id="c1", rep="alice", allowed=False),
    Digit(conversation_id="c1", leg_id="c1-2", digit="#", lasted_s=0.16),
    Leave(),
]
FROM_WORKER: list[FromWorker] = [
    EndAdopted(conversation_id="c1", leg_id="c1-1"),
    Salvaged(conversation_id="c1", waiting=WAITING),
    Salvaged(conversation_id="c1", waiting=None),
    Ready(conversations=3),
    Expecting(conversation_id="c1"),
    Resting(conversation_id="c1"),
    Changed(record=customer()),
    ReferAnswered(refer_id="1", sip_status=202),
    Noted(question="hunt 7"),
    Noticed(level="warning", event="worker.line_too_long"),
    Noticed(level="error", event="conversation.fault", conversation_id="c1", detail="é\n"),
]


@pytest.mark.parametrize("message", TO_WORKER, ids=lambda message: type(message).__name__)
def test_what_the_node_says_is_what_the_worker_hears(message: ToWorker) -> None:
    assert decode_for_worker(encode(message)) == message


@pytest.mark.parametrize("message", FROM_WORKER, ids=lambda message: type(message).__name__)
def test_what_a_worker_says_is_what_the_node_hears(message: FromWorker) -> None:
    assert decode_from_worker(encode(message)) == message


@pytest.mark.parametrize("message", [*TO_WORKER, *FROM_WORKER])
def test_a_message_is_one_line(message: ToWorker | FromWorker) -> None:
    assert encode(message).count(b"\n") == 1


@pytest.mark.parametrize("message", TO_WORKER)
def test_a_torn_line_is_no_message_for_a_worker(message: ToWorker) -> None:
    line = encode(message)
    for end in range(len(line) - 1):
        with pytest.raises(WireError, match="unreadable message from the node"):
            decode_for_worker(line[:end])


@pytest.mark.parametrize("message", FROM_WORKER)
def test_a_torn_line_is_no_message_for_the_node(message: FromWorker) -> None:
    line = encode(message)
    for end in range(len(line) - 1):
        with pytest.raises(WireError, match="unreadable message from the worker"):
            decode_from_worker(line[:end])


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"type":"sing"}\n',
        b'{"type":"ready"}\n',
        b'{"type":"expect","conversation_id":7}\n',
        b'{"type":"refer","target":{"type":"territory"}}\n',
        b'{"type":"\xff"}\n',
        b'{"type":"attempts","call_id":"a"}\n',
        b'{"type":"attempts","call_id":"a","attempts":[{"rep":"bob"}]}\n',
        b'{"type":"noted"}\n',
        b'{"type":"noticed","level":"info","event":"\xff"}\n',
        b"[" * 200_000 + b"\n",
        b'{"type":"leave","more":' + b"[" * 200_000 + b"\n",
    ],
    ids=lambda line: line[:24],
)
def test_a_foreign_line_is_no_message(line: bytes) -> None:
    with pytest.raises(WireError):
        decode_for_worker(line)
    with pytest.raises(WireError):
        decode_from_worker(line)


def test_what_one_side_says_the_other_does_not() -> None:
    with pytest.raises(WireError):
        decode_for_worker(encode(Ready(conversations=0)))
    with pytest.raises(WireError):
        decode_from_worker(encode(Leave()))


def test_an_error_does_not_repeat_what_it_could_not_read() -> None:
    with pytest.raises(WireError) as raised:
        decode_for_worker(b'{"type":"leave","number":"+12065550100"')

    assert "+12065550100" not in str(raised.value)


def test_an_instant_arrives_as_it_was_told() -> None:
    for from_s in (1795348800.1234567, 0.1 + 0.2, 1e-9):
        made = AttemptMade(rep="bob", from_s=from_s, to_s=None, outcome="pending")

        heard = decode_for_worker(encode(msgspec.structs.replace(ATTEMPTS, attempts=(made,))))

        assert isinstance(heard, Attempts)
        assert heard.attempts[0].from_s == from_s


def test_a_field_of_a_later_release_is_skipped() -> None:
    assert decode_for_worker(b'{"type":"leave","why":"update"}') == Leave()


@settings(deadline=None)
@given(line=st.binary())
def test_whatever_comes_is_a_message_or_a_wire_error(line: bytes) -> None:
    for decode in (decode_for_worker, decode_from_worker):
        with pytest.raises(WireError):
            decode(line)
