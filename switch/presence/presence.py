"""The fold of registrations and leg records into what each rep is doing.

Rules of this file:

* A state is worked out from what is known of a rep, never stored: registrations and legs may
  come in any order between each other. What a rep may later say of himself (away, wrapping up)
  is one more thing known of him.
* The records of one leg come in the order of their revisions, as its worker wrote them; one that
  comes late is passed over.
* Both ``apply`` functions return only what changed, so that whoever publishes it publishes each
  change once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from switch.records.leg import LegRecord


class RepState(StrEnum):
    """Is what a rep is doing, as it is published."""

    OFFLINE = "offline"
    """None of his phones is registered, and he is on no call."""
    AVAILABLE = "available"
    """A phone is registered and free: he can be rung."""
    RINGING = "ringing"
    """His phones are being rung."""
    ON_CALL = "on_call"
    """He talks, or calls somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """Is an open leg of a rep."""

    revision: int
    """Which change of the leg this is."""
    is_ringing: bool
    """He is being rung, and has not answered."""


_OVER: Final = frozenset({"released", "ended"})
"""States in which the rep has left, though his phone may still owe the answer to our BYE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepPresence:
    """Is what is known of one rep."""

    contacts: int = 0
    """Phones now registered."""
    legs: Mapping[str, OpenLeg] = field(default_factory=lambda: MappingProxyType({}))
    """His open legs, by leg id."""

    @property
    def state(self) -> RepState:
        """What he is doing: a call counts even if his registration has run out meanwhile."""
        if any(not leg.is_ringing for leg in self.legs.values()):
            return RepState.ON_CALL
        if self.legs:
            return RepState.RINGING
        return RepState.AVAILABLE if self.contacts else RepState.OFFLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Is what is known of every rep; driven by registrations and by leg records."""

    reps: Mapping[str, RepPresence]
    """Each rep by name, in the order they were given."""

    @classmethod
    def of(cls, reps: Iterable[str]) -> Presence:
        """Return the presence of reps of whom nothing is known yet: all are offline."""
        return cls(reps=MappingProxyType({rep: RepPresence() for rep in reps}))

    def states(self) -> dict[str, RepState]:
        """Return what every rep is doing, in the order the reps were given."""
        return {name: rep.state for name, rep in self.reps.items()}

    def state(self, rep: str) -> RepState | None:
        """Return what one rep is doing; ``None`` if there is no such rep."""
        known = self.reps.get(rep)
        return known.state if known is not None else None


def apply_contacts(presence: Presence, rep: str, count: int) -> tuple[Presence, dict[str, str]]:
    """Return the presence once so many phones of a rep are registered, and whose state changed.

    A rep who is in no file (any more) has no presence, whatever registers.
    """
    known = presence.reps.get(rep)
    if known is None:
        return presence, {}
    return _replace(presence, rep, replace(known, contacts=count))


def apply_leg(presence: Presence, record: LegRecord) -> tuple[Presence, dict[str, str]]:
    """Return the presence after a change of a leg, and whose state changed."""
    rep = record.rep
    known = presence.reps.get(rep) if rep is not None else None
    if rep is None or known is None:
        return presence, {}
    earlier = known.legs.get(record.leg_id)
    if earlier is not None and earlier.revision >= record.revision:
        return presence, {}
    legs = {leg_id: leg for leg_id, leg in known.legs.items() if leg_id != record.leg_id}
    if record.state not in _OVER:
        is_ringing = record.side == "callee" and record.state != "answered"
        legs[record.leg_id] = OpenLeg(revision=record.revision, is_ringing=is_ringing)
    return _replace(presence, rep, replace(known, legs=MappingProxyType(legs)))


def _replace(presence: Presence, name: str, rep: RepPresence) -> tuple[Presence, dict[str, str]]:
    before = presence.reps[name].state
    reps = {**presence.reps, name: rep}
    changed: dict[str, str] = {name: rep.state} if rep.state is not before else {}
    return Presence(reps=MappingProxyType(reps)), changed
