from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dialplan import Dialplan, Territory, Trunk
from switch.cli.welcome import advice, count, lacking, welcome
from switch.config import Config
from tests.cli.typing_at import a_config

PATH = Path("config")
SERVER = "192.0.2.10"


@pytest.fixture
def here(tmp_path: Path) -> Config:
    return a_config(tmp_path)


def reached(config: Config, *, edge: str, media: str) -> Config:
    return replace(
        config,
        edge=replace(config.edge, address=edge),
        media=replace(config.media, address=media),
    )


def text_of(config: Config, path: Path = PATH, *, with_password: frozenset[str]) -> str:
    return "\n".join(line.plain for line in welcome(config, path, with_password=with_password))


def test_all_that_a_phone_asks_for_is_told(here: Config) -> None:
    told = text_of(reached(here, edge=SERVER, media=SERVER), with_password=frozenset())

    assert "server     192.0.2.10, port 5060, UDP or TCP" in told
    assert "domain     switch.test (also: realm)" in told


def test_of_each_rep_it_is_told_whether_he_can_register(here: Config) -> None:
    told = text_of(here, with_password=frozenset({"alice"}))

    assert "alice  101    can register" in told
    assert "saul   102    no password yet: softswitch password saul" in told


def test_a_command_that_is_told_is_about_the_same_config(here: Config) -> None:
    told = text_of(here, Path("/etc/my switch"), with_password=frozenset())

    assert "softswitch password alice --config '/etc/my switch'" in told
    assert "softswitch threads --config '/etc/my switch'" in told


def test_numbers_and_trunks_are_told(here: Config) -> None:
    told = text_of(here, with_password=frozenset())

    assert "+14805550100 rings alice" in told
    assert (
        "pstn: takes calls from 192.0.2.7, any port, UDP; calls to outside go to 192.0.2.7:5060"
        in told
    )


def test_only_the_first_trunk_takes_calls_to_outside(here: Config) -> None:
    trunks = (
        Trunk(name="one", address="192.0.2.7", port=5080),
        Trunk(name="two", address="192.0.2.8", port=5081),
    )

    told = text_of(replace(here, dialplan=Dialplan(trunks=trunks)), with_password=frozenset())

    assert "two: takes calls from 192.0.2.8, port 5081, UDP\n" in told


def test_logs_are_where_they_are_written(here: Config) -> None:
    external = replace(here, edge=replace(here.edge, managed=False))

    assert "edge, media and broker: " in text_of(here, with_password=frozenset())
    assert "here; media and broker: " in text_of(external, with_password=frozenset())


def test_where_nothing_is_managed_no_logs_of_others_are_told(here: Config) -> None:
    external = replace(
        here,
        edge=replace(here.edge, managed=False),
        media=replace(here.media, managed=False),
        bus=replace(here.bus, managed=False),
    )

    assert "logs " not in text_of(external, with_password=frozenset())


def test_on_the_loopback_it_is_said_who_cannot_reach_it(here: Config) -> None:
    (line,) = advice(here, PATH)

    assert line.startswith("127.0.0.1 is reached by phones on this machine only.")
    assert "softswitch.toml" in line


def test_audio_that_reaches_nobody_is_told(here: Config) -> None:
    (line,) = advice(reached(here, edge=SERVER, media="127.0.0.1"), PATH)

    assert line.startswith("Audio goes to 127.0.0.1")


def test_there_is_no_advice_where_nothing_is_odd(here: Config) -> None:
    assert list(advice(reached(here, edge=SERVER, media=SERVER), PATH)) == []


def test_a_switch_without_reps_is_odd(here: Config) -> None:
    empty = replace(reached(here, edge=SERVER, media=SERVER), dialplan=Dialplan())

    (line,) = advice(empty, PATH)

    assert "no reps" in line


def test_a_territory_that_a_transfer_does_not_wait_for_is_told(here: Config) -> None:
    patient = Territory(name="seattle", extension="801", members=("saul",), on_no_answer="alice")
    brisk = Territory(name="arizona", extension="802", members=("saul",))
    plan = Dialplan(reps=here.dialplan.reps, territories=(patient, brisk))
    config = replace(reached(here, edge=SERVER, media=SERVER), dialplan=plan)

    (line,) = advice(config, PATH)

    assert line.startswith(
        "seattle may ring for 50 s, whom it overflows to included, but a transfer to it ends "
        "after 30 s: see [transfer] response_timeout_s in config"
    )


def test_who_lacks_a_password_is_told(here: Config) -> None:
    assert list(lacking(here, PATH, with_password=frozenset({"saul"}))) == [
        "alice has no password yet: softswitch password alice"
    ]


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [(1, "rep", "1 rep"), (0, "rep", "0 reps"), (2, "territory", "2 territories")],
)
def test_things_are_counted_as_people_do(number: int, what: str, said: str) -> None:
    assert count(number, what) == said
