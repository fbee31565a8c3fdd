"""How the tables are drawn; whether STATES.md is fresh is a test of the architecture."""

from __future__ import annotations

import enum

from switch.call import leg, recall, states, transfer
from switch.call.events import ALL_EVENTS
from switch.call.reactions import IGNORED, IMPOSSIBLE
from switch.call.roster import Part


class Bell(enum.StrEnum):
    """What a bell does."""

    HANGS = "hangs"
    """Nobody
    pulls it."""
    RINGS = "rings"
    COUNT = "2"
    "Twice."


def test_the_string_below_a_member_is_its_docstring() -> None:
    assert states.docstrings(Bell) == {"HANGS": "Nobody pulls it.", "COUNT": "Twice."}


def test_every_state_and_every_part_says_what_holds_in_it() -> None:
    for explained in (leg.LegState, transfer.TransferState, recall.RecallState, Part):
        assert list(states.docstrings(explained)) == [member.name for member in explained]


def test_every_move_and_every_reason_is_drawn() -> None:
    text = states.text()

    for before, happened in leg.TRANSITIONS:
        after = leg.TRANSITIONS[before, happened]
        assert f"    {before} --> {after}: {happened}\n" in text
    for reason in (
        *leg.IGNORED.values(),
        *transfer.IGNORED.values(),
        *recall.IGNORED.values(),
        *IGNORED.values(),
        *IMPOSSIBLE.values(),
    ):
        assert f"*{reason}*" in text or f":* {reason}." in text


def test_a_life_begins_and_ends_in_the_diagram() -> None:
    text = states.text()

    assert "[*] --> offered\n    [*] --> placed\n" in text
    assert text.count("ended --> [*]") == 1
    assert "[*] --> calling\n" in text
    assert "    ringing --> ringing: target alerted / transferor left\n" in text


def test_a_machine_that_comes_back_to_its_first_state_begins_there() -> None:
    assert "[*] --> asking\n" in states.text()


def test_a_name_of_two_words_is_one_within_the_diagram() -> None:
    text = states.text()

    assert '    state "falling back" as falling_back\n' in text
    assert "    falling_back --> falling_back: fallback failed\n" in text
    assert "    given_up --> [*]\n" in text


def test_each_part_has_a_row_for_each_event() -> None:
    chapters = states.text().split("\n### ")[1:]

    assert [chapter.splitlines()[0] for chapter in chapters] == list(Part)
    for chapter in chapters:
        assert [event.__name__ in chapter for event in ALL_EVENTS] == [True] * len(ALL_EVENTS)
        assert all(row.count("|") == 3 for row in chapter.splitlines()[2:] if row)
