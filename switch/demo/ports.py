"""Free ports of the loopback, for a switch that must not be in anybody's way."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

from switch.config import Ports
from switch.errors import SwitchError

_LOOPBACK: Final = "127.0.0.1"
_LOWEST: Final = 20_000
# Below the kernel's own range for outgoing connections (32768): it may take those any time.
_HIGHEST: Final = 32_000
_TRIES: Final = 200
_WORKERS: Final = 64
_RTP: Final = 1_000


class NoFreePortsError(SwitchError):
    """So many ports in a row are not to be had."""

    def __init__(self, *, wanted: int) -> None:
        """Keep how many were wanted."""
        super().__init__(wanted)
        self.wanted = wanted

    def __str__(self) -> str:
        """Say how many, and where."""
        return f"no {self.wanted} free ports in a row between {_LOWEST} and {_HIGHEST}"


def free_ports() -> Ports:
    """Return ports that are free now, far enough apart.

    Raises:
        NoFreePortsError: they are not to be had.
    """
    # One range for all: two drawn by themselves overlap one time in ten.
    first = free_range(_LOOPBACK, 8 + _WORKERS + _RTP)
    rtp = first + 8 + _WORKERS
    return Ports(
        sip=first,
        inner=first + 1,
        evapi=first + 2,
        rpc=first + 3,
        ng=first + 4,
        bus=first + 5,
        workers_first=first + 8,
        rtp_first=rtp,
        rtp_last=rtp + _RTP - 1,
    )


def free_range(address: str, wanted: int) -> int:
    """Return the first of so many ports in a row that nobody listens on, UDP or TCP.

    Raises:
        NoFreePortsError: they are not to be had.
    """
    for _ in range(_TRIES):
        first = random.randrange(_LOWEST, _HIGHEST - wanted, 8)
        if all(_is_free(address, port) for port in range(first, first + wanted)):
            return first
    raise NoFreePortsError(wanted=wanted)


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
