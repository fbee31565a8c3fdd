"""Asks whether a switch answers at all, before SIPp is let loose on it."""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import Final

from switch.load.errors import NoSwitch

_TIMES: Final = 4
_WAIT_S: Final = 0.5


def require_switch(target: tuple[str, int], address: str) -> None:
    """Send OPTIONS from an address, until something answers.

    Raises:
        NoSwitch: nothing does.
    """
    where = f"{target[0]}:{target[1]}"
    why = "no answer"
    try:
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asker:
            asker.bind((address, 0))
            asker.settimeout(_WAIT_S)
            asker.connect(target)
            port = asker.getsockname()[1]
            for _ in range(_TIMES):
                try:
                    asker.send(_options(where, address, port))
                    if asker.recv(1 << 16).startswith(b"SIP/2.0 "):
                        return
                    why = "what answers does not speak SIP"
                except TimeoutError:
                    why = "no answer"
    except OSError as error:
        why = error.strerror or str(error)
    raise NoSwitch(target=where, why=why)


def _options(where: str, address: str, port: int) -> bytes:
    token = secrets.token_hex(8)
    lines = (
        f"OPTIONS sip:{where} SIP/2.0",
        f"Via: SIP/2.0/UDP {address}:{port};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:load@{address}>;tag={token}",
        f"To: <sip:{where}>",
        f"Call-ID: {token}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:load@{address}:{port}>",
        "Content-Length: 0",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()
