"""Who can ring: reps, the territories they belong to, and the numbers that reach them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """Is a person of the sales team, with any number of phones."""

    name: str
    """What the rep's phones register as: the user part of his SIP address."""
    extension: str
    """The short number colleagues dial, 2 to 6 digits."""
    display_name: str
    """What a called phone shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Is a hunt group: several reps who take the same calls."""

    name: str
    """The user part of its SIP address."""
    extension: str
    """The short number colleagues dial, 2 to 6 digits."""
    members: tuple[str, ...]
    """Names of its reps, in the order of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """Is an outside number of ours (direct inward dialling) and whom it reaches."""

    number: str
    """The number in E.164 form, such as ``+14805550100``."""
    rep: str
    """Name of the rep who rings."""
