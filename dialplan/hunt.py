"""One hunt: a territory's search for a rep who takes one call.

Rules of this file:

* One rep's no, a 603 included, ends nothing for the others. RFC 3261 §16.7 would have a 6xx end
  the whole search; a rep who presses "decline" says no for himself, not for his territory.
* A rep is rung once in a hunt, and only while he is available; who becomes available while a
  hunt runs is rung if his turn has not come yet, and in ``ring_all`` not at all.
* The edge makes the phones ring and times the steps; it says what becomes of each rep, and when a
  step is over. Whoever applies events gives their time, by any clock that never goes back.
* When nobody took the call, the status tells the most it can: 486 if everybody who could be asked
  said no or was busy, else 480: nobody was there. Not 603, which ends the search of
  whoever called us; not 408, at which providers try their next route.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from dialplan.attempts import Attempt, Outcome, outcome_of
from dialplan.people import Territory
from dialplan.strategies import Strategy

_SHORTEST_RING_S: Final = 1.0
"""What is left of a territory's time below this is no time to ring anybody."""
_BUSY_HERE: Final = 486
_TEMPORARILY_UNAVAILABLE: Final = 480
_REQUEST_TERMINATED: Final = 487
_REFUSED: Final = frozenset({Outcome.DECLINED, Outcome.BUSY})
_TOGETHER: Final = frozenset({Strategy.RING_ALL, Strategy.PROGRESSIVE})
"""Strategies in which whoever rings goes on ringing until the territory's time is over."""


class HuntState(StrEnum):
    """Where a hunt stands."""

    RINGING = "ringing"
    """Reps ring, or the edge is about to say that a step is over."""
    ANSWERED = "answered"
    """A rep took the call; the edge cancels the others. Final."""
    EXHAUSTED = "exhausted"
    """Nobody is left to ring, or the time is over: the overflow's turn. Final."""
    CANCELLED = "cancelled"
    """The caller gave up; the edge stops all ringing. Final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRang:
    """Says that a rep's first phone rings."""

    rep: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RepAnswered:
    """Says that a rep took the call."""

    rep: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RepFailed:
    """Says that the last of a rep's phones has failed."""

    rep: str
    sip_status: int
    """Its status; 480 too if he has no phone registered (any more)."""
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """Says that nobody rings any more: all have failed, or the edge has cancelled them in time."""

    available: Collection[str]
    """Who is available now."""
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Says that :attr:`Hunt.due_s` has come."""

    available: Collection[str]
    """Who is available now."""
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeft:
    """Says that the caller gave up."""

    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Asks the edge to ring reps, each on all his phones."""

    reps: tuple[str, ...]
    """Their names, at least one."""
    for_s: float
    """How long at most, in seconds."""
    joins: bool
    """Others ring already and go on ringing: add to them. Otherwise this is a new step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Says that nobody took the call; the overflow is next."""

    sip_status: int
    """The status to answer with if there is no overflow."""


HuntEvent: TypeAlias = RepRang | RepAnswered | RepFailed | StepEnded | TimePassed | CallerLeft
HuntCommand: TypeAlias = Ring | GiveUp
Applied: TypeAlias = "tuple[Hunt, HuntCommand | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """Is one hunt; driven by the edge's news of each rep, and by the time."""

    territory: Territory
    """Whose."""
    ends_at_s: float
    """When the territory's time is over."""
    waiting: tuple[str, ...]
    """Whose turn has not come, the next first."""
    attempts: tuple[Attempt, ...] = ()
    """Everybody rung so far, in order."""
    state: HuntState = HuntState.RINGING
    due_s: float | None = None
    """When to tell that time has passed; ``None`` = never."""

    @property
    def winner(self) -> str | None:
        """Who took the call; ``None`` if nobody did (yet)."""
        taken = (one.rep for one in self.attempts if one.outcome is Outcome.ANSWERED)
        return next(taken, None)

    @property
    def last(self) -> str | None:
        """Who was rung last: round robin goes on behind him; ``None`` = nobody was rung."""
        return self.attempts[-1].rep if self.attempts else None

    @property
    def ringing(self) -> tuple[str, ...]:
        """Who rings now."""
        return tuple(one.rep for one in self.attempts if one.outcome is None)

    @property
    def sip_status(self) -> int:
        """What to answer if nobody took the call; see the rules of this file."""
        asked = {one.outcome for one in self.attempts} - {Outcome.UNREACHABLE}
        return _BUSY_HERE if asked and asked <= _REFUSED else _TEMPORARILY_UNAVAILABLE


def begin(territory: Territory, reps: Sequence[str], *, at_s: float) -> Applied:
    """Begin a hunt; it is exhausted at once if nobody is available.

    Args:
        territory: whose call it is.
        reps: who is available, in the order to ring them (:func:`dialplan.order`).
        at_s: now.
    """
    ends_at_s = at_s + territory.ring_s
    hunt = Hunt(territory=territory, ends_at_s=ends_at_s, waiting=tuple(dict.fromkeys(reps)))
    return _step(hunt, reps, at_s)


def apply(hunt: Hunt, event: HuntEvent) -> Applied:
    """Return the hunt as it is after an event, and what the edge must do.

    Every cell is in ``REACTIONS`` or, with the reason why nothing is done, in ``IGNORED``.
    """
    cell = (hunt.state, type(event))
    if cell in IGNORED:
        return hunt, None
    return REACTIONS[cell](hunt, event)


