"""The settings of transfers: how long a target may ring, and what is done if nobody takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from switch.config import rules

OWN_TERRITORY: Final = "own_territory"
"""In ``[recall] fallback``: the first territory that the transferor is a member of."""
CALLED_TERRITORY: Final = "called_territory"
"""In ``[recall] fallback``: the territory, or rep, whose number the customer has dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """Is how long a transfer target may ring, by what it is; in seconds."""

    rep: Annotated[float, rules.SECONDS] = 20.0
    """A rep, on all his phones."""
    territory: Annotated[float, rules.SECONDS] = 30.0
    """A territory, all whom it rings and overflows to included."""
    outside: Annotated[float, rules.SECONDS] = 45.0
    """A number that a trunk takes."""

    @classmethod
    def of(cls, seconds: float) -> ResponseTimes:
        """Return the same for all."""
        return cls(rep=seconds, territory=seconds, outside=seconds)

    @property
    def longest_s(self) -> float:
        """Return how long any target may ring."""
        return max(self.rep, self.territory, self.outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    """Is ``[transfer]``: how a blind transfer goes."""

    response_timeout_s: ResponseTimes = field(
        default=ResponseTimes(), metadata={"one_for_all": True}
    )
    """How long the transfer target may ring."""
    accept_status: Literal[202, 200] = 202
    """How a REFER is accepted: 202 as phones expect, or 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSettings:
    """Is ``[recall]``: how a transferor is called back whose target failed."""

    ring_s: Annotated[float, rules.SECONDS] = 20.0
    """How long his phones ring, in seconds."""
    retries: Annotated[int, rules.within(0, 10, "calls")] = 1
    """How often he is called again if he does not answer."""
    pause_s: Annotated[float, rules.SECONDS] = 10.0
    """Between two such calls, in seconds."""
    wait_s: Annotated[float, rules.SECONDS] = 60.0
    """How long he is waited for while he is on another call, in seconds."""
    menu: bool = False
    """Whether he chooses by keys when he has answered; if not, to answer is to resume."""
    menu_s: Annotated[float, rules.within(1, 60, "seconds")] = 10.0
    """How long he may take between two keys, in seconds; then he resumes."""
    fallback: Annotated[tuple[str, ...], rules.EACH_ONCE] = (OWN_TERRITORY, CALLED_TERRITORY)
    """Where the customer goes after that, one after the other: names, extensions, outside
    numbers, or one of those two words."""
    alert_info: Annotated[str, rules.HEADER] = ""
    """The value of Alert-Info in the INVITE to him; empty: none."""
    call_info: Annotated[str, rules.HEADER] = ""
    """The value of Call-Info; empty: none."""
