from pathlib import Path

import pytest

from switch.demo import house, scenario
from switch.demo.scenario import Cue, ExpectedThread, PartyPlan, Scenario, ScenarioError

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


@pytest.mark.parametrize(
    ("after", "cue"),
    [
        ("", None),
        ("bob", Cue(party="bob")),
        ("bob: REFER", Cue(party="bob", method="REFER")),
        ("bob: 200 INVITE", Cue(party="bob", method="INVITE", status=200)),
    ],
)
def test_who_waits_says_for_whom_and_what(after: str, cue: Cue | None) -> None:
    assert PartyPlan(name="alice", after=after).cue == cue


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        ("bob", "alice waits for bob, who is not there"),
        ("bob 200", "after = 'bob 200': neither a party nor one and its message"),
    ],
)
def test_who_waits_in_vain_is_refused(after: str, problem: str) -> None:
    alice = PartyPlan(name="alice", plays="rep_calls", dials="saul", after=after)

    assert list(Scenario(summary="x", party=[alice]).problems()) == [problem]


def test_a_scenario_without_a_folder_plays_what_all_play() -> None:
    made = Scenario(
        summary="x",
        party=[PartyPlan(name="alice", plays="rep_calls", dials="saul")],
        folder=Path("matrix") / "alice-calls",
    )

    assert made.name == "matrix/alice-calls"
    assert made.xml("rep_calls") == scenario.root() / "parties" / "rep_calls.xml"
    assert list(made.problems()) == []


@pytest.mark.parametrize(
    ("after", "cue"),
    [
        ("bob", Cue(party="bob")),
        ("bob: REFER", Cue(party="bob", method="REFER")),
        ("bob: 200 INVITE", Cue(party="bob", method="INVITE", status=200)),
        ("bob: 2x 180 INVITE", Cue(party="bob", method="INVITE", status=180, times=2)),
        ("bob: NOTIFY 'terminated;'", Cue(party="bob", method="NOTIFY", text="terminated;")),
    ],
)
def test_what_is_waited_for_is_somebody_s_end_or_a_message(after: str, cue: Cue) -> None:
    assert PartyPlan(name="alice", after=after).cue == cue
    assert PartyPlan(name="alice", hangs_up_after=after).end_cue == cue
    assert PartyPlan(name="alice").end_cue is None


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (PartyPlan(name="desk", side="desk"), "desk asks for nothing, or waits for nothing"),
        (PartyPlan(name="alice", plays="answers", after="?"), "after = '?': neither"),
        (PartyPlan(name="alice", plays="answers", hangs_up_after="bob"), "alice waits for bob"),
    ],
)
def test_a_party_that_can_never_play_is_a_problem(plan: PartyPlan, problem: str) -> None:
    caller = PartyPlan(name="customer", plays="customer_stays", dials="alice")

    (found,) = Scenario(summary="x", party=[plan, caller]).problems()

    assert found.startswith(problem)
