"""One blind transfer: a REFER, the leg placed for it, and how it ended.

RFC 5589 §6 calls it a basic transfer. The switch is a B2BUA: it answers the REFER in the
place of the transferee, calls the transfer target itself, and tells the transferor the
truth in NOTIFYs.

The transferor may hang up as soon as his REFER is accepted; that cancels nothing
(RFC 5589 §6). So his presence is a field, not a state.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from msgspec import structs

from switch.call.endings import EndReason
from switch.call.ids import LegId


class TransferState(enum.StrEnum):
    """Where a transfer stands."""

    CALLING = "calling"
    """On entry: 202, NOTIFY 100, music to the transferee, INVITE to the target."""
    RINGING = "ringing"
    """On entry: NOTIFY 180. The transferee still hears music."""
    ANSWERED = "answered"
    """On entry: transferee and target joined, NOTIFY 200, transferor released. Final."""
    FAILED = "failed"
    """On entry: NOTIFY with the true status, transferor back with the transferee. Final."""
    ABANDONED = "abandoned"
    """On entry: target cancelled, NOTIFY 487, transferor released. Final."""


class TransferInput(enum.StrEnum):
    """What can happen to a transfer."""

    TARGET_ALERTED = "target alerted"
    TARGET_ANSWERED = "target answered"
    TARGET_FAILED = "target failed"
    """It declined, was busy or unreachable, or the response time was over."""
    TRANSFEROR_LEFT = "transferor left"
    TRANSFEREE_LEFT = "transferee left"


_S = TransferState
_I = TransferInput

TRANSITIONS: Final[Mapping[tuple[TransferState, TransferInput], TransferState]] = MappingProxyType(
    {
        (_S.CALLING, _I.TARGET_ALERTED): _S.RINGING,
        (_S.CALLING, _I.TARGET_ANSWERED): _S.ANSWERED,
        (_S.CALLING, _I.TARGET_FAILED): _S.FAILED,
        (_S.CALLING, _I.TRANSFEROR_LEFT): _S.CALLING,
        (_S.CALLING, _I.TRANSFEREE_LEFT): _S.ABANDONED,
        (_S.RINGING, _I.TARGET_ALERTED): _S.RINGING,
        (_S.RINGING, _I.TARGET_ANSWERED): _S.ANSWERED,
        (_S.RINGING, _I.TARGET_FAILED): _S.FAILED,
        (_S.RINGING, _I.TRANSFEROR_LEFT): _S.RINGING,
        (_S.RINGING, _I.TRANSFEREE_LEFT): _S.ABANDONED,
    }
)

_OVER: Final = "the transfer is over; the conversation no longer asks it"

IGNORED: Final[Mapping[tuple[TransferState, TransferInput], str]] = MappingProxyType(
    {
        (state, happened): _OVER
        for state in (_S.ANSWERED, _S.FAILED, _S.ABANDONED)
        for happened in TransferInput
    }
)


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Is one blind transfer."""

    refer_id: str
    """Names the REFER; empty if it was asked for in another way."""
    transferor: LegId
    transferee: LegId
    target: LegId
    notifies: bool
    """The transferor wants to be told by NOTIFY."""
    why: Literal["transfer", "fallback"] = "transfer"
    """``fallback``: nobody asked for it; the transferee could not be given back."""
    state: TransferState = TransferState.CALLING
    transferor_present: bool = True
    """His dialog still stands: he waits for the outcome."""

    @property
    def is_under_way(self) -> bool:
        """Whether the target may still answer."""
        return self.state in {TransferState.CALLING, TransferState.RINGING}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Is whom a transfer was for, and why he did not take it."""

    who: str
    """The rep, the territory or the number."""
    reason: EndReason


class Returning(msgspec.Struct, frozen=True, kw_only=True):
    """Is a transferor who is back with the transferee, but whose phone may not know it.

    A phone that hangs up after its REFER as a matter of course does so whatever becomes of
    it, and its BYE may cross the NOTIFY of the failure. That BYE ends no call: he is called
    back.
    """

    transferor: LegId
    refer_id: str
    failure: Failure
    until_s: float | None
    """Until when a BYE is his phone's doing and not his, in monotonic seconds; None: he has
    not been told yet."""


def apply(transfer: Transfer, happened: TransferInput) -> Transfer:
    """Return the transfer as it is after that: every cell is in one of the two tables."""
    cell = (transfer.state, happened)
    if cell in IGNORED:
        return transfer
    present = transfer.transferor_present and happened is not TransferInput.TRANSFEROR_LEFT
    return structs.replace(transfer, state=TRANSITIONS[cell], transferor_present=present)
