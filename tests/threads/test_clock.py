from datetime import UTC, timedelta, timezone

import pytest

from switch.threads.clock import Clock, duration, local

DAY = "2026-11-22T23:45:00.000Z"


def test_a_time_of_the_next_day_says_so() -> None:
    clock = Clock(zone=UTC, day=DAY)

    assert clock.start() == "Sun 22 Nov 2026, 23:45:00"
    assert clock.time("2026-11-22T23:59:59.900Z") == "23:59:59"
    assert clock.time("2026-11-23T00:00:00.000Z") == "00:00:00 +1d"


def test_an_instant_is_read_on_the_clocks_of_the_zone() -> None:
    assert local(DAY, timezone(timedelta(hours=-7))).hour == 16


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (3.24, "3.2 s"),
        (59.94, "59.9 s"),
        (59.95, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (200_000, "55 h 33 min"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
