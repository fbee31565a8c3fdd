"""The legs of one conversation, what each is in it, and the small steps all reactions share."""

from __future__ import annotations

import enum
from typing import Literal

from msgspec import structs

from switch.call import leg as legs
from switch.call import recall as recalls
from switch.call import transfer as transfers
from switch.call.commands import (
    CloseConversation,
    Command,
    HangUpLeg,
    PlayMusic,
    RejectLeg,
    SendNotify,
    StopMusic,
)
from switch.call.endings import EndReason
from switch.call.events import LegEnded
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Leg, LegInput, LegState
from switch.call.recall import Recall, RecallInput
from switch.call.recording import NO_POLICY, Recording, RecordingPolicy
from switch.call.target import Party, Target
from switch.call.timers import Deadline, Timers
from switch.call.transfer import Returning, Transfer, TransferInput


class Part(enum.StrEnum):
    """What a leg is in its conversation."""

    SUMMONED = "summoned"
    """A rep who has somebody called for him, by a command: his own phone is called first. A ring
    deadline is pending."""
    DIALLER = "dialler"
    """That rep, once he has answered: he hears it ring until whom he calls answers."""
    CALLER = "caller"
    """Its INVITE came in and is not answered yet."""
    CALLEE = "callee"
    """It is being called for the caller. A ring deadline is pending."""
    TALKER = "talker"
    """It is joined with the other talker; one of them may have the other on hold."""
    TRANSFEREE = "transferee"
    """It hears music until the transfer is over."""
    TRANSFEROR = "transferor"
    """It sent a REFER, is heard by nobody, and waits for the outcome."""
    TARGET = "target"
    """It is being called for a transfer. A response deadline is pending."""
    RECALLED = "recalled"
    """It transferred and left, its target failed, and it is called back. A ring deadline is
    pending."""
    CHOOSER = "chooser"
    """It was called back and answered, and chooses: resume, or another target."""
    LEAVER = "leaver"
    """It has no part any more; its dialog is being ended, or has ended."""


