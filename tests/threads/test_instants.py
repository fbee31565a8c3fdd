from switch.threads.instants import seconds_between
from tests.records.samples import at


def test_a_clock_set_back_makes_no_negative_time() -> None:
    assert seconds_between(at(10), at(4)) == 0


def test_seconds_are_exact_to_the_millisecond() -> None:
    assert seconds_between(at(0.1), at(0.4)) == 0.3
