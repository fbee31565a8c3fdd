"""Any order with any repetition of any stream is the same thread; any part of it is a valid one.

The streams are made up (legs that make no sense together, clocks that jump) and real: what a
conversation publishes while a telephone network does to it all that can happen.
"""

from __future__ import annotations

import random

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from switch.call.endings import EndReason
from switch.records.leg import Attempt, LegRecord, Talk
from switch.records.of_leg import record_of
from tests.call.telephony import Telephony
from tests.records.samples import at
from tests.threads.valid import check

# Clocks jump by hours, and back.
INSTANTS = st.integers(-10_000_000, 10_000_000).map(lambda ms: at(ms / 1000))
LEG_IDS = st.sampled_from(["l0", "l1", "l2", "l3", "l10"])
MAYBE = st.none() | INSTANTS
TALKS = st.lists(
    st.builds(Talk, with_leg=LEG_IDS, started_at=INSTANTS, ended_at=MAYBE), max_size=3
).map(tuple)
ATTEMPTS = st.lists(
    st.builds(
        Attempt,
        rep=st.sampled_from(["bob", "carol"]),
        from_at=INSTANTS,
        to_at=MAYBE,
        outcome=st.sampled_from(["pending", "answered", "busy"]),
    ),
    max_size=2,
).map(tuple)
RECORDS = st.builds(
    LegRecord,
    leg_id=LEG_IDS,
    revision=st.integers(1, 4),
    conversation_id=st.just("c"),
    direction=st.sampled_from(["inbound", "outbound", "internal"]),
    role=st.sampled_from(["customer", "rep", "external"]),
    rep=st.sampled_from([None, "alice", "saul"]),
    number=st.sampled_from([None, "+14805550123", "+12065550100", "\x00\u202e"]),
    name=st.none() | st.text(max_size=5),
    dialled=st.none() | st.text(max_size=5),
    territory=st.sampled_from([None, "seattle"]),
    why=st.sampled_from(["call", "transfer", "hunt", "recall", "fallback"]),
    from_leg=st.none() | LEG_IDS,
    side=st.sampled_from(["caller", "callee"]),
    state=st.sampled_from(["offered", "placed", "alerted", "answered", "released", "ended"]),
    offered_at=INSTANTS,
    alerted_at=MAYBE,
    answered_at=MAYBE,
    ended_at=MAYBE,
    talks=TALKS,
    end_reason=st.none() | st.sampled_from(EndReason),
    ended_by=st.sampled_from([None, "party", "switch"]),
    sip_status=st.sampled_from([None, 200, 486]),
    attempts=ATTEMPTS,
    unattended_since=MAYBE,
)
ORDERS = st.randoms(use_true_random=False)


def mixed(stream: list[LegRecord], order: random.Random) -> list[LegRecord]:
    """Return the stream in another order, some of it twice or more."""
    again = order.choices(stream, k=order.randrange(2 * len(stream)))
    return order.sample(stream + again, len(stream) + len(again))


def check_stream(stream: list[LegRecord], order: random.Random) -> None:
    whole = check(stream)
    other = mixed(stream, order)
    assert check(other) == whole
    for known in {1, len(other), *(order.randint(1, len(other)) for _ in range(5))}:
        check(other[:known])
        check(stream[: min(known, len(stream))])


@settings(deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=12), ORDERS)
def test_records_of_anybody_s_making_make_one_thread_in_any_order(
    stream: list[LegRecord], order: random.Random
) -> None:
    check_stream(stream, order)


@settings(deadline=None)
@given(st.lists(RECORDS, min_size=2, max_size=8), st.integers(-(10**9), 10**9), ORDERS)
def test_a_clock_that_jumps_does_not_decide_which_record_counts(
    stream: list[LegRecord], jump_s: int, order: random.Random
) -> None:
    # The same stream, but what is said of a later revision was said by another clock.
    jumped = [
        record
        if record.revision < 3
        else msgspec.structs.replace(record, offered_at=at(jump_s), ended_at=at(jump_s - 1))
        for record in stream
    ]

    thread, _seen = check(mixed(jumped, order))

    newest = {leg: max(r.revision for r in stream if r.leg_id == leg) for leg in legs_of(stream)}
    assert {record.leg_id: record.revision for record in thread.records} == newest


def legs_of(stream: list[LegRecord]) -> set[str]:
    return {record.leg_id for record in stream}


class AnyOrder(Telephony):
    """Hands on what the conversation has published, in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.order = random.Random(0)

    @initialize(order=ORDERS)
    def shuffle(self, order: random.Random) -> None:
        self.order = order

    def check_news(self) -> None:
        """Is looked at by the tests of conversations."""

    def teardown(self) -> None:
        # In the middle of it or at its end: everybody may have gone home, or nobody.
        conversation = self.line.conversation
        check_stream(
            [
                record_of(
                    leg,
                    conversation_id=conversation.conversation_id,
                    direction=conversation.direction,
                )
                for leg in self.line.published
            ],
            self.order,
        )


TestWhatAConversationPublishes = AnyOrder.TestCase
TestWhatAConversationPublishes.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
