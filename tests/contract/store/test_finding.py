"""Conversations are found by who took part, and notes are kept with them, in either database."""

from __future__ import annotations

import msgspec
import pytest

from switch.desk.errors import UnknownThreadError
from switch.desk.notes import Note, NoteChanged
from switch.desk.search import Place, Search
from switch.desk.store import Store
from tests.records.samples import at, customer, rep, story


def ids(store: Store, limit: int = 10, **wanted: object) -> list[str]:
    found = store.search(Search(**wanted), limit=limit)  # type: ignore[arg-type]
    return [thread.conversation_id for thread in found]


def note(text: str, **changes: object) -> Note:
    made = Note(
        conversation_id="c1",
        author="alice",
        text=text,
        disposition=None,
        revision=0,
        made_at=at(5),
        changed_at=at(5),
    )
    return msgspec.structs.replace(made, **changes)


def test_a_rep_finds_what_he_talked_in_and_not_what_only_rang(real_store: Store) -> None:
    real_store.add(story(("alice", "saul"), (5, 5), "c1"))
    real_store.add(
        [customer(conversation_id="c2"), rep("saul", conversation_id="c2", state="alerted")]
    )

    assert ids(real_store, who=("rep", "saul")) == ["c1"]
    assert ids(real_store, who=("rep", "alice"), contact="+14805550123") == ["c1"]
    assert ids(real_store, who=("rep", "alice"), contact="+14805550999") == []
    assert ids(real_store, contact="+14805550123") == ["c2", "c1"]


def test_a_territory_finds_what_it_was_called_for(real_store: Store) -> None:
    real_store.add(
        [customer(conversation_id="c1"), rep("bob", conversation_id="c1", territory="seattle")]
    )

    assert ids(real_store, who=("territory", "seattle")) == ["c1"]
    assert ids(real_store, who=("territory", "arizona")) == []


def test_who_took_part_is_found_by_the_start_that_is_known_last(real_store: Store) -> None:
    later = rep(
        "alice", conversation_id="c1", state="answered", answered_at=at(60), offered_at=at(50)
    )
    real_store.add([later])
    real_store.add([customer(conversation_id="c1", offered_at=at(0))])

    assert ids(real_store, who=("rep", "alice"), until=at(10)) == ["c1"]
    assert ids(real_store, who=("rep", "alice"), since=at(10)) == []


@pytest.mark.parametrize("who", [None, ("rep", "alice")])
def test_pages_follow_each_other_without_gap_or_repetition(
    real_store: Store, who: tuple[str, str] | None
) -> None:
    for number in range(7):
        real_store.add(story(("alice",), (5,), f"c{number}"))

    seen: list[str] = []
    before: Place | None = None
    while page := real_store.search(Search(who=who, before=before), limit=3):  # type: ignore[arg-type]
        seen += [thread.conversation_id for thread in page]
        before = Place(page[-1].started_at, page[-1].conversation_id)

    assert seen == [f"c{number}" for number in reversed(range(7))]


def test_what_goes_on_is_known_and_what_was_asked_for(real_store: Store) -> None:
    real_store.add(story(("alice",), (5,), "over"))
    real_store.add([customer(conversation_id="open")])
    real_store.add([customer(conversation_id="old", offered_at="2020-01-01T00:00:00.000Z")])

    known = real_store.known(["over"], since=at(-1), limit=10)

    assert {records[0].conversation_id for records in known} == {"over", "open"}


def test_a_note_is_written_over_and_not_by_chance(real_store: Store) -> None:
    real_store.add(story(("alice",), (5,), "c1"))

    first = real_store.write_note(note("one"), based_on=0)
    second = real_store.write_note(note("two", changed_at=at(9)), based_on=1)
    with pytest.raises(NoteChanged) as stale:
        real_store.write_note(note("three"), based_on=1)
    with pytest.raises(NoteChanged):
        real_store.write_note(note("x", author="saul"), based_on=4)
    with pytest.raises(UnknownThreadError):
        real_store.write_note(note("x", conversation_id="never"))

    assert (first.revision, second.revision) == (1, 2)
    assert stale.value.known == second
    assert real_store.notes(["c1"]) == [second]
    assert (second.made_at, second.changed_at) == (at(5), at(9))
    assert real_store.write_note(note("two"), based_on=0) == second
    assert real_store.write_note(note("four")).revision == 3


def test_what_is_taken_out_takes_its_notes_along(real_store: Store) -> None:
    real_store.add(story(("alice",), (5,), "c1"))
    real_store.write_note(note("one"))

    while real_store.expire(ended_before=at(100_000), at=at(0)):
        pass

    assert real_store.notes(["c1"]) == []
    assert ids(real_store, who=("rep", "alice")) == []
