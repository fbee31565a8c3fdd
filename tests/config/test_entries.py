"""What territories, trunks and toll policies say in their files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialplan import Identity, OwnToll, Strategy, Toll
from switch.config import load
from switch.errors import ConfigErrors

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def append(folder: Path, file: str, text: str) -> None:
    path = folder / file
    path.write_text(f"{path.read_text()}\n{text}\n")


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(folder)
    return str(caught.value).splitlines()


def only(folder: Path) -> str:
    (problem,) = problems_of(folder)
    return problem


# ---------------------------------------------------------------- territories


def test_a_territory_says_how_it_hunts_and_what_comes_then(folder: Path) -> None:
    append(
        folder,
        "territories.toml",
        """
[[territory]]
name = "oregon"
extension = "802"
members = ["alice"]
strategy = "progressive"
ring_s = 45
step_s = 2.5
grow_s = 5
on_no_answer = "seattle"
""",
    )

    plan = load(folder).dialplan
    oregon = plan.territory("oregon")

    assert oregon is not None
    assert oregon.strategy is Strategy.PROGRESSIVE
    assert (oregon.ring_s, oregon.step_s, oregon.grow_s) == (45.0, 2.5, 5.0)
    assert "seattle" in str(plan.route_overflow("oregon"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'strategy = "ring_all"',
            'strategy = "loudest"',
            "strategy = 'loudest': 'ring_all' or 'longest_idle' or 'round_robin'",
        ),
        ('strategy = "ring_all"', "strategy = []", "strategy = []: 'ring_all' or"),
        ("ring_s = 30", "ring_s = 0", "ring_s = 0.0: seconds, 1 to 600"),
        (
            'on_no_answer = "transferor"',
            'on_no_answer = "seattle"',
            "on_no_answer = 'seattle': somebody else: calls would go round: seattle, seattle",
        ),
        (
            'on_no_answer = "transferor"',
            'on_no_answer = "+442079460123"',
            "a number that its toll policy allows: +442079460123 is a number of GB",
        ),
        ('extension = "801"', 'extension = "101"', "something else: rep alice has it already"),
        ('name = "seattle"', 'name = "transferor"', "another name"),
        ("ring_s = 30", "rings_s = 30", "rings_s: no such key; did you mean ring_s?"),
    ],
)
def test_a_wrong_territory_is_refused(folder: Path, old: str, new: str, expected: str) -> None:
    path = folder / "territories.toml"
    path.write_text(path.read_text().replace(f"\n{old}\n", f"\n{new}\n"))

    told = [problem for problem in problems_of(folder) if problem.startswith("territories.toml")]

    assert len(told) == 1
    assert told[0].startswith("territories.toml: [[territory]] 1 ")
    assert expected in told[0]


def test_what_names_somebody_in_a_torn_entry_is_not_blamed(folder: Path) -> None:
    append(folder, "reps.toml", '[[rep]]\nname = "eve"')
    path = folder / "territories.toml"
    path.write_text(path.read_text().replace('"transferor"\n', '"eve"\n'))

    assert problems_of(folder) == [
        "reps.toml: [[rep]] 4 extension: missing; a text in quotes",
        "reps.toml: [[rep]] 4 display_name: missing; a text in quotes",
    ]


def test_a_number_of_a_torn_territory_is_not_blamed(folder: Path) -> None:
    path = folder / "territories.toml"
    path.write_text(path.read_text().replace('\nextension = "801"\n', "\n"))

    assert only(folder) == "territories.toml: [[territory]] 1 extension: missing; a text in quotes"


# ---------------------------------------------------------------- toll


def test_the_toll_policy_is_everybodys_and_somebody_has_his_own(folder: Path) -> None:
    path = folder / "softswitch.toml"
    path.write_text(path.read_text().replace("\nallow = []", '\nallow = ["+44"]'))
    append(
        folder,
        "reps.toml",
        "[rep.toll]\nallow = []\ninternational = false\noutside_at_once = 0",
    )
    append(folder, "territories.toml", '[territory.toll]\ndeny = ["+1900"]')

    config = load(folder)

    assert config.toll == Toll(allow=("+44",))
    assert config.dialplan.reps[2].toll == OwnToll(allow=(), international=False, outside_at_once=0)
    assert config.dialplan.toll_of("saul") == Toll(allow=("+44",), deny=("+1900",))
    assert config.dialplan.toll_of("bob") == Toll(deny=("+1900",), outside_at_once=0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("\nallow = []", '\nallow = ["44"]', "[toll] allow = ['44']: beginnings of numbers"),
        ("outside_at_once = 5", "outside_at_once = -1", "outside_at_once = -1: calls, 0 to 1000"),
        ("premium = false", "premium = 0", "[toll] premium = 0: true or false"),
        ("premium = false", "premum = false", "[toll] premum: no such key; did you mean premium?"),
        ("wrap_up_s = 0", "wrap_up_s = -1", "[presence] wrap_up_s = -1: seconds, 0 to 3600"),
    ],
)
def test_a_wrong_policy_is_refused(folder: Path, old: str, new: str, expected: str) -> None:
    path = folder / "softswitch.toml"
    path.write_text(path.read_text().replace(old, new))

    problem = only(folder)

    assert problem.startswith("softswitch.toml: ")
    assert expected in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[rep.toll]\nallow = ["44"]', "[[rep]] 3 toll.allow = ['44']: beginnings of numbers"),
        ("[rep.toll]\nallows = []", "[[rep]] 3 toll.allows: no such key; did you mean allow?"),
        ("toll = 5", "[[rep]] 3 toll = 5: a table"),
        ("[rep.toll]\npremium = ''", "[[rep]] 3 toll.premium = '': true or false"),
        ("[rep.toll]\noutside_at_once = ''", "toll.outside_at_once = '': a whole number"),
    ],
)
def test_somebodys_own_wrong_policy_is_refused(folder: Path, text: str, expected: str) -> None:
    append(folder, "reps.toml", text)

    problem = only(folder)

    assert problem.startswith("reps.toml: ")
    assert expected in problem


# ---------------------------------------------------------------- trunks

DIGEST = """
priority = 2
weight = 5
prefixes = ["+44"]
strip = 1
prepend = "00"
identity = "customer"
company_number = "+14805550100"
username = "us"
realm = "provider.test"
password_file = "config/pstn.password"
register = true
"""


def test_a_trunk_says_which_calls_it_takes_and_as_whom(folder: Path) -> None:
    append(folder, "trunks.toml", DIGEST)
    secret = folder / "pstn.password"
    secret.write_text("swordfish\n")

    (trunk,) = load(folder).dialplan.trunks

    assert (trunk.priority, trunk.weight, trunk.prefixes) == (2, 5, ("+44",))
    assert trunk.dialled("+442079460123") == "00442079460123"
    assert trunk.identity is Identity.CUSTOMER
    assert trunk.company_number == "+14805550100"
    assert (trunk.username, trunk.realm, trunk.register) == ("us", "provider.test", True)
    assert (trunk.password_file, trunk.password) == (str(secret), "swordfish")
    assert "swordfish" not in repr(trunk)


def test_a_trunk_whose_password_cannot_be_read_is_refused(folder: Path) -> None:
    append(folder, "trunks.toml", DIGEST)

    assert "trunks.toml: [[trunk]] 1 password_file = " in only(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('username = "us"', "[[trunk]] 1 realm: the realm that the provider's challenge"),
        ("register = true", "register = True: false, for there is no username"),
        ('identity = "nobody"', "identity = 'nobody': 'company' or 'rep' or 'customer'"),
        ("password = 'x'", "password: no such key; did you mean password_file?"),
        ("company_number = 5", "company_number = 5: a text in quotes, or empty"),
        ("strip = 7", "strip = 7: characters, 0 to 5"),
    ],
)
def test_a_wrong_trunk_is_refused(folder: Path, text: str, expected: str) -> None:
    append(folder, "trunks.toml", text)

    told = problems_of(folder)

    assert expected in told[0]


def test_a_port_that_is_none_is_told_that_it_may_be_left_out(folder: Path) -> None:
    path = folder / "trunks.toml"
    path.write_text(path.read_text().replace("\nport = 5080", '\nport = "x"'))

    assert only(folder).endswith("port = 'x': a whole number, or empty")


def test_a_territory_may_have_music_of_its_own(folder: Path) -> None:
    path = folder / "territories.toml"
    path.write_text(path.read_text().replace("ring_s = 30\n", 'ring_s = 30\nmusic = "hold.ogg"\n'))
    assert only(folder).endswith("[[territory]] 1 music = 'hold.ogg': a file that exists")
    music = folder.parent / "hold.ogg"
    music.touch()

    seattle = load(folder).dialplan.territory("seattle")

    assert seattle is not None
    assert seattle.music == str(music)
