"""What every store of threads does: asked of the real one and of the fake."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from switch.call.endings import EndReason
from switch.desk.errors import AmbiguousThreadError, UnknownThreadError
from switch.desk.letters import DeadLetter
from switch.desk.ports import ThreadStore
from switch.desk.store import make_store
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import view
from tests.desk.fakes import MemoryStore
from tests.records.samples import at, customer, story

pytestmark = pytest.mark.contract


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ThreadStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    url = tmp_path / "threads.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("server").fresh()
    real = make_store(url)
    yield real
    real.close()


def call(number: int, contact: str | None = "+14805550123") -> LegRecord:
    return customer(
        conversation_id=f"c{number:03}",
        leg_id=f"c{number:03}.0",
        number=contact,
        offered_at=at(number),
    )


def test_a_story_stored_record_by_record_is_read_as_one_thread(store: ThreadStore) -> None:
    for record in story():
        assert store.add([record]) == 1

    assert store.get("conversation-1") == view(fold(story()))
    assert store.newest(limit=10) == (view(fold(story())),)


def test_a_story_stored_at_once_is_the_same_thread(store: ThreadStore) -> None:
    assert store.add(story()) == len(story())

    assert store.get("conversation-1") == view(fold(story()))


def test_order_and_repetition_do_not_matter(store: ThreadStore) -> None:
    stream = story() * 2
    random.Random(1).shuffle(stream)

    for start in range(0, len(stream), 3):
        store.add(stream[start : start + 3])

    assert store.get("conversation-1") == view(fold(story()))


def test_a_repetition_is_no_news(store: ThreadStore) -> None:
    store.add(story())

    assert store.add(story()) == 0
    assert store.add([]) == 0


def test_a_leg_id_used_in_two_conversations_stays_apart(store: ThreadStore) -> None:
    store.add([customer(), customer(conversation_id="conversation-2")])

    assert len(store.newest(limit=10)) == 2


def test_many_conversations_are_stored_at_once(store: ThreadStore) -> None:
    assert store.add([call(number) for number in range(1200)]) == 1200

    assert len(store.newest(limit=2000)) == 1200


def test_an_empty_store_has_no_threads(store: ThreadStore) -> None:
    assert store.newest(limit=10) == ()


def test_the_newest_thread_is_listed_first_and_pages_follow_on(store: ThreadStore) -> None:
    store.add([call(number) for number in (2, 0, 4, 1, 3)])

    first = store.newest(limit=2)
    second = store.newest(limit=2, before=first[-1])
    third = store.newest(limit=2, before=second[-1])

    pages = [[seen.conversation_id for seen in page] for page in (first, second, third)]
    assert pages == [["c004", "c003"], ["c002", "c001"], ["c000"]]


def test_threads_that_began_together_are_each_on_one_page(store: ThreadStore) -> None:
    store.add([msgspec.structs.replace(call(n), offered_at=at(0)) for n in range(5)])

    first = store.newest(limit=3)
    second = store.newest(limit=3, before=first[-1])

    assert [t.conversation_id for t in first + second] == [f"c{n:03}" for n in (4, 3, 2, 1, 0)]


def test_a_contact_s_threads_are_found(store: ThreadStore) -> None:
    store.add([call(1), call(2, "+12065550100"), call(3), call(4, None)])

    found = store.newest(limit=10, contact="+14805550123")

    assert [seen.conversation_id for seen in found] == ["c003", "c001"]
    assert store.newest(limit=10, contact="+1") == ()


def test_a_contact_learned_later_is_found_too(store: ThreadStore) -> None:
    store.add([call(1, None)])
    store.add([msgspec.structs.replace(call(1), revision=2)])

    assert len(store.newest(limit=10, contact="+14805550123")) == 1


def test_a_thread_is_found_by_the_beginning_of_its_id(store: ThreadStore) -> None:
    store.add([call(12), call(13), call(21)])

    assert store.get("c02").conversation_id == "c021"


def test_an_id_that_is_the_beginning_of_another_is_found(store: ThreadStore) -> None:
    store.add([customer(conversation_id="c1"), customer(conversation_id="c12")])

    assert store.get("c1").conversation_id == "c1"


def test_an_ambiguous_beginning_names_the_candidates(store: ThreadStore) -> None:
    store.add([call(12), call(13), call(21)])

    with pytest.raises(AmbiguousThreadError) as caught:
        store.get("c01")
    assert caught.value.candidates == ("c012", "c013")


def letter(number: int, kind: str = "foreign") -> DeadLetter:
    return DeadLetter.of(
        "softswitch/v1/leg/a/b",
        b"\xff\x00 not %d" % number,
        at=at(number),
        kind=kind,
        problem="it is none",
    )


def test_letters_are_kept_with_the_records_that_came_beside_them(store: ThreadStore) -> None:
    assert store.add([call(1)], [letter(1), letter(2)]) == 1
    assert store.add([], [letter(3, "newer_version")]) == 0

    found = store.letters(limit=2)
    assert [one.payload for one in found] == [letter(3).payload, letter(2).payload]
    assert found[1] == replace(letter(2), number=found[1].number)
    assert [one.at for one in store.letters(limit=9, kind="newer_version")] == [at(3)]
    assert len(store.newest(limit=9)) == 1


def test_a_letter_that_comes_again_is_kept_once(store: ThreadStore) -> None:
    store.add([], [letter(1), letter(1)])
    store.add([], [letter(2), letter(1)])

    assert [one.payload for one in store.letters(limit=9)] == [letter(2).payload, letter(1).payload]


@pytest.mark.parametrize("number", ["+1480\x00555", "9" * 100_000, "<&\u202e\U0001f600'\"%s"])
def test_whatever_calls_itself_a_number_is_stored(store: ThreadStore, number: str) -> None:
    assert store.add([call(1, number)]) == 1

    assert store.get("c001").legs[0].number == number


@pytest.mark.parametrize("shift_s", [-1e9, 1e9])
def test_a_clock_that_jumps_changes_nothing_about_which_record_counts(
    store: ThreadStore, shift_s: float
) -> None:
    first = call(1)
    jumped = msgspec.structs.replace(
        first, revision=2, state="answered", offered_at=at(shift_s), answered_at=at(shift_s)
    )
    ended = msgspec.structs.replace(
        jumped, revision=3, state="ended", ended_at=at(5), end_reason=EndReason.COMPLETED
    )
    for stream in ([first, jumped, ended], [ended, first], [jumped]):
        store.add(stream)

    seen = store.get("c001")
    assert (seen.started_at, seen.ended_at) == (at(shift_s), at(5))
    assert store.newest(limit=9) == (seen,)


@pytest.mark.parametrize("prefix", ["d", "C0", "%", "c0_2", "c0123"])
def test_an_unknown_id_is_said_to_be_one(store: ThreadStore, prefix: str) -> None:
    store.add([call(12)])

    with pytest.raises(UnknownThreadError):
        store.get(prefix)
