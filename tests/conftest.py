"""The second look: a test against real programs that fails where nobody watches is run once more.

A machine that has other things to do may stand still for seconds, and one such moment must not
cost a day. Pure tests depend on no machine: of those each failure counts. That a second look was
needed is said loudly, with the first failure, for a flaw of ours looks just the same.
What fails then too, ``tests/all.sh`` runs a last time with nothing beside it (``LAST_LOOK``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_AGAINST_REAL_PROGRAMS = ("contract", "scenario")
_RUNS_THEM_ALL = (_HERE / "run",)
_LINES_SHOWN = 12


def is_wanted() -> bool:
    """Tell whether nobody watches: on CI, or away from a terminal; SECOND_LOOK=yes/no decides."""
    said = os.environ.get("SECOND_LOOK")
    if said:
        return said == "yes"
    return bool(os.environ.get("CI")) or not sys.stdout.isatty()


def is_against_real_programs(item: pytest.Item) -> bool:
    """Tell whether a test may fail for what a machine does."""
    return any(map(item.get_closest_marker, _AGAINST_REAL_PROGRAMS)) or any(
        item.path.is_relative_to(folder) for folder in _RUNS_THEM_ALL
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what gets a second look, if it is wanted; and let nothing else have a last one."""
    if os.environ.get("LAST_LOOK") and not (
        is_wanted() and all(map(is_against_real_programs, items))
    ):
        pytest.exit("no last look: what failed counts", returncode=pytest.ExitCode.TESTS_FAILED)
    if not is_wanted():
        return
    for item in items:
        if is_against_real_programs(item):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name each test that was run twice, with its first failure."""
    looked_again = terminalreporter.stats.get("rerun", [])
    if not looked_again:
        return
    terminalreporter.section(f"SECOND LOOK AT {len(looked_again)}", sep="!", red=True, bold=True)
    for report in looked_again:
        terminalreporter.write_line(f"failed at first: {report.nodeid}", red=True, bold=True)
        crash = getattr(report.longrepr, "reprcrash", None)
        words = str(crash.message if crash else report.longrepr).splitlines()
        for line in words[:_LINES_SHOWN]:
            terminalreporter.write_line(f"    {line}")
