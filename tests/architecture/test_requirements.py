"""What is installed is what we have tested with: pinned, and nothing forgotten."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    unpinned = [line for line in wanted if not re.fullmatch(r"[a-z0-9.-]+==[\w.]+", line)]
    assert unpinned == []
    return dict(line.split("==") for line in wanted)


def test_each_requirement_is_pinned_and_stands_in_one_file_only() -> None:
    assert not pins("requirements.txt").keys() & pins("requirements-dev.txt").keys()


def test_what_the_package_asks_for_is_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[<>=]", dependency)[0] for dependency in project["dependencies"]}

    assert asked <= pins("requirements.txt").keys()
