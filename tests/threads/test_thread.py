import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.call.endings import EndReason
from switch.records.leg import LegRecord
from switch.threads.thread import Thread, apply, fold
from switch.threads.view import view
from tests.records.samples import at, customer, given_back, rep, story

STORIES = st.builds(
    lambda parts: story([name for name, _ in parts], [talk_s for _, talk_s in parts]),
    st.lists(
        st.tuples(
            st.sampled_from(["alice", "saul", "bob"]),
            st.integers(min_value=0, max_value=10_000_000).map(lambda ms: ms / 1000),
        ),
        min_size=1,
        max_size=6,
    ),
)


def test_the_first_record_begins_a_thread() -> None:
    assert apply(None, customer()) == Thread(
        conversation_id="conversation-1", records=(customer(),)
    )


def test_a_newer_record_of_a_leg_replaces_the_older_one() -> None:
    newer = customer(revision=2, state="answered", answered_at=at(2))

    assert apply(apply(None, customer()), newer).records == (newer,)


def test_an_older_record_of_a_leg_changes_nothing() -> None:
    thread = apply(None, customer(revision=2))

    assert apply(thread, customer(revision=1)) is thread


def test_a_repeated_record_changes_nothing() -> None:
    thread = apply(None, customer())

    assert apply(thread, customer()) is thread


def test_two_records_of_one_revision_fold_alike_in_either_order() -> None:
    one = customer(end_reason=EndReason.BUSY)
    other = customer(end_reason=EndReason.DECLINED)

    assert fold([one, other]) == fold([other, one])


def test_a_record_of_another_conversation_is_refused() -> None:
    with pytest.raises(ValueError, match="another conversation"):
        apply(apply(None, customer()), customer(conversation_id="conversation-2"))


def test_no_records_make_no_thread() -> None:
    with pytest.raises(ValueError, match="no records"):
        fold([])


@given(STORIES, st.randoms(use_true_random=False), st.data())
def test_any_order_with_any_repetition_makes_an_equal_thread(
    stream: list[LegRecord], order: random.Random, data: st.DataObject
) -> None:
    repeated = stream + data.draw(st.lists(st.sampled_from(stream)))
    order.shuffle(repeated)

    assert fold(repeated) == fold(stream)
    assert view(fold(repeated)) == view(fold(stream))


@given(STORIES, st.randoms(use_true_random=False), st.data())
def test_any_part_of_the_records_makes_a_valid_thread(
    stream: list[LegRecord], order: random.Random, data: st.DataObject
) -> None:
    order.shuffle(stream)
    part = stream[: data.draw(st.integers(min_value=1, max_value=len(stream)))]

    seen = view(fold(part))

    answered = {record.leg_id for record in part if record.answered_at}
    callers = {record.leg_id for record in part if record.side == "caller"}
    assert {leg.leg_id for leg in seen.legs} == answered | callers
    assert len(seen.transfers) == len({r.leg_id for r in part if r.why == "transfer"})
    assert seen.started_at == min(record.offered_at for record in part)
    assert all(leg.talk_s >= 0 for leg in seen.legs)


@given(STORIES)
def test_a_chain_of_transfers_is_one_thread_and_its_talk_adds_up(stream: list[LegRecord]) -> None:
    reps = len({record.leg_id for record in stream}) - 1

    seen = view(fold(stream))

    customers, others = seen.legs[0], seen.legs[1:]
    assert len(seen.transfers) == reps - 1
    assert all(transfer.outcome == "answered" for transfer in seen.transfers)
    assert len(others) == reps
    assert round(1000 * customers.talk_s) == sum(round(1000 * leg.talk_s) for leg in others)
    assert seen.ended_at == customers.ended_at is not None


def test_a_rep_that_is_rung_before_the_caller_is_known_is_kept() -> None:
    thread = fold([rep("alice")])

    assert view(thread).legs == ()
    assert view(apply(thread, customer())).legs[0].attempts[0].rep == "alice"


@given(st.randoms(use_true_random=False), st.integers(min_value=1, max_value=11))
def test_any_part_of_the_records_of_a_recall_makes_a_valid_thread(
    order: random.Random, known: int
) -> None:
    stream = given_back()
    order.shuffle(stream)

    seen = view(fold(stream[:known]))

    legs = {record.leg_id for record in stream[:known]}
    assert len(seen.transfers) == ("leg-2" in legs)
    assert len(seen.recalls) == ("leg-3" in legs)
    assert seen.waiting_s in {0, 12}
    assert view(fold(stream)) == view(fold(given_back()))
