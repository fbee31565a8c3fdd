"""The fold of presence, leg records, choices and node status into what goes on just now.

Rules of this file:

* Whatever comes may come twice, late or in any order: the newest of each thing counts.
* Each ``take_`` method returns whom the news is of interest to, so that a page is told of what
  concerns it and of nothing else.
* Time is an argument (UTC seconds). A conversation that is over is remembered for a while: its
  reps still have notes to write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from switch.records.choice import ChoiceRecord
from switch.records.leg import LegRecord
from switch.threads.thread import Thread, apply
from switch.threads.view import ThreadView, view

REMEMBERED_S: Final = 600.0
"""How long a conversation stays on the board after its end."""
STALE_S: Final = 86_400.0
"""After so long without an end, what is left of a conversation is a mistake, and no call."""
UNKNOWN: Final = "offline"
"""What a rep does of whom no node has said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Is whom something new concerns."""

    reps: frozenset[str] = frozenset()
    """Reps whose state changed."""
    calls_of: frozenset[str] = frozenset()
    """Reps who have, or had, to do with a conversation that changed."""
    floor: bool = False
    """Whether the calls or choices of the whole switch changed."""

    def __bool__(self) -> bool:
        """Tell whether there is anything new."""
        return bool(self.reps or self.calls_of or self.floor)


NOTHING: Final = News()


@dataclass(slots=True)
class Board:
    """Is what goes on just now; see the rules of this file."""

    reps: tuple[str, ...]
    """All there are, in the order of the configuration."""
    _states: dict[str, str] = field(default_factory=dict)
    _away: dict[str, bool] = field(default_factory=dict)
    _until: dict[str, str | None] = field(default_factory=dict)
    _threads: dict[str, Thread] = field(default_factory=dict)
    _views: dict[str, ThreadView] = field(default_factory=dict)
    _choices: dict[str, ChoiceRecord] = field(default_factory=dict)
    _nodes: dict[str, bool] = field(default_factory=dict)

    # ------------------------------------------------------------ what comes

    def take_presence(
        self, rep: str, state: str, *, is_away: bool = False, until_at: str | None = None
    ) -> News:
        """Take what a rep is doing, whether he is away, and until when he wraps up."""
        if rep not in self.reps:
            return NOTHING
        before = (self.state(rep), self.is_away(rep), self.wraps_up_until_at(rep))
        self._states[rep] = state
        self._away[rep] = is_away
        self._until[rep] = until_at
        is_news = before != (state, is_away, until_at)
        return News(reps=frozenset({rep})) if is_news else NOTHING

    def take_leg(self, record: LegRecord) -> News:
        """Take the record of a leg."""
        known = self._threads.get(record.conversation_id)
        thread = apply(known, record)
        if thread is known:
            return NOTHING
        self._threads[record.conversation_id] = thread
        self._views.pop(record.conversation_id, None)
        return News(calls_of=_concerned(thread), floor=True)

    def take_thread(self, records: Iterable[LegRecord]) -> News:
        """Take all that is known of a conversation, as the store has it."""
        calls_of: frozenset[str] = frozenset()
        for record in records:
            calls_of |= self.take_leg(record).calls_of
        return News(calls_of=calls_of, floor=bool(calls_of))

    def take_choice(self, conversation_id: str, choice: ChoiceRecord | None) -> News:
        """Take what a transferor can choose; ``None``: nothing any more."""
        known = self._choices.get(conversation_id)
        if known == choice:
            return NOTHING
        if choice is None:
            del self._choices[conversation_id]
        else:
            self._choices[conversation_id] = choice
        thread = self._threads.get(conversation_id)
        names = {one.transferor.rep for one in (known, choice) if one is not None}
        names |= _concerned(thread) if thread is not None else set()
        return News(calls_of=frozenset(name for name in names if name), floor=True)

    def take_status(self, node: str, *, is_up: bool) -> News:
        """Take whether a node is up: what one that is down has said counts no more."""
        if self._nodes.get(node) is is_up:
            return NOTHING
        self._nodes[node] = is_up
        reps = frozenset(
            choice.transferor.rep
            for choice in self._choices.values()
            if choice.node == node and choice.transferor.rep is not None
        )
        return News(calls_of=reps, floor=True)

    def forget(self, now_s: float) -> News:
        """Forget what has been over for so long that nobody looks at it any more."""
        old = [
            conversation_id
            for conversation_id in self._threads
            if _is_old(self._view(conversation_id), now_s) and conversation_id not in self._choices
        ]
        calls_of: frozenset[str] = frozenset()
        for conversation_id in old:
            calls_of |= _concerned(self._threads.pop(conversation_id))
            del self._views[conversation_id]
        return News(calls_of=calls_of, floor=bool(old))

    # ------------------------------------------------------------ what is known

    @property
    def is_up(self) -> bool:
        """Whether any node is up: if none is, nothing can be asked of the switch."""
        return any(self._nodes.values())

    def state(self, rep: str) -> str:
        """Return what a rep is doing."""
        return self._states.get(rep, UNKNOWN)

    def is_known_offline(self, rep: str) -> bool:
        """Return whether a node has said that no phone of a rep's is registered."""
        return self._states.get(rep) == UNKNOWN

    def is_away(self, rep: str) -> bool:
        """Return whether a rep has said that he is away; he may talk all the same."""
        return self._away.get(rep, False)

    def wraps_up_until_at(self, rep: str) -> str | None:
        """Return until when a rep wraps up; None: he does not."""
        return self._until.get(rep)

    def available(self, members: Iterable[str], *, but: str | None = None) -> int:
        """Return how many of these reps could be rung now, one left out."""
        return sum(self.state(rep) == "available" for rep in members if rep != but)

    def thread(self, conversation_id: str) -> ThreadView | None:
        """Return a conversation that is on the board."""
        return self._view(conversation_id) if conversation_id in self._threads else None

    def choice(self, conversation_id: str) -> ChoiceRecord | None:
        """Return what can be chosen in a conversation, if its node is up to do it."""
        choice = self._choices.get(conversation_id)
        return choice if choice is not None and self._nodes.get(choice.node) else None

    def records(self, conversation_id: str) -> tuple[LegRecord, ...]:
        """Return the newest records of a conversation's legs; none if it is not on the board."""
        thread = self._threads.get(conversation_id)
        return () if thread is None else thread.records

    def live(self) -> tuple[ThreadView, ...]:
        """Return the conversations that go on, the oldest first."""
        going_on = [seen for seen in self._all() if seen.ended_at is None]
        return tuple(sorted(going_on, key=lambda seen: (seen.started_at, seen.conversation_id)))

    def open_ids(self) -> tuple[str, ...]:
        """Return the ids of the conversations that go on."""
        return tuple(seen.conversation_id for seen in self._all() if not seen.ended_at)

    def choices(self) -> tuple[ChoiceRecord, ...]:
        """Return all that can be chosen, the oldest first."""
        found = [choice for one in self._choices if (choice := self.choice(one)) is not None]
        return tuple(sorted(found, key=lambda one: (one.since_at, one.conversation_id)))

    def concerns(self, rep: str, conversation_id: str) -> bool:
        """Tell whether a rep has, or had, to do with a conversation."""
        thread = self._threads.get(conversation_id)
        return thread is not None and rep in _concerned(thread)

    def of_rep(self, rep: str) -> tuple[ThreadView, ...]:
        """Return the conversations that a rep has, or had, to do with, the newest first."""
        found = [
            self._view(conversation_id)
            for conversation_id, thread in self._threads.items()
            if rep in _concerned(thread)
        ]
        return tuple(
            sorted(found, key=lambda seen: (seen.started_at, seen.conversation_id), reverse=True)
        )

    def _all(self) -> list[ThreadView]:
        return [self._view(conversation_id) for conversation_id in self._threads]

    def _view(self, conversation_id: str) -> ThreadView:
        """Return a conversation as it is seen; worked out once after each change, if ever."""
        seen = self._views.get(conversation_id)
        if seen is None:
            seen = self._views[conversation_id] = view(self._threads[conversation_id])
        return seen


def utc_s(instant: str) -> float:
    """Return the UTC seconds of an instant."""
    return datetime.fromisoformat(instant).timestamp()


def _concerned(thread: Thread) -> frozenset[str]:
    """Return the reps who talked, or were rung, in a conversation."""
    names = {record.rep for record in thread.records if record.rep is not None}
    names |= {attempt.rep for record in thread.records for attempt in record.attempts}
    return frozenset(names)


def _is_old(seen: ThreadView, now_s: float) -> bool:
    if seen.ended_at is None:
        return now_s - utc_s(seen.started_at) > STALE_S
    return now_s - utc_s(seen.ended_at) > REMEMBERED_S
