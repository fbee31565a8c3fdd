from __future__ import annotations

from switch.cli.restarts import TOO_OFTEN, WITHIN_S, Restarts


def ends(restarts: Restarts, times: list[float]) -> list[list[str]]:
    return [
        restarts.see({"edge": 100 + number, "node": 1}, now_s=now_s)
        for number, now_s in enumerate(times)
    ]


def test_a_program_that_stays_is_not_named() -> None:
    restarts = Restarts({"edge": 7})

    assert [restarts.see({"edge": 7}, now_s=now_s) for now_s in range(100)] == [[]] * 100


def test_an_end_now_and_then_is_not_named() -> None:
    restarts = Restarts({"edge": 7, "node": 1})

    assert ends(restarts, [number * WITHIN_S for number in range(10)]) == [[]] * 10


def test_a_program_that_ends_again_and_again_is_named() -> None:
    restarts = Restarts({"edge": 7, "node": 1})

    named = ends(restarts, [float(number) for number in range(TOO_OFTEN)])

    assert named == [[]] * (TOO_OFTEN - 1) + [["edge"]]


def test_it_is_named_again_only_after_as_many_ends() -> None:
    restarts = Restarts({"edge": 7, "node": 1})

    named = ends(restarts, [float(number) for number in range(2 * TOO_OFTEN)])

    assert named.count(["edge"]) == 2


def test_a_program_that_is_down_at_the_moment_has_not_started_again() -> None:
    restarts = Restarts({"edge": 7})

    assert restarts.see({}, now_s=1) == []
    assert restarts.see({"edge": 7}, now_s=2) == []
