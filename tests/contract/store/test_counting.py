"""How much there is, either database tells the same."""

from __future__ import annotations

from switch.desk.letters import DeadLetter
from switch.desk.store import Holdings, Store
from tests.records.samples import customer, story


def test_what_is_there_is_counted(real_store: Store) -> None:
    nothing = Holdings(threads=0, letters=0, postings=0, oldest_due_s=None)
    assert real_store.holdings() == nothing

    real_store.told_after_s = 5.0
    letter = DeadLetter(
        at="2026-11-22T12:00:00.000Z", topic="x", kind="x", problem="x", payload=b""
    )
    real_store.add([*story(conversation_id="c1"), customer(conversation_id="c2")], [letter])

    seen = real_store.holdings()
    # One of the two goes on: nobody is told of it yet.
    assert (seen.threads, seen.letters, seen.postings) == (2, 1, 1)
    (posting,) = real_store.take_postings(
        now="2999-01-01T00:00:00.000Z", hold_until="2999-01-01T00:01:00.000Z", limit=9
    )
    assert seen.oldest_due_s is not None
    real_store.posted(posting)
    assert real_store.holdings().postings == 0
