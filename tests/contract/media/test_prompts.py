"""Prompts: what one hears once, and who goes on hearing what he heard."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from switch.audio.prompts import PROMPTS, prompt_samples
from switch.audio.tones import MUSIC, NOISE, QUIET
from switch.call.commands import Prompt
from switch.media.ng import MediaError, NgClient
from switch.wire.nursery import Prompts
from switch.worker.media import Media
from tests.contract.media.phones import HOST, Phone, Room, hear
from tests.contract.media.test_media import EITHER_WAY, talking

pytestmark = pytest.mark.contract


def sounds(phone: Phone, from_s: float) -> set[str]:
    """Return what a phone has heard since, each for at least three packets in a row."""
    return {run.sound for run in phone.voice.heard.runs(from_s, shortest_s=0.06)}


async def recalled(room: Room, by: str) -> tuple[Phone, Phone, Phone]:
    """Let alice be called back who transferred and left; saul did not answer."""
    customer, alice, saul = await talking(room, by)
    await room.refer(alice, customer, saul)
    back = await room.phone("alice again", 1500)
    back.told(await room.media.offer(back.leg, of=customer.leg, keep_codecs=True))
    return customer, saul, back


async def answers_and_hears(room: Room, phone: Phone, prompt: Prompt) -> float:
    """Let one who was called answer and hear a prompt to its end; returns when it began."""
    room.media.told_by(phone.leg, phone.sdp())
    from_s = time.time()
    lasts_s = await room.media.play_prompt(phone.leg, prompt)
    assert lasts_s is not None
    await asyncio.sleep(lasts_s)
    return from_s


@pytest.mark.parametrize("name", PROMPTS)
async def test_rtpengine_knows_how_long_each_prompt_lasts(room: Room, name: str) -> None:
    customer, _alice, _saul = await talking(room, "customer")

    lasts_s = await room.media.play_prompt(customer.leg, Prompt(name))

    assert lasts_s == pytest.approx(len(prompt_samples(name)) / 8000, abs=0.05)


@EITHER_WAY
async def test_one_who_is_called_back_hears_the_menu_and_the_customer_his_music(
    room: Room, by: str
) -> None:
    customer, saul, back = await recalled(room, by)

    from_s = await answers_and_hears(room, back, Prompt.MENU)

    assert sounds(back, from_s) == {NOISE, QUIET}
    assert sounds(customer, from_s) == {MUSIC}
    assert sounds(saul, from_s) == set()


@EITHER_WAY
async def test_after_a_prompt_the_two_are_joined_and_the_customer_is_told_nothing(
    room: Room, by: str
) -> None:
    customer, saul, back = await recalled(room, by)
    await answers_and_hears(room, back, Prompt.MENU)
    assert await hear(customer, back) == [MUSIC, QUIET]

    await room.media.stop_music(back.leg)
    assert await room.media.join(customer.leg, back.leg) is None

    assert await hear(customer, back, saul) == [back.tone, customer.tone, QUIET]


async def test_a_prompt_that_is_cut_short_is_heard_no_more(room: Room) -> None:
    customer, _saul, back = await recalled(room, "customer")
    room.media.told_by(back.leg, back.sdp())
    await room.media.play_prompt(back.leg, Prompt.GOODBYE)

    await room.media.stop_music(back.leg)
    assert await room.media.join(customer.leg, back.leg) is None

    assert await hear(customer, back) == [back.tone, customer.tone]


async def test_one_prompt_takes_the_place_of_another(room: Room) -> None:
    _customer, _saul, back = await recalled(room, "customer")
    room.media.told_by(back.leg, back.sdp())
    await room.media.play_prompt(back.leg, Prompt.GOODBYE)
    from_s = time.time()

    lasts_s = await room.media.play_prompt(back.leg, Prompt.WRONG)

    assert lasts_s is not None
    await asyncio.sleep(lasts_s)
    assert sounds(back, from_s) == {NOISE, QUIET}
    assert await hear(back) == [QUIET]


async def test_a_goodbye_takes_the_place_of_the_music_and_music_that_of_a_goodbye(
    room: Room,
) -> None:
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    assert await hear(customer) == [MUSIC]

    from_s = time.time() + 0.1
    lasts_s = await room.media.play_prompt(customer.leg, Prompt.GOODBYE)
    assert lasts_s is not None
    await asyncio.sleep(0.8)
    assert sounds(customer, from_s) == {NOISE}

    await room.media.play_music(customer.leg)
    assert await hear(customer) == [MUSIC]


async def test_who_hears_the_menu_may_be_transferred_from_without_the_customer_noticing(
    room: Room,
) -> None:
    """He names somebody else: his leg ends, and the customer goes on hearing music."""
    customer, _saul, back = await recalled(room, "customer")
    await answers_and_hears(room, back, Prompt.MENU)
    dave = await room.phone("dave", 1700)

    await room.media.mute(back.leg)
    dave.told(await room.media.offer(dave.leg, of=customer.leg, keep_codecs=True))
    assert await hear(customer, dave) == [MUSIC, QUIET]

    assert await room.answer(dave, customer) is None
    assert await hear(customer, dave, back) == [dave.tone, customer.tone, QUIET]


async def test_a_prompt_that_is_not_there_is_an_error(
    room: Room, ng: NgClient, tmp_path: Path
) -> None:
    customer, alice, _saul = await talking(room, "customer")
    nowhere = str(tmp_path / "nowhere.wav")
    media = Media(
        ng,
        conversation_id=room.conversation_id,
        address=HOST,
        codecs=("PCMU",),
        music=nowhere,
        prompts=Prompts(menu=nowhere, wrong=nowhere, goodbye=nowhere, ringing=nowhere),
    )

    with pytest.raises(MediaError):
        await media.play_prompt(customer.leg, Prompt.GOODBYE)

    assert await hear(customer, alice) == [alice.tone, customer.tone]
