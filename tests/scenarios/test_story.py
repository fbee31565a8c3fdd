"""The story of the demo, played on the switch of the scenarios."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from switch.demo.run import print_thread
from switch.demo.standing import StandingSwitch
from switch.demo.story import play

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]


async def test_the_story_is_told_as_it_should_and_becomes_one_thread(
    switch: StandingSwitch, traces: Path
) -> None:
    told = io.StringIO()

    story = await play(switch, Console(file=told, width=100), traces)

    assert not story.failures, "\n".join(map(str, story.failures))
    story.write(traces / "story.json")
    thread = json.loads((traces / "story.json").read_text())
    assert [leg["rep"] for leg in thread["legs"]] == [None, "alice", "saul", "alice"]
    assert [transfer["outcome"] for transfer in thread["transfers"]] == ["answered"] * 2
    print_thread(thread, Console(file=told, width=100))
    for words in ("the customer rings", "alice transfers the customer to saul", "The ladder"):
        assert words in told.getvalue()
