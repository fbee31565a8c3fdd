from typing import Any

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.records.leg import LegRecord
from switch.threads.transfers import fallbacks_of, outcome_of, recalls_of, transfers_of
from tests.records.samples import CUSTOMER, at, customer, given_back, rep, story


def newest(stream: list[LegRecord]) -> list[LegRecord]:
    return list({record.leg_id: record for record in stream}.values())


@pytest.mark.parametrize(
    ("party", "to", "kind"),
    [
        ({"rep": "bob", "territory": None}, "bob", "rep"),
        ({"rep": "bob", "territory": "seattle"}, "seattle", "territory"),
        ({"rep": None, "role": "external", "number": "+12065550100"}, "+12065550100", "outside"),
        ({"rep": None, "number": None, "dialled": "999"}, "999", "outside"),
    ],
)
def test_a_transfer_names_its_target_and_what_kind_it_is(
    party: dict[str, Any], to: str, kind: str
) -> None:
    target = msgspec.structs.replace(rep("x", why="transfer"), **party)

    (transfer,) = transfers_of([customer(), target])

    assert (transfer.to, transfer.kind, transfer.outcome) == (to, kind, "pending")
    assert transfer.from_ == CUSTOMER


def test_a_transfer_says_how_long_it_took_until_the_target_answered() -> None:
    assert [one.took_s for one in transfers_of(newest(story()))] == [1.9, 1.9]


def test_a_transfer_says_how_long_it_took_until_the_target_failed() -> None:
    (transfer,) = transfers_of(newest(given_back()))

    assert (transfer.outcome, transfer.took_s) == ("declined", 8)


def test_what_is_pending_has_taken_no_time_yet() -> None:
    alice = rep("alice", why="recall", from_leg="leg-9")

    assert transfers_of([customer(), rep("saul", why="transfer")])[0].took_s is None
    assert recalls_of([customer(), alice])[0].took_s is None
    assert recalls_of([customer(), alice])[0].outcome == "pending"


def test_a_recall_after_which_they_talked_is_a_call_resumed() -> None:
    (recall,) = recalls_of(newest(given_back()))

    assert (recall.to, recall.at, recall.outcome, recall.took_s) == ("alice", at(70), "resumed", 4)
    assert (recall.leg_id, recall.from_leg) == ("leg-3", "leg-1")


def test_a_recall_after_which_they_did_not_talk_was_answered_only() -> None:
    chooser = rep("alice", why="recall", answered_at=at(3))

    assert recalls_of([customer(), chooser])[0].outcome == "answered"


def test_a_recall_that_was_not_answered_says_why() -> None:
    silent = rep("alice", why="recall", ended_at=at(25.1), end_reason=EndReason.NO_ANSWER)

    (recall,) = recalls_of([silent])

    assert (recall.outcome, recall.took_s) == ("no_answer", 25)


def test_a_fallback_is_no_transfer_that_anybody_asked_for() -> None:
    seattle = rep("bob", leg_id="leg-4", why="fallback", from_leg="leg-1", territory="seattle")
    records = [*newest(given_back()), seattle]

    (fallback,) = fallbacks_of(records)

    assert (fallback.from_, fallback.to, fallback.kind) == ("alice", "seattle", "territory")
    assert [one.to for one in transfers_of(records)] == ["saul"]


def test_a_transfer_whose_transferor_is_not_known_yet_stands_there_without_him() -> None:
    for why, of in (("transfer", transfers_of), ("fallback", fallbacks_of)):
        (one,) = of([msgspec.structs.replace(rep("bob", from_leg="leg-8"), why=why)])

        assert (one.from_, one.from_leg) == (None, "leg-8")


def test_an_end_without_a_reason_is_our_mistake_and_said_to_be() -> None:
    assert outcome_of(rep("alice", ended_at=at(3))) == "switch_error"
