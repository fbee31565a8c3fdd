"""The legs the switch has joined for one caller, and what is being done with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import structs

from switch.call import calling, hanging_up, rescuing, summoning, taping
from switch.call.choice import Choice, choice_of
from switch.call.commands import Command
from switch.call.endings import EndReason
from switch.call.errors import UnexpectedEventError
from switch.call.events import LegEvent
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Leg
from switch.call.reactions import DEADLINES, IGNORED, REACTIONS
from switch.call.recording import NO_POLICY, RecordingPolicy
from switch.call.roster import Part, Roster
from switch.call.salvage import Salvage
from switch.call.target import Party, Target
from switch.call.timers import Timers

Direction = Literal["inbound", "outbound", "internal"]


class Conversation:
    """The legs the switch has joined for one caller, and what is being done with them.

    Driven by two things only: a fact about a leg (:meth:`receive`) and a deadline that
    passes (:meth:`expire`). After either, carry out :meth:`commands` in order, publish
    each of :meth:`changed_legs`, and re-arm the one timer for :meth:`next_deadline`.
    """

    def __init__(
        self,
        roster: Roster,
        *,
        direction: Direction,
        published: Mapping[LegId, Leg] = MappingProxyType({}),
    ) -> None:
        """Take over a roster; :meth:`begun` and :meth:`rescued` make one.

        Args:
            roster: who is in it; the caller is the first.
            direction: from a customer, to one, or between reps.
            published: the legs that are known outside already, as they are known.
        """
        self.conversation_id: Final = roster.conversation_id
        self.direction: Final = direction
        self.caller_leg_id: Final = next(iter(roster.legs))
        self._roster = roster
        self._published = dict(published)

    @classmethod
    def begun(
        cls,
        *,
        conversation_id: ConversationId,
        caller: Party,
        presented: Party,
        dialled: str,
        target: Target,
        timers: Timers,
        policy: RecordingPolicy = NO_POLICY,
        now: Moment,
    ) -> Conversation:
        """Take the caller's leg, and place the callee's.

        Args:
            conversation_id: names the conversation in records and to the media server.
            caller: who calls.
            presented: the face of the caller that the callee's phone shows.
            dialled: the user part that the caller dialled.
            target: whom the dialplan found for it.
            timers: how long to wait for what.
            policy: what is recorded.
            now: when the INVITE came.
        """
        roster = Roster(conversation_id=conversation_id, timers=timers, policy=policy)
        calling.begin(
            roster, caller=caller, presented=presented, dialled=dialled, target=target, now=now
        )
        return cls(roster, direction=direction_of(caller, target.kind))

    @classmethod
    def summoned(
        cls,
        *,
        conversation_id: ConversationId,
        caller: Party,
        presented: Party,
        dialled: str,
        target: Target,
        timers: Timers,
        policy: RecordingPolicy = NO_POLICY,
        now: Moment,
    ) -> Conversation:
        """Call a rep for a call of his own: see :mod:`switch.call.summoning`.

        The arguments are those of :meth:`begun`; there is no INVITE of his.
        """
        roster = Roster(conversation_id=conversation_id, timers=timers, policy=policy)
        summoning.begin(
            roster, caller=caller, presented=presented, dialled=dialled, target=target, now=now
        )
        return cls(roster, direction=direction_of(caller, target.kind))

    @classmethod
    def rescued(
        cls,
        salvage: Salvage,
        *,
        conversation_id: ConversationId,
        timers: Timers,
        policy: RecordingPolicy = NO_POLICY,
        now: Moment,
    ) -> Conversation:
        """Go on for a transferee whose worker has died: see :mod:`switch.call.rescuing`."""
        roster = Roster(conversation_id=conversation_id, timers=timers, policy=policy)
        rescuing.take_over(roster, salvage, now)
        published = dict(roster.legs)
        rescuing.go_on(roster, salvage, now)
        caller, callee = salvage.legs[:2]
        return cls(roster, direction=direction_of(caller.party, callee.kind), published=published)

    # ------------------------------------------------------------ what drives it

    def receive(self, event: LegEvent, *, now: Moment) -> None:
        """Take in a fact about one leg.

        Raises:
            UnexpectedEventError: the event cannot come to that leg as it is now; the
                conversation is unchanged, and :meth:`fail` ends it.
        """
        part = self._roster.parts.get(event.leg_id)
        if part is not None and (part, type(event)) in IGNORED:
            return
        reaction = REACTIONS.get((part, type(event))) if part is not None else None
        if reaction is None:
            raise UnexpectedEventError(
                leg_id=event.leg_id, state=part or "unknown", event=type(event).__name__
            )
        reaction(self._roster, event, now)
        self._settle(now)

    def expire(self, *, now: Moment) -> None:
        """Act on the deadline, if it has passed: nobody answers, or a pause is over."""
        deadline = self._roster.deadline
        if deadline is None or now.monotonic_s < deadline.monotonic_s:
            return
        waited_for, self._roster.deadline = deadline.leg_id, None
        DEADLINES[self._roster.parts[waited_for]](self._roster, waited_for, now)
        self._settle(now)

    def fail(self, *, reason: EndReason = EndReason.SWITCH_ERROR, now: Moment) -> None:
        """End every leg, for a fault of ours or because the switch stops."""
        hanging_up.end_all(self._roster, now, reason=reason)
        self._roster.close_if_over()

    def _settle(self, now: Moment) -> None:
        """Do what whatever has happened may have made due."""
        taping.settle(self._roster, self.direction, now)
        self._roster.close_if_over()

    # ------------------------------------------------------------ what it wants and shows

    def commands(self) -> list[Command]:
        """Hand over what is to be done now, in order; the list is empty afterwards."""
        drained, self._roster.commands = self._roster.commands, []
        return drained

    def changed_legs(self) -> list[Leg]:
        """Hand over the legs that changed since the last time, each at a new revision."""
        changed = []
        for leg_id, leg in self._roster.legs.items():
            before = self._published.get(leg_id)
            if before == leg:
                continue
            revision = 1 if before is None else before.revision + 1
            self._published[leg_id] = structs.replace(leg, revision=revision)
            changed.append(self._published[leg_id])
        self._roster.legs.update(self._published)
        return changed

    def next_deadline(self) -> float | None:
        """Return when :meth:`expire` is to be called, in monotonic seconds."""
        deadline = self._roster.deadline
        return None if deadline is None else deadline.monotonic_s

    @property
    def choice(self) -> Choice | None:
        """What the transferor can choose just now, if a transfer is not settled."""
        return choice_of(self._roster)

    @property
    def salvage(self) -> Salvage | None:
        """Who is to be won back if the worker dies now; None: nobody waits on music.

        Read it after :meth:`changed_legs`: its legs are as they were published.
        """
        return rescuing.salvage_of(self._roster)

    @property
    def closed(self) -> bool:
        """Whether every leg has ended."""
        return self._roster.closed

    @property
    def legs(self) -> Mapping[LegId, Leg]:
        """The legs, in the order in which they came."""
        return MappingProxyType(self._roster.legs)

    def leg_to_ask(self, rep: str | None) -> LegId | None:
        """Return the leg that a wish to transfer or to resume is about; None if none can be.

        That is the transferee's, if there is one; else the leg of the rep who talks. If two
        reps talk with each other, it must be said which of them transfers.

        Args:
            rep: whose wish it is; None: whoever it can be.
        """
        parts = self._roster.parts
        for leg_id, part in parts.items():
            if part is Part.TRANSFEREE:
                return leg_id
        reps = self._talking_reps(rep)
        return reps[0] if len(reps) == 1 else None

    def leg_to_hold(self, rep: str | None) -> LegId | None:
        """Return the leg that a wish to hold or to be muted is about; None if none can be.

        Args:
            rep: whose wish it is; None: that of the one rep who talks.
        """
        reps = self._talking_reps(rep)
        return reps[0] if len(reps) == 1 else None

    def leg_of(self, rep: str) -> LegId | None:
        """Return the leg by which a rep is in the conversation; None if he is not (any more)."""
        return next(
            (
                leg_id
                for leg_id, part in self._roster.parts.items()
                if part is not Part.LEAVER and self._roster.legs[leg_id].party.rep == rep
            ),
            None,
        )

    @property
    def by_keys(self) -> bool:
        """Whether keys of a rep may be codes, which are not for the other side."""
        return self._roster.recording.policy.by_keys

    def part_of(self, leg_id: LegId) -> Part:
        """Return what the leg is in this conversation just now."""
        return self._roster.parts[leg_id]

    def _talking_reps(self, rep: str | None) -> list[LegId]:
        """Return the legs of the reps who talk; only that of the one who is named, if one is."""
        legs = self._roster.legs
        return [
            leg_id
            for leg_id, part in self._roster.parts.items()
            if part is Part.TALKER
            and legs[leg_id].party.role == "rep"
            and rep in {None, legs[leg_id].party.rep}
        ]


def direction_of(caller: Party, called: str | None) -> Direction:
    """Return which way a call goes, by who calls and what kind of party he calls."""
    if caller.role != "rep":
        return "inbound"
    return "outbound" if called == "outside" else "internal"
