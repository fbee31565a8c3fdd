from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.figures import BEGIN, END, Figure, in_readme, row, told, write
from tests.bench.table import main


def test_a_target_is_met_or_missed() -> None:
    assert Figure(name="a", result=9.5, unit="s", target=9.5).met is True
    assert Figure(name="a", result=9.6, unit="s", target=9.5).met is False
    assert Figure(name="a", result=119, unit="/s", target=120, at_least=True).met is False
    assert Figure(name="a", result=1, unit="s").met is None
    assert told(row(Figure(name="a", result=119, unit="/s", target=120, at_least=True))) == (
        *("a", "119 /s", "≥ 120", "missed"),
    )


def test_some_figures_take_the_place_of_their_like_only(tmp_path: Path) -> None:
    first, other = Figure(name="a", result=1, unit="s"), Figure(name="b", result=2, unit="s")
    write([first, other], {}, tmp_path, latest="all")

    write([Figure(name="b", result=3, unit="s")], {}, tmp_path, latest="some")
    write([Figure(name="a", result=9, unit="s")], {}, tmp_path, latest="none")

    rows = json.loads((tmp_path / "latest.json").read_text())["rows"]
    assert [(one["name"], one["result"]) for one in rows] == [("a", 1), ("b", 3)]


def test_the_table_goes_between_its_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write([Figure(name="calls", result=7.25, unit="CPU s", target=9.5)], {}, tmp_path, latest="all")

    assert main(readme, tmp_path / "latest.json") == 0

    text = readme.read_text()
    assert "| calls | 7.25 CPU s | ≤ 9.5 | met |" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert main(readme, tmp_path / "nothing.json") == 1


def test_without_markers_nothing_is_written() -> None:
    with pytest.raises(ValueError, match="are not in it"):
        in_readme("nothing of it", "table")
