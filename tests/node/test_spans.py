from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from switch.node.spans import Spans


@given(st.integers(0, 10), st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_they_are_a_set_of_numbers(through: int, stretches: list[tuple[int, int]]) -> None:
    spans, numbers = Spans(through), set(range(1, through + 1))

    for first, last in stretches:
        spans.add(first, last)
        numbers |= set(range(first, last + 1))

    assert {number for number in range(70) if number in spans} == numbers
    assert spans.through == next(one for one in range(70) if one + 1 not in numbers)
    gaps = sum(one in numbers and one + 1 not in numbers for one in range(70))
    assert len(spans) == max(1, gaps + (1 not in numbers))


def test_what_comes_in_order_is_one_stretch() -> None:
    spans = Spans()

    for number in range(1, 1001):
        spans.add(number, number)

    assert (spans.through, len(spans)) == (1000, 1)
