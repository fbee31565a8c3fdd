"""A config folder is read whole, or refused with everything that is wrong in it."""

from __future__ import annotations

import dataclasses
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialplan import (
    Did,
    Rep,
    RepSource,
    Strategy,
    Territory,
    TerritoryRoute,
    Toll,
    Trunk,
    TrunkSource,
)
from switch.config import Config, load
from switch.config.reader import keys_of
from switch.errors import ConfigErrors

SHIPPED = Path(__file__).parents[2] / "config"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the folder we ship."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Return what replaces a text in a file of the copy."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return replace


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load(path)
    assert str(caught.value).splitlines() == [str(one) for one in caught.value.problems]
    first = caught.value.problems[0]
    assert (caught.value.file, caught.value.key) == (first.file, first.key)
    return str(caught.value).splitlines()


def only(path: Path) -> str:
    (problem,) = problems_of(path)
    return problem


def test_the_shipped_file_explains_every_key_and_states_its_default() -> None:
    tables = tomllib.loads((SHIPPED / "softswitch.toml").read_text())
    config = load(SHIPPED)
    default = Config()

    kinds = {one.name for one in dataclasses.fields(Config)} - {"dialplan"} | {"toll"}
    assert set(tables) == kinds
    for table in kinds - {"switch"}:
        keys = {one.name for one in keys_of(getattr(default, table))}
        assert set(tables[table]) == keys, table
        assert getattr(config, table) == getattr(default, table), table
    root = SHIPPED.parent
    assert config.switch == dataclasses.replace(default.switch, data_dir=root / "var")


def test_the_shipped_example_has_three_reps_two_numbers_a_trunk_and_a_territory() -> None:
    plan = load(SHIPPED / "softswitch.toml").dialplan

    assert [rep.name for rep in plan.reps] == ["alice", "saul", "bob"]
    assert plan.dids == (
        Did(number="+14805550100", rep="alice"),
        Did(number="+12065550180", territory="seattle"),
    )
    assert plan.territories[0].members == ("saul", "bob")
    assert plan.territories[0].strategy is Strategy.RING_ALL
    assert plan.toll == Toll()
    assert plan.route_call(TrunkSource(name="pstn"), "12065550180") == TerritoryRoute(
        territory="seattle", extension="801", display_name="Seattle"
    )
    assert "+12065550100" in str(plan.route_call(RepSource(name="bob"), "(206) 555-0100"))


@pytest.mark.parametrize(
    ("file", "kind"),
    [("reps", Rep), ("territories", Territory), ("dids", Did), ("trunks", Trunk)],
)
def test_the_shipped_files_of_entries_explain_every_key(file: str, kind: type) -> None:
    lines = (SHIPPED / f"{file}.toml").read_text().splitlines()

    explained = {line.split()[1] for line in lines if line.startswith("# ") and line[2] != " "}

    for one in keys_of(kind):
        name = f"[{kind.__name__.lower()}.toll]" if one.name == "toll" else one.name
        assert name in explained


