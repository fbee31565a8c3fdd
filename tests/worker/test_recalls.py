"""A recall as a worker serves it: what it asks of the node, what it tells it, what it dials."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from switch.call.choice import Choice
from switch.call.ids import LegId
from switch.call.target import Target
from switch.wire.worker import Answered as AskAnswered
from switch.wire.worker import AskingBack, Back, Choosing, Resume, Transfer
from switch.worker.facts import Answered, Disconnected, Provisional
from tests.contract.media.phones import sdp_of
from tests.worker.test_serving import Stage, talk

SAUL = Target(user="saul", kind="rep", rep="saul", number="102")
BOB = Target(user="bob", kind="rep", rep="bob", number="103")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    made.running.cancel()


def answers(stage: Stage) -> list[tuple[str, int]]:
    said = [message for message in stage.said if isinstance(message, AskAnswered)]
    return [(one.question, one.sip_status) for one in said]


def choices(stage: Stage) -> list[Choice | None]:
    return [message.choice for message in stage.said if isinstance(message, Choosing)]


async def click(stage: Stage, target: Target, question: str = "q1") -> LegId:
    """Let somebody transfer by a click; returns the target's leg."""
    stage.serving.asked(Transfer(question=question, rep="alice", target=target))
    await stage.settle()
    return stage.callee()


async def fails(stage: Stage, leg_id: LegId, sip_status: int) -> None:
    await stage.take(Disconnected(leg_id=leg_id, by_party=True, sip_status=sip_status))


async def test_a_click_transfers_and_releases_the_rep(stage: Stage) -> None:
    alice = await talk(stage)

    saul = await click(stage, SAUL)

    assert answers(stage) == [("q1", 200)]
    assert [leg_id for leg_id, _said in stage.did("place")] == [alice, saul]
    assert [leg_id for leg_id, _said in stage.did("hang_up")] == [alice]
    choice = choices(stage)[-1]
    assert choice is not None
    assert (choice.target, choice.state, choice.outcome) == ("saul", "calling", "pending")


async def test_a_transferor_who_is_gone_is_called_back_when_the_node_allows_it(
    stage: Stage,
) -> None:
    alice = await talk(stage)
    saul = await click(stage, SAUL)
    await fails(stage, alice, 200)

    await fails(stage, saul, 603)

    assert AskingBack(conversation_id="c1", rep="alice") in stage.said
    assert len(stage.did("place")) == 2
    stage.serving.back(Back(conversation_id="c1", rep="alice", allowed=False))
    await stage.settle()
    assert len(stage.did("place")) == 2
    stage.serving.back(Back(conversation_id="c1", rep="alice", allowed=True))
    await stage.settle()
    *_, (recalled, said) = stage.did("place")
    assert said["uri"] == "sip:alice@switch.test"
    assert said["persona"] == '"saul declined: +14805550123" <sip:+14805550123@switch.test>'
    await stage.take(
        Provisional(leg_id=recalled, sip_status=180, sdp=None),
        Answered(leg_id=recalled, sdp=sdp_of(4004)),
    )
    assert choices(stage)[-1] is None
    assert [one.state for one in choices(stage) if one] == [
        "calling",
        "asking",
        "waiting",
        "recalling",
    ]
    assert stage.serving.conversation.legs[recalled].talks != ()


async def test_another_target_leaves_out_who_has_declined(stage: Stage) -> None:
    alice = await talk(stage)
    saul = await click(stage, SAUL)
    await fails(stage, alice, 200)
    await fails(stage, saul, 486)

    await click(stage, BOB, "q2")

    assert answers(stage) == [("q1", 200), ("q2", 200)]
    *_, (_bob, said) = stage.did("place")
    assert said["uri"] == "sip:bob@switch.test"
    assert said["headers"]["X-Without"] == "saul"


async def test_what_cannot_be_resumed_is_answered_so(stage: Stage) -> None:
    await talk(stage)

    stage.serving.asked(Resume(question="q1", rep="alice"))
    stage.serving.asked(Transfer(question="q2", rep="saul", target=BOB))
    stage.serving.back(Back(conversation_id="c1", rep="alice", allowed=True))
    await stage.settle()

    assert sorted(answers(stage)) == [("q1", 481), ("q2", 481)]
    assert choices(stage) == []
