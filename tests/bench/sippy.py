"""sippy's B2BUA beside ours: the same calls, in turns with ours, in the same run.

It is installed into an environment of its own (``var/bench/sippy``); the switch needs none of it.
It relays no audio and keeps no records, which ours does meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from switch.demo.ports import take_port
from switch.load.accounts import Accounts
from switch.load.catalogue import xml
from switch.load.sipp import Command, Sipp, end_all
from switch.load.timeline import ADDED, Percentiles, Timeline
from switch.load.usage import Meter
from tests.bench.figures import Figure
from tests.bench.work import CALLS, Say, Work, measured

_VERSION: Final = "2.5.0"
_HOME: Final = Path("var/bench/sippy")
_ADDRESS: Final = "127.77.0.1"
_CALLERS: Final = "127.77.0.2"
_PHONES: Final = "127.77.0.3"
_UP_WITHIN_S: Final = 30.0
_CONTACT: Final = (
    '<recv response="200" rrs="true"><action><ereg regexp="sip:[^>]*" search_in="hdr" '
    'header="Contact:" assign_to="contact"/></action></recv>'
)


def install(say: Say) -> Path:
    """Return its program, after it was installed if it was not."""
    program = _HOME / "bin/b2bua_simple"
    if not program.exists():
        say("installing sippy from PyPI")
        subprocess.run([sys.executable, "-m", "venv", _HOME], check=True)
        pip = [str(_HOME / "bin/pip"), "install", "--quiet", f"sippy=={_VERSION}"]
        subprocess.run(pip, check=True, capture_output=True)
    return program.absolute()


async def compared(folder: Path, say: Say, *, share: float = 1.0, times: int = 3) -> list[Figure]:
    """Do the same calls with ours and with sippy's in turns, and return both and their ratio."""
    program = await asyncio.to_thread(install, say)
    ours, theirs, latencies = [], [], []
    for turn in range(times):
        place = folder / f"{turn}"
        place.mkdir()
        figures = await measured(CALLS, place / "ours", say, share=share)
        ours.append(figures[0].result)
        assert figures[1].result == 0, "calls of ours failed"
        cpu_s, p50_ms = await _of_sippy(program, CALLS, place, say, share)
        theirs.append(cpu_s)
        latencies.append(p50_ms)
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        Figure(
            name=f"1000 {CALLS.what}: CPU, beside sippy",
            result=mine,
            unit="CPU s",
            note=", ".join(f"{one:.2f}" for one in ours),
        ),
        Figure(
            name=f"1000 {CALLS.what}: CPU of sippy {_VERSION}",
            result=other,
            unit="CPU s",
            note=", ".join(f"{one:.2f}" for one in theirs),
        ),
        Figure(name="ours by sippy's, CPU a call", result=mine / other, unit="", target=1.0),
        Figure(name=f"{ADDED}, p50 (sippy)", result=statistics.median(latencies), unit="ms"),
    ]


async def _of_sippy(
    program: Path, work: Work, folder: Path, say: Say, share: float
) -> tuple[float, float]:
    """Return the CPU seconds of 1000 calls, and the median of what it adds to an answer, ms."""
    calls = max(10, round(share * work.calls))
    traces = folder / "sippy"
    traces.mkdir()
    phone_port, own_port = take_port(_PHONES), take_port(_ADDRESS)
    phone = _sipp("phone", "answers", (_PHONES, phone_port), own_port, traces)
    caller = _sipp("caller", "customer_hangs_up", (_CALLERS, take_port(_CALLERS)), own_port, traces,
                   calls=calls, rate_per_s=work.rate_per_s)  # fmt: skip
    async with _running(program, own_port, phone_port, traces / "log") as pid:
        await asyncio.sleep(2)
        meter = Meter({"sippy": pid})
        try:
            await phone.start()
            await caller.start()
            while not await caller.ended(1.0):
                meter.look()
                say(f"sippy: {caller.counts.begun} of {calls} begun")
            meter.look()
        finally:
            await caller.kill()
            await end_all([phone], 5)
    assert caller.counts.succeeded == calls, f"sippy: {caller.counts}"
    timeline = Timeline([caller.trace("caller"), phone.trace("phone")])
    timeline.read()
    p50_ms = Percentiles.of(timeline.spans()[ADDED]).p50
    return 1000 * sum(meter.cpu_s().values()) / calls, p50_ms


def _sipp(
    name: str,
    plays: str,
    place: tuple[str, int],
    switch_port: int,
    folder: Path,
    *,
    calls: int | None = None,
    rate_per_s: float = 1.0,
) -> Sipp:
    text = xml(plays).read_text(encoding="utf-8")
    # Its Contact has a display name, of which SIPp makes no valid request line.
    text = text.replace('<recv response="200" rrs="true"/>', _CONTACT)
    if _CONTACT in text:
        text = text.replace("[next_url]", "[$contact]")
    path = folder / f"{plays}.xml"
    path.write_text(text, encoding="utf-8")
    number = Accounts.outside(0)
    return Sipp(
        Command(
            name=name,
            xml=path,
            target=(_ADDRESS, switch_port),
            address=place[0],
            port=place[1],
            control_port=take_port(place[0]),
            keys={"rtp_port": str(take_port(place[0]))},
            variables={
                one: ms for one, ms in {"ring_ms": 0, "talk_ms": 1000}.items() if one in text
            },
            lines=[f"{Accounts.customer(one)};{number}" for one in range(calls or 0)],
            calls=calls,
            rate_per_s=rate_per_s,
            at_once=1000,
            overlooks=True,  # it may send a 180 behind the 200
        ),
        folder,
    )


@contextlib.asynccontextmanager
async def _running(program: Path, port: int, phone_port: int, log: Path) -> AsyncIterator[int]:
    """Start it, and yield its process id; it ends whatever happens."""
    arguments = ["-f", "-l", _ADDRESS, "-p", str(port), "-n", f"{_PHONES}:{phone_port}"]
    with log.open("wb") as file:
        child = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", str(program), *arguments),
            env={**os.environ, "SIPLOG_BEND": "none"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(_UP_WITHIN_S):
            while not _is_up(port):
                assert child.returncode is None, "sippy has ended"
                await asyncio.sleep(0.05)
        yield child.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        await child.wait()


def _is_up(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text()
