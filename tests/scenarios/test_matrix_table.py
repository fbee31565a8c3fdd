"""The table of the matrix: every cell is a scenario that can be played, or there is a reason."""

from __future__ import annotations

from tests.scenarios.matrix import CHOICES, FAILURES, LEAVINGS, TARGETS, cells, every_cell
from tests.scenarios.matrix_scenario import scenario_of


def test_what_cannot_be_is_left_out_for_a_reason() -> None:
    left_out = [cell for cell in every_cell() if cell.impossible]

    assert {(cell.leaving, cell.impossible) for cell in left_out} == {
        ("left while ringing", "nothing rings")
    }
    assert len(list(cells())) + len(left_out) == (
        len(TARGETS) * len(FAILURES) * len(LEAVINGS) * len(CHOICES)
    )


def test_no_two_cells_are_one_scenario() -> None:
    scenarios = [scenario_of(cell) for cell in cells()]
    played = {tuple(map(repr, [*one.party, one.thread])) for one in scenarios}

    assert len({one.name for one in scenarios}) == len(scenarios) == len(played)


def test_every_cell_can_be_played() -> None:
    for cell in cells():
        assert list(scenario_of(cell).problems()) == [], cell.name
