"""What is written is read again as the same."""

from __future__ import annotations

import dataclasses
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from dialplan import (
    DialplanError,
    Did,
    Identity,
    OwnToll,
    Rep,
    Strategy,
    Territory,
    Toll,
    Trunk,
)
from switch.config import (
    BusSettings,
    Config,
    ContactSettings,
    DeskSettings,
    MediaSettings,
    Ports,
    PresenceSettings,
    RecallSettings,
    RecordingSettings,
    ResponseTimes,
    TransferSettings,
    WebhookSettings,
    WorkerSettings,
    embedded,
    load,
    write,
)

PORTS = Ports(
    sip=6060,
    inner=6061,
    evapi=6062,
    rpc=6063,
    ng=6064,
    bus=6065,
    dtmf=6066,
    http=6067,
    metrics=6068,
    desk_metrics=6069,
    workers_first=6100,
    rtp_first=40000,
    rtp_last=40999,
)
ALICE = Rep(name="alice", extension="101", display_name='Alice "Al" \\ Müller\t\x7f 📞')
SAUL = Rep(
    name="saul",
    extension="102",
    display_name="",
    toll=OwnToll(allow=(), deny=("+1900",), international=False, outside_at_once=0),
)
SEATTLE = Territory(
    name="seattle",
    extension="801",
    members=("saul", "alice"),
    strategy=Strategy.LONGEST_IDLE,
    ring_s=42.5,
    on_no_answer="saul",
    toll=OwnToll(premium=True),
)


def sample(folder: Path) -> Config:
    return embedded(
        folder / "data",
        ports=PORTS,
        reps=[ALICE, SAUL],
        territories=[SEATTLE],
        dids=[
            Did(number="+14805550100", rep="alice"),
            Did(number="+14805550101", territory="seattle"),
        ],
        trunks=[
            Trunk(name="pstn", address="127.0.0.1", port=5080),
            Trunk(
                name="spare",
                address="127.0.0.2",
                priority=2,
                prefixes=("+1", "+44"),
                identity=Identity.COMPANY,
            ),
        ],
        toll=Toll(allow=("+44",), international=True),
        workers=WorkerSettings(warm=0, most=4, rest_s=0.1),
    )


def test_an_embedded_configuration_takes_the_ports_given() -> None:
    config = sample(Path("/tmp"))

    assert (config.edge.sip_port, config.edge.inner_port) == (6060, 6061)
    assert (config.edge.evapi_port, config.edge.rpc_port) == (6062, 6063)
    assert (config.media.ng_port, config.bus.port) == (6064, 6065)
    assert config.media.dtmf_port == 6066
    assert (config.workers.first_port, config.workers.last_port) == (6100, 6103)
    assert (config.media.rtp_first_port, config.media.rtp_last_port) == (40000, 40999)
    assert config.workers.most == 4
    assert embedded(Path("x"), ports=PORTS, reps=[]).switch.data_dir.is_absolute()


def test_an_embedded_configuration_is_checked() -> None:
    with pytest.raises(DialplanError):
        embedded(Path("x"), ports=PORTS, reps=[ALICE, ALICE])


def test_a_written_configuration_is_read_as_the_same(tmp_path: Path) -> None:
    config = sample(tmp_path)

    path = write(config, tmp_path / "deep" / "config")

    assert load(path) == config
    assert load(path.parent) == config


def test_every_kind_of_value_survives(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("swordfish\n")
    config = replace(
        sample(tmp_path),
        media=MediaSettings(managed=False, music=tmp_path / "music.wav", ng_host="media.test"),
        bus=BusSettings(managed=False, username="me", password_file=secret, password="swordfish"),
        transfer=TransferSettings(accept_status=200, response_timeout_s=ResponseTimes.of(2.5)),
        recall=RecallSettings(retries=0, menu=True, fallback=("saul",), alert_info="<x>;info=a"),
        presence=PresenceSettings(wrap_up_s=20.0),
        recording=RecordingSettings(
            dir=tmp_path / "kept", format="opus", keep_days=90, s3_bucket="calls-1"
        ),
        desk=DeskSettings(
            store="postgresql+asyncpg://me:pw@db/x",
            supervisors=("alice",),
            proxies=("10.0.0.1",),
            user_header="X-Remote-User",
            service_level_s=30,
        ),
        contacts=ContactSettings(file=secret, url="http://crm.test/{number}"),
        webhook=WebhookSettings(url="https://crm.test/hook", secret_file=secret),
    )

    path = write(config, tmp_path / "config")

    assert load(path) == config
    assert "swordfish" not in path.read_text()


def test_the_password_of_a_trunk_is_read_again_and_never_written(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("swordfish\n")
    trunk = Trunk(
        name="pstn",
        address="127.0.0.1",
        username="us",
        realm="provider.test",
        password_file=str(secret),
        password="swordfish",
        register=True,
    )
    config = embedded(tmp_path / "data", ports=PORTS, reps=[ALICE], trunks=[trunk])

    path = write(config, tmp_path / "config")

    assert load(path) == config
    assert "swordfish" not in (path.parent / "trunks.toml").read_text()


def test_only_the_owner_may_read_a_written_configuration(tmp_path: Path) -> None:
    path = write(sample(tmp_path), tmp_path / "config")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write(Config(), tmp_path / "config") == path


def test_a_relative_path_is_written_absolute(tmp_path: Path) -> None:
    path = write(Config(), tmp_path / "config")

    assert load(path).switch.data_dir == Path("var").absolute()


def test_a_key_that_is_off_is_off_in_the_file_too(tmp_path: Path) -> None:
    config = embedded(tmp_path / "data", ports=PORTS, reps=[ALICE])
    config = dataclasses.replace(config, media=dataclasses.replace(config.media, silent_s=None))

    assert load(write(config, tmp_path / "config")).media.silent_s is None