def test_relative_paths_start_at_the_folder_that_holds_the_config_folder(
    folder: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    edit("softswitch.toml", 'data_dir = "var"', 'data_dir = "kept/here"')

    config = load(folder)

    kept = folder.parent / "kept" / "here"
    assert config.switch.data_dir == kept
    assert config.run_dir == kept / "run"
    assert config.credentials_path == kept / "credentials.sqlite"
    assert config.store_url == f"sqlite+aiosqlite:///{kept}/threads.sqlite"


def test_an_absolute_path_stays_and_left_out_keys_have_their_defaults(folder: Path) -> None:
    (folder / "softswitch.toml").write_text('[switch]\ndata_dir = "/srv/switch"\n')

    config = load(folder)

    assert config.switch.data_dir == Path("/srv/switch")
    assert config.edge == Config().edge

    (folder / "softswitch.toml").write_text("")
    assert load(folder).switch.data_dir == folder.parent / "var"


def test_the_bus_password_is_read_and_never_shown(folder: Path, edit: Edit) -> None:
    (folder / "bus.password").write_text("swordfish\nremark\n")
    edit("softswitch.toml", 'password_file = ""', 'password_file = "config/bus.password"')
    edit("softswitch.toml", 'username = ""', 'username = "node"')

    bus = load(folder).bus

    assert (bus.username, bus.password) == ("node", "swordfish")
    assert "swordfish" not in repr(load(folder))


@pytest.mark.parametrize("content", [b"", b"\nswordfish\n", b"\xff\xfe"])
def test_a_password_file_without_a_password_is_refused(
    folder: Path, edit: Edit, content: bytes
) -> None:
    (folder / "bus.password").write_bytes(content)
    edit("softswitch.toml", 'password_file = ""', 'password_file = "config/bus.password"')

    assert "[bus] password_file" in only(folder)


def test_a_missing_password_file_is_refused(folder: Path, edit: Edit) -> None:
    edit("softswitch.toml", 'password_file = ""', 'password_file = "config/none"')

    assert "a file that can be read" in only(folder)


def test_the_store_is_never_shown_for_its_url_may_hold_a_password(folder: Path, edit: Edit) -> None:
    edit("softswitch.toml", 'store = ""', 'store = "postgresql+asyncpg://me:swordfish@db/x"')

    config = load(folder)

    assert config.store_url == "postgresql+asyncpg://me:swordfish@db/x"
    assert "swordfish" not in repr(config)


@pytest.mark.parametrize("key", ["music", "menu_prompt", "wrong_prompt", "goodbye_prompt"])
def test_a_sound_must_be_there_if_we_start_the_player(folder: Path, edit: Edit, key: str) -> None:
    edit("softswitch.toml", f'{key} = ""', f'{key} = "config/{key}.wav"')
    assert f"[media] {key}" in only(folder)

    (folder / f"{key}.wav").touch()
    assert getattr(load(folder).media, key) == folder / f"{key}.wav"


def test_an_announcement_is_a_word_or_a_file_that_is_there(folder: Path, edit: Edit) -> None:
    assert load(folder).recording.announce == "none"
    edit("softswitch.toml", 'announce = "none"', 'announce = "beep"')
    assert load(folder).recording.announce == "beep"
    edit("softswitch.toml", 'announce = "beep"', 'announce = ""')
    assert only(folder).endswith('"none", "beep", or a file that exists')
    edit("softswitch.toml", 'announce = ""', 'announce = "config/told.ogg"')
    assert "[recording] announce" in only(folder)

    (folder / "told.ogg").touch()
    assert load(folder).recording.announce == str(folder / "told.ogg")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sip_port = 5060", "sip_port = 70000", "[edge] sip_port = 70000: a port, 1 to 65535"),
        ("sip_port = 5060", "sip_port = true", "[edge] sip_port = True: a port, 1 to 65535"),
        ("sip_port = 5060", 'sip_port = "x"', "[edge] sip_port = 'x': a port, 1 to 65535"),
        ("rest_s = 0.6", "rest_s = -1", "[workers] rest_s = -1: seconds, 0 to 60"),
        ("rest_s = 0.6", "rest_s = nan", "[workers] rest_s = nan: seconds, 0 to 60"),
        ("timeout_s = 60", "timeout_s = 0", "[call] ring_timeout_s = 0: seconds, 1 to 600"),
        ('"US"', '"usa"', "[switch] country = 'usa': a country as two capital letters"),
        ('"switch.test"', '"Switch.test"', "[switch] domain = 'Switch.test': a domain name in"),
        ('"switch.test"', '"a..b"', "[switch] domain = 'a..b': a domain name in lower case"),
        ('"switch.test"', f'"{"a" * 254}"', "a domain name in lower case"),
        ('data_dir = "var"', 'data_dir = ""', "[switch] data_dir = '': a path"),
        ('data_dir = "var"', "data_dir = 1", "[switch] data_dir = 1: a path"),
        ('data_dir = "var"', r'data_dir = "\u0000"', r"[switch] data_dir = '\x00': a path"),
        ('"node1"', '"a/b"', "[switch] node = 'a/b': 1 to 64 letters"),
        ('address = "127.0.0.1"\n\n# Behind', 'address = "0.0.0.0"\n\n# Behind', "(not 0.0.0.0)"),
        ('ng_host = "127.0.0.1"', 'ng_host = "a b"', "[media] ng_host = 'a b': a host name or"),
        ('address = "127.0.0.1"\n\n# Behind', 'address = "host"\n\n# Behind', "an IPv4 address of"),
        ("accept_status = 202", "accept_status = 204", "accept_status = 204: 202 or 200"),
        ("accept_status = 202", "accept_status = 202.0", "accept_status = 202.0: 202 or 200"),
        ('level = "info"', 'level = "loud"', "level = 'loud': 'debug' or 'info' or 'warning'"),
        (
            'codecs = ["PCMU", "PCMA", "G722", "opus"]',
            "codecs = []",
            "codecs = []: one or more of PCMU",
        ),
        ('codecs = ["PCMU", "PCMA"', 'codecs = ["PCMU", "PCMU"', "each once"),
        ('codecs = ["PCMU"', 'codecs = ["AMBE"', "one or more of PCMU"),
        ('codecs = ["PCMU"', "codecs = [1", "one or more of PCMU"),
        ('codecs = ["PCMU", "PCMA", "G722", "opus"]', 'codecs = "PCMU"', "one or more of PCMU"),
        (
            "managed = true\n\n# The IPv4 address of",
            "managed = 1\n\n# The IPv4 address of",
            "= 1: true or false",
        ),
        ('keep_days = ""', "keep_days = 0", "[desk] keep_days = 0: days, 1 to 36500, or empty"),
        ('username = ""', "username = 0", "[bus] username = 0: a text in quotes, or empty"),
        ('music = ""', "music = []", "[media] music = []: a path in quotes, or empty"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    folder: Path, edit: Edit, old: str, new: str, expected: str
) -> None:
    edit("softswitch.toml", old, new)

    problem = only(folder)

    assert problem.startswith("softswitch.toml: [")
    assert expected in problem


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "sip_port = 5060",
            "sip_prot = 5060",
            "[edge] sip_prot: no such key; did you mean sip_port?",
        ),
        ("[edge]", "[egde]", "softswitch.toml: egde: no such key; did you mean edge?"),
        ('node = "node1"', "zzz = 1", "[switch] zzz: no such key; known are domain, country,"),
        ("username", "password", "[bus] password: no such key; did you mean password_file?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(
    folder: Path, edit: Edit, old: str, new: str, expected: str
) -> None:
    edit("softswitch.toml", old, new)

    assert expected in only(folder)


