"""Whoever waits hears music from the transfer until somebody talks with him, whatever fails.

How long a silence is cannot be told by the clock where the machine may be busy. So a witness
hears the same music all the while, undisturbed, by the same rtpengine: what the transferee
hears less of it was silence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from switch.audio.tones import MUSIC, QUIET
from switch.call.commands import Prompt
from switch.call.ids import ConversationId
from switch.media.ng import NgClient
from switch.worker.media import Media
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import HOST, Phone, Room, hear
from tests.contract.media.test_media import EITHER_WAY, talking

pytestmark = pytest.mark.contract

_MOST_SILENCE_PACKETS = 25
"""Half a second."""


@pytest.fixture
async def witness(relay: Relay, ng: NgClient) -> AsyncIterator[Phone]:
    """Return a phone in a conversation of its own that hears music and nothing else."""
    conversation_id = ConversationId("witness")
    media = Media(
        ng,
        conversation_id=conversation_id,
        address=HOST,
        codecs=("PCMU",),
        music=str(relay.music),
        prompts=relay.prompts,
    )
    room = Room(media=media, conversation_id=conversation_id)
    listener, talker = await room.phone("listener", 900), await room.phone("talker", 1100)
    await room.call(listener, talker)
    talker.voice.hush()
    await media.mute(talker.leg)
    await media.play_music(listener.leg)
    yield listener
    room.close()
    await media.forget()


def music_packets(phone: Phone, from_s: float, to_s: float) -> float:
    heard = phone.voice.heard
    return heard.packets(from_s, to_s) * heard.shares(from_s, to_s).get(MUSIC, 0.0)


async def a_moment() -> None:
    """Let something be the case for a while, that it could be heard."""
    await asyncio.sleep(0.3)


async def calls(room: Room, customer: Phone, phone: Phone) -> None:
    """Call somebody for the customer; he sends before he answers, as some do."""
    phone.told(await room.media.offer(phone.leg, of=customer.leg, keep_codecs=True))
    await a_moment()


@EITHER_WAY
async def test_music_goes_on_over_everything_that_may_fail_before_somebody_answers(
    room: Room, witness: Phone, by: str
) -> None:
    customer, alice, saul = await talking(room, by)
    await room.refer(alice, customer, saul)
    assert await hear(customer, witness) == [MUSIC, MUSIC]
    from_s = time.time()

    # Saul declines; alice has left, is called back and does not answer, twice.
    for number in (1, 2):
        back = await room.phone(f"alice, call back {number}", 1500)
        await calls(room, customer, back)
        back.voice.close()
        await a_moment()
    # She answers the third, hears the menu, dials nobody and then somebody.
    back = await room.phone("alice again", 1700)
    back.told(await room.media.offer(back.leg, of=customer.leg, keep_codecs=True))
    room.media.told_by(back.leg, back.sdp())
    await room.media.play_prompt(back.leg, Prompt.MENU)
    await a_moment()
    await room.media.play_prompt(back.leg, Prompt.WRONG)
    await a_moment()
    await room.media.mute(back.leg)
    # The fallbacks: one declines, one is early with his media, one answers.
    for name in ("first", "second"):
        await calls(room, customer, await room.phone(name, 2100))
    fallback = await room.phone("third", 1900)
    await calls(room, customer, fallback)
    to_s = time.time()

    # Nobody was heard by him meanwhile, nor did he hear nothing.
    sounds = {run.sound for run in customer.voice.heard.runs(from_s, to_s, shortest_s=0.06)}
    assert sounds == {MUSIC}
    missing = music_packets(witness, from_s, to_s) - music_packets(customer, from_s, to_s)
    assert missing < _MOST_SILENCE_PACKETS

    assert await room.answer(fallback, customer) is None
    assert await hear(customer, fallback, back, saul) == [
        fallback.tone,
        customer.tone,
        QUIET,
        QUIET,
    ]


async def test_from_one_who_leaves_the_menu_to_the_next_there_is_music(
    room: Room, witness: Phone
) -> None:
    """He had taken the call back, talked with the customer, and transfers once more."""
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    back = await room.phone("alice again", 1500)
    back.told(await room.media.offer(back.leg, of=customer.leg, keep_codecs=True))
    room.media.told_by(back.leg, back.sdp())
    await room.media.play_prompt(back.leg, Prompt.MENU)
    await room.media.stop_music(back.leg)
    assert await room.media.join(customer.leg, back.leg) is None
    assert await hear(customer, back) == [back.tone, customer.tone]

    dave = await room.phone("dave", 1700)
    await room.refer(back, customer, dave)
    assert await hear(customer, witness, dave, back) == [MUSIC, MUSIC, QUIET, QUIET]
    assert await room.answer(dave, customer) is None

    assert await hear(customer, dave, back) == [dave.tone, customer.tone, QUIET]
