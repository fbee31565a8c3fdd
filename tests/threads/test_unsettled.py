"""Transfers that are not settled, as a person reads them."""

from __future__ import annotations

from datetime import UTC
from typing import Any, get_args

import msgspec
import pytest

from switch.call.choice import ChoiceState
from switch.records.choice import ChoiceParty, ChoiceRecord
from switch.threads.text import as_text
from switch.threads.unsettled import list_unsettled, short_id, what
from tests.records.samples import at

ID = "20261122-124500-k3m9xw2p"


def choice(**changes: Any) -> ChoiceRecord:
    made = ChoiceRecord(
        conversation_id=ID,
        node="node1",
        transferor=ChoiceParty(role="rep", rep="alice"),
        transferee=ChoiceParty(role="customer", number="+14805550123", name="Jane"),
        target="saul",
        outcome="declined",
        state="recalling",
        may_retarget=True,
        since_at=at(0),
        until_at=at(20),
    )
    return msgspec.structs.replace(made, **changes)


def test_nothing_is_said_in_words() -> None:
    assert as_text(list_unsettled([])) == "no transfer is under way, and nobody waits\n"


def test_each_is_a_line_the_oldest_first() -> None:
    withheld = ChoiceParty(role="customer")
    younger = choice(
        conversation_id="20261122-124510-aaaaaaaa",
        transferee=withheld,
        since_at=at(10),
        until_at=None,
        state="ringing",
        outcome="pending",
        target="+12065550100",
    )

    text = as_text(list_unsettled([younger, choice()], UTC))

    assert text == (
        "since     until     conversation        customer         transferor  what\n"
        "12:45:00  12:45:20  20261122-124500-k3  +14805550123     alice       "
        "saul declined, calling alice back\n"
        "12:45:10  –         20261122-124510-aa  withheld number  alice       "
        "+12065550100 is ringing\n"
    )


@pytest.mark.parametrize(
    ("state", "outcome", "said"),
    [
        ("calling", "pending", "calling saul"),
        ("ringing", "pending", "saul is ringing"),
        ("asking", "busy", "saul was busy, calling alice back"),
        ("recalling", "no_answer", "saul did not answer, calling alice back"),
        ("waiting", "declined", "saul declined, alice is on another call"),
        ("choosing", "unreachable", "saul was not reachable, alice is choosing"),
        ("pausing", "not_found", "saul is unknown, calling alice again soon"),
        (
            "falling_back",
            "forbidden",
            "saul may not be called, alice did not answer, calling somebody else",
        ),
        ("goodbye", "switch_error", "saul could not be called, nobody is left to call"),
    ],
)
def test_what_is_done_is_a_sentence(state: ChoiceState, outcome: str, said: str) -> None:
    assert what(choice(state=state, outcome=outcome)) == said


def test_there_is_a_sentence_for_every_state() -> None:
    for state in get_args(ChoiceState):
        assert what(choice(state=state)) != ""


def test_a_name_cannot_move_the_cursor() -> None:
    hostile = choice(target="\x1b[2Jsaul", transferee=ChoiceParty(role="customer", number="\x07+1"))

    assert "\x1b" not in as_text(list_unsettled([hostile]))
    assert "\x07" not in as_text(list_unsettled([hostile]))


def test_an_id_is_as_short_as_it_can_be() -> None:
    assert short_id(ID, [ID]) == "20261122-124500-k3"
    assert short_id(ID, [ID, "20261122-124500-k3m7aaaa"]) == "20261122-124500-k3m9"
    assert short_id(ID, [ID, f"{ID}x"]) == ID
    assert short_id("c1", ["c1", "c12"]) == "c1"
