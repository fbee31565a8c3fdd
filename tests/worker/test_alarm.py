"""The one timer of a conversation goes off when it was set to, and as often as it was set."""

from __future__ import annotations

import asyncio
import time

import pytest

from switch.worker.alarm import Alarm

PATIENCE_S = 5.0


class Bell:
    """An alarm, and how often it went off."""

    def __init__(self) -> None:
        self.rings = 0
        self.rang = asyncio.Event()
        self.alarm = Alarm(self._ring)

    def _ring(self) -> None:
        self.rings += 1
        self.rang.set()

    async def until_rung(self) -> None:
        await asyncio.wait_for(self.rang.wait(), PATIENCE_S)
        self.rang.clear()


@pytest.fixture
async def bell() -> Bell:
    return Bell()


async def test_it_goes_off_once_however_often_it_is_set_to_the_same_moment(bell: Bell) -> None:
    due_s = time.monotonic() + 0.001
    for _ in range(3):
        bell.alarm.set_to(due_s)

    await bell.until_rung()
    await asyncio.sleep(0.01)

    assert bell.rings == 1


async def test_it_can_be_set_to_the_moment_at_which_it_has_just_gone_off(bell: Bell) -> None:
    due_s = time.monotonic() + 0.001
    bell.alarm.set_to(due_s)
    await bell.until_rung()

    bell.alarm.set_to(due_s)

    await bell.until_rung()


async def test_what_it_was_set_to_before_does_not_count(bell: Bell) -> None:
    bell.alarm.set_to(time.monotonic())
    bell.alarm.set_to(None)
    await asyncio.sleep(0.01)
    assert bell.rings == 0

    bell.alarm.set_to(time.monotonic() + 60)
    bell.alarm.set_to(time.monotonic())

    await bell.until_rung()