class Roster:
    """Who is in a conversation; reactions change it by the steps below and nothing else.

    Each step that has an effect outside tells a command; the worker carries them out
    later, in that order.
    """

    def __init__(
        self,
        *,
        conversation_id: ConversationId,
        timers: Timers,
        policy: RecordingPolicy = NO_POLICY,
    ) -> None:
        """Make a roster of nobody."""
        self.conversation_id = conversation_id
        self.timers = timers
        self.recording = Recording(policy)
        self.legs: dict[LegId, Leg] = {}
        self.parts: dict[LegId, Part] = {}
        self.summons: tuple[Target, Party] | None = None
        """Whom a summoned rep wants called, and the face of his that is shown; None: nobody."""
        self.transfer: Transfer | None = None
        self.recall: Recall | None = None
        self.returning: Returning | None = None
        self.fallbacks: tuple[Target, ...] = ()
        """Where the transferee goes if he cannot be given back."""
        self.decliners: tuple[str, ...] = ()
        """Reps who have just declined the transferee, in the order of declining."""
        self.talking_since_s = 0.0
        """When two began to hear each other last, in monotonic seconds."""
        self.dialled = ""
        """What a chooser has pressed so far."""
        self.unjoined: set[LegId] = set()
        """Who was called back and chose, and has not been joined with anybody since."""
        self.deadline: Deadline | None = None
        self.commands: list[Command] = []
        self.closed = False
        self.last_refers: dict[LegId, str] = {}
        """Whose BYE waits, and for the final NOTIFY of which REFER."""
        self._on_music: set[LegId] = set()
        self._targets: dict[LegId, Target] = {}

    # ------------------------------------------------------------ finding

    def only(self, part: Part) -> LegId:
        """Return the one leg that has this part."""
        return next(leg_id for leg_id, has in self.parts.items() if has is part)

    def other_talker(self, than: LegId) -> LegId:
        """Return the one whom a talker talks with."""
        return next(
            leg_id for leg_id, has in self.parts.items() if has is Part.TALKER and leg_id != than
        )

    def target_of(self, placed: LegId) -> Target:
        """Return whom a leg was placed to."""
        return self._targets[placed]

    # ------------------------------------------------------------ coming

    def add(
        self,
        *,
        party: Party,
        side: Literal["caller", "callee"],
        why: Literal["call", "transfer", "recall", "fallback"],
        from_leg: LegId | None,
        dialled: str,
        part: Part,
        now: Moment,
        target: Target | None = None,
    ) -> LegId:
        """Take in a new leg, and return its name."""
        is_placed = side == "callee" or part is Part.SUMMONED
        leg_id = LegId(f"{self.conversation_id}-{len(self.legs) + 1}")
        self.legs[leg_id] = Leg(
            leg_id=leg_id,
            party=party,
            side=side,
            why=why,
            from_leg=from_leg,
            dialled=dialled,
            kind=None if target is None else target.kind,
            territory=None if target is None else target.territory,
            state=LegState.PLACED if is_placed else LegState.OFFERED,
            offered_s=now.utc_s,
        )
        self.parts[leg_id] = part
        if target is not None:
            self._targets[leg_id] = target
        return leg_id

    def answered_by(self, leg_id: LegId, rep: str | None) -> None:
        """Let a leg that was placed to a territory be that of the rep who answered."""
        target = self._targets.get(leg_id)
        party = None if target is None else target.answered_by(rep)
        if party is not None:
            self.legs[leg_id] = structs.replace(self.legs[leg_id], party=party)

    def move(self, leg_id: LegId, happened: LegInput, now: Moment) -> None:
        """Let something happen to a leg."""
        self.legs[leg_id] = legs.apply(self.legs[leg_id], happened, now=now)

    # ------------------------------------------------------------ talking

    def start_talking(self, one: LegId, other: LegId, now: Moment) -> None:
        """Note that two legs hear each other from now on."""
        self.legs[one] = legs.start_talk(self.legs[one], other, now=now)
        self.legs[other] = legs.start_talk(self.legs[other], one, now=now)
        self.parts[one] = self.parts[other] = Part.TALKER
        self.talking_since_s = now.monotonic_s

    def stop_talking(self, one: LegId, other: LegId, now: Moment) -> None:
        """Note that two legs no longer hear each other."""
        self.legs[one] = legs.end_talk(self.legs[one], now=now)
        self.legs[other] = legs.end_talk(self.legs[other], now=now)

    def set_held(self, leg_id: LegId, *, held: bool) -> None:
        """Note whether a leg has put us on hold."""
        self.legs[leg_id] = structs.replace(self.legs[leg_id], held=held)

    def set_holds(self, leg_id: LegId, *, holds: bool) -> None:
        """Note whether a leg was asked by a command to hold whom it talks with."""
        self.legs[leg_id] = structs.replace(self.legs[leg_id], holds=holds)

    def set_muted(self, leg_id: LegId, *, muted: bool) -> None:
        """Note whether a leg was asked by a command to be heard by nobody."""
        self.legs[leg_id] = structs.replace(self.legs[leg_id], muted=muted)

    def music(self, leg_id: LegId, *, on: bool) -> None:
        """Play music to a leg, or stop it, if it is not so already."""
        if on is (leg_id in self._on_music):
            return
        if on:
            self._on_music.add(leg_id)
            # Whom he waits for, or else whom he was connected with last.
            territories = [leg.territory for leg in self.legs.values() if leg.territory is not None]
            territory = territories[-1] if territories else None
            self.commands.append(PlayMusic(leg_id=leg_id, territory=territory))
        else:
            self._on_music.discard(leg_id)
            self.commands.append(StopMusic(leg_id=leg_id))

    def music_ended(self, leg_id: LegId) -> None:
        """Note that a leg hears no music any more: it was joined, or it is gone."""
        self._on_music.discard(leg_id)

    def transfer_input(self, happened: TransferInput) -> Transfer:
        """Let something happen to the transfer, and return what it is then."""
        assert self.transfer is not None
        self.transfer = transfers.apply(self.transfer, happened)
        return self.transfer

    def wait_for(self, leg_id: LegId, seconds: float, now: Moment) -> None:
        """Wait for a leg so long, and for no other."""
        self.deadline = Deadline(
            leg_id=leg_id,
            monotonic_s=now.monotonic_s + seconds,
            utc_s=now.utc_s + seconds,
        )

    def recall_input(self, happened: RecallInput) -> Recall:
        """Let something happen to the recall, and return what it is then."""
        assert self.recall is not None
        self.recall = recalls.apply(self.recall, happened)
        return self.recall

    def notify(self, leg_id: LegId, refer_id: str, sip_status: int, *, final: bool) -> None:
        """Tell a transferor how his transfer goes."""
        self.commands.append(
            SendNotify(leg_id=leg_id, refer_id=refer_id, sip_status=sip_status, final=final)
        )

    # ------------------------------------------------------------ leaving

    def ended(self, event: LegEnded, reason: EndReason, now: Moment) -> None:
        """Note that a leg's dialog is over; a reason that was decided before stays.

        If its party has asked for that by a command, it is for us to end it.
        """
        leg_id = event.leg_id
        by: Literal["party", "switch"] = "party" if event.by_party else "switch"
        leg = legs.decide_end(self.legs[leg_id], reason, by=by, sip_status=event.sip_status)
        self.legs[leg_id] = leg
        self.music_ended(leg_id)
        if not event.asked:
            self.legs[leg_id] = legs.apply(legs.end_talk(leg, now=now), LegInput.ENDED, now=now)
            self.parts[leg_id] = Part.LEAVER
        elif self.parts[leg_id] is Part.CALLER:
            self.reject(leg_id, reason, event.sip_status, now)
        else:
            self.release(leg_id, reason, event.sip_status, now)

    def release(self, leg_id: LegId, reason: EndReason, sip_status: int, now: Moment) -> None:
        """Ask for the end of a leg, if nobody has yet: BYE, CANCEL, or what fits."""
        self._ask_for_end(leg_id, reason, sip_status, now, HangUpLeg(leg_id=leg_id))

    def reject(self, leg_id: LegId, reason: EndReason, sip_status: int, now: Moment) -> None:
        """Refuse a caller with a final status."""
        refusal = RejectLeg(leg_id=leg_id, sip_status=sip_status)
        self._ask_for_end(leg_id, reason, sip_status, now, refusal)

    def close_if_over(self) -> None:
        """Note that the conversation is over when its last leg is."""
        if not self.closed and all(leg.is_over for leg in self.legs.values()):
            self.closed = True
            self.commands.append(CloseConversation())

    def _ask_for_end(
        self, leg_id: LegId, reason: EndReason, sip_status: int, now: Moment, how: Command
    ) -> None:
        self.parts[leg_id] = Part.LEAVER
        leg = self.legs[leg_id]
        if leg.state in {LegState.RELEASED, LegState.ENDED}:
            return
        leg = legs.decide_end(leg, reason, by="switch", sip_status=sip_status)
        self.legs[leg_id] = legs.apply(legs.end_talk(leg, now=now), LegInput.RELEASED, now=now)
        self.commands.append(how)
