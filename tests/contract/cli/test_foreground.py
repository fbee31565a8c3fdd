"""``softswitch run`` as an operator types it: it starts, stays, stops, and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dialplan import Did, Rep
from switch.config import embedded, write
from switch.demo.ports import free_ports

pytestmark = pytest.mark.contract

PATIENCE_S = 60
"""Only a hang breaks it."""


class Typed:
    """A ``softswitch run`` that was typed, and what it has said so far."""

    def __init__(self, folder: Path, name: str = "first") -> None:
        self._said = folder / f"{name}.out"
        with self._said.open("wb") as said:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "switch", "run"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def programs(self) -> list[psutil.Process]:
        return psutil.Process(self.child.pid).children(recursive=True)

    def child_named(self, name: str) -> psutil.Process | None:
        children = psutil.Process(self.child.pid).children()
        return next((child for child in children if child.name() == name), None)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.child.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def until_said(self, what: str) -> None:
        self.until(lambda: what in self.said)

    def ended(self) -> int:
        return self.child.wait(PATIENCE_S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = embedded(
        tmp_path / "var",
        ports=free_ports(),
        reps=[Rep(name="alice", extension="101", display_name="Alice Moreno")],
        dids=[Did(number="+14805550100", rep="alice")],
    )
    write(config, tmp_path / "config")
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[Typed]:
    typed = Typed(folder)
    typed.until_said("Ctrl-C")
    yield typed
    with contextlib.suppress(psutil.NoSuchProcess):
        for program in [*typed.programs(), psutil.Process(typed.child.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                program.kill()
    typed.child.wait(PATIENCE_S)


def still_there(programs: list[psutil.Process]) -> list[psutil.Process]:
    """Return who has not ended; one whom only his parent has not buried yet has."""
    _gone, alive = psutil.wait_procs(programs, timeout=0)
    return [
        program
        for program in alive
        if program.is_running() and program.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(running: Typed, number: signal.Signals) -> None:
    programs = running.programs()

    running.child.send_signal(number)

    assert running.ended() == 0, running.said
    assert still_there(programs) == []
    assert re.search(r"ending calls….*stopped\n$", running.said, re.DOTALL)
    assert "Traceback" not in running.said


def test_it_says_how_to_register_a_phone(running: Typed) -> None:
    assert re.search(r"server +127\.0\.0\.1, port \d+, UDP or TCP", running.said)
    assert "alice  101    no password yet: softswitch password alice" in running.said
    assert "+14805550100 rings alice" in running.said
    assert "127.0.0.1 is reached by phones on this machine only." in running.said


def test_a_second_one_is_refused_and_the_first_stays(running: Typed, folder: Path) -> None:
    second = Typed(folder, "second")

    assert second.ended() == 1
    assert f"already (pid {running.child.pid})" in second.said
    assert running.child.poll() is None


def test_a_second_signal_does_not_wait(running: Typed) -> None:
    programs = running.programs()
    node = next(one for one in programs if "switch.node" in one.cmdline())
    node.suspend()

    running.child.send_signal(signal.SIGINT)
    running.until_said("ending calls…")
    running.child.send_signal(signal.SIGINT)

    assert running.ended() == 1
    assert "stopped by force" in running.said
    assert still_there(programs) == []


def test_a_program_that_ends_again_and_again_is_told_of(running: Typed) -> None:
    killed: set[int] = set()

    def kill_media() -> bool:
        media = running.child_named("rtpengine")
        if media is not None and media.pid not in killed and len(killed) == restarted():
            killed.add(media.pid)
            media.kill()
        return "has ended 3 times" in running.said

    def restarted() -> int:
        return running.said.count("child.started_again")

    running.until(kill_media)

    assert "media (rtpengine) has ended 3 times" in running.said
    assert "media.log" in running.said


def test_a_taken_port_is_told_with_its_holder(folder: Path) -> None:
    text = (folder / "config/softswitch.toml").read_text()
    port = int(re.search(r"rpc_port = (\d+)", text)[1])  # type: ignore[index]
    holder = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not psutil.Process(holder.pid).net_connections() and time.monotonic() < deadline:
            time.sleep(0.05)

        typed = Typed(folder)

        assert typed.ended() == 1
        assert f"TCP port {port} of 127.0.0.1 ([edge] rpc_port) is taken by" in typed.said
        assert f"(pid {holder.pid})" in typed.said
    finally:
        holder.kill()
        holder.wait()


def test_a_signal_while_it_starts_stops_it_too(folder: Path) -> None:
    typed = Typed(folder)
    typed.until_said("softswitch ")
    programs = typed.programs()

    os.kill(typed.child.pid, signal.SIGTERM)

    assert typed.ended() == 0
    assert still_there(programs) == []
    assert typed.said.endswith("stopped\n")
