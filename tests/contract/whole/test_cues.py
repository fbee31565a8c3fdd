"""A recording that is announced by a beep, on a whole switch: both hear it, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from switch.config import Config, RecordingSettings
from switch.desk.asker import Bus, ask
from switch.recording.tape.line import Side
from switch.records.commands import RecordCommand
from tests.contract.whole.deaths import thread_of
from tests.contract.whole.ears import BEEP_HZ, DOWN, TWICE, Ear
from tests.contract.whole.party import Party
from tests.contract.whole.test_dead_worker import talking
from tests.contract.whole.test_recorded import (
    ALICE_HZ,
    CUSTOMER_HZ,
    heard,
    pressed,
    recording_of,
)

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


def recording(_folder: Path) -> RecordingSettings:
    return RecordingSettings(announce="beep")


async def test_both_hear_a_beep_at_the_start_and_after_a_pause(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    his, hers = Ear(talk.customer), Ear(talk.alice)

    await pressed(talk.alice, "*1", are=1, config=running)
    await his.hears(BEEP_HZ)
    await hers.hears(BEEP_HZ)
    await asyncio.sleep(0.5)
    talk.alice.voice.press("*2")
    await hers.hears(BEEP_HZ, *TWICE)
    await pressed(talk.alice, "*2", are=2, config=running)
    await his.hears(BEEP_HZ, BEEP_HZ)
    await hers.hears(BEEP_HZ, *TWICE, BEEP_HZ)
    await asyncio.sleep(0.5)
    talk.alice.voice.press("*1")
    await hers.hears(BEEP_HZ, *TWICE, BEEP_HZ, *DOWN)
    await talk.his.hang_up()
    await talk.hers.until_over()

    sound = await recording_of(running, await thread_of(running))
    assert his.cues() == [BEEP_HZ, BEEP_HZ], "the rest is hers"
    # What they said while it beeped is in it, and the beep is not.
    for side, hz in ((Side.LEFT, CUSTOMER_HZ), (Side.RIGHT, ALICE_HZ)):
        assert heard(sound, side) == [hz, hz]


async def test_a_command_is_announced_too(running: Config, parties: dict[str, Party]) -> None:
    talk = await talking(parties)
    his, hers = Ear(talk.customer), Ear(talk.alice)
    conversation = (await thread_of(running, over=False)).conversation_id
    bus = Bus(host=running.bus.host, port=running.bus.port)

    on = await ask(bus, RecordCommand(conversation=conversation, action="on"))

    assert on.status == 200
    await his.hears(BEEP_HZ)
    await hers.hears(BEEP_HZ)
