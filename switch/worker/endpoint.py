"""How pjsua2 is set up to do signalling and nothing else."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pjsua2 as pj

from switch.errors import SwitchError

_SHORTEST_SESSION_S: Final = 90
"""The least that RFC 4028 §4 allows anybody to insist on."""


class StackError(SwitchError):
    """PJSIP refused to do something; most often the dialog has just ended."""

    def __init__(self, *, what: str, why: str) -> None:
        """Keep what was tried, and PJSIP's own words."""
        super().__init__(what, why)
        self.what = what
        self.why = why

    def __str__(self) -> str:
        """Say what was tried and what came of it."""
        return f"PJSIP could not {self.what}: {self.why}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """Is where the stack listens and whom it talks to."""

    address: str
    """Its own IP address: the inner side of the edge."""
    port: int
    domain: str
    edge: str
    """``ip:port`` of the edge's inner socket: everything goes there."""
    session_expires_s: int | None = None
    """How long a dialog lasts that neither side refreshes (RFC 4028); None: for ever."""


def endpoint_config() -> Any:
    """Return what PJSIP is to be: a signalling stack that says nothing by itself."""
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.userAgent = "softswitch"
    config.medConfig.hasIoqueue = False
    config.medConfig.threadCnt = 0
    # No sound goes through its bridge: the less of it a port of the bridge could hold, the better,
    # and the sooner a turn of its clock is over (switch.worker.sweep).
    config.medConfig.clockRate = 8000
    config.medConfig.audioFramePtime = 10
    return config


def open_endpoint(settings: StackSettings) -> Any:
    """Return an endpoint that runs: no thread, no sound device, one UDP socket."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(endpoint_config())
    transport = pj.TransportConfig()
    transport.port = settings.port
    transport.boundAddress = transport.publicAddress = settings.address
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.audDevManager().setNoDev()
    endpoint.libStart()
    return endpoint


def account_config(settings: StackSettings) -> Any:
    """Return what the one account is to be: everything goes through the edge."""
    account = pj.AccountConfig()
    account.idUri = f"<sip:switch@{settings.domain}>"
    account.sipConfig.proxies.append(f"sip:{settings.edge};lr")
    account.sipConfig.contactForced = f"<sip:switch@{settings.address}:{settings.port}>"
    account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    if settings.session_expires_s is not None:
        # Also with phones that know nothing of it: we refresh then, and see if they are gone.
        account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
        account.callConfig.timerSessExpiresSec = settings.session_expires_s
        account.callConfig.timerMinSESec = _SHORTEST_SESSION_S
    account.callConfig.prackUse = pj.PJSUA_100REL_NOT_USED
    account.natConfig.sipOutboundUse = 0
    account.natConfig.contactRewriteUse = 0
    account.natConfig.viaRewriteUse = 0
    account.natConfig.sdpNatRewriteUse = 0
    account.mediaConfig.useLoopMedTp = True
    account.mediaConfig.lockCodecEnabled = False
    # 1: an SRTP phone's RTP/SAVP is let through; rtpengine does the ciphering.
    account.mediaConfig.srtpUse = 1
    account.mediaConfig.srtpSecureSignaling = 0
    return account


@contextlib.contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn PJSIP's errors into ours: nothing further in sees ``pjsua2.Error``."""
    try:
        yield
    except pj.Error as error:
        raise StackError(what=what, why=error.reason) from None


def socket_on(address: str, port: int) -> socket.socket:
    """Return a second handle on the UDP socket that PJSIP has opened on this port."""
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(int(entry.name)))
            if found.type == socket.SOCK_DGRAM and found.getsockname()[:2] == (address, port):
                return found
            found.close()
    raise StackError(what="start", why=f"its socket on port {port} is not to be found")
