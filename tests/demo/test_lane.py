from pathlib import Path

import pytest

from dialplan import Dialplan
from switch.config import SwitchSettings
from switch.demo import house, scenario
from switch.demo.lane import HOUSE, MOST, Lane
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario

_THIRD = Lane(3)


def _dialplan(folder: Path, *lanes: Lane) -> Dialplan:
    return Dialplan(
        reps=tuple(rep for lane in lanes for rep in lane.reps),
        territories=tuple(one for lane in lanes for one in lane.territories),
        dids=tuple(did for lane in lanes for did in lane.dids),
        trunks=tuple(trunk for lane in lanes for trunk in lane.trunks(folder)),
        country=SwitchSettings().country,
        toll=house.TOLL,
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("alice", "alice-3"),
        ("saul_mobile", "saul_mobile"),
        ("denver", "denver-3"),
        ("denver1", "denver1-3"),
        ("801", "3801"),
        ("Refer-To: <sip:(480)555-0101@{domain}>", "Refer-To: <sip:(480)563-0101@{domain}>"),
        ("92125550100", "92125630100"),
        (r"<sip:\+1480555010[01]@{domain}>", r"<sip:\+1480563010[01]@{domain}>"),
        (r"INVITE sip:.*@127\.0\.0\.11:\d+", r"INVITE sip:.*@127\.0\.3\.11:\d+"),
        ("127.0.0.2", "127.0.3.2"),
        ("+442079460018", "+442079460018"),
        ("customer", "customer"),
    ],
)
def test_a_lane_puts_its_own_words_in_the_place_of_the_house_s(said: str, meant: str) -> None:
    assert _THIRD.text(said) == meant
    assert HOUSE.text(said) == said


def test_the_house_is_the_first_lane(tmp_path: Path) -> None:
    assert HOUSE.reps == house.REPS
    assert HOUSE.territories == house.TERRITORIES
    assert HOUSE.dids == house.DIDS
    assert HOUSE.trunks(tmp_path) == house.trunks(tmp_path)
    assert {trunk.name for trunk in house.trunks(tmp_path)} == set(house.TRUNKS)


def test_no_lane_is_in_another_s_way(tmp_path: Path) -> None:
    _dialplan(tmp_path, *map(Lane, range(MOST + 1)))  # it refuses what two have


def test_there_are_only_so_many_lanes() -> None:
    with pytest.raises(ValueError, match="lane 40"):
        Lane(MOST + 1)


@pytest.mark.parametrize("number", ["+12065630100", "+12125630100", "+12145630100"])
def test_a_number_of_a_lane_leaves_by_the_lane_s_trunk(number: str, tmp_path: Path) -> None:
    takes = [
        trunk.name
        for trunk in _dialplan(tmp_path, HOUSE, _THIRD).trunks
        if any(number.startswith(prefix) for prefix in trunk.prefixes)
    ]

    assert takes
    assert all(name.endswith("-3") for name in takes)


def test_a_lane_s_customers_are_called_through_its_own_trunk(tmp_path: Path) -> None:
    pstn, own = (
        next(trunk for trunk in lane.trunks(tmp_path) if trunk.name.startswith("pstn"))
        for lane in (HOUSE, _THIRD)
    )

    assert _THIRD.contact(0) == "+16025630100"
    assert own.prefixes == ("+1602563",)
    assert own.priority < pstn.priority


def test_a_scenario_is_given_to_the_people_of_the_lane() -> None:
    plan = PartyPlan(
        name="alice",
        dials="801",
        key={"refer_to": "Refer-To: <sip:saul@{domain}>"},
        sees="102",
        hears=["saul"],
    )
    thread = ExpectedThread(legs=[{"rep": "alice", "attempts": [{"rep": "saul"}]}])
    played = Scenario(summary="x", party=[plan], thread=thread, each_thread=[thread])

    cast = _THIRD.cast(played)

    [alice] = cast.party
    assert (alice.name, alice.users, alice.dials, alice.sees) == (
        "alice",
        ["alice-3"],
        "3801",
        "3102",
    )
    assert alice.hears == ["saul"]
    assert alice.key == {"refer_to": "Refer-To: <sip:saul-3@{domain}>"}
    legs = [{"rep": "alice-3", "attempts": [{"rep": "saul-3"}]}]
    assert cast.expected_threads == [ExpectedThread(legs=legs)]
    assert HOUSE.cast(played) is played


def test_every_scenario_of_ours_can_be_cast() -> None:
    for folder in scenario.find_all():
        loaded = scenario.load(folder)
        assert not list(_THIRD.cast(loaded).problems())


def test_a_lane_knows_its_own_threads() -> None:
    contact = _THIRD.contact(0)
    answered = {
        "contact": None,
        "legs": [{"rep": None, "number": None, "attempts": [{"rep": "bob-3", "number": None}]}],
    }
    refused = {"contact": contact, "legs": []}
    another = {"contact": "x", "legs": [{"rep": "bob-4", "number": None, "attempts": []}]}

    assert _THIRD.owns(answered, contact)
    assert _THIRD.owns(refused, contact)
    assert not _THIRD.owns(another, contact)
    assert HOUSE.owns(another, contact)
