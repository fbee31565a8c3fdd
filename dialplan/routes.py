"""What the dialplan answers: who rings, or that nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dialplan.policy import Denied
from dialplan.trunks import Hop


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSource:
    """Says that a rep calls; his phone has proved that it is his."""

    name: str
    """The rep's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSource:
    """Says that the call comes from the telephone network."""

    name: str
    """The trunk's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRoute:
    """Says that a rep rings, on all his phones."""

    rep: str
    """The rep's name."""
    extension: str
    """His extension."""
    display_name: str
    """His name as people read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryRoute:
    """Says that a territory hunts for one of its reps."""

    territory: str
    """The territory's name."""
    extension: str
    """Its extension."""
    display_name: str
    """Its name as people read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRoute:
    """Says that the call leaves through a trunk."""

    number: str
    """Whom to call, in E.164 form."""
    hops: tuple[Hop, ...]
    """Every way there, at least one, the most wanted first; :func:`dialplan.choose` them when
    the call is placed, for then it is known which trunks fail."""

    @property
    def trunk(self) -> str:
        """Name of the most wanted trunk."""
        return self.hops[0].trunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Says that nobody rings."""

    status: int
    """The SIP status to answer with, or to tell a transferor in the final NOTIFY."""
    reason: str
    """The phrase that goes with the status."""
    why: str
    """What happened, for whoever reads the log."""
    denied: Denied | None = None
    """The toll policy's no, which is a security event; ``None`` if it is not about that."""


Source: TypeAlias = RepSource | TrunkSource
Route: TypeAlias = RepRoute | TerritoryRoute | OutsideRoute
