"""STATES.md is what the tables say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_states_md_is_drawn_from_the_tables_of_today() -> None:
    drawn = subprocess.run(
        [sys.executable, "-m", "switch.call.states"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    written = (ROOT / "STATES.md").read_text(encoding="utf-8")
    assert written == drawn, "STATES.md is stale: run `make states`, and look at what changed"
