"""``make demo KEEP=1``: the switch stays up to be looked at, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

pytestmark = pytest.mark.contract

PATIENCE_S = 120
"""Only a hang breaks it."""


@dataclass
class Demo:
    """Is a demo that was typed, of one act."""

    child: subprocess.Popen[bytes]
    out: Path

    @property
    def said(self) -> str:
        return self.out.read_text()

    def find(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]

    def programs(self) -> list[psutil.Process]:
        return psutil.Process(self.child.pid).children(recursive=True)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    out = tmp_path / "demo.out"
    typed = [sys.executable, "-m", "switch", "demo", "--stay", "--act", "1", "--folder"]
    with out.open("wb") as said:
        child = subprocess.Popen(
            [*typed, str(tmp_path / "story")],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    made = Demo(child, out)
    deadline = time.monotonic() + PATIENCE_S
    while "Ctrl-C ends it" not in made.said:
        assert child.poll() is None, made.said
        assert time.monotonic() < deadline, made.said
        time.sleep(0.1)
    yield made
    # Where the test has failed: as a person would, and by force only if that is in vain.
    child.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(PATIENCE_S)
    with contextlib.suppress(psutil.NoSuchProcess):
        for program in [*made.programs(), psutil.Process(child.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                program.kill()
    child.wait(PATIENCE_S)


def sign_in(client: httpx.Client, demo: Demo, rep: str) -> None:
    page = client.get("/sign-in").text
    csrf = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert csrf
    password = demo.find(rf"{rep} +password (\S+)")
    data = {"rep": rep, "password": password, "_csrf_token": csrf[1]}
    assert client.post("/sign-in", data=data).status_code == 303


def still_there(programs: list[psutil.Process]) -> list[psutil.Process]:
    """Return who has not ended; one whom only his parent has not buried yet has."""
    _gone, alive = psutil.wait_procs(programs, timeout=0)
    return [
        program
        for program in alive
        if program.is_running() and program.status() != psutil.STATUS_ZOMBIE
    ]


def test_its_desk_can_be_looked_at_until_ctrl_c(demo: Demo) -> None:
    scratch = Path(demo.find(r"--config (\S+)/switch/config"))
    programs = demo.programs()
    url = demo.find(r"(http://127\.0\.0\.1:\d+)\n")
    with httpx.Client(base_url=url, trust_env=False) as carol:
        sign_in(carol, demo, "carol")
        listed = carol.get("/conversations").text
        path = re.search(r'href="(/conversations/[^"?]+)"', listed)
        assert path, listed
        page = carol.get(path[1]).text
        floor = carol.get("/floor").text
    token = demo.find(r"Bearer (\S+)'")
    api = httpx.get(
        demo.find(r"(http://\S+/api/v1/figures)"),
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )

    addresses = re.findall(r"http://\S+/metrics", demo.said)
    metrics, desks = (httpx.get(one, trust_env=False).text for one in addresses)

    assert "Jane Doe" in listed
    assert "Doe &amp; Daughters" in listed
    assert "Alice Moreno" in page
    assert "Told him the price" in page
    assert 'aria-describedby="what-Transfers"' in floor
    # Unless midnight was in between it is a call of today's.
    assert api.json()["inbound"]["calls"] in {0, 1}
    assert (scratch / "switch" / "recordings").is_dir()
    seen = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in metrics.splitlines()}
    assert float(seen['softswitch_transfers_total{outcome="answered"}']) == 2
    assert float(seen['softswitch_legs_ended_total{reason="transferred",role="rep"}']) == 2
    assert float(seen["softswitch_conversations"]) == 0
    assert float(seen['softswitch_workers{state="free"}']) >= 1
    assert float(seen["softswitch_takes_calls"]) == 1
    assert float(seen["softswitch_published_total"]) > 0
    # Nobody is named: no number, no rep.
    assert not re.search(r"480555|alice|saul|Jane", metrics + desks)
    for counted in ('records_total{kind="news"}', 'requests_total{part="api",status="200"}'):
        assert re.search(rf"^softswitch_desk_{re.escape(counted)} [1-9]", desks, re.MULTILINE)
    assert "\nsoftswitch_desk_bus_up 1.0\n" in desks

    demo.child.send_signal(signal.SIGINT)

    assert demo.child.wait(PATIENCE_S) == 0, demo.said
    assert still_there(programs) == []
    assert not scratch.exists()
    assert "Traceback" not in demo.said
