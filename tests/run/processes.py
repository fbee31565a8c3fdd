"""Looks at processes from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psutil

PATIENCE_S = 10.0
"""Only a hang is as long."""


async def until(wanted: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(patience_s):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process is there, and is not one that nobody has waited for yet."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
