"""Free ports of the loopback, for a switch that must not be in anybody's way."""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
from collections.abc import Iterator
from typing import Final

from switch.config import Ports
from switch.errors import SwitchError

_LOOPBACK: Final = "127.0.0.1"
_LOWEST: Final = 20_000
# Below the kernel's own range for outgoing connections (32768): it may take those any time.
_HIGHEST: Final = 32_000
# Phones and trunks have others: the edge trusts no Contact with a port that is one of its own.
_LOWEST_OF_A_PARTY: Final = 10_000
_TRIES: Final = 200
_OWN: Final = 10
_WORKERS: Final = 64
_RTP: Final = 1_000
_RTP_EACH: Final = 8

# What this process has given away. A port that was found free and is not bound yet may be found
# free once more, so that two who were to have one each have the same.
_held: dict[int, int] = {}
"""How many ports in a row, by the first."""
_next: dict[str, Iterator[int]] = {}


class NoFreePortsError(SwitchError):
    """So many ports in a row are not to be had."""

    def __init__(self, *, wanted: int) -> None:
        """Keep how many were wanted."""
        super().__init__(wanted)
        self.wanted = wanted

    def __str__(self) -> str:
        """Say how many, and where."""
        return f"no {self.wanted} free ports in a row between {_LOWEST} and {_HIGHEST}"


def free_ports(workers: int = _WORKERS) -> Ports:
    """Return ports that are free now, far enough apart; none of those that are held.

    Args:
        workers: how many at most.

    Raises:
        NoFreePortsError: they are not to be had.
    """
    # One range for all: two drawn by themselves overlap one time in ten. Of a switch that runs
    # most ports are free until a call needs them, so that looking whether they are is no use.
    audio = max(_RTP, _RTP_EACH * workers)
    wanted = _OWN + workers + audio
    for _ in range(_TRIES):
        first = free_range(_LOOPBACK, wanted)
        if all(first + wanted <= one or one + many <= first for one, many in _held.items()):
            break
    else:
        raise NoFreePortsError(wanted=wanted)
    rtp = first + _OWN + workers
    return Ports(
        sip=first,
        inner=first + 1,
        evapi=first + 2,
        rpc=first + 3,
        ng=first + 4,
        bus=first + 5,
        dtmf=first + 6,
        http=first + 7,
        metrics=first + 8,
        desk_metrics=first + 9,
        workers_first=first + _OWN,
        rtp_first=rtp,
        rtp_last=rtp + audio - 1,
    )


@contextlib.contextmanager
def held_ports(workers: int = _WORKERS) -> Iterator[Ports]:
    """Yield free ports of which no other switch of this process is given any meanwhile.

    Args:
        workers: how many at most.

    Raises:
        NoFreePortsError: they are not to be had.
    """
    ports = free_ports(workers)
    _held[ports.sip] = ports.rtp_last + 1 - ports.sip
    try:
        yield ports
    finally:
        del _held[ports.sip]


def take_port(address: str) -> int:
    """Return a port of an address that nobody has, UDP or TCP, and give it to nobody else.

    It comes round again only after all others of the address.

    Raises:
        NoFreePortsError: all are taken.
    """
    if address not in _next:
        ports = range(_LOWEST_OF_A_PARTY, _LOWEST)
        begin = random.randrange(len(ports))  # another process may take some of its own
        _next[address] = itertools.cycle([*ports[begin:], *ports[:begin]])
    for port in itertools.islice(_next[address], _LOWEST - _LOWEST_OF_A_PARTY):
        if _is_free(address, port):
            return port
    raise NoFreePortsError(wanted=1)


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
