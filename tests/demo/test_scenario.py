from pathlib import Path

import pytest

from switch.demo import scenario
from switch.demo.scenario import ScenarioError

_ALL = scenario.find_all()


@pytest.mark.parametrize("folder", _ALL, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_every_scenario_of_ours_can_be_read(folder: Path) -> None:
    loaded = scenario.load(folder)

    assert loaded.summary
    assert len({party.name for party in loaded.party}) == len(loaded.party)


def test_there_are_as_many_scenarios_as_folders() -> None:
    with_files = {file.parent for file in scenario.root().glob("*/*/*.xml")}

    assert set(_ALL) == with_files


def test_a_folder_without_a_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"scenario\.toml"):
        scenario.load(tmp_path)


def test_a_key_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text('summary = "x"\nparties = []\n')

    with pytest.raises(ScenarioError, match="parties"):
        scenario.load(tmp_path)


def test_a_party_without_a_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text(
        'summary = "x"\n[[party]]\nname = "alice"\ndials = "saul"\n'
    )

    with pytest.raises(ScenarioError, match=r"alice\.xml is missing"):
        scenario.load(tmp_path)


def test_a_scenario_in_which_nobody_calls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text('summary = "x"\n[[party]]\nname = "alice"\n')
    (tmp_path / "alice.xml").touch()

    with pytest.raises(ScenarioError, match="nobody dials"):
        scenario.load(tmp_path)
