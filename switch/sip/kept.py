"""What the readers of this package keep of what they have read last, and how to be rid of it."""

from __future__ import annotations

from switch.sip.address import parse_name_addr
from switch.sip.message import parse_message
from switch.sip.sdp import parse_sdp


def forget_kept() -> None:
    """Keep nothing more of it: people's numbers, and keys of SRTP."""
    for reader in (parse_name_addr, parse_message, parse_sdp):
        reader.cache_clear()
