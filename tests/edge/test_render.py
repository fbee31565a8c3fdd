from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from switch.edge.render import check_arguments, render, start_arguments
from switch.edge.settings import EdgeSettings, EdgeTrunk


def settings_in(folder: Path, **changed: object) -> EdgeSettings:
    values: dict[str, object] = {
        "domain": "switch.test",
        "address": "127.0.0.1",
        "sip_port": 5060,
        "inner_port": 5070,
        "evapi_port": 5071,
        "rpc_port": 5072,
        "worker_first_port": 20000,
        "worker_last_port": 20015,
        "run_dir": folder,
        "credentials": folder / "credentials.sqlite",
        "locations": folder / "locations.sqlite",
    }
    return EdgeSettings(**{**values, **changed})  # type: ignore[arg-type]


def trunk(name: str, address: str = "127.0.0.1", port: int | None = 5080) -> EdgeTrunk:
    return EdgeTrunk(name=name, address=address, port=port)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"trunks": (trunk("pstn"), trunk("a-b.c_d+e", "10.0.0.2", None))},
        {"trunks": tuple(trunk(f"t{n}", f"10.0.{n // 250}.{n % 250 + 1}") for n in range(1000))},
        {"registrations": Path("/run/softswitch/registrations.sqlite")},
        {"public_address": "192.0.2.7"},
        {"own_hosts": ("sip.example.com", "192.0.2.1"), "workers": 8},
        {"ws_port": 5066},
        {"has_account": True},
    ],
)
@pytest.mark.parametrize(
    "name", ["plain", "with space", "quote\"d 'twice'", "back\\slash", "$ru#!"]
)
def test_kamailio_finds_nothing_wrong_with_it(
    tmp_path: Path, name: str, changed: dict[str, object]
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    settings = settings_in(folder, **changed)
    config = folder / "kamailio.cfg"
    config.write_text(render(settings))

    checked = subprocess.run(
        check_arguments(settings, config), capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr
    assert "ERROR" not in checked.stderr
    assert "WARNING" not in checked.stderr


def test_a_path_stays_within_its_string(tmp_path: Path) -> None:
    evil = tmp_path / 'x")\nmodparam("'.replace("\n", "")

    text = render(settings_in(evil))

    escaped = str(evil).replace('"', '\\"')
    assert f'"sqlite:///{escaped}/credentials.sqlite"' in text


def test_it_listens_on_what_it_is_told_and_on_loopback(tmp_path: Path) -> None:
    text = render(settings_in(tmp_path, address="192.0.2.7"))

    assert re.findall(r"(?m)^listen=(\S+)", text) == [
        "udp:192.0.2.7:5060",
        "tcp:192.0.2.7:5060",
        "udp:127.0.0.1:5070",
        "tcp:127.0.0.1:5072",
    ]
    assert 'modparam("evapi", "bind_addr", "127.0.0.1:5071")' in text


def test_a_trunk_is_known_by_address_and_port_if_it_has_one(tmp_path: Path) -> None:
    trunks = (trunk("one", "10.0.0.1", 5062), trunk("two", "10.0.0.2", None))

    text = render(settings_in(tmp_path, trunks=trunks))

    assert (
        'if ($var(ip) == "10.0.0.1" && $var(port) == 5062) { $var(trunk) = "one"; return; }' in text
    )
    assert 'if ($var(ip) == "10.0.0.2") { $var(trunk) = "two"; return; }' in text


def test_times_are_told_in_milliseconds(tmp_path: Path) -> None:
    text = render(settings_in(tmp_path, silent_timeout_s=2.5))

    assert 'modparam("tm", "fr_timer", 2500)' in text


def test_it_starts_in_the_foreground_without_a_pid_file(tmp_path: Path) -> None:
    arguments = start_arguments(settings_in(tmp_path), tmp_path / "kamailio.cfg")

    assert arguments[:3] == ["kamailio", "-DD", "-E"]
    assert "-P" not in arguments
    assert [arguments[arguments.index(kind) + 1] for kind in ("-x", "-X")] == ["fm", "fm"]
    assert arguments[arguments.index("-m") + 1] == "512"


def test_what_is_checked_has_the_memory_that_it_will_run_with(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    commands = (start_arguments, check_arguments)

    given = [command(settings, tmp_path / "kamailio.cfg") for command in commands]

    assert {arguments[arguments.index("-M") + 1] for arguments in given} == {"64"}


def test_it_registers_with_nobody_unless_it_is_told_to(tmp_path: Path) -> None:
    registrations = tmp_path / "registrations.sqlite"

    assert "reg_db_url" not in render(settings_in(tmp_path))
    text = render(settings_in(tmp_path, registrations=registrations))

    assert f'modparam("uac", "reg_db_url", "sqlite:///{registrations}")' in text


def test_dialogs_are_followed_only_if_a_trunk_may_ask_who_we_are(tmp_path: Path) -> None:
    without, with_one = (render(settings_in(tmp_path, has_account=has)) for has in (False, True))

    for what in ('loadmodule "dialog.so"', "track_cseq_updates", "dlg_manage()"):
        assert what not in without
        assert what in with_one


def test_each_trunk_is_probed_at_its_own_port_or_the_usual_one(tmp_path: Path) -> None:
    trunks = (trunk("one", "10.0.0.1", 5062), trunk("two", "10.0.0.2", None))

    text = render(settings_in(tmp_path, trunks=trunks))

    assert '$var(uri) = "sip:10.0.0.1:5062";' in text
    assert '$var(uri) = "sip:10.0.0.2:5060";' in text