def test_torn_toml_is_refused_with_its_line(folder: Path, edit: Edit) -> None:
    edit("reps.toml", 'extension = "102"', "extension 102")
    torn = (folder / "reps.toml").read_text().splitlines().index("extension 102") + 1

    assert only(folder) == (
        f"reps.toml: line {torn}, column 11: Expected '=' after a key in a key/value pair"
    )


def test_a_file_that_ends_too_early_is_refused(folder: Path) -> None:
    (folder / "dids.toml").write_text("[[did]]\nnumber")

    assert "dids.toml: end of document: Expected '='" in only(folder)


def test_a_missing_file_and_a_file_of_another_alphabet_are_refused(folder: Path) -> None:
    (folder / "trunks.toml").unlink()
    (folder / "dids.toml").write_bytes(b"# caf\xe9\n")

    assert problems_of(folder) == [
        "dids.toml: byte 5: must be UTF-8",
        f"trunks.toml: {folder}/trunks.toml: cannot be read: No such file or directory",
    ]


def test_a_folder_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    problems = problems_of(tmp_path / "nowhere" / "softswitch.toml")

    assert len(problems) == 5
    assert "No such file or directory" in problems[0]


def test_problems_of_all_files_are_told_together(folder: Path, edit: Edit) -> None:
    edit("softswitch.toml", "sip_port = 5060", "sip_port = 0")
    edit("softswitch.toml", "warm = 2", "warm = 17")
    edit("reps.toml", '"102"', '"101"')
    edit("territories.toml", '"bob"', '"eve"')
    edit("dids.toml", 'rep = "alice"', 'rep = "seattle"')
    edit("trunks.toml", '"127.0.0.1"', '"sip.example"')

    assert problems_of(folder) == [
        "softswitch.toml: [edge] sip_port = 0: a port, 1 to 65535",
        "softswitch.toml: [workers] warm = 17: at most [workers] most, 16",
        "reps.toml: [[rep]] 2 extension = '101': something else: rep alice has it already",
        (
            "territories.toml: [[territory]] 1 members = ['saul', 'eve']: "
            "names of reps; eve is none of alice, bob, saul"
        ),
        "dids.toml: [[did]] 1 rep = 'seattle': the name of a rep: alice, bob, saul",
        (
            "trunks.toml: [[trunk]] 1 address = 'sip.example': "
            "an IPv4 address (a trunk is known by it, so a host name will not do)"
        ),
    ]


