"""Conversations that leave a store do not come back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.desk.errors import UnknownThreadError
from switch.desk.letters import DeadLetter
from switch.desk.person import Person
from switch.desk.store import Store, make_store
from switch.records.leg import LegRecord
from tests.records.samples import CUSTOMER, at, customer, rep, story

pytestmark = pytest.mark.contract

JANE = Person(number=CUSTOMER, country="US")
OFFICE = "+12065550100"


def call(serial: int, start_s: float, end_s: float | None, **changes: object) -> LegRecord:
    leg = customer(conversation_id=f"c{serial:03}", offered_at=at(start_s), **changes)
    if end_s is None:
        return leg
    ended = {"state": "ended", "ended_at": at(end_s), "end_reason": EndReason.COMPLETED}
    return msgspec.structs.replace(leg, revision=9, **ended)


def ids(store: Store) -> set[str]:
    return {thread.conversation_id for thread in store.newest(limit=1000)}


def letter(payload: bytes) -> DeadLetter:
    return DeadLetter.of("a/b", payload, at=at(0), kind="foreign", problem="it is none")


def with_office(conversation_id: str) -> list[LegRecord]:
    """Return a call of somebody that was transferred to an outside number."""
    outside = msgspec.structs.replace(
        rep("", conversation_id=conversation_id, leg_id=f"{conversation_id}.9"),
        role="external",
        rep=None,
        number=OFFICE,
        name="Joe Office",
        dialled="(206) 555-0100",
        why="transfer",
    )
    return [*story(["alice"], [3], conversation_id=conversation_id), outside]


def test_what_ended_long_ago_goes_in_small_batches(real_store: Store) -> None:
    real_store.add([call(n, n, n + 5) for n in range(150)])
    real_store.add([call(900, 0, None), call(901, 0, 5000), call(902, 4000, 4005)])

    counts = []
    while count := real_store.expire(ended_before=at(1000), at=at(9999)):
        counts.append(count)

    assert sum(counts) == 150
    assert max(counts) <= 100
    assert ids(real_store) == {"c900", "c901", "c902"}


def test_what_has_expired_is_not_begun_again_by_a_record_that_comes_twice(
    real_store: Store,
) -> None:
    real_store.add([call(1, 0, 5), call(2, 3000, None)])
    real_store.expire(ended_before=at(1000), at=at(2000))

    again = [call(1, 0, None), call(2, 3000, 3005)]
    assert real_store.add(again) == 1
    assert ids(real_store) == {"c002"}

    # Kept for as long as somebody may repeat it, and no longer.
    real_store.drop_tombstones(expired_before=at(2000))
    assert real_store.add(again) == 0
    real_store.drop_tombstones(expired_before=at(2001))
    assert real_store.add(again) == 1


def test_a_person_s_conversations_go_whole(real_store: Store) -> None:
    real_store.add([*story(conversation_id="hers"), *with_office("his")])
    real_store.add([call(1, 9, None, number="+14805559999")])
    others = [c for c in ids(real_store) if c == "c001"]

    traces = real_store.find(JANE)
    real_store.erase(traces, at=at(99))

    assert set(traces.conversations) == {"hers", "his"}
    assert ids(real_store) == set(others)
    assert real_store.newest(limit=9, contact=CUSTOMER) == ()
    assert real_store.find(JANE).is_empty


def test_in_the_conversations_of_others_a_person_loses_number_and_name(
    real_store: Store,
) -> None:
    real_store.add(with_office("one"))
    before = real_store.get("one")
    person = Person(number=OFFICE, country="US")

    traces = real_store.find(person)
    real_store.erase(traces, at=at(99))

    assert (traces.conversations, traces.legs) == ((), (("one", "one.9"),))
    after = real_store.get("one")
    assert after.transfers[0].to is None
    assert after.transfers[0].outcome == before.transfers[0].outcome
    assert after.contact == before.contact == CUSTOMER
    assert after.legs[0].talk_s == 3
    assert real_store.find(person).is_empty


def test_nothing_that_was_erased_comes_back_by_a_repetition_or_a_late_record(
    real_store: Store,
) -> None:
    office = Person(number=OFFICE, country="US")
    hers = [
        msgspec.structs.replace(r, number="+14805559999" if r.role == "customer" else r.number)
        for r in story(conversation_id="hers")
    ]
    real_store.add([*hers[:5], *with_office("one")])
    jane = Person(number="+14805559999", country="US")
    for person in (office, jane):
        real_store.erase(real_store.find(person), at=at(99))

    late = msgspec.structs.replace(with_office("one")[-1], revision=7)
    assert real_store.add([*hers, *with_office("one"), late]) == 1
    assert ids(real_store) == {"one"}
    assert real_store.find(office).is_empty
    # What expired may be forgotten; who was erased stays so.
    real_store.drop_tombstones(expired_before=at(10_000))
    assert real_store.add([*hers, late]) == 0


def test_a_batch_with_an_erased_conversation_keeps_the_others(real_store: Store) -> None:
    real_store.add(story(conversation_id="hers"))
    real_store.erase(real_store.find(JANE), at=at(99))

    new = call(5, 1, None, number="+14805559999")
    assert real_store.add([new, *story(conversation_id="hers")]) == 1
    assert ids(real_store) == {"c005"}
    with pytest.raises(UnknownThreadError):
        real_store.get("hers")


def test_letters_that_name_a_person_go_however_the_number_is_written(real_store: Store) -> None:
    named = [b'{"from": "+14805550123"}', b"(480) 555-0123 called", b"call 480.555.01.23 back"]
    real_store.add([], [letter(one) for one in (*named, b"\xff+14805550124")])

    traces = real_store.find(JANE)
    real_store.erase(traces, at=at(99))

    assert len(traces.letters) == len(named)
    assert [one.payload for one in real_store.letters(limit=9)] == [b"\xff+14805550124"]


def test_an_erased_number_is_in_no_file_any_more(tmp_path: Path) -> None:
    store = make_store(tmp_path / "threads.sqlite")
    store.add([call(n, n, None, number="+14805559999") for n in range(50)])
    store.add(story(conversation_id="hers"))

    store.erase(store.find(JANE), at=at(99))

    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert CUSTOMER.encode() not in kept
    assert b"14805559999" in kept
    store.close()
    with sqlite3.connect(tmp_path / "threads.sqlite") as looker:
        assert looker.execute("SELECT count(*) FROM tombstone").fetchone() == (1,)
    looker.close()
