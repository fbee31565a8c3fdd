"""A transfer that the toll policy denies is told to whoever watches: once in the log, once on the
bus."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from switch.demo import scenario
from switch.demo.stage import perform
from switch.demo.standing import StandingSwitch
from tests.scenarios.watch import watch

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

_WITHIN_S = 30.0


async def test_a_denied_transfer_is_one_log_line_and_one_security_event(
    switch: StandingSwitch, contact: str, traces: Path
) -> None:
    log = switch.config.switch.data_dir / "run" / "node.log"
    before = log.stat().st_size

    async with watch(switch) as watched:
        played = await perform(
            scenario.load(scenario.root() / "outside" / "transfer_denied"),
            switch,
            traces,
            contact=contact,
        )
        async with asyncio.timeout(_WITHIN_S):
            while not watched.security:  # noqa: ASYNC110 -- the bus is in no hurry
                await asyncio.sleep(0.02)

    assert not played.failures
    [event] = watched.security
    assert event["rep"] == "alice"
    assert event["number"] == "+442079460018"
    lines = log.read_bytes()[before:].decode().splitlines()
    [line] = [line for line in lines if "toll.denied" in line and "warning" in line]
    assert "alice" in line
    assert "442079460018" not in line
