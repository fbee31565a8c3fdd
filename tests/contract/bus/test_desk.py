"""Whoever is at the desk in a scenario, and a real broker."""

from __future__ import annotations

import pytest

from switch.demo import desk
from switch.records.codec import PresenceData
from switch.records.commands import Answer, ResumeCommand, TransferCommand
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice
from tests.contract.bus.test_asker import bus_of
from tests.contract.bus.test_commands import Node, listening
from tests.records.test_choice import DECLINED

pytestmark = pytest.mark.contract

CUSTOMER = "+14805550123"
SOON_S = 0.2


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_WITHIN_S", PATIENCE_S)


async def waits(publish: Voice) -> None:
    publish.publish_choice("conversation-1", DECLINED)
    assert await publish.flush(PATIENCE_S)


async def test_he_asks_for_the_call_of_the_customer(bus: Broker, publish: Voice) -> None:
    await waits(publish)
    node = Node()
    async with listening(bus, node):
        said = [
            await desk.ask(bus_of(bus), what, contact=CUSTOMER)
            for what in ("transfer bob", "resume")
        ]

    assert said == [None, None]
    assert node.asked == [
        TransferCommand(conversation="conversation-1", target="bob"),
        ResumeCommand(conversation="conversation-1"),
    ]


async def test_he_says_what_was_refused(bus: Broker, publish: Voice) -> None:
    await waits(publish)
    node = Node()
    node.answer = Answer(status=404, problem="nobody")
    async with listening(bus, node):
        why = await desk.ask(bus_of(bus), "transfer zoe", contact=CUSTOMER)

    assert why == "transfer zoe: 404, nobody"


async def test_he_does_not_wait_for_ever(
    bus: Broker, publish: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await waits(publish)
    monkeypatch.setattr(desk, "_WITHIN_S", SOON_S)

    why = await desk.ask(bus_of(bus), "resume", contact="+14805550199")
    bus.stop()
    away = await desk.ask(bus_of(bus), "resume", contact=CUSTOMER)

    assert why == "resume: there is nothing to choose"
    assert away is not None


async def test_everybody_is_free_who_is_available_when_nobody_waits(
    bus: Broker, publish: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rep, state in (("alice", "on_call"), ("saul", "available")):
        publish.publish_presence(PresenceData(rep=rep, state=state))
    await waits(publish)
    monkeypatch.setattr(desk, "_WITHIN_S", SOON_S)

    busy = await desk.not_free(bus_of(bus), ["alice", "saul", "bob"], contact=CUSTOMER)
    publish.publish_choice("conversation-1", None)
    assert await publish.flush(PATIENCE_S)
    free = await desk.not_free(bus_of(bus), ["saul"], contact=CUSTOMER)

    assert busy == {"alice": "on_call", "bob": "unknown", "customer": "waits"}
    assert free == {}
