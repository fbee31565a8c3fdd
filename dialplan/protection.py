"""Whether phones and providers encrypt their audio."""

from __future__ import annotations

from enum import StrEnum


class Srtp(StrEnum):
    """Is whether somebody's audio is to be encrypted; who offers SRTP by himself always has it."""

    OFF = "off"
    """Who is called is offered plain RTP."""
    OPTIONAL = "optional"
    """Who is called is offered plain RTP with keys beside it (RFC 8643): he may encrypt."""
    REQUIRED = "required"
    """Nothing else: who is called is offered RTP/SAVP, and what is plain gets 488."""
