"""The figures of a day: how many calls came, who took them, how long customers waited.

Rules of this file:

* A conversation counts for the day on which it began, and as it is now: one that goes on is in the
  figures too, and moves on in them when it is answered or over.
* Each field says how its figure is defined. The page and the API show the same.
* What nobody has done anything for is no zero: a median of no waits is ``None``.
"""

from __future__ import annotations

import msgspec


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Is how long customers waited: from their call until somebody talked with them.

    Only those who were answered count. All are seconds; ``None``: nobody was answered.
    """

    median_s: float | None
    """Half of them waited so long or less."""
    p90_s: float | None
    """Nine of ten waited so long or less."""
    longest_s: float | None
    """The longest that one of them waited."""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """Is what became of the calls that customers made to us."""

    calls: int
    """All of them but those that were refused."""
    answered: int
    """Somebody talked with the customer."""
    missed: int
    """Nobody did, and it is over: ``abandoned`` and ``unanswered``."""
    abandoned: int
    """The customer hung up before anybody answered."""
    unanswered: int
    """Nobody took it: all were busy, declined, away or did not answer, or the switch could not put
    it through."""
    ringing: int
    """It rings still."""
    waits: Waits
    answered_within: int
    """Answered within ``within_s``."""
    within_s: float
    """In how many seconds a customer is to be answered: ``[desk] service_level_s``."""
    service_level_pct: float | None
    """Of the calls that were answered or missed, how many were answered within ``within_s``, in
    percent; ``None``: there was none."""


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """Is what became of the calls that reps made to customers."""

    calls: int
    answered: int
    """The customer talked with us."""


class Transferred(msgspec.Struct, frozen=True, kw_only=True):
    """Is what became of the transfers that somebody asked for."""

    asked: int
    answered: int
    """The target answered."""
    failed: int
    """He did not, for whatever reason."""
    pending: int
    """He is being called."""
    outcomes: dict[str, int]
    """How many of each outcome: ``answered``, ``pending`` or why it failed."""


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """Is what became of the calls of customers that came in an hour of the day."""

    hour: int
    """0 to 23, by the clocks of the zone."""
    answered: int
    abandoned: int
    unanswered: int


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Is how many customers waited about so long until they were answered."""

    from_s: float
    to_s: float | None
    """The longest wait that is in it; ``None``: there is none."""
    calls: int


class OfTerritory(msgspec.Struct, frozen=True, kw_only=True):
    """Is a territory's day."""

    name: str
    inbound: Inbound
    """Of the calls of customers that were for it first."""
    transfers: int
    """Transfers to it."""
    transfers_answered: int
    """Those that somebody took."""


class OfRep(msgspec.Struct, frozen=True, kw_only=True):
    """Is a rep's day."""

    name: str
    answered: int
    """Calls of customers that he was the first to take."""
    missed: int
    """Conversations in which his phone rang, and he declined or did not answer."""
    called: int
    """Calls that he made."""
    talks: int
    """Conversations in which he talked."""
    talked_s: float
    """Seconds he talked in them; a talk that goes on is not counted yet."""
    transferred: int
    """Transfers that he asked for."""
    taken: int
    """Transfers that he answered."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Is a day in figures."""

    day: str
    """Such as ``2026-11-22``, by the clocks of the desk's machine."""
    zone: str
    """What its time zone is called, such as ``MST``."""
    from_at: str
    """When the day begins."""
    to_at: str
    """When the next one begins."""
    inbound: Inbound
    left_on_music: int
    """Customers who hung up while they waited to be brought to somebody else."""
    refused: int
    """Calls of customers for nobody whom they may call, such as a number that is not in use."""
    outbound: Outbound
    internal: int
    """Calls between reps."""
    transfers: Transferred
    hours: tuple[Hour, ...]
    """All 24 of them."""
    bands: tuple[Band, ...]
    """Waiting times, the shortest first."""
    territories: tuple[OfTerritory, ...]
    """Those that were called, by name."""
    reps: tuple[OfRep, ...]
    """Those who did anything, by name."""
