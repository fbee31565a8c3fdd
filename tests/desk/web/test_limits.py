"""Who does something too often has to wait, and nobody else."""

from __future__ import annotations

from switch.desk.web.limits import Limit


def test_so_many_at_once_and_then_one_after_the_other() -> None:
    limit = Limit(per_minute=60, at_once=2)

    assert [limit.wait_s("a", 0), limit.wait_s("a", 0)] == [0, 0]
    assert limit.wait_s("a", 0) == 1
    assert limit.wait_s("b", 0) == 0
    assert limit.wait_s("a", 0.5) == 0.5
    assert limit.wait_s("a", 1.0) == 0


def test_who_is_forgiven_begins_anew() -> None:
    limit = Limit(per_minute=1)
    limit.wait_s("a", 0)

    limit.forgive("a")

    assert limit.wait_s("a", 0) == 0


def test_those_who_came_first_are_forgotten_first() -> None:
    limit = Limit(per_minute=1)
    limit.wait_s("first", 0)
    for number in range(10_000):
        limit.wait_s(str(number), 0)

    assert limit.wait_s("first", 0) == 0
