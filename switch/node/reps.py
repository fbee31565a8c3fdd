"""What each rep is doing, kept up to date from all sides, with the clock that it needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence

import structlog

from dialplan import Candidate, Rep, Territory
from switch.config import Config
from switch.node.running_hunt import AttemptNews
from switch.presence import (
    Presence,
    RepState,
    WrapUp,
    all_in,
    apply_attempt,
    apply_away,
    apply_contacts,
    apply_conversation_over,
    apply_leg,
    apply_time,
    is_elsewhere,
    reps_in,
)
from switch.records.codec import PresenceData
from switch.records.leg import LegRecord
from switch.records.of_leg import instant
from switch.wire.edge import Contacts

_LOG = structlog.get_logger()


class RepsNow:
    """Presence, driven by registrations, leg records, hunts and time."""

    def __init__(
        self,
        reps: Iterable[str],
        *,
        wrap_up: WrapUp,
        changed: Callable[[str, str], None],
    ) -> None:
        """Begin with everybody offline.

        Args:
            reps: everybody's name.
            wrap_up: how long territories leave a rep alone after a call.
            changed: is told of each rep whose state changed, and to what.
        """
        self._presence = Presence.of(reps, wrap_up=wrap_up)
        self._changed = changed
        self._due_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def of(cls, config: Config, *, changed: Callable[[str, str], None]) -> RepsNow:
        """Return the reps of a configuration."""
        plan = config.dialplan
        return cls(
            [rep.name for rep in plan.reps],
            wrap_up=WrapUp(
                all_s=config.presence.wrap_up_s,
                of_rep_s=_own_times(plan.reps),
                of_territory_s=_own_times(plan.territories),
            ),
            changed=changed,
        )

    def names(self) -> list[str]:
        """Return everybody's name."""
        return list(self._presence.states())

    def states(self) -> dict[str, str]:
        """Return what everybody is doing."""
        return {rep: state.value for rep, state in self._presence.states().items()}

    @property
    def phones(self) -> int:
        """How many phones are registered."""
        return sum(rep.contacts for rep in self._presence.reps.values())

    def contacts(self, contacts: Contacts) -> None:
        """Take how many phones of a rep are registered."""
        self._after(lambda now: apply_contacts(now, contacts.rep, contacts.count))

    def leg(self, record: LegRecord) -> None:
        """Take a change of a leg."""
        self._after(lambda now: apply_leg(now, record))

    def set_away(self, rep: str, *, is_away: bool) -> None:
        """Take that a rep is away, or back."""
        self._after(lambda now: apply_away(now, rep, is_away=is_away))

    def seen(self, rep: str, state: str) -> PresenceData:
        """Return what is published of a rep who does this: also whether he is away, and so on."""
        known = self._presence.reps[rep]
        until_s = known.wraps_up_until_s if state == RepState.WRAP_UP else None
        if until_s is not None:
            until_s += time.time() - time.monotonic()
        return PresenceData(
            rep=rep,
            state=state,
            away=known.is_away,
            until_at=None if until_s is None else instant(until_s),
        )

    def is_free(self, rep: str) -> bool:
        """Tell whether a rep is on no call, and rung for none."""
        known = self._presence.reps[rep]
        return known.state not in {RepState.ON_CALL, RepState.RINGING}

    def has_phone(self, rep: str) -> bool:
        """Tell whether a phone of a rep is registered."""
        return self._presence.reps[rep].contacts > 0

    def attempted(self, rep: str, conversation_id: str, news: AttemptNews) -> None:
        """Take news of a rep who is rung by a hunt."""
        self._after(lambda now: apply_attempt(now, rep, conversation_id, news))

    def conversation_over(self, conversation_id: str) -> None:
        """Note that a conversation can ring nobody any more."""
        self._after(lambda now: apply_conversation_over(now, conversation_id))

    def candidates(
        self, members: Sequence[str], *, without: Collection[str]
    ) -> tuple[Candidate, ...]:
        """Return who of a territory is available now."""
        self._after(lambda now: (now, {}))
        return self._presence.candidates(members, without=without)

    def is_elsewhere(self, rep: str, conversation_id: str) -> bool:
        """Tell whether a rep is on another call than this, or is rung for one."""
        return is_elsewhere(self._presence, rep, conversation_id)

    def talking_in(self, conversation_id: str) -> list[str]:
        """Return the reps who talk in a conversation."""
        return reps_in(self._presence, conversation_id)

    def all_in(self, conversation_id: str) -> list[str]:
        """Return the reps who are in a conversation, also those who are rung by it themselves."""
        return all_in(self._presence, conversation_id)

    def _after(self, happened: Callable[[Presence], tuple[Presence, dict[str, str]]]) -> None:
        """Tell presence the time and then what happened, and say who changed."""
        self._presence, changed = apply_time(self._presence, time.monotonic())
        self._presence, more = happened(self._presence)
        for rep, state in (changed | more).items():
            _LOG.info("presence", rep=rep, state=state)
            self._changed(rep, state)
        if self._presence.due_s != self._due_s:
            self._set_timer(self._presence.due_s)

    def _set_timer(self, due_s: float | None) -> None:
        """Have time told when it changes something by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due_s = due_s
        if due_s is not None:
            wait_s = max(0.0, due_s - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._is_due)

    def _is_due(self) -> None:
        self._due_s = None  # set again if the timer was early
        self._after(lambda now: (now, {}))


def _own_times(entries: Iterable[Rep | Territory]) -> dict[str, float]:
    """Return the wrap-up of those that have one of their own, in seconds, by name."""
    return {one.name: one.wrap_up_s for one in entries if one.wrap_up_s is not None}
