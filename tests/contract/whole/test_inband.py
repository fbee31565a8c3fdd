"""A rep and a line whose keys are tones in the audio, on a whole switch."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dialplan import Did, Dtmf
from switch.audio.dtmf import keys_in
from switch.config import Config, WorkerSettings
from switch.recording.tape.line import Side
from tests.contract.whole.deaths import thread_of, until
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.switch import parties_at, whole_switch
from tests.contract.whole.test_keys_pass import Keys
from tests.contract.whole.test_recorded import captures, heard, recording_of

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


def _alice_sends_tones(config: Config) -> Config:
    plan = config.dialplan
    reps = tuple(
        dataclasses.replace(rep, dtmf=Dtmf.INBAND) if rep.name == "alice" else rep
        for rep in plan.reps
    )
    return dataclasses.replace(config, dialplan=dataclasses.replace(plan, reps=reps))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Config]:
    """Run a switch that knows alice's phone as one with tones."""
    async with whole_switch(
        tmp_path_factory.mktemp("switch"),
        dids=[Did(number=ALICES, rep="alice")],
        workers=WorkerSettings(warm=1, most=4),
        changed=_alice_sends_tones,
    ) as programs:
        yield programs.config


@pytest_asyncio.fixture(loop_scope="module")
async def parties(running: Config) -> AsyncIterator[dict[str, Party]]:
    """Give each a phone that nobody has used before; in the end all have hung up."""
    async with parties_at(running) as parties:
        yield parties


async def test_a_code_in_tones_is_acted_on_and_other_keys_are_turned(
    running: Config, parties: dict[str, Party]
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    hers = await alice.answers()
    call = await calling
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    keys = Keys(customer)

    alice.voice.play_keys("58")
    await keys.are("58")
    from_s = time.time()
    customer.voice.press("7")
    await until(lambda: keys_in(alice.voice.heard.payloads(from_s)) == "7")
    alice.voice.play_keys("*1")
    await until(lambda: len(captures(running)) == 1)
    await asyncio.sleep(1.0)
    await call.hang_up()
    await hers.until_over()

    sound = await recording_of(running, await thread_of(running))
    assert heard(sound, Side.LEFT) == [900]
    assert heard(sound, Side.RIGHT) == [1100]
