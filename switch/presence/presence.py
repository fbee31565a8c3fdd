"""The fold of registrations, leg records, hunts and time into what each rep is doing.

Rules of this file:

* A state is worked out from what is known of a rep, never stored: registrations and legs may
  come in any order between each other.
* The records of one leg come in the order of their revisions, as its worker wrote them; one that
  comes late is passed over.
* Time is told by :func:`apply_time`, by any clock that never goes back; everything else happens
  at the time told last. Tell it before each event, and whenever :attr:`Presence.due_s` has come.
* A rep who is rung by a hunt has no leg yet: the hunt says so itself. Once he has answered, that
  holds until the record of his leg comes, so that no other hunt rings him in between. The two
  come by different ways, so either may be first, and what a hunt says may be said again.
* Each ``apply`` function returns only what changed, so that whoever publishes it publishes each
  change once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from dialplan import Candidate
from switch.presence.wrap_up import NO_WRAP_UP, WrapUp
from switch.records.leg import LegRecord

Changed = dict[str, str]
"""Of whom there is news to publish, and what he is doing now."""


class RepState(StrEnum):
    """Is what a rep is doing, as it is published."""

    OFFLINE = "offline"
    """None of his phones is registered, and he is on no call."""
    AVAILABLE = "available"
    """A phone is registered and free: territories ring him."""
    AWAY = "away"
    """He said so: territories do not ring him, who dials him does."""
    WRAP_UP = "wrap_up"
    """A call of his ended just now; territories leave him time for his notes."""
    RINGING = "ringing"
    """His phones are being rung."""
    ON_CALL = "on_call"
    """He talks, or calls somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLeg:
    """Is an open leg of a rep."""

    conversation_id: str
    """Of which conversation."""
    revision: int
    """Which change of the leg this is."""
    is_ringing: bool
    """He is being rung, and has not answered."""
    was_answered: bool
    """He talked on it, or could have."""


_Part: TypeAlias = Literal["ringing", "answered", "told"]
"""A rep's part in a hunt; "told": the record of his leg tells the rest."""

_OVER: Final = frozenset({"released", "ended"})
"""States in which the rep has left, though his phone may still owe the answer to our BYE."""

