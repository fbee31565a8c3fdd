"""The matrix of parts and events as a whole: properties, and no second copy of it."""

from __future__ import annotations

from itertools import product

import pytest

from switch.call import events
from switch.call.errors import UnexpectedEventError
from switch.call.events import ALL_EVENTS, LegEnded, LegEvent, LegHeld, LegRetrieved
from switch.call.reactions import IGNORED, IMPOSSIBLE, REACTIONS
from switch.call.roster import Part
from tests.call.line import Line

CELLS = set(product(Part, ALL_EVENTS))


def test_every_event_has_a_column() -> None:
    defined = [one for one in vars(events).values() if isinstance(one, type)]

    assert set(ALL_EVENTS) == {
        one for one in defined if issubclass(one, LegEvent) and one is not LegEvent
    }


def test_every_cell_stands_in_one_table() -> None:
    tables = [set(REACTIONS), set(IGNORED), set(IMPOSSIBLE)]

    assert set().union(*tables) == CELLS
    assert sum(map(len, tables)) == len(CELLS)


@pytest.mark.parametrize("part", Part)
def test_whoever_it_is_his_end_is_never_ignored(part: Part) -> None:
    assert (part, LegEnded) in REACTIONS


@pytest.mark.parametrize(("part", "event"), REACTIONS)
def test_every_reaction_says_in_one_sentence_what_it_does(
    part: Part, event: type[LegEvent]
) -> None:
    said = REACTIONS[part, event].__doc__

    assert said
    assert said.splitlines()[0].endswith(".")


@pytest.mark.parametrize("part", Part)
def test_hold_and_retrieve_are_possible_for_the_same_parts(part: Part) -> None:
    tables = (REACTIONS, IGNORED, IMPOSSIBLE)

    assert [(part, LegHeld) in table for table in tables] == [
        (part, LegRetrieved) in table for table in tables
    ]


def test_what_cannot_happen_says_to_whom_it_did() -> None:
    line = Line()

    with pytest.raises(UnexpectedEventError) as raised:
        line.holds(line.callee)

    assert str(raised.value) == f"leg {line.callee} is callee: LegHeld cannot happen to it"
