from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from switch.call.ids import LegId
from switch.call.recording import NO_POLICY
from switch.call.target import Party, Target
from switch.wire.nursery import Prompts, RecallSettings, RecordingSettings, WorkerSettings
from switch.wire.worker import (
    Changed,
    Expect,
    FromWorker,
    Noticed,
    Refer,
    ReferAnswered,
    ReferReplied,
)
from switch.worker.facts import (
    Acknowledged,
    Answered,
    Disconnected,
    Fact,
    Invited,
    NotifyDone,
    Provisional,
    Reinvited,
)
from switch.worker.serving import Serving
from switch.worker.stack import Stack
from tests.contract.media.phones import sdp_of
from tests.run.processes import until
from tests.worker.fakes import FakeMediaServer, FakeStack

PATIENCE_S = 5.0
SETTINGS = WorkerSettings(
    domain="switch.test",
    address="127.0.0.1",
    edge="127.0.0.1:5070",
    ng_host="127.0.0.1",
    ng_port=2223,
    codecs=("PCMU", "PCMA"),
    music="/music.wav",
    prompts=Prompts(
        menu="/menu.wav", wrong="/wrong.wav", goodbye="/goodbye.wav", ringing="/ringing.wav"
    ),
    recall=RecallSettings(ring_s=5, retries=1, pause_s=1, wait_s=5, menu_s=None),
    recording=RecordingSettings(spool="/nowhere", ending="flac", policy=NO_POLICY),
    accept_status=202,
    rest_s=0.1,
    recycle_after=300,
    log_level="error",
    log_format="json",
)
EXPECTED = Expect(
    conversation_id="c1",
    call_id="x@test",
    caller=Party(role="customer", number="+14805550123", trunk="pstn"),
    presented=Party(role="customer", number="+14805550123"),
    dialled="alice",
    target=Target(user="alice", kind="rep", rep="alice", number="101"),
    ring_s=5,
    response_s=5,
)


