"""``softswitch load`` as an operator types it, against a whole switch."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialplan import Rep
from switch.config import embedded, write
from switch.demo.ports import held_ports
from switch.load import accounts as accounts_file
from switch.load.accounts import Accounts
from switch.load.prepare import accounts_for, prepare
from tests.bench.stand import trunk_port

pytestmark = pytest.mark.contract

PATIENCE_S = 120
"""Only a hang breaks it."""


def typed(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "switch", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(folder: Path, *arguments: str) -> tuple[int, str, str]:
    child = typed(folder, *arguments)
    out, err = child.communicate(timeout=PATIENCE_S)
    return child.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a prepared load in it, whose switch runs."""
    place = tmp_path_factory.mktemp("load")
    with held_ports() as ports:
        mine = embedded(
            place / "var",
            ports=ports,
            reps=[Rep(name="alice", extension="101", display_name="Alice")],
        )
        write(mine, place / "config")
        accounts = accounts_for(
            mine, data_dir=place / "loadtest/var", trunk_port=trunk_port(), territories=3, storm=4
        )
        prepare(mine, accounts, place / "loadtest", workers=16)
        with (place / "run.log").open("wb") as log:
            switch = subprocess.Popen(
                [sys.executable, "-m", "switch", "run", "--config", "loadtest/config"],
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + PATIENCE_S
            while "Ctrl-C" not in (place / "run.log").read_text():
                assert switch.poll() is None, (place / "run.log").read_text()
                assert time.monotonic() < deadline, (place / "run.log").read_text()
                time.sleep(0.05)
            yield place
        finally:
            switch.send_signal(signal.SIGTERM)
            switch.wait(PATIENCE_S)


def summary(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return told


def test_three_seconds_of_calls_are_counted_and_timed(folder: Path) -> None:
    told = ("load", "call", "--rate", "3", "--duration", "3", "--output", "out/call")

    status, out, err = said(folder, *told, "--talk", "0.2", "--ring", "0.05")

    found = summary(folder / "out/call")
    assert status == 0, out + err
    assert (found["begun"], found["succeeded"], found["failed"]) == (9, 9, 0)
    assert [(row["party"], row["succeeded"]) for row in found["rows"]] == [
        ("callers", 9),
        ("rep", 9),
    ]
    assert found["good"] is True
    assert found["interrupted"] is False
    assert found["latency_ms"]["INVITE to 200, less ringing"]["count"] == 9
    assert found["latency_ms"]["INVITE to the phone's INVITE"]["p50"] > 0
    assert {"edge", "node", "workers", "media", "broker", "desk"} <= set(found["programs"])
    assert found["cpu_s"] > 0
    assert found["memory_mb"] > 10
    assert "9 begun, 9 good, 0 failed" in out
    assert out == (folder / "out/call/summary.txt").read_text()
    assert "<svg" in (folder / "out/call/plot.html").read_text()
    assert not (folder / "out/call/sipp").exists()


def test_a_day_has_all_kinds_of_calls(folder: Path) -> None:
    told = ("load", "day", "--rate", "16", "--duration", "4", "--output", "out/day")

    status, out, err = said(folder, *told, "--talk", "0.2", "--ring", "0.05")

    found = summary(folder / "out/day")
    assert status == 0, out + err
    assert found["failed"] == 0
    assert {row["flow"] for row in found["rows"] if row["succeeded"]} == {
        *("call", "transfer", "transfer-leaving", "recall", "territory", "outside"),
        "registrations",
    }
    assert {
        "REFER to 202",
        "REFER to the target's INVITE",
        "BYE of the transferor to the call back",
        "REGISTER to 200",
    } <= set(found["latency_ms"])


def test_an_interrupt_ends_the_calls_and_is_told_of(folder: Path) -> None:
    told = ("load", "call", "--rate", "3", "--duration", "60", "--output", "out/interrupted")
    child = typed(folder, *told, "--keep")
    deadline = time.monotonic() + PATIENCE_S
    stat = folder / "out/interrupted/sipp/call-rep.calls"
    while not stat.exists() or not stat.read_text().strip():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)

    child.send_signal(signal.SIGINT)

    out, err = child.communicate(timeout=PATIENCE_S)
    found = summary(folder / "out/interrupted")
    assert child.returncode == 0, out + err
    assert found["interrupted"] is True
    assert 0 < found["begun"] < 180
    assert found["failed"] == 0
    assert "(interrupted)" in out
    assert "Traceback" not in err


def test_calls_that_fail_are_an_exit_status(folder: Path) -> None:
    accounts = accounts_file.read(folder / "loadtest")
    told = {name: getattr(accounts, name) for name in accounts.__struct_fields__}
    (folder / "lost").mkdir(exist_ok=True)
    # From there no trunk of the switch calls: it refuses each call.
    foreign = trunk_port()
    accounts_file.write(Accounts(**{**told, "trunk_port": foreign}), folder / "lost")
    arguments = ("load", "call", "--accounts", "lost", "--rate", "2", "--duration", "2")

    status, out, err = said(folder, *arguments, "--output", "out/lost")

    found = summary(folder / "out/lost")
    assert status == 1, out + err
    assert found["good"] is False
    assert found["failed"] == found["begun"] == 4
    assert list(found["why"].values()) == [4], found["why"]
    status, out, err = said(
        folder, *arguments, "--output", "out/lost", "--allow-failed", "100", "--json"
    )
    assert status == 0, err
    assert json.loads(out)["allowed_failed"] == 1.0


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    accounts = accounts_file.read(folder / "loadtest")
    with _taken(accounts.trunk_address, accounts.trunk_port):
        status, _out, err = said(folder, "load", "call")

    assert status == 1
    assert f"UDP port {accounts.trunk_port} of {accounts.trunk_address} (trunk_port" in err
    assert "Traceback" not in err


def test_no_switch_answers(folder: Path) -> None:
    status, _out, err = said(folder, "load", "call", "--target", "127.0.0.1:9")

    assert status == 1
    assert "no switch answers at 127.0.0.1:9" in err


def test_a_password_that_is_wrong_is_said(folder: Path) -> None:
    accounts = accounts_file.read(folder / "loadtest")
    wrong = {name: getattr(accounts, name) for name in accounts.__struct_fields__}
    (folder / "wrong").mkdir(exist_ok=True)
    accounts_file.write(Accounts(**{**wrong, "password": "another"}), folder / "wrong")

    status, _out, err = said(folder, "load", "call", "--accounts", "wrong")

    assert status == 1
    assert "load-answers is unknown to the switch, or has another password there" in err


def test_without_sipp_it_says_what_to_install(folder: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "switch", "load", "call"],
        cwd=folder,
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert child.returncode == 1
    assert "sip-tester" in child.stderr


@contextlib.contextmanager
def _taken(address: str, port: int) -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((address, port))
        yield
