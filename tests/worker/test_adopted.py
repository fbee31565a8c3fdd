"""A leg that another worker began, in the middle of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from switch.call.ids import LegId
from switch.wire.survival import EndAdopted
from switch.wire.worker import FromWorker
from switch.worker.adopted import AdoptingStack
from switch.worker.endpoint import StackError
from tests.worker.fakes import FakeStack

CUSTOMER, SAUL = LegId("c1-1"), LegId("c1-3")


def adopting() -> tuple[AdoptingStack, FakeStack, list[FromWorker]]:
    own, said = FakeStack(call_ids={SAUL: "w1"}, called={SAUL}), list[FromWorker]()
    return (
        AdoptingStack(own, adopted=CUSTOMER, conversation_id="c1", say=said.append),
        own,
        said,
    )


def test_our_own_legs_are_pjsips() -> None:
    stack, own, said = adopting()

    stack.place(SAUL, uri="sip:saul@switch.test", persona="", headers={}, sdp="")
    stack.answer(SAUL, 180)
    stack.answer_reinvite(SAUL, sdp="")
    stack.refuse_reinvite(SAUL, sip_status=488)
    stack.reinvite(SAUL, sdp="")
    stack.notify(SAUL, refer_id="1", event_id=1, sipfrag="", expires_s=None)
    stack.hang_up(SAUL)

    assert own.deeds == [
        "place",
        "answer",
        "answer_reinvite",
        "refuse_reinvite",
        "reinvite",
        "notify",
        "hang_up",
    ]
    assert (stack.leg_of("w1"), stack.is_up(SAUL), stack.called_by_us(SAUL)) == (SAUL, True, True)
    assert said == []


def test_the_node_ends_the_adopted_leg() -> None:
    stack, own, said = adopting()
    assert stack.is_up(CUSTOMER)

    stack.hang_up(CUSTOMER)
    stack.refuse_reinvite(CUSTOMER, sip_status=487)

    assert said == [EndAdopted(conversation_id="c1", leg_id=CUSTOMER)]
    assert own.done == []
    assert not stack.called_by_us(CUSTOMER)


def test_a_leg_that_is_over_is_not_ended_again() -> None:
    stack, _own, said = adopting()

    stack.adopted_ended()
    stack.hang_up(CUSTOMER)

    assert not stack.is_up(CUSTOMER)
    assert said == []


@pytest.mark.parametrize(
    "deed",
    [
        lambda stack: stack.answer(CUSTOMER, 200),
        lambda stack: stack.answer_reinvite(CUSTOMER, sdp=""),
        lambda stack: stack.reinvite(CUSTOMER, sdp=""),
        lambda stack: stack.notify(CUSTOMER, refer_id="1", event_id=1, sipfrag="", expires_s=None),
    ],
)
def test_what_only_its_own_worker_could_do_cannot_be_done(
    deed: Callable[[AdoptingStack], None],
) -> None:
    stack, own, _said = adopting()

    with pytest.raises(StackError, match="worker that has died"):
        deed(stack)
    assert own.done == []
