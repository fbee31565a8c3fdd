"""The desk as a process of its own, with a real broker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from switch.desk.store import open_store
from switch.threads.thread import fold
from switch.threads.view import view
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice, eventually
from tests.records.samples import story

pytestmark = pytest.mark.contract


@pytest.fixture
def config(bus: Broker, tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "softswitch.toml").write_text(
        f'[switch]\ndata_dir = "data"\n[bus]\nport = {bus.port}\n[logs]\nformat = "json"\n'
        # The broker's port is any free one, so the default ports for audio may have it.
        "[media]\nrtp_first_port = 10000\nrtp_last_port = 10999\n"
    )
    for name in ("reps", "territories", "dids", "trunks"):
        (folder / f"{name}.toml").write_text("")
    return folder


def desk(config: Path) -> subprocess.Popen[str]:
    read_end, write_end = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "switch.desk", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[write_end],
        env={**os.environ, "READY_FD": str(write_end)},
    )
    os.close(write_end)
    # The end of the pipe too: then the desk has ended, and the test says why.
    ready = os.read(read_end, 1)
    os.close(read_end)
    if not ready:
        _out, said = child.communicate(timeout=PATIENCE_S)
        pytest.fail(said)
    return child


@pytest.fixture
def running(config: Path) -> Iterator[subprocess.Popen[str]]:
    child = desk(config)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


async def test_the_desk_says_it_is_ready_stores_and_stops_when_told(
    running: subprocess.Popen[str], publish: Voice, config: Path
) -> None:
    store = open_store(config.parent / "data" / "threads.sqlite")

    for record in story():
        await publish.publish_leg(record)
    assert await publish.flush(PATIENCE_S)
    await eventually(lambda: store.newest(limit=1) == (view(fold(story())),))
    store.close()

    running.send_signal(signal.SIGTERM)
    _out, said = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0
    assert '"event": "desk.ready"' in said
    assert '"event": "desk.stopped"' in said
    assert "480555" not in said


def test_a_desk_without_a_store_ends_with_the_reason(config: Path) -> None:
    (config.parent / "data").write_text("a file where a folder should be")

    child = subprocess.run(
        [sys.executable, "-m", "switch.desk", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert child.returncode == 1
    assert "desk.no_store" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_desk_with_a_wrong_config_ends_with_the_reason(config: Path) -> None:
    (config / "softswitch.toml").write_text("[bus]\nprot = 1883\n")

    child = subprocess.run(
        [sys.executable, "-m", "switch.desk", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert child.returncode == 1
    assert "prot" in child.stderr
    assert "Traceback" not in child.stderr


def test_a_desk_that_never_reached_the_broker_stops_when_told(bus: Broker, config: Path) -> None:
    bus.stop()
    child = subprocess.Popen(
        [sys.executable, "-m", "switch.desk", "--config", str(config)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        assert "desk.broker_away" in child.stderr.readline()

        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=PATIENCE_S)
    finally:
        child.kill()
        child.communicate()

    assert child.returncode == 0
