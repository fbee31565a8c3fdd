"""What is written before the programs are started."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dialplan import Did, Rep, Trunk
from switch.audio.prompts import CUES
from switch.config import Config, embedded, write
from switch.demo.ports import free_ports
from switch.edge.credentials import ha1
from switch.edge.render import check_arguments
from switch.run.plans import edge_settings, plans, run_folder

PROVIDER = Trunk(
    name="pstn",
    address="127.0.0.2",
    port=5090,
    username="acme",
    realm="Example Telecom",
    password_file="/somewhere",
    password="open sesame",
    register=True,
)


def config_with(trunk: Trunk, folder: Path) -> Config:
    return embedded(
        folder / "var",
        ports=free_ports(),
        reps=[Rep(name="alice", extension="101", display_name="Alice")],
        dids=[Did(number="+14805550100", rep="alice")],
        trunks=[trunk],
    )


def test_a_provider_that_wants_to_know_where_we_are_is_registered_with(tmp_path: Path) -> None:
    config = config_with(PROVIDER, tmp_path)

    plans(config, write(config, tmp_path / "config"), quiet=True)

    file = edge_settings(config).registrations
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(file)) as accounts:
        row = accounts.execute("SELECT l_username, auth_ha1, auth_proxy FROM uacreg").fetchone()
    digest = ha1("acme", "Example Telecom", "open sesame")
    assert row == ("+14805550100", digest, "sip:127.0.0.2:5090")
    kamailio = run_folder(config) / "kamailio.cfg"
    assert "open sesame" not in kamailio.read_text(encoding="utf-8")
    checked = subprocess.run(check_arguments(edge_settings(config), kamailio), check=False)
    assert checked.returncode == 0


def test_no_other_is(tmp_path: Path) -> None:
    trunk = Trunk(name="pstn", address="127.0.0.2")

    assert edge_settings(config_with(trunk, tmp_path)).registrations is None


def test_what_people_hear_is_written_unless_it_is_the_operators(tmp_path: Path) -> None:
    config = config_with(PROVIDER, tmp_path)
    own = tmp_path / "sorry.mp3"
    own.write_bytes(b"our own")
    config = replace(config, media=replace(config.media, goodbye_prompt=own))

    [first, *_] = plans(config, write(config, tmp_path / "config"), quiet=True)

    written = {path.name for path in run_folder(config).glob("*.wav")}
    cues = {f"{name}.wav" for name in CUES}
    assert written == {"music.wav", "menu.wav", "wrong.wav"} | cues
    assert own.read_bytes() == b"our own"
    [media] = [plan for plan in first if plan.name == "media"]
    assert f"--dtmf-log-dest=127.0.0.1:{config.media.dtmf_port}" in media.argv


def test_two_rtpengines_one_after_the_other_share_no_port(tmp_path: Path) -> None:
    config = config_with(PROVIDER, tmp_path)
    media = replace(config.media, rtp_first_port=30000, rtp_last_port=30999)
    config = replace(config, media=media)

    assert ports_of(config, tmp_path) == [(30000, 30499), (30500, 30999)]


def test_who_has_too_few_ports_for_two_has_all_of_them_each_time(tmp_path: Path) -> None:
    config = config_with(PROVIDER, tmp_path)
    last = 30000 + config.workers.rtp_ports
    config = replace(config, media=replace(config.media, rtp_first_port=30000, rtp_last_port=last))

    assert ports_of(config, tmp_path) == [(30000, last), (30000, last)]


def ports_of(config: Config, folder: Path) -> list[tuple[int, int]]:
    """Return the ports of one rtpengine and of the next."""
    [first, *_] = plans(config, write(config, folder / "config"), quiet=True)
    [media] = [plan for plan in first if plan.name == "media"]
    found = []
    for argv in (media.argv, media.other_argv or ()):
        options = dict(one.partition("=")[::2] for one in argv)
        found.append((int(options["--port-min"]), int(options["--port-max"])))
    return found
