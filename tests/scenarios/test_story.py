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


async def test_the_story_is_told_as_it_should_and_becomes_one_thread_an_act(
    switch: StandingSwitch, traces: Path
) -> None:
    told = io.StringIO()

    story = await play(switch, Console(file=told, width=100), traces)

    assert not story.failures, "\n".join(map(str, story.failures))
    files = story.write(traces / "threads")
    assert [file.name for file in files] == ["story.json", "recall.json", "territory.json"]
    first, recall, territory = (json.loads(file.read_text()) for file in files)
    assert [leg["rep"] for leg in first["legs"]] == [None, "alice", "saul", "alice"]
    assert [transfer["outcome"] for transfer in first["transfers"]] == ["answered"] * 2
    assert [(leg["rep"], leg["why"]) for leg in recall["legs"]] == [
        (None, "call"),
        ("alice", "call"),
        ("alice", "recall"),
        ("bob", "transfer"),
    ]
    assert [one["outcome"] for one in recall["transfers"]] == ["declined", "answered"]
    assert [one["outcome"] for one in recall["recalls"]] == ["resumed"]
    assert [leg["rep"] for leg in territory["legs"]] == [None, "alice", "bob", None]
    assert {one["rep"]: one["outcome"] for one in territory["legs"][2]["attempts"]} == {
        "bob": "answered",
        "carol": "elsewhere",
        "saul": "elsewhere",
    }
    print_thread(territory, Console(file=told, width=100))
    for words in (
        "the customer rings",
        "alice transfers the customer to saul",
        "saul declines",
        'alice\'s phone rings, and shows "saul declined: +14805550123"',
        "carol's phone rings",
        "The ladder",
    ):
        assert words in told.getvalue()
