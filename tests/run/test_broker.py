import os
import stat
from pathlib import Path

import pytest

from switch.run.broker import BrokerError, BrokerSettings, command, write


def settings(folder: Path, host: str = "127.0.0.1", **more: str) -> BrokerSettings:
    return BrokerSettings(host=host, port=1883, folder=folder / "broker", **more)


def test_the_broker_listens_on_loopback_and_keeps_what_is_unread(tmp_path: Path) -> None:
    lines = write(settings(tmp_path)).read_text().splitlines()

    assert "listener 1883 127.0.0.1" in lines
    assert "persistence true" in lines
    assert f"persistence_location {tmp_path}/broker/" in lines
    assert "max_queued_messages 0" in lines
    assert "allow_anonymous true" in lines
    assert ("user root" in lines) == (os.geteuid() == 0)


def test_with_a_user_nobody_else_may_connect_and_no_password_is_readable(tmp_path: Path) -> None:
    path = write(settings(tmp_path, username="switch", password="swordfish"))

    passwords = path.parent / "passwords"
    assert "allow_anonymous false" in path.read_text()
    assert "swordfish" not in passwords.read_text() + path.read_text()
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_user_taken_out_of_the_configuration_is_forgotten(tmp_path: Path) -> None:
    write(settings(tmp_path, username="switch", password="swordfish"))

    path = write(settings(tmp_path))

    assert not (path.parent / "passwords").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_any_loopback_address_will_do(tmp_path: Path, host: str) -> None:
    assert f"listener 1883 {host}" in write(settings(tmp_path, host=host)).read_text()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "broker.example.com", ""])
def test_the_managed_broker_is_not_opened_to_the_network(tmp_path: Path, host: str) -> None:
    with pytest.raises(BrokerError, match=r"bus\.managed = false"):
        write(settings(tmp_path, host=host))
    assert not (tmp_path / "broker").exists()


def test_the_broker_is_found_where_debian_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert command(Path("x.conf"))[1:] == ("-c", "x.conf")


def test_a_missing_broker_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("switch.run.broker._SBIN", str(tmp_path))

    with pytest.raises(BrokerError, match="apt-get install mosquitto"):
        command(Path("x.conf"))