_NO_LEGS: Final[Mapping[str, OpenLeg]] = MappingProxyType({})
_NO_HUNTS: Final[Mapping[str, _Part]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class RepPresence:
    """Is what is known of one rep."""

    contacts: int = 0
    """Phones now registered."""
    is_away: bool = False
    """He said that he is away."""
    legs: Mapping[str, OpenLeg] = field(default_factory=lambda: _NO_LEGS)
    """His open legs, by leg id."""
    hunts: Mapping[str, _Part] = field(default_factory=lambda: _NO_HUNTS)
    """His part in hunts, by the id of the conversation."""
    wraps_up_until_s: float | None = None
    """When his wrap-up is over; ``None`` = he is in none."""
    idle_since_s: float | None = None
    """When his last call ended; ``None`` = he had none yet."""
    calls: int = 0
    """Calls he has answered."""

    @property
    def state(self) -> RepState:
        """What he is doing: a call counts even if his registration has run out meanwhile."""
        parts = self.hunts.values()
        if "answered" in parts or any(not leg.is_ringing for leg in self.legs.values()):
            return RepState.ON_CALL
        if "ringing" in parts or self.legs:
            return RepState.RINGING
        if not self.contacts:
            return RepState.OFFLINE
        if self.is_away:
            return RepState.AWAY
        return RepState.AVAILABLE if self.wraps_up_until_s is None else RepState.WRAP_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Is what is known of every rep; driven by registrations, leg records, hunts and time."""

    reps: Mapping[str, RepPresence]
    """Each rep by name, in the order they were given."""
    wrap_up: WrapUp = NO_WRAP_UP
    """How long a rep is left alone by territories after a call."""
    now_s: float = 0.0
    """The time told last."""
    due_s: float | None = None
    """When time changes something by itself: tell it then; ``None`` = never."""

    @classmethod
    def of(cls, reps: Iterable[str], *, wrap_up: WrapUp = NO_WRAP_UP) -> Presence:
        """Return the presence of reps of whom nothing is known yet: all are offline."""
        known = MappingProxyType({rep: RepPresence() for rep in reps})
        return cls(reps=known, wrap_up=wrap_up)

    def states(self) -> dict[str, RepState]:
        """Return what every rep is doing, in the order the reps were given."""
        return {name: rep.state for name, rep in self.reps.items()}

    def state(self, rep: str) -> RepState | None:
        """Return what one rep is doing; ``None`` if there is no such rep."""
        known = self.reps.get(rep)
        return known.state if known is not None else None

    def available(self) -> frozenset[str]:
        """Return the names of all whom a territory may ring."""
        states = self.states().items()
        return frozenset(rep for rep, state in states if state is RepState.AVAILABLE)

    def candidates(
        self, members: Sequence[str], *, without: Collection[str] = ()
    ) -> tuple[Candidate, ...]:
        """Return those of a territory whom it may ring, as :func:`dialplan.order` takes them.

        Args:
            members: the territory's reps.
            without: whom not to ring though he is available: the caller, the transferor.
        """
        available = self.available() - frozenset(without)
        return tuple(
            Candidate(
                rep=name,
                idle_since_s=self.reps[name].idle_since_s,
                calls=self.reps[name].calls,
            )
            for name in members
            if name in available
        )


def apply_time(presence: Presence, now_s: float) -> tuple[Presence, Changed]:
    """Return the presence at a later time, and whose wrap-up is over."""
    due_s = presence.due_s
    presence = Presence(reps=presence.reps, wrap_up=presence.wrap_up, now_s=now_s, due_s=due_s)
    changed: Changed = {}
    if due_s is None or due_s > now_s:
        return presence, changed
    for name, rep in presence.reps.items():
        if rep.wraps_up_until_s is not None and rep.wraps_up_until_s <= now_s:
            presence, news = _change(presence, name, wraps_up_until_s=None)
            changed |= news
    return presence, changed


def apply_contacts(presence: Presence, rep: str, count: int) -> tuple[Presence, Changed]:
    """Return the presence once so many phones of a rep are registered, and whose state changed.

    A rep who is in no file (any more) has no presence, whatever registers.
    """
    return _change(presence, rep, contacts=count)


def apply_away(presence: Presence, rep: str, *, is_away: bool) -> tuple[Presence, Changed]:
    """Return the presence once a rep has said that he is away, or back; and whose state changed.

    Whoever comes back is available at once: he needs no more time for his notes.
    """
    if is_away:
        return _change(presence, rep, is_away=True)
    return _change(presence, rep, is_away=False, wraps_up_until_s=None)


def apply_attempt(
    presence: Presence, rep: str, conversation_id: str, news: Literal["ringing", "answered", "over"]
) -> tuple[Presence, Changed]:
    """Return the presence after news of a rep who is rung by a hunt, and whose state changed.

    "over" says that another took the call, or that he did not; what he has answered stays his
    until the record of his leg comes, or :func:`apply_conversation_over`.
    """
    known = presence.reps.get(rep)
    if known is None or not _is_news(known, conversation_id, news):
        return presence, {}
    hunts = _without(known.hunts, conversation_id)
    if news != "over":
        hunts = MappingProxyType({**hunts, conversation_id: news})
    return _change(presence, rep, hunts=hunts)


def _is_news(known: RepPresence, conversation_id: str, news: str) -> bool:
    """Tell whether a hunt says more of a rep than the record of his leg has told already."""
    part = known.hunts.get(conversation_id)
    if news == "over":
        return part == "ringing"
    talks = any(
        leg.was_answered and leg.conversation_id == conversation_id for leg in known.legs.values()
    )
    return not talks and not (news == "answered" and part == "told")


def apply_conversation_over(presence: Presence, conversation_id: str) -> tuple[Presence, Changed]:
    """Return the presence once a conversation's hunts are over, and whose state changed."""
    changed: Changed = {}
    for name, rep in presence.reps.items():
        if conversation_id in rep.hunts:
            hunts = _without(rep.hunts, conversation_id)
            presence, news = _change(presence, name, hunts=hunts)
            changed |= news
    return presence, changed


def apply_leg(presence: Presence, record: LegRecord) -> tuple[Presence, Changed]:
    """Return the presence after a change of a leg, and whose state changed.

    A territory's leg that ends before any rep is at its end frees whoever its hunt had: also one
    whose answer crossed our CANCEL.
    """
    rep = record.rep
    if rep is None and record.territory is not None and record.state in _OVER:
        return apply_conversation_over(presence, record.conversation_id)
    known = presence.reps.get(rep) if rep is not None else None
    if rep is None or known is None:
        return presence, {}
    earlier = known.legs.get(record.leg_id)
    if earlier is not None and earlier.revision >= record.revision:
        return presence, {}
    legs = {leg_id: leg for leg_id, leg in known.legs.items() if leg_id != record.leg_id}
    was_answered = record.answered_at is not None or record.state == "answered"
    said: dict[str, Any] = {}
    if record.state not in _OVER:
        is_ringing = record.side == "callee" and record.state != "answered"
        legs[record.leg_id] = OpenLeg(
            conversation_id=record.conversation_id,
            revision=record.revision,
            is_ringing=is_ringing,
            was_answered=was_answered,
        )
        if record.side == "callee" and was_answered:
            said["calls"] = known.calls + (earlier is None or not earlier.was_answered)
            if record.conversation_id in known.hunts:
                part: dict[str, _Part] = {record.conversation_id: "told"}
                said["hunts"] = MappingProxyType({**known.hunts, **part})
    elif earlier is not None and (was_answered or earlier.was_answered):
        said["idle_since_s"] = presence.now_s
        wrap_up_s = presence.wrap_up.after(rep, record.territory)
        if wrap_up_s > 0:
            said["wraps_up_until_s"] = presence.now_s + wrap_up_s
    return _change(presence, rep, legs=MappingProxyType(legs), **said)


def _without(hunts: Mapping[str, _Part], conversation_id: str) -> Mapping[str, _Part]:
    return MappingProxyType({one: part for one, part in hunts.items() if one != conversation_id})


def _change(presence: Presence, name: str, **said: Any) -> tuple[Presence, Changed]:
    """Return the presence with something else known of a rep; unchanged if there is no such rep."""
    known = presence.reps.get(name)
    if known is None:
        return presence, {}
    rep = replace(known, **said)
    reps = MappingProxyType({**presence.reps, name: rep})
    changed: Changed = {name: rep.state} if _shown(rep) != _shown(known) else {}
    due_s = presence.due_s
    if rep.wraps_up_until_s != known.wraps_up_until_s:
        ends = [one.wraps_up_until_s for one in reps.values()]
        due_s = min((until_s for until_s in ends if until_s is not None), default=None)
    return replace(presence, reps=reps, due_s=due_s), changed


def _shown(rep: RepPresence) -> tuple[object, ...]:
    """Return what is published of a rep."""
    state = rep.state
    until_s = rep.wraps_up_until_s if state is RepState.WRAP_UP else None
    return state, rep.is_away, until_s
