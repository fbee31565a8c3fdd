from datetime import UTC, timedelta, timezone

from switch.threads.clock import Clock, local

DAY = "2026-11-22T23:45:00.000Z"


def test_a_time_of_the_next_day_says_so() -> None:
    clock = Clock(zone=UTC, day=DAY)

    assert clock.start() == "Sun 22 Nov 2026, 23:45:00"
    assert clock.time("2026-11-22T23:59:59.900Z") == "23:59:59"
    assert clock.time("2026-11-23T00:00:00.000Z") == "00:00:00 +1d"


def test_an_instant_is_read_on_the_clocks_of_the_zone() -> None:
    assert local(DAY, timezone(timedelta(hours=-7))).hour == 16
