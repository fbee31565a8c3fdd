"""Callers whose question was open when the edge died: nobody would answer them any more.

Their transaction is gone, and having got 100 they do not ask again (RFC 3261 §17.1.1.2). But a
proxy hands on a response that it knows no transaction of by its Via alone (§16.11): so the next
edge takes one of ours to the caller, which says that he may try again.
"""

from __future__ import annotations

import contextlib
import re
import socket
from typing import Final

import structlog

from switch.sip.dialog import response_to
from switch.sip.errors import SipParseError
from switch.sip.message import SipRequest, parse_message
from switch.wire.edge import Asked
from switch.wire.errors import WireError

_LOG = structlog.get_logger()
_SERVICE_UNAVAILABLE: Final = 503
_RETRY_AFTER: Final = ("Retry-After", "1")
_RPORT: Final = re.compile(r";\s*rport(?=[;,\s]|$)", re.IGNORECASE)


def refusal_of(asked: Asked, *, edge: tuple[str, int]) -> bytes | None:
    """Return what is to be handed to the edge for a caller; None: he needs nothing.

    Whoever asked for something else than a call asks again until he is answered; and a phone on
    TCP has lost its connection, and knows.
    """
    if asked.event != "invite" or asked.transport.lower() != "udp":
        return None
    try:
        request = parse_message(asked.raw())
        if not isinstance(request, SipRequest):
            return None
        response = response_to(request, _SERVICE_UNAVAILABLE, headers=[_RETRY_AFTER])
    except (SipParseError, WireError):
        return None
    address, port = asked.address.rsplit(":", 1)
    status, via, rest = response.decode().split("\r\n", 2)
    first, comma, others = via.partition(",")
    # As the edge would have noted it on its way in (RFC 3581 §4).
    noted = f"{_RPORT.sub('', first)};received={address};rport={port}{comma}{others}"
    own = f"Via: SIP/2.0/UDP {edge[0]}:{edge[1]};branch=z9hG4bKlost{asked.index}.{asked.label}"
    return f"{status}\r\n{own}\r\n{noted}\r\n{rest}".encode()


class Stranded:
    """Answers them by the edge's inner socket."""

    def __init__(self, edge: tuple[str, int]) -> None:
        """Keep the address of that socket."""
        self._edge = edge

    def refuse(self, asked: Asked) -> None:
        """Tell one that he may try again."""
        refusal = refusal_of(asked, edge=self._edge)
        if refusal is None:
            return
        _LOG.warning("call.stranded", source=asked.source, name=asked.name)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
            line.sendto(refusal, self._edge)
