"""Lines come out whole and in order, however they were cut on their way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from switch.wire.lines import Lines
from switch.wire.worker import LINE_LIMIT_BYTES


@given(st.lists(st.sampled_from([b"", b"a", b"bc", b"\n", b"d\ne", b"\n\n"])))
def test_they_are_what_was_sent_however_it_was_cut(pieces: list[bytes]) -> None:
    lines = Lines()

    cut = [line for piece in pieces for line in lines.cut(piece)]

    assert cut == b"".join(pieces).split(b"\n")[:-1]


def test_one_that_is_too_long_is_told_of_once_and_passed_over_to_its_end() -> None:
    lines = Lines()
    much = b"x" * (LINE_LIMIT_BYTES + 1)

    cut = [lines.cut(piece) for piece in (b"before\n" + much, much, b"x\nafter\nbeg", b"un\n")]

    assert cut == [[b"before", None], [], [b"after"], [b"begun"]]
