"""Whether a conversation is recorded: every cell of the table."""

from __future__ import annotations

import itertools

import pytest

from switch.call.recording import IGNORED, TRANSITIONS, RecordingInput, RecordingState, apply


@pytest.mark.parametrize(
    ("state", "happened"), list(itertools.product(RecordingState, RecordingInput))
)
def test_every_cell_is_in_one_of_the_tables(
    state: RecordingState, happened: RecordingInput
) -> None:
    cell = (state, happened)

    assert (cell in TRANSITIONS) is not (cell in IGNORED)
    assert apply(state, happened) is TRANSITIONS.get(cell, state)
