"""All calls are recorded, and a sound file says so: both hear it as soon as they are joined.

Who is joined later hears a beep; and nobody stays unheard whose worker dies meanwhile.
"""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from switch.audio.g711 import SAMPLE_RATE_HZ
from switch.audio.wav import write_wav
from switch.config import Config, RecordingSettings
from switch.recording.tape.line import Side
from tests.contract.whole.deaths import is_free, kill_at, thread_of, until
from tests.contract.whole.ears import BEEP_HZ, Ear
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.test_dead_worker import Talk, talking
from tests.contract.whole.test_recorded import ALICE_HZ, CUSTOMER_HZ, heard, recording_of

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


def recording(folder: Path) -> RecordingSettings:
    """Announce every call from outside by 0.8 s of a tone."""
    told = folder / "told.wav"
    turn = 2 * math.pi * BEEP_HZ / SAMPLE_RATE_HZ
    write_wav(told, [round(7000 * math.sin(turn * n)) for n in range(SAMPLE_RATE_HZ * 4 // 5)])
    return RecordingSettings(always=("inbound",), announce=str(told))


async def test_both_hear_the_announcement_once_also_through_a_transfer(
    running: Config, parties: dict[str, Party]
) -> None:
    saul = parties["saul"]
    his, hers = Ear(parties["customer"]), Ear(parties["alice"])
    talk = await talking(parties)

    await his.hears(BEEP_HZ)
    await hers.hears(BEEP_HZ)
    await talk.alice.transfers(talk.hers, "102")
    sauls = await saul.answers()
    sauls_ear = Ear(saul)
    await sauls_ear.hears(BEEP_HZ)
    await talk.customer.hears(saul.tone)
    await saul.hears(talk.customer.tone)
    await asyncio.sleep(0.5)
    await sauls.hang_up()
    await talk.his.until_over()

    # Saul has heard the beep, and he alone.
    assert sauls_ear.cues() == his.cues() == [BEEP_HZ]
    assert max(frames for hz, frames in sauls_ear.runs if hz == BEEP_HZ) < 30
    assert max(frames for hz, frames in his.runs if hz == BEEP_HZ) > 35
    sound = await recording_of(running, await thread_of(running))
    assert heard(sound, Side.LEFT)[0] == CUSTOMER_HZ
    assert ALICE_HZ in heard(sound, Side.RIGHT)
    first_hz, _from_s, to_s = sound.runs(Side.LEFT)[0]
    assert first_hz == CUSTOMER_HZ
    assert to_s > 0.8, "what he said meanwhile is in it"


async def test_who_hears_it_when_the_worker_dies_hears_the_other_again(
    parties: dict[str, Party],
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    his, hers = Ear(customer), Ear(alice)
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers()
    talk = Talk(customer=customer, alice=alice, his=await calling, hers=call)
    await until(lambda: his.cues() == hers.cues() == [BEEP_HZ])

    kill_at(talk.port)

    # The sound plays to its end, between the packets of the other's voice.
    await until(lambda: his.hears_a_voice(frames=25) and hers.hears_a_voice(frames=25))
    await until(lambda: not is_free(talk.port))
    await talk.hear_each_other()
    await talk.his.hang_up()
    await talk.hers.until_over()
