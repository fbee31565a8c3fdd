"""Which part of a file is asked for (RFC 9110 §14)."""

from __future__ import annotations

import pytest

from switch.desk.web.ranges import OutOfRange, part_of


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("Bytes = 99-", (99, 100)),
        ("bytes=-1", (99, 100)),
        ("bytes=-500", (0, 100)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=one-two", None),
        ("bytes=" + "9" * 100 + "-", None),
    ],
)
def test_one_part_is_sent_and_else_the_whole(
    asked: str | None, part: tuple[int, int] | None
) -> None:
    assert part_of(asked, 100) == part


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_part_that_is_not_there_is_told(asked: str) -> None:
    with pytest.raises(OutOfRange):
        part_of(asked, 100)
