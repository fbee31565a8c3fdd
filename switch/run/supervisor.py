"""Starts all of the switch, keeps it up, and stops it in order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

from switch import roll
from switch.config import Config
from switch.edge import credentials
from switch.run.child import Child, ChildPlan
from switch.run.plans import credentials_file, needed_ports, plans, run_folder
from switch.run.ports import require_free_ports


class Supervisor:
    """The programs of one switch."""

    def __init__(self, config: Config, config_path: Path, *, quiet: bool = False) -> None:
        """Keep what to run.

        Args:
            config: what the switch is told.
            config_path: the folder or file that says the same to the node and the desk.
            quiet: nothing but files gets their logs.
        """
        self._config = config
        self._config_path = config_path
        self._quiet = quiet
        self._children: list[Child] = []
        self._credentials: sqlite3.Connection | None = None

    @property
    def starts(self) -> dict[str, int]:
        """How often each child was started."""
        return {child.plan.name: child.starts for child in self._children}

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each child that runs."""
        return {child.plan.name: child.pid for child in self._children if child.pid is not None}

    async def start(self, progress: Callable[[str], None] = lambda _name: None) -> None:
        """Start everything, and return when calls can be taken.

        ``progress`` is told the name of each program that is ready.

        Raises:
            SwitchError: something cannot be started; what was started is stopped again.
        """
        # A supervisor that was killed may have left some: their media and edge are gone as well.
        roll.sweep(run_folder(self._config))
        require_free_ports(needed_ports(self._config))
        try:
            self._config.switch.data_dir.mkdir(parents=True, exist_ok=True)
            self._credentials = credentials.keep_open(credentials_file(self._config))
            for together in plans(self._config, self._config_path, quiet=self._quiet):
                await self._start(together, progress)
        except BaseException:
            await self.stop()
            raise

    async def _start(self, together: list[ChildPlan], progress: Callable[[str], None]) -> None:
        children = [Child(plan) for plan in together]
        self._children += children

        async def start(child: Child) -> None:
            await child.start()
            progress(child.plan.name)

        outcomes = await asyncio.gather(*map(start, children), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def stop(self) -> None:
        """Stop everything: the node first, so that calls end and their records go out."""
        by_name = {child.plan.name: child for child in self._children}
        for names in (["node"], ["desk", "nursery", "recording"], ["edge", "media", "broker"]):
            await asyncio.gather(*(by_name[name].stop() for name in names if name in by_name))
        # Those of a nursery that died before, who are nobody's children.
        roll.sweep(run_folder(self._config))
        self._children.clear()
        if self._credentials is not None:
            self._credentials.close()
            self._credentials = None
