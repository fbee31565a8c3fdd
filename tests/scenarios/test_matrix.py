"""Every cell of the matrix, played: the customer is kept, and hears music until somebody talks."""

from __future__ import annotations

import re

import pytest

from switch.audio.tones import QUIET
from switch.demo.scenario import Scenario
from switch.demo.stage import Performance
from tests.scenarios.matrix import Cell, cells
from tests.scenarios.matrix_scenario import scenario_of
from tests.scenarios.performer import Perform, told

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

LONGEST_SILENCE_S = 0.5
PLAYED_AGAIN = 2

CELLS = {scenario_of(cell).name: cell for cell in cells()}


@pytest.mark.parametrize(
    "played", [scenario_of(cell) for cell in cells()], ids=lambda played: played.name
)
async def test_the_customer_is_kept(played: Scenario, perform: Perform) -> None:
    performance = await perform(played)

    for _ in range(PLAYED_AGAIN):
        # A machine that is busy lets a call be silent for a moment, and not always the same one.
        if performance.failures or longest_silence_s(performance) < LONGEST_SILENCE_S:
            break
        performance = await perform(played)
    assert not performance.failures, told(performance)
    assert longest_silence_s(performance) < LONGEST_SILENCE_S, told(performance)
    assert_each_notify_tells_of_its_refer(performance, CELLS[played.name])
    assert_the_customer_talked_or_waited(performance)


def longest_silence_s(performance: Performance) -> float:
    """Return how long the customer heard nothing, from the REFER until he heard the last."""
    (transferred_s, *_) = (
        message.at_s
        for message in performance.parties["alice"].messages
        if message.is_request and message.method == "REFER"
    )
    voice = performance.parties["customer"].voice
    assert voice is not None
    heard = [run for run in voice.heard.runs(transferred_s) if run.sound != QUIET]
    return voice.heard.longest_silence_s(transferred_s, heard[-1].to_s)


def assert_each_notify_tells_of_its_refer(performance: Performance, cell: Cell) -> None:
    """Look at Event and Subscription-State (RFC 3515 §2.4.6, §2.4.7)."""
    referred, notified = set(), {}
    for message in performance.parties["alice"].messages:
        number = message.cseq.split()[0]
        if message.is_request and message.method == "REFER":
            referred.add((message.call_id, number))
        elif message.is_request and message.method == "NOTIFY":
            event = re.fullmatch(r"refer;id=(\d+)", message.header("Event"))
            assert event, message.text
            assert (message.call_id, event[1]) in referred, message.text
            status = int(message.body.split()[1])
            is_last = message.header("Subscription-State").startswith("terminated")
            assert is_last is (status >= 200), message.text
            notified[int(number)] = (int(event[1]), status)
    if cell.stayed:
        finals = [told for _, told in sorted(notified.items()) if told[1] >= 200]
        again = [(2, 200)] if cell.choice.startswith("another") else []
        assert finals == [(1, cell.failure.status), *again]


def assert_the_customer_talked_or_waited(performance: Performance) -> None:
    """Look whether one begins, by the thread, when the other ends."""
    (thread,) = performance.threads
    customer = thread["legs"][0]
    spans = [(talk["started_at"], talk["ended_at"]) for talk in customer["talks"]]
    spans += [(wait["from_at"], wait["to_at"]) for wait in thread["waits"]]
    spans.sort()
    assert spans[0][0] == customer["answered_at"]
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert spans[-1][1] <= customer["ended_at"]
