from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.records import stored
from switch.records.errors import InvalidRecordError


@given(st.sets(st.integers(1, 2**53)))
def test_what_is_said_to_be_stored_is_understood(numbers: set[int]) -> None:
    spans = stored.decode(stored.encode(numbers))

    assert sum(last - first + 1 for first, last in spans) == len(numbers)
    assert all(any(first <= one <= last for first, last in spans) for one in numbers)


def test_neighbours_are_said_together() -> None:
    assert stored.encode([3, 1, 2, 2, 7]) == b'{"stored":[[1,3],[7,7]]}'


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'{"stored":[[2,1]]}',
        b'{"stored":[[0,1]]}',
        b'{"stored":[[1,9007199254740993]]}',
        b'{"stored":[[1]]}',
        b'{"stored":[["1","2"]]}',
        b"[" * 100_000,
    ],
)
def test_what_says_nothing_of_the_kind_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidRecordError):
        stored.decode(payload)


@given(st.integers(1, 2**53))
def test_a_record_bears_its_number(number: int) -> None:
    assert stored.number_of(stored.correlation_of(number)) == number


@pytest.mark.parametrize(
    "correlation",
    [None, "7", b"", b"0", b"-1", b"1.0", b"x", "७".encode(), b"9007199254740993", b"1" * 5000],
)
def test_what_is_no_number_of_ours_is_none(correlation: object) -> None:
    assert stored.number_of(correlation) is None
