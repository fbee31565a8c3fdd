"""``softswitch run`` and ``softswitch demo``: the switch in the foreground of a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from switch import __version__, logs
from switch.cli.folder import load_folder
from switch.cli.only_one import only_one
from switch.cli.passwords import with_password
from switch.cli.restarts import TOO_OFTEN, WITHIN_S, Restarts
from switch.cli.welcome import welcome
from switch.config import Config
from switch.run.plans import run_folder
from switch.run.rtp_ports import port_warnings
from switch.run.supervisor import Supervisor

_PROGRAMS: Final = {
    "broker": "bus (mosquitto)",
    "media": "media (rtpengine)",
    "edge": "edge (Kamailio)",
    "nursery": "nursery (of workers)",
    "node": "node",
    "desk": "desk",
    "recording": "recordings",
}
"""What people call the programs, by the supervisor's names."""

_STOPPED_IN_TURN: Final = ("node", "desk", "nursery", "recording", "edge", "media", "broker")
"""As the supervisor stops them: each is told to end as soon as the one before has."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_EVERY_S: Final = 1.0
_CUT_OFF: Final = 1
_INTERRUPTED: Final = 130


def run(path: Path) -> int:
    """Keep the switch up until a signal; return the exit status.

    Raises:
        SwitchError: it cannot be started.
    """
    config = load_folder(path)
    logs.set_up(level=config.logs.level, form=config.logs.format, part="run")
    console = Console(highlight=False, soft_wrap=True)
    with only_one(config.switch.data_dir):
        return asyncio.run(_Foreground(config, path, console).run())


def play_demo(folder: Path, *, keep: bool, stay: bool, only: int | None) -> int:
    """Play the demo; return the exit status.

    Raises:
        SwitchError: it cannot be played.
    """
    from switch.demo.run import demo

    try:
        return asyncio.run(
            _ended_by_sigterm(demo(folder, Console(), keep=keep, stay=stay, only=only))
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _ended_by_sigterm(playing: Coroutine[Any, Any, int]) -> int:
    """Await something that SIGTERM ends in order, as Ctrl-C does."""
    task = asyncio.ensure_future(playing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    return await task


class _Foreground:
    """The switch, and the terminal that it was started from."""

    def __init__(self, config: Config, path: Path, console: Console) -> None:
        self._config = config
        self._path = path
        self._console = console
        self._supervisor = Supervisor(config, path.absolute())
        self._wanted = asyncio.Event()
        self._is_forced = False

    async def run(self) -> int:
        """Start, stay and stop; return the exit status."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._signalled)
        self._tell(f"softswitch {__version__} with {self._path}")
        signalled = asyncio.ensure_future(self._wanted.wait())
        try:
            if await self._start(signalled):
                await self._stay(signalled)
                self._tell("\nending calls… (Ctrl-C again does not wait for them)")
        finally:
            signalled.cancel()
            await self._supervisor.stop()
        self._tell("stopped by force" if self._is_forced else "stopped")
        return _CUT_OFF if self._is_forced else 0

    async def _start(self, signalled: asyncio.Future[Any]) -> bool:
        """Start everything and tell how to use it; False if a signal came first."""
        # Before rtpengine takes some itself.
        warnings = list(port_warnings(self._config))
        starting = asyncio.ensure_future(
            self._supervisor.start(lambda name: self._tell(f"  {_PROGRAMS[name]} is up"))
        )
        await asyncio.wait({starting, signalled}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return False
        starting.result()
        for line in welcome(self._config, self._path, with_password=with_password(self._config)):
            self._tell(line)
        for warning in warnings:
            self._tell(Text(f"\n{warning}", style="yellow"))
        self._tell("")
        return True

    async def _stay(self, signalled: asyncio.Future[Any]) -> None:
        """Wait for a signal; meanwhile say so if a program ends again and again."""
        restarts = Restarts(self._supervisor.pids)
        while not signalled.done():
            await asyncio.wait({signalled}, timeout=_LOOK_EVERY_S)
            for name in restarts.see(self._supervisor.pids, now_s=time.monotonic()):
                log = run_folder(self._config) / f"{name}.log"
                self._tell(
                    Text(
                        f"The {_PROGRAMS[name]} has ended {TOO_OFTEN} times within {WITHIN_S:.0f} "
                        "s and will again: calls fail until that is mended. "
                        f"Its log: {log if log.exists() else 'above'}",
                        style="bold red",
                    )
                )

    def _signalled(self) -> None:
        """Stop at the first signal; at each further one kill what has still not ended."""
        if not self._wanted.is_set():
            self._wanted.set()
            return
        pids = self._supervisor.pids
        for name in _STOPPED_IN_TURN:
            if name in pids:
                self._is_forced = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pids[name], signal.SIGKILL)
                return

    def _tell(self, line: str | Text) -> None:
        """Print; a terminal that was closed stops no switch half way."""
        with contextlib.suppress(OSError):
            self._console.print(Text(line) if isinstance(line, str) else line)