def _note_ringing(hunt: Hunt, event: RepRang) -> Applied:
    return _change(hunt, (event.rep,), rang=True), None


def _note_winner(hunt: Hunt, event: RepAnswered) -> Applied:
    # Also one whose step is over: his 200 was faster than our CANCEL, and he has the call.
    if event.rep not in {one.rep for one in hunt.attempts}:
        return hunt, None
    won = tuple(
        replace(one, to_s=event.at_s, outcome=Outcome.ANSWERED, rang=True)
        if one.rep == event.rep
        else one
        for one in hunt.attempts
    )
    hunt = replace(hunt, attempts=won, state=HuntState.ANSWERED, due_s=None)
    return _close(hunt, Outcome.ELSEWHERE, event.at_s), None


def _note_failure(hunt: Hunt, event: RepFailed) -> Applied:
    if event.sip_status == _REQUEST_TERMINATED:
        # We have cancelled it; why, is said by a StepEnded or CallerLeft.
        return hunt, None
    rang = any(one.rang for one in hunt.attempts if one.rep == event.rep)
    outcome = outcome_of(event.sip_status, rang=rang)
    return _change(hunt, (event.rep,), to_s=event.at_s, outcome=outcome), None


def _note_caller_left(hunt: Hunt, event: CallerLeft) -> Applied:
    left = replace(hunt, state=HuntState.CANCELLED, due_s=None)
    return _close(left, Outcome.CANCELLED, event.at_s), None


def _next_step(hunt: Hunt, event: StepEnded) -> Applied:
    return _step(_close(hunt, Outcome.NO_ANSWER, event.at_s), event.available, event.at_s)


def _grow(hunt: Hunt, event: TimePassed) -> Applied:
    if hunt.due_s is None or event.at_s < hunt.due_s:
        return hunt, None
    joining = tuple(rep for rep in hunt.waiting if rep in event.available)[:1]
    if hunt.ends_at_s - event.at_s < _SHORTEST_RING_S:
        return replace(hunt, due_s=None), None
    if not joining:
        return replace(hunt, due_s=event.at_s + hunt.territory.grow_s), None
    return _ring(hunt, joining, event.at_s, joins=True)


def _step(hunt: Hunt, available: Collection[str], at_s: float) -> Applied:
    """Ring whoever is next; nobody rings now."""
    reps = tuple(rep for rep in hunt.waiting if rep in available)
    if not reps or hunt.ends_at_s - at_s < _SHORTEST_RING_S:
        hunt = replace(hunt, state=HuntState.EXHAUSTED, due_s=None)
        return hunt, GiveUp(sip_status=hunt.sip_status)
    if hunt.territory.strategy is not Strategy.RING_ALL:
        reps = reps[:1]
    return _ring(hunt, reps, at_s, joins=False)


def _ring(hunt: Hunt, reps: tuple[str, ...], at_s: float, *, joins: bool) -> Applied:
    territory = hunt.territory
    left_s = hunt.ends_at_s - at_s
    for_s = left_s if territory.strategy in _TOGETHER else min(territory.step_s, left_s)
    waiting = tuple(rep for rep in hunt.waiting if rep not in reps)
    grows = territory.strategy is Strategy.PROGRESSIVE and waiting
    hunt = replace(
        hunt,
        waiting=waiting,
        attempts=(*hunt.attempts, *(Attempt(rep=rep, from_s=at_s) for rep in reps)),
        due_s=at_s + territory.grow_s if grows else None,
    )
    return hunt, Ring(reps=reps, for_s=for_s, joins=joins)


def _close(hunt: Hunt, outcome: Outcome, at_s: float) -> Hunt:
    return _change(hunt, hunt.ringing, to_s=at_s, outcome=outcome)


def _change(hunt: Hunt, reps: tuple[str, ...], **changed: Any) -> Hunt:
    """Return the hunt with the attempts of these reps changed, if they still ring."""
    attempts = tuple(
        replace(one, **changed) if one.outcome is None and one.rep in reps else one
        for one in hunt.attempts
    )
    return replace(hunt, attempts=attempts)


_S = HuntState
_Cell: TypeAlias = tuple[HuntState, type[HuntEvent]]

REACTIONS: Final[Mapping[_Cell, Callable[[Hunt, Any], Applied]]] = MappingProxyType(
    {
        (_S.RINGING, RepRang): _note_ringing,
        (_S.RINGING, RepAnswered): _note_winner,
        (_S.RINGING, RepFailed): _note_failure,
        (_S.RINGING, StepEnded): _next_step,
        (_S.RINGING, TimePassed): _grow,
        (_S.RINGING, CallerLeft): _note_caller_left,
    }
)

IGNORED: Final[Mapping[_Cell, str]] = MappingProxyType(
    {
        (state, event): why
        for state, why in (
            (_S.ANSWERED, "the first 2xx has won; a second gets ACK and BYE"),
            (_S.EXHAUSTED, "the call has gone on to the overflow"),
            (_S.CANCELLED, "the caller is gone; a late 2xx gets ACK and BYE"),
        )
        for event in (RepRang, RepAnswered, RepFailed, StepEnded, TimePassed, CallerLeft)
    }
)
