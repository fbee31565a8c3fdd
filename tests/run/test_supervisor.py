"""The whole switch as it is run: mosquitto, rtpengine, Kamailio, node and desk."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from dialplan import Rep, Trunk
from switch.config import Config, embedded, write
from switch.demo.ports import free_ports
from switch.errors import ChildFailed, PortTaken
from switch.run.supervisor import Supervisor
from tests.run.conftest import Descendants
from tests.run.processes import PATIENCE_S, lives, until

pytestmark = pytest.mark.contract

PROGRAMS = {"broker", "media", "edge", "nursery", "node", "desk", "recording"}


def config_in(folder: Path) -> Config:
    return embedded(
        folder,
        ports=free_ports(),
        reps=[Rep(name="alice", extension="101", display_name="Alice Moreno")],
        dids=[],
        trunks=[Trunk(name="pstn", address="127.0.0.2", port=5080)],
    )


def supervisor_of(config: Config, folder: Path) -> Supervisor:
    return Supervisor(config, write(config, folder / "config"), quiet=True)


def logs_in(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in folder.glob("run/*.log"))


async def test_everything_is_started_and_stopped_and_nothing_is_left(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    descendants: Descendants,
) -> None:
    config = config_in(tmp_path)
    supervisor = supervisor_of(config, tmp_path)
    told: list[str] = []

    began_s = time.monotonic()
    await supervisor.start(told.append)
    up_s = time.monotonic() - began_s
    try:
        assert set(supervisor.pids) == set(told) == PROGRAMS
        assert told.index("desk") < told.index("node")
        pids = [one.pid for one in descendants()]
    finally:
        began_s = time.monotonic()
        await supervisor.stop()
    down_s = time.monotonic() - began_s

    with capsys.disabled():
        print(f"\nthe switch is up in {up_s:.1f} s, down in {down_s:.1f} s")  # noqa: T201
    assert supervisor.pids == {}
    # Workers and Kamailio's processes are nobody's children once their parents have ended.
    await until(lambda: not any(map(lives, pids)))


async def test_what_is_killed_is_started_again(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    descendants: Descendants,
) -> None:
    supervisor = supervisor_of(config_in(tmp_path), tmp_path)
    await supervisor.start()
    took: list[str] = []
    try:
        for name in sorted(PROGRAMS):
            before = supervisor.pids[name]
            offspring = [one.pid for one in psutil.Process(before).children(recursive=True)]
            began_s = time.monotonic()
            os.kill(before, signal.SIGKILL)
            await until(lambda n=name, b=before: supervisor.pids.get(n) not in {b, None})  # type: ignore[misc]
            took.append(f"{name} {time.monotonic() - began_s:.2f} s")
            if name == "nursery":
                assert offspring
                assert all(map(lives, offspring))
            else:
                await until(lambda pids=offspring: not any(map(lives, pids)))  # type: ignore[misc]
        await until(lambda: _is_told(tmp_path, "node", times=2))
    finally:
        await supervisor.stop()
    with capsys.disabled():
        print(f"\nkilled and there again: {', '.join(took)}")  # noqa: T201
    assert descendants() == []


def _is_told(folder: Path, name: str, *, times: int) -> bool:
    log = (folder / "run" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    return log.count("node.ready") >= times


async def test_a_port_that_is_taken_is_an_error_that_names_its_holder_and_starts_nothing(
    tmp_path: Path,
    descendants: Descendants,
) -> None:
    config = config_in(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((config.media.ng_host, config.media.ng_port))

        with pytest.raises(PortTaken) as refusal:
            await supervisor_of(config, tmp_path).start()

    assert refusal.value.setting == "[media] ng_port"
    assert str(os.getpid()) in str(refusal.value)
    assert descendants() == []
    assert not (tmp_path / "run").exists()


async def test_one_that_cannot_run_stops_what_was_started(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    descendants: Descendants,
) -> None:
    config = config_in(tmp_path)
    supervisor = supervisor_of(config, tmp_path)
    # Somebody takes the port just after we have looked whether it is free.
    monkeypatch.setattr("switch.run.supervisor.require_free_ports", lambda _needed: None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((config.media.ng_host, config.media.ng_port))
        try:
            with pytest.raises(ChildFailed) as failure:
                await supervisor.start()
        finally:
            await supervisor.stop()

    assert failure.value.name == "media"
    assert "its last lines" in str(failure.value)
    assert descendants() == []


SUPERVISOR = """
import asyncio, json, sys
from pathlib import Path
from tests.run.test_supervisor import config_in, supervisor_of

async def main():
    folder = Path(sys.argv[1])
    supervisor = supervisor_of(config_in(folder), folder)
    await supervisor.start()
    print(json.dumps(supervisor.pids), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_supervisor_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISOR, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    async with asyncio.timeout(3 * PATIENCE_S):
        line = await supervisor.stdout.readline()
    assert line, logs_in(tmp_path)
    children = set(json.loads(line).values())
    pids = {one.pid for one in psutil.Process(supervisor.pid).children(recursive=True)}
    assert len(children) == len(PROGRAMS)
    assert children < pids

    supervisor.kill()
    await supervisor.wait()

    await until(lambda: not any(map(lives, pids)))
