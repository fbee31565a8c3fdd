"""What holds for the house as a whole: whose code is imported, by whom, and tested where."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dialplan
import switch

ROOT = Path(__file__).parents[2]
PURE = [
    "dialplan",
    "switch/call",
    "switch/presence",
    "switch/recording/tape",
    "switch/records",
    "switch/sip",
    "switch/threads",
    "switch/wire",
]
MOST_LINES = 300
MOST_TEST_LINES = 500


def modules_of(*folders: str) -> list[Path]:
    return sorted(
        module.relative_to(ROOT) for folder in folders for module in (ROOT / folder).rglob("*.py")
    )


def lines_of(module: Path) -> int:
    return len((ROOT / module).read_text(encoding="utf-8").splitlines())


def test_switch_and_dialplan_are_ours() -> None:
    # PyPI has another `switch`, which would win over ours where both are installed.
    assert Path(switch.__file__) == ROOT / "switch/__init__.py"
    assert Path(dialplan.__file__) == ROOT / "dialplan/__init__.py"


def test_data_flows_one_way() -> None:
    # In a process of its own: it turns off the loggers of whoever calls it.
    lint_imports = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [lint_imports, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def decides_something(module: Path) -> bool:
    """Tell whether it has functions: values and errors alone are tested where they are used."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef) and not node.name.startswith("__")
        for node in ast.walk(tree)
    )


def own_tests(module: Path) -> Path:
    inside = module.relative_to("switch") if module.parts[0] == "switch" else module
    return Path("tests") / inside.parent / f"test_{inside.name}"


def test_each_pure_module_has_tests_of_its_own() -> None:
    expected = [own_tests(module) for module in modules_of(*PURE) if decides_something(module)]

    assert [str(tests) for tests in expected if not (ROOT / tests).is_file()] == []


def test_a_file_is_short_enough_to_be_read_in_one_go() -> None:
    long = [str(m) for m in modules_of("switch", "dialplan") if lines_of(m) > MOST_LINES]
    long += [str(m) for m in modules_of("tests") if lines_of(m) > MOST_TEST_LINES]

    assert long == []


@pytest.mark.parametrize("folder", ["config", "sipp_scenarios"])
def test_what_is_data_cannot_be_imported(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()
