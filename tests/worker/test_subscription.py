from __future__ import annotations

import asyncio

import pytest

from switch.worker import subscription
from switch.worker.subscription import Subscriptions


async def test_a_subscription_bears_the_cseq_of_its_refer() -> None:
    subscriptions = Subscriptions()
    for refer_id, cseq in (("r1", 101), ("r2", 102)):
        subscriptions.add(refer_id, cseq=cseq)
        subscriptions.replied(refer_id)

    assert await subscriptions.event_id("r2") == 102
    assert await subscriptions.event_id("r1") == 101


async def test_a_notify_waits_for_the_answer_to_its_refer() -> None:
    subscriptions = Subscriptions()
    subscriptions.add("r1", cseq=101)
    waiting = asyncio.create_task(subscriptions.event_id("r1"))
    await asyncio.sleep(0.02)
    assert not waiting.done()

    subscriptions.replied("r1")

    assert await waiting == 101


async def test_a_lost_edge_holds_up_one_notify_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscription, "_REPLIED_WITHIN_S", 0.05)
    subscriptions = Subscriptions()
    subscriptions.add("r1", cseq=101)
    loop = asyncio.get_running_loop()

    began_s = loop.time()
    assert await subscriptions.event_id("r1") == 101
    assert await subscriptions.event_id("r1") == 101

    assert loop.time() - began_s < 0.09


async def test_the_answer_to_an_unknown_refer_is_nobodys() -> None:
    Subscriptions().replied("stranger")
