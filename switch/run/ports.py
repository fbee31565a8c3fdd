"""Asks, before anything is started, whether the ports that the switch needs are free.

A child whose port is taken ends with a line in its own log that says ``bind`` and little
else. Asked beforehand, the answer names the port, the setting and who is there.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import psutil

from switch.errors import PortTaken, PortUnavailable, Transport

_SOCKET_KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededPort:
    """Is a port that a part of the switch is going to listen on."""

    address: str
    """An address of this machine, IPv4 or IPv6; ``0.0.0.0`` is all of them."""
    port: int
    transport: Transport
    setting: str
    """Where the port is set, as an operator finds it: ``[edge] sip_port``."""


def require_free_ports(needed: Iterable[NeededPort]) -> None:
    """Return if every port can be listened on now.

    It may be taken a moment later all the same; who then fails to listen says so in its log.

    Raises:
        PortTaken: someone listens on one of them.
        PortUnavailable: one of them cannot be listened on for another reason: the
            address is not this machine's, or the port is below 1024 and we are not root.
    """
    for port in needed:
        _require_free(port)


def _require_free(needed: NeededPort) -> None:
    family = socket.AF_INET6 if ":" in needed.address else socket.AF_INET
    with socket.socket(family, _SOCKET_KINDS[needed.transport]) as probe:
        if needed.transport == "tcp":
            # As servers do: else connections closed a minute ago would count as taken.
            # Not for UDP, where it would let us share the port and so find it free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((needed.address, needed.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    port=needed.port,
                    transport=needed.transport,
                    address=needed.address,
                    setting=needed.setting,
                    holder=_holder(needed),
                ) from error
            raise PortUnavailable(
                port=needed.port,
                transport=needed.transport,
                address=needed.address,
                setting=needed.setting,
                reason=_reason(error),
            ) from error


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EACCES:
            return "ports below 1024 are root's"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
        case _:
            return os.strerror(error.errno) if error.errno else str(error)


def _holder(needed: NeededPort) -> str | None:
    """Name the program that holds the port, or None where only root may see it.

    A server that forked shares its socket with its children: named is the one that has no
    parent among them, for that is whom to stop.
    """
    pids = [
        connection.pid
        for connection in psutil.net_connections(needed.transport)
        if connection.pid is not None and _holds(connection.laddr, needed)
    ]
    if not pids:
        return None
    try:
        holder = psutil.Process(pids[0])
        while (parent := holder.parent()) is not None and _has(parent, needed):
            holder = parent
        return f"{holder.name()} (pid {holder.pid})"
    except psutil.Error:  # it is ending
        return f"pid {pids[0]}"


def _has(process: psutil.Process, needed: NeededPort) -> bool:
    """Tell whether a process has the port; one that is not ours to look into is not asked."""
    try:
        held = process.net_connections(needed.transport)
    except psutil.Error:
        return False
    return any(_holds(connection.laddr, needed) for connection in held)


def _holds(local: Any, needed: NeededPort) -> bool:
    return bool(local) and local.port == needed.port and _overlap(local.ip, needed.address)


def _overlap(held: str, wanted: str) -> bool:
    """Tell whether one address contains the other: both are the same, or one is all of them."""
    one, other = ip_address(held.partition("%")[0]), ip_address(wanted.partition("%")[0])
    return one == other or one.is_unspecified or other.is_unspecified
