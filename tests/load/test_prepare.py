"""The configuration of a switch that is to be loaded."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from dialplan import Rep, Trunk
from switch.config import embedded, load
from switch.config.desk import WebhookSettings
from switch.edge import credentials
from switch.load import accounts as accounts_file
from switch.load.catalogue import LOADS, xml
from switch.load.errors import NoAccounts, NotPrepared
from switch.load.prepare import accounts_for, prepare
from tests.cli.typing_at import PORTS


def test_it_is_cut_off_from_the_world(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    mine = embedded(
        tmp_path / "var",
        ports=PORTS,
        # His extension is one that the load would have taken.
        reps=[Rep(name="alice", extension="400001", display_name="Alice")],
        trunks=[Trunk(name="provider", address="192.0.2.1")],
    )
    webhook = WebhookSettings(url="https://crm.example/", secret_file=secret)
    mine = dataclasses.replace(mine, webhook=webhook)
    folder = tmp_path / "loadtest"
    accounts = accounts_for(mine, data_dir=folder / "var", territories=2, storm=3)

    written = prepare(mine, accounts, folder, workers=40)

    made = load(written)
    assert made.workers.most == 40
    assert made.switch.data_dir == folder / "var"
    assert not made.webhook.url
    assert {one.address for one in made.dialplan.trunks} == {"127.0.0.2"}
    assert "alice" in {rep.name for rep in made.dialplan.reps}
    assert len({rep.extension for rep in made.dialplan.reps}) == len(made.dialplan.reps)
    assert accounts_file.read(folder) == accounts
    assert (folder / "load.toml").stat().st_mode & 0o777 == 0o600
    known = credentials.users_with_password(made.credentials_path, made.switch.domain)
    assert known == {rep.name for rep in accounts.reps()}


def test_what_is_prepared_can_be_prepared_again(tmp_path: Path) -> None:
    mine = embedded(tmp_path / "var", ports=PORTS, reps=[])
    first = accounts_for(mine, data_dir=tmp_path / "one/var", territories=2, storm=3)
    made = load(prepare(mine, first, tmp_path / "one", workers=None))
    second = accounts_for(made, data_dir=tmp_path / "two/var", territories=1, storm=1)

    again = load(prepare(made, second, tmp_path / "two", workers=None))

    assert {rep.name for rep in again.dialplan.reps} == {rep.name for rep in second.reps()}


def test_a_load_from_elsewhere_must_be_said_where_from(tmp_path: Path) -> None:
    mine = embedded(tmp_path / "var", ports=PORTS, reps=[])
    mine = dataclasses.replace(mine, edge=dataclasses.replace(mine.edge, address="192.0.2.9"))

    with pytest.raises(NotPrepared, match="--from"):
        accounts_for(mine, data_dir=tmp_path)

    made = accounts_for(mine, data_dir=tmp_path, from_address="192.0.2.7")
    assert (made.target, made.trunk_address) == ("192.0.2.9:5060", "192.0.2.7")


def test_a_file_that_says_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "load.toml").write_text('target = "127.0.0.1:5060"\n')

    with pytest.raises(NoAccounts, match="domain"):
        accounts_file.read(tmp_path)


@pytest.mark.parametrize("name", LOADS)
def test_everything_that_is_played_is_there(name: str, tmp_path: Path) -> None:
    mine = embedded(tmp_path / "var", ports=PORTS, reps=[])
    accounts = accounts_for(mine, data_dir=tmp_path, territories=2, storm=2)
    names = {rep.name for rep in accounts.reps()}

    for flow in LOADS[name].flows:
        assert xml(flow.plays).is_file()
        assert len(set(flow.lines(accounts, 5, 0))) >= 2
        for phone in flow.phones:
            assert xml(phone.plays).is_file()
            assert set(phone.reps(accounts)) <= names
    assert sum(flow.share for flow in LOADS[name].flows) == pytest.approx(1)
