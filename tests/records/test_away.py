"""What a rep has said last of himself counts."""

from __future__ import annotations

import pytest

from switch.records import codec, topics
from switch.records.away import AwayRecord
from switch.records.errors import MessageError
from tests.records.samples import at


def record(seconds: float, *, away: bool = True) -> AwayRecord:
    return AwayRecord(rep="alice", away=away, since_at=at(seconds))


def test_the_newer_counts_and_of_two_of_one_moment_that_he_is_away() -> None:
    assert record(2).is_newer_than(record(1, away=False))
    assert not record(1).is_newer_than(record(2, away=False))
    assert record(1).is_newer_than(record(1, away=False))
    assert not record(1).is_newer_than(record(1))


def test_it_comes_through() -> None:
    said = codec.encode_away(record(1), node="node1", at=at(2))

    assert codec.decode_away(said) == record(1)
    assert topics.is_away(topics.away("alice"))
    assert not topics.is_away(topics.presence("alice"))
    with pytest.raises(MessageError):
        codec.decode_presence(said)
