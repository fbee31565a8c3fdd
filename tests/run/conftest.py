"""What every test of running programs asks in the end: is anything left?"""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

Descendants = Callable[[], list[psutil.Process]]


@pytest.fixture
def descendants() -> Descendants:
    """Return a function that finds the processes which this test has started, and theirs."""
    before = {one.pid for one in psutil.Process().children(recursive=True)}

    def started() -> list[psutil.Process]:
        living = psutil.Process().children(recursive=True)
        return [one for one in living if one.pid not in before]

    return started