def test_a_missing_key_of_a_rep_blames_nobody_else(folder: Path, edit: Edit) -> None:
    edit("reps.toml", 'name = "saul"\n', "")
    edit("reps.toml", '"103"', "103")

    assert problems_of(folder) == [
        "reps.toml: [[rep]] 2 name: missing; a text in quotes",
        "reps.toml: [[rep]] 3 extension = 103: a text in quotes",
    ]


def test_a_problem_is_told_at_the_place_in_the_file_even_after_torn_entries(
    folder: Path, edit: Edit
) -> None:
    edit("reps.toml", 'name = "alice"\n', "")
    edit("reps.toml", '"103"', '"102"')

    assert problems_of(folder)[1].startswith("reps.toml: [[rep]] 3 extension = '102'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[did]\n", "dids.toml: [did]: double brackets: [[did]]"),
        (
            "[[did]]\nnumber = '+14805550100'\nrep = ['a']\n",
            "[[did]] 1 rep = ['a']: a text in quotes, or empty",
        ),
        ("did = [1]\n", "dids.toml: [[did]] 1 = 1: a table"),
        ("[[dod]]\n", "dids.toml: dod: no such key; did you mean did?"),
    ],
)
def test_an_entry_of_another_form_is_refused(folder: Path, text: str, expected: str) -> None:
    (folder / "dids.toml").write_text(text)

    assert expected in only(folder)


@pytest.mark.parametrize("members", ['"saul"', "[1]"])
def test_members_are_a_list_of_names(folder: Path, edit: Edit, members: str) -> None:
    edit("territories.toml", '["saul", "bob"]', members)

    assert only(folder).endswith(": a list of texts")


def test_a_table_of_another_form_is_refused(folder: Path) -> None:
    (folder / "softswitch.toml").write_text("edge = 5060\n")

    assert only(folder) == "softswitch.toml: [edge] = 5060: a table"


@pytest.mark.parametrize("port", ["port = 0", ""])
def test_a_trunk_may_leave_its_port_open(folder: Path, edit: Edit, port: str) -> None:
    edit("trunks.toml", "port = 5080", port)

    assert load(folder).dialplan.trunks[0].port is None


def test_the_shipped_folder_has_nothing_but_what_is_read() -> None:
    names: list[Any] = sorted(path.name for path in SHIPPED.glob("*.toml"))

    assert names == [
        "dids.toml",
        "reps.toml",
        "softswitch.toml",
        "territories.toml",
        "trunks.toml",
    ]
