"""Tells when a process ends that is no child of ours."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

_NONE: Final = -1


class Vigil:
    """Watches one worker's process: a line that is lost is no death, and a death no lost line."""

    def __init__(self, pid: int, ended: Callable[[], None]) -> None:
        """Begin to watch.

        Args:
            pid: the process.
            ended: is called once, soon after it has ended, or at once if it had before.
        """
        self.pid = pid
        self._ended = ended
        self.is_over = False
        try:
            self._handle = os.pidfd_open(pid)
        except OSError:
            self._handle = _NONE
        loop = asyncio.get_running_loop()
        if self._handle == _NONE:
            self.is_over = True
            loop.call_soon(self._over)
        else:
            loop.add_reader(self._handle, self._over)

    def close(self) -> None:
        """Watch no more."""
        if self._handle != _NONE:
            asyncio.get_running_loop().remove_reader(self._handle)
            os.close(self._handle)
            self._handle = _NONE

    def _over(self) -> None:
        self.is_over = True
        self.close()
        self._ended()
