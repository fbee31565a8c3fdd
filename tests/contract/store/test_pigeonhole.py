"""Dead letters: so many are kept, and they are read again when more is known."""

from __future__ import annotations

import msgspec
import pytest

from switch.desk import letters
from switch.desk.letters import DeadLetter
from switch.desk.store import Store, pigeonhole
from switch.records import codec, topics
from switch.records.errors import NewerVersionError
from switch.records.leg import LegRecord
from switch.threads.thread import fold
from switch.threads.view import view
from tests.records.samples import at, customer, story

pytestmark = pytest.mark.contract


def letter(number: int, payload: bytes | None = None) -> DeadLetter:
    told = b"%06d" % number if payload is None else payload
    return DeadLetter.of("a/b", told, at=at(number), kind="foreign", problem="it is none")


def newer(record: LegRecord) -> DeadLetter:
    """Return the letter that a record of a later format has become."""
    payload = codec.encode(record, node="node1", at=at(0)).replace(b"leg.v1", b"leg.v2")
    topic = topics.leg(record.conversation_id, record.leg_id)
    with pytest.raises(NewerVersionError) as caught:
        letters.read(topic, payload)
    return DeadLetter.of(topic, payload, at=at(0), kind="newer_version", problem=str(caught.value))


def a_later_release(topic: str, payload: bytes) -> LegRecord:
    return letters.read(topic, payload.replace(b"leg.v2", b"leg.v1"))


def test_of_too_many_letters_the_oldest_go(
    real_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pigeonhole, "MOST_LETTERS", 10)

    for start in range(0, 40, 8):
        real_store.add([], [letter(number) for number in range(start, start + 8)])

    kept = [one.payload for one in real_store.letters(limit=99)]
    assert kept == [b"%06d" % number for number in range(39, 29, -1)]


def test_of_too_long_letters_the_oldest_go(
    real_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pigeonhole, "MOST_BYTES", 1000)

    for number in range(9):
        real_store.add([], [letter(number, bytes([number]) * 300)])

    assert [one.payload[0] for one in real_store.letters(limit=99)] == [8, 7, 6]


def test_a_letter_that_is_too_long_is_cut() -> None:
    cut = DeadLetter.of("a/b", b"x" * 3_000_000, at=at(0), kind="k", problem="9" * 3_000_000)

    assert len(cut.payload) == letters.LONGEST_BYTES
    assert len(cut.problem) <= 300


def test_what_a_later_release_understands_is_taken_out_and_stored(real_store: Store) -> None:
    real_store.add([], [letter(1), *map(newer, story()), letter(2)])

    assert real_store.read_letters_again(letters.read) == 0
    assert real_store.read_letters_again(a_later_release, kind="foreign") == 0
    assert real_store.read_letters_again(a_later_release) == len(story())

    assert real_store.get("conversation-1") == view(fold(story()))
    assert [one.payload for one in real_store.letters(limit=99)] == [b"000002", b"000001"]


def test_many_letters_are_read_some_at_a_time(real_store: Store) -> None:
    stream = [customer(conversation_id=f"c{number}") for number in range(250)]
    real_store.add([], [newer(record) for record in stream])

    assert real_store.read_letters_again(a_later_release, kind="newer_version") == 250
    assert real_store.count() == 250
    assert real_store.letters(limit=9) == []


def test_an_older_record_in_a_letter_changes_nothing(real_store: Store) -> None:
    real_store.add([], [newer(customer())])
    known = msgspec.structs.replace(customer(), revision=3, name="Jane Newer")
    real_store.add([known])

    assert real_store.read_letters_again(a_later_release) == 1
    assert real_store.get("conversation-1").legs[0].name == "Jane Newer"