class Stage:
    """A conversation that is served, with nothing real around it."""

    def __init__(
        self, settings: WorkerSettings = SETTINGS, server: FakeMediaServer | None = None
    ) -> None:
        self.stack = FakeStack()
        self.server = server or FakeMediaServer()
        self.said: list[FromWorker] = []
        self.serving = Serving(
            EXPECTED,
            settings,
            stack=cast("Stack", self.stack),
            media_server=self.server,
            say=self.said.append,
        )
        self.caller = self.serving.conversation.caller_leg_id
        self.running = asyncio.create_task(self.serving.run())

    async def take(self, *facts: Fact) -> None:
        """Let facts come, and let all be done that they lead to."""
        for fact in facts:
            self.serving.take(fact)
            await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def callee(self) -> LegId:
        return list(self.serving.conversation.legs)[-1]

    def did(self, deed: str) -> list[tuple[LegId, dict[str, Any]]]:
        return [(leg_id, said) for done, leg_id, said in self.stack.done if done == deed]

    def notices(self) -> list[str]:
        return [message.event for message in self.said if isinstance(message, Noticed)]

    @property
    def refers(self) -> list[tuple[str, int]]:
        """Return how each REFER was answered."""
        answers = [message for message in self.said if isinstance(message, ReferAnswered)]
        return [(one.refer_id, one.sip_status) for one in answers]

    def ended(self) -> dict[str, str | None]:
        """Return why each leg that has ended did."""
        records = [message.record for message in self.said if isinstance(message, Changed)]
        return {one.leg_id: one.end_reason for one in records if one.state == "ended"}

    async def over(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.running


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    made.running.cancel()
    await asyncio.gather(made.running, return_exceptions=True)


async def talk(stage: Stage, *, offer: str | None = sdp_of(4000)) -> LegId:
    """Let the caller and the callee talk; returns the callee's leg."""
    await stage.take(Invited(leg_id=stage.caller, sdp=offer))
    callee = stage.callee()
    await stage.take(
        Provisional(leg_id=callee, sip_status=180, sdp=None),
        Answered(leg_id=callee, sdp=sdp_of(4002)),
        Acknowledged(leg_id=stage.caller, sdp=None if offer else sdp_of(4000)),
    )
    return callee


async def test_a_call_is_put_through_and_ends(stage: Stage) -> None:
    callee = await talk(stage)

    assert [deed for deed in stage.stack.deeds if deed != "hang_up"] == [
        "place",
        "answer",
        "answer",
    ]
    assert [said["sip_status"] for _leg, said in stage.did("answer")] == [180, 200]

    await stage.take(Disconnected(leg_id=stage.caller, by_party=True, sip_status=200))
    assert stage.did("hang_up") == [(callee, {"sip_status": 0})]
    await stage.take(Disconnected(leg_id=callee, by_party=False, sip_status=200))

    await stage.over()
    assert stage.server.calls == {}
    assert stage.ended() == {stage.caller: "completed", callee: "completed"}


async def test_facts_of_a_stranger_change_nothing(stage: Stage) -> None:
    await stage.take(Disconnected(leg_id=LegId("stranger"), by_party=True, sip_status=200))

    assert stage.said == []
    assert stage.stack.done == []


@pytest.mark.parametrize("offer", ["rubbish", "v=0\r\n", sdp_of(0)])
async def test_an_offer_without_audio_is_refused_with_488(stage: Stage, offer: str) -> None:
    await stage.take(Invited(leg_id=stage.caller, sdp=offer))

    assert stage.did("hang_up") == [(stage.caller, {"sip_status": 488})]
    assert stage.did("place") == []


async def test_an_answer_without_a_description_is_the_end_of_that_leg(stage: Stage) -> None:
    await stage.take(Invited(leg_id=stage.caller, sdp=sdp_of(4000)))
    callee = stage.callee()

    await stage.take(Answered(leg_id=callee, sdp=None))

    assert callee in [leg_id for leg_id, _said in stage.did("hang_up")]
    assert stage.did("answer") == []
    assert "leg.answered_without_sdp" in stage.notices()


async def test_what_comes_with_the_ack_is_told_to_the_media_server(stage: Stage) -> None:
    await talk(stage, offer=None)

    *_before, offer, answer = stage.server.asked
    assert (offer[0], answer[0]) == ("offer", "answer")
    assert offer[1]["from_tag"] == stage.caller
    assert "m=audio 4000" in offer[1]["sdp"]


async def test_a_hold_is_answered_and_the_other_hears_music(stage: Stage) -> None:
    callee = await talk(stage)

    await stage.take(Reinvited(leg_id=callee, sdp=sdp_of(4002, direction="sendonly")))

    [(leg_id, said)] = stage.did("answer_reinvite")
    assert leg_id == callee
    assert "a=recvonly" in said["sdp"]
    assert stage.server.calls["c1"][stage.caller].hears == "/music.wav"


async def test_a_refer_is_answered_and_its_target_called(stage: Stage) -> None:
    alice = await talk(stage)
    target = Target(user="saul", kind="rep", rep="saul", number="102")

    stage.serving.refer(
        Refer(
            refer_id="r1",
            call_id="c",
            from_tag="a",
            to_tag="b",
            cseq=101,
            notifies=True,
            target=target,
        ),
        alice,
    )
    stage.serving.told(ReferReplied(refer_id="r1"))
    await stage.settle()
    await until(lambda: bool(stage.did("notify")))

    assert stage.refers == [("r1", 202)]
    [_first, (_saul, said)] = stage.did("place")
    assert said["uri"] == "sip:saul@switch.test"
    [(leg_id, notify)] = stage.did("notify")
    assert (leg_id, notify["event_id"], notify["sipfrag"]) == (alice, 101, "SIP/2.0 100 Trying\r\n")
    await stage.take(NotifyDone(leg_id=alice, refer_id="r1", final=False, sip_status=200))
    assert "conversation.fault" not in stage.notices()


async def test_a_fault_of_ours_ends_the_conversation_and_not_the_worker(stage: Stage) -> None:
    stage.stack.faults.add("answer")
    await stage.take(Invited(leg_id=stage.caller, sdp=sdp_of(4000)))
    callee = stage.callee()

    await stage.take(Provisional(leg_id=callee, sip_status=180, sdp=None))

    assert "conversation.fault" in stage.notices()
    assert {leg_id for leg_id, _said in stage.did("hang_up")} == {stage.caller, callee}
    await stage.take(
        Disconnected(leg_id=stage.caller, by_party=False, sip_status=480),
        Disconnected(leg_id=callee, by_party=False, sip_status=487),
    )
    await stage.over()
    assert stage.ended() == {stage.caller: "switch_error", callee: "switch_error"}


async def test_a_call_that_never_came_is_recorded(stage: Stage) -> None:
    stage.serving.never_came()

    await stage.over()
    assert not {"place", "answer"} & set(stage.stack.deeds)
    assert stage.ended()[stage.caller] is not None
    assert stage.server.calls == {}


async def test_a_switch_that_stops_ends_every_leg(stage: Stage) -> None:
    callee = await talk(stage)

    stage.serving.shut()
    await stage.settle()

    assert {leg_id for leg_id, _said in stage.did("hang_up")} == {stage.caller, callee}
