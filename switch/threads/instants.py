"""Lengths of time between the instants of records."""

from datetime import datetime, timedelta


def seconds_between(start: str, end: str) -> float:
    """Return the seconds from one instant to another, to the millisecond.

    Zero if the clock was set back in between: nobody talked for less than nothing.
    """
    elapsed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return max(0, elapsed // timedelta(milliseconds=1)) / 1000
