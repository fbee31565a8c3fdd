"""How a leg ended, in one word, and the SIP status that says the same on the wire."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BUSY_HERE: Final = 486
REQUEST_TERMINATED: Final = 487
REQUEST_TIMEOUT: Final = 408
TEMPORARILY_UNAVAILABLE: Final = 480
DECLINE: Final = 603
_BAD_REQUEST: Final = 400
OK: Final = 200
_FIRST_ERROR: Final = 400


class EndReason(enum.StrEnum):
    """Says why a leg is over. The values are part of the record format."""

    COMPLETED = "completed"
    """It talked, and one of the two hung up."""
    TRANSFERRED = "transferred"
    """It transferred the other leg and was released."""
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    """It rang, or stayed silent, until the time was over."""
    CANCELLED = "cancelled"
    """It was no longer wanted before it was answered, or a rep gave up calling."""
    UNREACHABLE = "unreachable"
    """No phone is registered, or the way to it failed."""
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    UNACCEPTABLE = "unacceptable"
    """No codec or transport in common (488, 415, 606)."""
    NO_WORKER = "no_worker"
    """Every worker was busy: 503 with Retry-After."""
    ABANDONED = "abandoned"
    """The customer hung up before anybody answered, or on music during a transfer."""
    TRANSFER_FAILED = "transfer_failed"
    """The transfer target failed and the transferor had gone: nobody was left to talk to."""
    SHUTDOWN = "shutdown"
    """The switch was stopped during the call."""
    MEDIA_TIMEOUT = "media_timeout"
    MEDIA_LOST = "media_lost"
    """rtpengine died, and the call could not be given new media."""
    WORKER_LOST = "worker_lost"
    """The worker that had the leg died before it ended; the times are true all the same."""
    SWITCH_ERROR = "switch_error"
    """A fault of ours. It is recorded so that it shows."""


_BY_STATUS: Final[Mapping[int, EndReason]] = MappingProxyType(
    {
        403: EndReason.FORBIDDEN,
        404: EndReason.NOT_FOUND,
        REQUEST_TIMEOUT: EndReason.NO_ANSWER,
        415: EndReason.UNACCEPTABLE,
        TEMPORARILY_UNAVAILABLE: EndReason.UNREACHABLE,
        482: EndReason.FORBIDDEN,
        484: EndReason.NOT_FOUND,
        485: EndReason.NOT_FOUND,
        BUSY_HERE: EndReason.BUSY,
        REQUEST_TERMINATED: EndReason.CANCELLED,
        488: EndReason.UNACCEPTABLE,
        600: EndReason.BUSY,
        DECLINE: EndReason.DECLINED,
        604: EndReason.NOT_FOUND,
        606: EndReason.UNACCEPTABLE,
    }
)


def reason_of_refusal(sip_status: int) -> EndReason:
    """Return why a placed leg that got this final status was not answered.

    A status without a word of its own means that the way to the phone failed.
    """
    return _BY_STATUS.get(sip_status, EndReason.UNREACHABLE)


def status_for_caller(sip_status: int) -> int:
    """Return the status that tells a caller about the failure of the leg we placed.

    A failure code goes through as it is: the caller's phone then says the truth. What
    concerns only us and the callee's side becomes 480: an authentication that we
    cannot give (401, 407), a redirection that we do not follow (3xx), and 503, which
    would make a trunk leave out the whole switch (RFC 3261 §21.5.4).
    """
    if sip_status < _FIRST_ERROR or sip_status in {401, 407, 503}:
        return TEMPORARILY_UNAVAILABLE
    return sip_status
