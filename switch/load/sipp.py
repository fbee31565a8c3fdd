"""One SIPp of a load: its command, its end, and the files that it writes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from switch.errors import MissingProgram
from switch.load import counts
from switch.load.counts import Counts
from switch.load.errors import SippFailed
from switch.load.timeline import Trace

_RECEIVE_TIMEOUT_MS: Final = 32_000
"""As long as a transaction of SIP may take (64 times T1)."""
_UP_WITHIN_S: Final = 15.0
_BUFFER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Is what a SIPp is told."""

    name: str
    xml: Path
    target: tuple[str, int]
    address: str
    port: int
    control_port: int
    keys: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, int] = field(default_factory=dict)
    lines: Sequence[str] = ()
    calls: int | None = None
    """How many it begins; None: it is called."""
    rate_per_s: float = 1.0
    at_once: int = 1
    traces: bool = True
    """Whether it writes of each message."""
    overlooks: bool = False
    """Whether what comes when its XML does not expect it ends no call."""


class Sipp:
    """Is a SIPp that plays a command, with a folder for its files."""

    def __init__(self, command: Command, folder: Path) -> None:
        """Keep what it is to do."""
        self.command = command
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    def file(self, kind: str) -> Path:
        """Return one of its files."""
        return self._folder / f"{self.command.name.replace(' ', '-')}.{kind}"

    def trace(self, role: str) -> Trace:
        """Return a reader of what it writes of its messages."""
        return Trace(messages=self.file("short"), log=self.file("calls"), role=role)

    @property
    def arguments(self) -> list[str]:
        """The command line."""
        told = self.command
        line = ["sipp", f"{told.target[0]}:{told.target[1]}", "-sf", str(told.xml)]
        line += ["-i", told.address, "-bind_local", "-p", str(told.port), "-nostdin", "-t", "u1"]
        line += ["-ci", told.address, "-cp", str(told.control_port)]
        line += ["-aa", "-recv_timeout", str(_RECEIVE_TIMEOUT_MS)]
        line += ["-buff_size", str(_BUFFER_BYTES)]
        if told.overlooks:
            line += ["-default_behaviors", "all,-abortunexp"]
        if told.calls is not None:
            line += ["-m", str(told.calls), "-r", f"{told.rate_per_s:g}", "-l", str(told.at_once)]
        for name, text in told.keys.items():
            line += ["-key", name, text]
        for name, number in told.variables.items():
            line += ["-set", name, str(number)]
        if told.lines:
            line += ["-inf", str(self.file("lines"))]
        line += ["-trace_stat", "-stf", str(self.file("stat")), "-fd", "1"]
        line += ["-trace_err", "-error_file", str(self.file("errors"))]
        if told.traces:
            line += ["-trace_logs", "-log_file", str(self.file("calls"))]
            line += ["-trace_shortmsg", "-shortmessage_file", str(self.file("short"))]
        return line

    async def start(self) -> None:
        """Start it, and return when it listens.

        Raises:
            SippFailed: it ended at once, or its port never was taken.
        """
        if self.command.lines:
            path = self.file("lines")
            path.write_text("\n".join(["SEQUENTIAL", *self.command.lines, ""]))
            path.chmod(0o600)  # passwords
        with self.file("out").open("wb") as out:
            # setpriv: whatever kills us, SIPp does not outlive us. A session of its own: Ctrl-C
            # reaches us alone, and calls that are up are ended in order.
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", *self.arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(_UP_WITHIN_S):
                while not self._is_up():
                    if self._process.returncode is not None:
                        break
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await self.kill()
            raise SippFailed(name=self.command.name, why=self._said()) from None
        if self.command.calls is None and self._process.returncode is not None:
            raise SippFailed(name=self.command.name, why=self._said())

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def counts(self) -> Counts:
        """What it has counted until a second ago at most."""
        return counts.read(self.file("stat"))

    async def ended(self, within_s: float | None = None) -> bool:
        """Wait for its end; return whether it came."""
        if self._process is None:
            return True
        try:
            await asyncio.wait_for(self._process.wait(), within_s)
        except TimeoutError:
            return False
        return True

    def hush(self) -> None:
        """Let it begin no more calls, and end when those that are up are over."""
        self._signal(signal.SIGUSR1)

    def pace(self, rate_per_s: float) -> None:
        """Let it begin so many calls a second from now on."""
        place = (self.command.address, self.command.control_port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            control.sendto(f"cset rate {rate_per_s:g}\n".encode(), place)

    def stop(self) -> None:
        """End it now, but do not wait for that."""
        self._signal(signal.SIGKILL)

    async def kill(self) -> None:
        """End it now."""
        self.stop()
        if self._process is not None:
            await self._process.wait()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _is_up(self) -> bool:
        address = int.from_bytes(socket.inet_aton(self.command.address), "little")
        return f" {address:08X}:{self.command.port:04X} " in Path("/proc/net/udp").read_text()

    def _said(self) -> str:
        lines = self.file("out").read_text(errors="replace").splitlines()
        errors = self.file("errors")
        if errors.exists():
            lines += errors.read_text(errors="replace").splitlines()
        told = [line.strip() for line in lines if line.strip()]
        return next(
            (line for line in reversed(told) if "rror" in line or "nable" in line),
            told[-1] if told else "it says nothing",
        )


def require_sipp() -> None:
    """See that SIPp is there.

    Raises:
        MissingProgram: it is not.
    """
    if shutil.which("sipp") is None:
        raise MissingProgram(program="sipp", package="sip-tester")


async def end_all(sipps: Iterable[Sipp], within_s: float) -> None:
    """Let phones end when their calls are over, and kill those that do not in time."""
    running = [one for one in sipps if one.is_running]
    for one in running:
        one.hush()
    await asyncio.gather(*(one.ended(within_s) for one in running))
    await asyncio.gather(*(one.kill() for one in running))
