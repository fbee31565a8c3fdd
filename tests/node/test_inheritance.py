"""What a dead worker leaves, and who of it can be kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.call.ids import LegId
from switch.call.salvage import Salvage
from switch.call.target import Party
from switch.node.inheritance import Estate, talkers, transferee, why_silent
from switch.node.pooled import Memory
from switch.records.leg import LegRecord, Talk
from switch.wire.survival import Waiting
from tests.records.samples import at, customer, rep

KIM, ALICE = "leg-0", "leg-1"
WAITING = Waiting(
    salvage=Salvage(
        legs=(),
        transferee=LegId(KIM),
        transferor=LegId(ALICE),
        target=None,
        failure=None,
        fallbacks=(),
        decliners=(),
    ),
    remote_sdp="",
    told_sdp="",
)


def kim(peer: str | None = ALICE, **changes: Any) -> LegRecord:
    talks = () if peer is None else (Talk(with_leg=peer, started_at=at(2)),)
    return msgspec.structs.replace(customer(answered_at=at(2), talks=talks), **changes)


def alice(peer: str | None = KIM) -> LegRecord:
    talks = () if peer is None else (Talk(with_leg=peer, started_at=at(2)),)
    return rep("alice", answered_at=at(2), talks=talks)


def estate(
    *records: LegRecord,
    waiting: Waiting | None = None,
    caller: Party | None = None,
    user: str = "alice",
) -> Estate:
    return Estate(
        conversation_id="c1",
        port=20000,
        memory=None
        if caller is None
        else Memory(caller=caller, dialled="x", max_forwards=70, private=False, users=[user]),
        records={record.leg_id: record for record in records},
        dialogs={},
        waiting=waiting,
    )


def test_two_who_talk_go_on() -> None:
    assert talkers(estate(kim(), alice()), {KIM, ALICE}) == (KIM, ALICE)


@pytest.mark.parametrize(
    ("records", "standing"),
    [
        ([kim(), alice()], {KIM}),
        ([kim(), alice()], {ALICE}),
        ([kim()], {KIM, ALICE}),
        ([kim(), alice(peer="somebody")], {KIM, ALICE}),
        ([kim(peer=None), alice(peer=None)], {KIM, ALICE}),
        ([], set()),
    ],
)
def test_nobody_goes_on_talking_alone(records: list[LegRecord], standing: set[str]) -> None:
    assert talkers(estate(*records), standing) is None


def test_a_transferee_is_won_back() -> None:
    assert transferee(estate(kim(peer=None), waiting=WAITING), {KIM}) == KIM


@pytest.mark.parametrize(
    ("records", "waiting", "standing"),
    [
        ([kim(peer=None)], None, {KIM}),
        ([kim(peer=None)], WAITING, set()),
        ([], WAITING, {KIM}),
        ([kim(), alice()], WAITING, {KIM, ALICE}),
    ],
)
def test_nobody_is_won_back_who_is_gone_or_talks(
    records: list[LegRecord], waiting: Waiting | None, standing: set[str]
) -> None:
    assert transferee(estate(*records, waiting=waiting), standing) is None


def test_a_call_without_a_record_has_the_direction_of_its_caller() -> None:
    saul = Party(role="rep", rep="saul")

    found = [
        estate().direction,
        estate(caller=Party(role="customer")).direction,
        estate(caller=saul, user="+12065550100").direction,
        estate(caller=saul).direction,
    ]

    assert found == ["inbound", "inbound", "outbound", "internal"]


def answer(**last_packets: float) -> dict[str, Any]:
    return {
        "tags": {
            tag: {"medias": [{"streams": [{"last packet": heard_s}, {}]}]}
            for tag, heard_s in last_packets.items()
        }
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(a=95, b=10), None),
        (answer(a=60, b=60), EndReason.MEDIA_TIMEOUT),
        (answer(a=60, b=60, stranger=99), EndReason.MEDIA_TIMEOUT),
        ({}, EndReason.MEDIA_TIMEOUT),
        (None, EndReason.MEDIA_LOST),
    ],
)
def test_two_are_ended_of_whom_nothing_is_heard(
    said: dict[str, Any] | None, why: EndReason | None
) -> None:
    assert why_silent(said, ("a", "b"), since_s=60, now_s=100) is why


def test_they_have_time_after_the_death() -> None:
    assert why_silent(answer(a=0, b=0), ("a", "b"), since_s=80, now_s=100) is None
