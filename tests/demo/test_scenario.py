from pathlib import Path

import pytest

from switch.demo import house, scenario
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario, ScenarioError

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


def test_threads_that_differ_are_listed_one_by_one() -> None:
    alike = Scenario(summary="x", party=[], thread=ExpectedThread(), threads=3)
    first, second = ExpectedThread(direction="inbound"), ExpectedThread(direction="internal")

    assert alike.expected_threads == [ExpectedThread()] * 3
    assert Scenario(summary="x", party=[], each_thread=[first, second]).expected_threads == [
        first,
        second,
    ]
    assert Scenario(summary="x", party=[]).expected_threads == []


@pytest.mark.parametrize(
    ("plan", "users"),
    [
        (PartyPlan(name="saul"), ["saul"]),
        (PartyPlan(name="saul_mobile", phone_of="saul"), ["saul"]),
        (PartyPlan(name="desk", phone_of=["saul", "bob"]), ["saul", "bob"]),
        (PartyPlan(name="customer", side="trunk"), []),
    ],
)
def test_a_phone_is_its_rep_s_or_several_reps_share_it(plan: PartyPlan, users: list[str]) -> None:
    assert plan.users == users


def test_the_readme_names_every_territory_and_every_trunk_of_the_house(tmp_path: Path) -> None:
    readme = (scenario.root() / "README.md").read_text()

    for territory in house.TERRITORIES:
        row = f"| `{territory.name}` {territory.extension} | {', '.join(territory.members)} |"
        assert f"{row} {territory.strategy} |" in readme
    for trunk in house.trunks(tmp_path):
        assert f"`{trunk.name}`" in readme
        assert trunk.password_file is None or Path(trunk.password_file).stat().st_mode & 0o77 == 0


def test_a_crowd_has_three_reps_and_a_number_for_each_city() -> None:
    reps, territories, dids = house.crowd(2)

    assert [rep.name for rep in reps] == [f"rep{n}" for n in range(1, 7)]
    assert [territory.members for territory in territories] == [
        ("rep1", "rep2", "rep3"),
        ("rep4", "rep5", "rep6"),
    ]
    assert [did.territory for did in dids] == ["city1", "city2"]
