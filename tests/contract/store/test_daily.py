"""The conversations of a day are found in either database, and how far each is."""

from __future__ import annotations

import datetime as dt

from switch.desk.daybook import Daybook
from switch.desk.person import Person
from switch.desk.store import Store
from tests.records.samples import CUSTOMER, at, customer, rep, story

DAY = dt.date(2026, 11, 22)


def test_only_what_began_in_the_span_is_of_it(real_store: Store) -> None:
    real_store.add(story(("alice",), (5,), "c1"))
    real_store.add([customer(conversation_id="c2", offered_at=at(60))])

    assert list(real_store.marks(since=at(0), until=at(60))) == ["c1"]
    assert list(real_store.marks(since=at(0.001), until=at(61))) == ["c2"]


def test_whatever_changes_in_a_conversation_shows_in_how_far_it_is(real_store: Store) -> None:
    span = {"since": at(0), "until": at(60)}
    real_store.add([customer()])
    first = real_store.marks(**span)
    real_store.add([customer()])
    again = real_store.marks(**span)
    real_store.add([rep("alice")])
    with_a_leg = real_store.marks(**span)
    real_store.add([customer(revision=2, state="alerted")])

    assert first == again == {"conversation-1": 1}
    assert with_a_leg == {"conversation-1": 2}
    assert real_store.marks(**span) == {"conversation-1": 3}


def test_records_are_those_of_the_conversations_that_are_there(real_store: Store) -> None:
    real_store.add([customer(), rep("alice")])

    found = real_store.records(["conversation-1", "nowhere"])

    assert list(found) == ["conversation-1"]
    assert sorted(found["conversation-1"], key=str) == sorted([customer(), rep("alice")], key=str)


async def test_figures_follow_what_is_stored_and_what_is_erased(real_store: Store) -> None:
    book = Daybook(real_store, fresh_s=0)
    records = story(("alice", "saul"), (5, 5), "c1")
    real_store.add(records[:1])
    ringing = await book.figures(DAY)
    real_store.add(records)
    over = await book.figures(DAY)
    traces = real_store.find(Person(number=CUSTOMER, country="US"))
    real_store.erase(traces, at=at(100))
    erased = await book.figures(DAY)

    assert (ringing.inbound.ringing, ringing.inbound.answered) == (1, 0)
    assert (over.inbound.ringing, over.inbound.answered, over.transfers.answered) == (0, 1, 1)
    assert erased.inbound.calls == 0
