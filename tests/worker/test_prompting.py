"""What is played once: its end is an event, unless something else came in its place."""

from __future__ import annotations

import asyncio

import pytest

from switch.call.commands import (
    Command,
    HangUpLeg,
    PlayMusic,
    PlayPrompt,
    Prompt,
    StopMusic,
)
from switch.call.events import PromptEnded
from tests.run.processes import until
from tests.worker.scene import CUSTOMER, SAUL, chooser, talking


async def test_a_prompt_is_played_once_to_one_who_is_joined_with_nobody() -> None:
    scene = await chooser()
    parties = scene.server.calls["c1"]

    await scene.perform(PlayPrompt(leg_id=SAUL, prompt=Prompt.MENU))

    assert scene.server.commands == ["answer", "play media"]
    assert scene.server.asked[-1][1]["repeat_times"] == 1
    assert parties[SAUL].hears == "/menu.wav"
    assert parties[CUSTOMER].hears == "/music.wav"
    assert parties[CUSTOMER].is_muted
    assert parties[SAUL].is_muted
    assert scene.stack.done == []

    await scene.perform(PlayPrompt(leg_id=SAUL, prompt=Prompt.WRONG))
    assert scene.server.commands == ["answer", "play media", "play media"]


async def test_the_end_of_a_prompt_is_an_event() -> None:
    scene = await chooser()

    await scene.perform(PlayPrompt(leg_id=SAUL, prompt=Prompt.MENU))

    await until(lambda: scene.events == [PromptEnded(leg_id=SAUL)])


@pytest.mark.parametrize(
    "meanwhile",
    [
        StopMusic(leg_id=SAUL),
        PlayMusic(leg_id=SAUL),
        HangUpLeg(leg_id=SAUL),
    ],
    ids=lambda command: type(command).__name__,
)
async def test_a_prompt_that_was_cut_short_does_not_end(meanwhile: Command) -> None:
    scene = await chooser()
    loop = asyncio.get_running_loop()
    await scene.perform(PlayPrompt(leg_id=SAUL, prompt=Prompt.MENU))

    await scene.perform(meanwhile)

    # What is due later than the prompt's end comes after it.
    over = asyncio.Event()
    loop.call_later(0.05, over.set)
    await over.wait()
    assert scene.events == []


async def test_one_prompt_in_the_place_of_another_ends_once() -> None:
    scene = await chooser()

    for _ in range(3):
        await scene.perform(PlayPrompt(leg_id=SAUL, prompt=Prompt.WRONG))

    await until(lambda: bool(scene.events))
    scene.performer.close()
    assert scene.events == [PromptEnded(leg_id=SAUL)]


async def test_a_goodbye_that_cannot_be_said_is_over_at_once() -> None:
    scene = await talking()
    scene.server.broken["play media"] = "no such file"

    await scene.perform(PlayPrompt(leg_id=CUSTOMER, prompt=Prompt.GOODBYE))

    assert scene.events == [PromptEnded(leg_id=CUSTOMER)]
    assert [command for command, _why in scene.notices] == ["PlayPrompt"]


async def test_nothing_more_comes_of_a_conversation_that_is_over() -> None:
    scene = await talking()
    await scene.perform(PlayPrompt(leg_id=CUSTOMER, prompt=Prompt.GOODBYE))
    over = asyncio.Event()

    scene.performer.close()

    asyncio.get_running_loop().call_later(0.05, over.set)
    await over.wait()
    assert scene.events == []
