"""The legs the switch has joined for one caller, and what is being done with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final, Literal

from switch.call import leg as legs
from switch.call import transfer as transfers
from switch.call.commands import (
    AlertLeg,
    AnswerLeg,
    AnswerRefer,
    AnswerReinvite,
    CloseConversation,
    Command,
    HangUpLeg,
    JoinLegs,
    PartLegs,
    PlaceLeg,
    PlayMusic,
    RejectLeg,
    SendNotify,
    StopMusic,
)
from switch.call.endings import (
    OK,
    REQUEST_TERMINATED,
    REQUEST_TIMEOUT,
    TEMPORARILY_UNAVAILABLE,
    EndReason,
    reason_of_refusal,
    status_for_caller,
)
from switch.call.errors import UnexpectedEventError
from switch.call.events import (
    LegAlerted,
    LegEnded,
    LegEvent,
    NotifyAnswered,
    ReferReceived,
)
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Leg, LegInput, LegState
from switch.call.parts import IGNORED, REACTIONS, Part
from switch.call.target import Party, Refusal, Target
from switch.call.transfer import Transfer, TransferInput

_FORBIDDEN: Final = 403
_LOOP_DETECTED: Final = 482
_REQUEST_PENDING: Final = 491
_TRYING: Final = 100
_RINGING: Final = 180
# RFC 6665 §4.2.2: a NOTIFY answered so ends the subscription; no further one is sent.
_UNSUBSCRIBED: Final = frozenset({404, 405, 410, 416, *range(480, 486), 489, 501, 604})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Is how long a conversation waits."""

    ring_s: float
    """For a callee to answer a call."""
    response_s: float
    """For a transfer target to answer."""


class Conversation:
    """The legs the switch has joined for one caller, and what is being done with them.

    Driven by two things only: a fact about a leg (:meth:`receive`) and a deadline that
    passes (:meth:`expire`). After either, carry out :meth:`commands` in order, publish
    each of :meth:`changed_legs`, and re-arm the one timer for :meth:`next_deadline`.
    """

    def __init__(
        self,
        *,
        conversation_id: ConversationId,
        caller: Party,
        presented: Party,
        dialled: str,
        target: Target,
        timers: Timers,
        now: Moment,
    ) -> None:
        """Take the caller's leg, and place the callee's.

        Args:
            conversation_id: names the conversation in records and to the media server.
            caller: who calls.
            presented: the face of the caller that the callee's phone shows.
            dialled: the user part that the caller dialled.
            target: whom the dialplan found for it.
            timers: how long to wait for what.
            now: when the INVITE came.
        """
        self.conversation_id = conversation_id
        self.direction: Literal["inbound", "outbound", "internal"] = (
            "inbound"
            if caller.role != "rep"
            else "outbound"
            if target.kind == "outside"
            else "internal"
        )
        self._timers = timers
        self._legs: dict[LegId, Leg] = {}
        self._parts: dict[LegId, Part] = {}
        self._transfer: Transfer | None = None
        self._on_music: set[LegId] = set()
        self._deadline: tuple[LegId, float] | None = None
        self._commands: list[Command] = []
        self._published: dict[LegId, Leg] = {}
        self._closed = False

        offered = self._add_leg(
            party=caller,
            side="caller",
            why="call",
            from_leg=None,
            dialled=dialled,
            part=Part.CALLER,
            now=now,
        )
        self.caller_leg_id: Final = offered
        placed = self._add_leg(
            party=_party_of(target),
            side="callee",
            why="call",
            from_leg=offered,
            dialled=target.user,
            part=Part.CALLEE,
            now=now,
            kind=target.kind,
        )
        self._deadline = (placed, now.monotonic_s + timers.ring_s)
        self._tell(
            PlaceLeg(
                leg_id=placed,
                target=target,
                persona=presented,
                offered_from=offered,
                keep_codecs=False,
            )
        )

    # ------------------------------------------------------------ what drives it

    def receive(self, event: LegEvent, *, now: Moment) -> None:
        """Take in a fact about one leg.

        Raises:
            UnexpectedEventError: the event cannot come to that leg as it is now; the
                conversation is unchanged, and :meth:`fail` ends it.
        """
        part = self._parts.get(event.leg_id)
        if part is None:
            raise UnexpectedEventError(
                leg_id=event.leg_id, state="unknown", event=type(event).__name__
            )
        cell = (part, type(event))
        if cell in IGNORED:
            return
        if cell not in REACTIONS:
            raise UnexpectedEventError(
                leg_id=event.leg_id, state=part, event=type(event).__name__
            )
        reaction: Callable[[LegEvent, Moment], None] = getattr(self, f"_{REACTIONS[cell]}")
        reaction(event, now)
        self._close_if_over()

    def expire(self, *, now: Moment) -> None:
        """Act on the deadline, if it has passed: the callee or the target does not answer."""
        if self._deadline is None or now.monotonic_s < self._deadline[1]:
            return
        waited_for = self._deadline[0]
        self._release(waited_for, EndReason.NO_ANSWER, REQUEST_TIMEOUT, now)
        if self._parts[waited_for] is Part.TARGET:
            self._transfer_failed(REQUEST_TIMEOUT, now)
        else:
            self._call_failed(TEMPORARILY_UNAVAILABLE, EndReason.NO_ANSWER, now)
        self._parts[waited_for] = Part.LEAVER

    def fail(self, *, reason: EndReason = EndReason.SWITCH_ERROR, now: Moment) -> None:
        """End every leg, for a fault of ours or because the switch stops."""
        for leg_id in list(self._legs):
            if self._parts[leg_id] is Part.CALLER:
                self._reject(leg_id, reason, TEMPORARILY_UNAVAILABLE, now)
            else:
                self._release(leg_id, reason, OK, now)
            self._parts[leg_id] = Part.LEAVER
        self._transfer = None
        self._deadline = None
        self._close_if_over()

    # ------------------------------------------------------------ what it wants and shows

    def commands(self) -> list[Command]:
        """Hand over what is to be done now, in order; the list is empty afterwards."""
        drained, self._commands = self._commands, []
        return drained

    def changed_legs(self) -> list[Leg]:
        """Hand over the legs that changed since the last time, each at a new revision."""
        changed = []
        for leg_id, now_is in self._legs.items():
            before = self._published.get(leg_id)
            if before == now_is:
                continue
            if before is not None:
                now_is = dataclasses.replace(now_is, revision=before.revision + 1)  # noqa: PLW2901
            self._legs[leg_id] = self._published[leg_id] = now_is
            changed.append(now_is)
        return changed

    def next_deadline(self) -> float | None:
        """Return when :meth:`expire` is to be called, in monotonic seconds."""
        return None if self._deadline is None else self._deadline[1]

    @property
    def closed(self) -> bool:
        """Whether every leg has ended."""
        return self._closed

    @property
    def legs(self) -> Mapping[LegId, Leg]:
        """The legs, in the order in which they came."""
        return self._legs

    def part_of(self, leg_id: LegId) -> Part:
        """Return what the leg is in this conversation just now."""
        return self._parts[leg_id]

    @property
    def transfer(self) -> Transfer | None:
        """The transfer under way or the last one."""
        return self._transfer

    # ------------------------------------------------------------ the first call

    def _callee_rings(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegAlerted)
        caller = self._only(Part.CALLER)
        self._move(event.leg_id, LegInput.ALERTED, now)
        self._move(caller, LegInput.ALERTED, now)
        early = event.leg_id if event.early_media else None
        self._tell(AlertLeg(leg_id=caller, early_media_from=early))

    def _callee_answered(self, event: LegEvent, now: Moment) -> None:
        caller = self._only(Part.CALLER)
        self._deadline = None
        self._move(event.leg_id, LegInput.ANSWERED, now)
        self._move(caller, LegInput.ANSWERED, now)
        self._tell(AnswerLeg(leg_id=caller, answered_by=event.leg_id))
        self._start_talking(caller, event.leg_id, now)

    def _callee_failed(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        reason = reason_of_refusal(event.sip_status)
        self._ended(event.leg_id, event, reason, now)
        self._call_failed(status_for_caller(event.sip_status), reason, now)

    def _call_failed(self, sip_status: int, reason: EndReason, now: Moment) -> None:
        self._deadline = None
        self._reject(self._only(Part.CALLER), reason, sip_status, now)

    def _caller_gave_up(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        callee = self._only(Part.CALLEE)
        self._deadline = None
        is_rep = self._legs[event.leg_id].party.role == "rep"
        gave_up = EndReason.CANCELLED if is_rep else EndReason.ABANDONED
        self._ended(event.leg_id, event, gave_up, now)
        self._release(callee, EndReason.CANCELLED, REQUEST_TERMINATED, now)
        self._parts[callee] = Part.LEAVER

    # ------------------------------------------------------------ talking

    def _talker_hung_up(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        other = self._other(Part.TALKER, event.leg_id)
        self._stop_talking(event.leg_id, other, now)
        self._ended(event.leg_id, event, EndReason.COMPLETED, now)
        self._release(other, EndReason.COMPLETED, OK, now)
        self._parts[other] = Part.LEAVER

    def _talker_held(self, event: LegEvent, _now: Moment) -> None:
        other = self._other(Part.TALKER, event.leg_id)
        self._set_held(event.leg_id, held=True)
        self._tell(AnswerReinvite(leg_id=event.leg_id, peer=other))
        self._music(other, on=True)

    def _talker_retrieved(self, event: LegEvent, _now: Moment) -> None:
        other = self._other(Part.TALKER, event.leg_id)
        self._set_held(event.leg_id, held=False)
        self._tell(AnswerReinvite(leg_id=event.leg_id, peer=other))
        self._music(other, on=False)

    def _reinvited_alone(self, event: LegEvent, _now: Moment) -> None:
        self._set_held(event.leg_id, held=type(event).__name__ == "LegHeld")
        self._tell(AnswerReinvite(leg_id=event.leg_id, peer=None))

    # ------------------------------------------------------------ a transfer begins

    def _refer(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, ReferReceived)
        transferor = event.leg_id
        if self._legs[transferor].party.role != "rep":
            self._refuse_refer(event, now)
            return
        self._answer_refer(event, accepted=True, sip_status=OK)
        self._notify_of(event, _TRYING, final=False)
        match event.target:
            case Refusal(user=user, sip_status=sip_status):
                self._refuse_target(transferor, user, sip_status, now)
                self._notify_of(event, sip_status, final=True)
            case Target(user=user, rep=rep) if rep and rep == self._legs[transferor].party.rep:
                self._refuse_target(transferor, user, _LOOP_DETECTED, now)
                self._notify_of(event, _LOOP_DETECTED, final=True)
            case Target() as target:
                self._begin_transfer(event, target, now)

    def _refuse_target(
        self, transferor: LegId, user: str, sip_status: int, now: Moment
    ) -> None:
        """Record a target that the dialplan does not know; the two go on talking."""
        refused = self._add_leg(
            party=Party(role="external", number=user),
            side="callee",
            why="transfer",
            from_leg=transferor,
            dialled=user,
            part=Part.LEAVER,
            now=now,
        )
        ended = LegEnded(leg_id=refused, by_party=False, sip_status=sip_status)
        self._ended(refused, ended, reason_of_refusal(sip_status), now)

    def _begin_transfer(self, refer: ReferReceived, target: Target, now: Moment) -> None:
        transferor = refer.leg_id
        transferee = self._other(Part.TALKER, transferor)
        self._stop_talking(transferor, transferee, now)
        self._tell(PartLegs(leg_id=transferee, peer=transferor))
        self._music(transferor, on=False)
        self._music(transferee, on=True)
        placed = self._add_leg(
            party=_party_of(target),
            side="callee",
            why="transfer",
            from_leg=transferor,
            dialled=target.user,
            part=Part.TARGET,
            now=now,
            kind=target.kind,
        )
        self._parts[transferor] = Part.TRANSFEROR
        self._parts[transferee] = Part.TRANSFEREE
        self._transfer = Transfer(
            refer_id=refer.refer_id,
            transferor=transferor,
            transferee=transferee,
            target=placed,
            notifies=refer.notifies,
        )
        self._deadline = (placed, now.monotonic_s + self._timers.response_s)
        self._tell(
            PlaceLeg(
                leg_id=placed,
                target=target,
                persona=self._legs[transferee].party,
                offered_from=transferee,
                keep_codecs=True,
                referred_by=self._legs[transferor].party.rep,
            )
        )

    def _refuse_refer(self, event: LegEvent, _now: Moment) -> None:
        assert isinstance(event, ReferReceived)
        self._answer_refer(event, accepted=False, sip_status=_FORBIDDEN)

    def _refuse_second_refer(self, event: LegEvent, _now: Moment) -> None:
        assert isinstance(event, ReferReceived)
        self._answer_refer(event, accepted=False, sip_status=_REQUEST_PENDING)

    # ------------------------------------------------------------ a transfer goes on

    def _target_rings(self, event: LegEvent, now: Moment) -> None:
        self._move(event.leg_id, LegInput.ALERTED, now)
        if self._transfer_input(TransferInput.TARGET_ALERTED).transferor_present:
            self._notify(_RINGING, final=False)

    def _target_answered(self, event: LegEvent, now: Moment) -> None:
        transfer = self._transfer_input(TransferInput.TARGET_ANSWERED)
        self._deadline = None
        self._move(event.leg_id, LegInput.ANSWERED, now)
        self._on_music.discard(transfer.transferee)
        self._tell(JoinLegs(leg_id=transfer.transferee, peer=event.leg_id))
        self._start_talking(transfer.transferee, event.leg_id, now)
        self._dismiss_transferor(transfer, OK, now)

    def _target_failed(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        self._ended(event.leg_id, event, reason_of_refusal(event.sip_status), now)
        self._transfer_failed(event.sip_status, now)

    def _transfer_failed(self, sip_status: int, now: Moment) -> None:
        transfer = self._transfer_input(TransferInput.TARGET_FAILED)
        self._deadline = None
        if not transfer.transferor_present:
            self._music(transfer.transferee, on=False)
            self._release(transfer.transferee, EndReason.TRANSFER_FAILED, OK, now)
            self._parts[transfer.transferee] = Part.LEAVER
            return
        self._notify(sip_status, final=True)
        self._on_music.discard(transfer.transferee)
        self._tell(JoinLegs(leg_id=transfer.transferee, peer=transfer.transferor))
        self._start_talking(transfer.transferee, transfer.transferor, now)
        self._music(transfer.transferee, on=self._legs[transfer.transferor].held)

    def _transferor_left(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        self._transfer_input(TransferInput.TRANSFEROR_LEFT)
        self._ended(event.leg_id, event, EndReason.TRANSFERRED, now)

    def _transferee_left(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        transfer = self._transfer_input(TransferInput.TRANSFEREE_LEFT)
        self._deadline = None
        self._on_music.discard(event.leg_id)
        self._ended(event.leg_id, event, EndReason.ABANDONED, now)
        self._release(transfer.target, EndReason.ABANDONED, REQUEST_TERMINATED, now)
        self._parts[transfer.target] = Part.LEAVER
        self._dismiss_transferor(transfer, REQUEST_TERMINATED, now)

    def _dismiss_transferor(self, transfer: Transfer, sip_status: int, now: Moment) -> None:
        """Tell the transferor the outcome, if he is there; his BYE waits for the answer."""
        if not transfer.transferor_present:
            return
        leg = self._legs[transfer.transferor]
        self._legs[transfer.transferor] = legs.decide_end(
            leg, EndReason.TRANSFERRED, by="switch", sip_status=OK
        )
        self._parts[transfer.transferor] = Part.LEAVER
        if transfer.notifies:
            self._notify(sip_status, final=True)
        else:
            self._release(transfer.transferor, EndReason.TRANSFERRED, OK, now)

    def _notify_answered(self, event: LegEvent, _now: Moment) -> None:
        assert isinstance(event, NotifyAnswered)
        if self._transfer is not None and event.sip_status in _UNSUBSCRIBED:
            self._transfer = dataclasses.replace(self._transfer, notifies=False)

    def _leaver_was_told(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, NotifyAnswered)
        if event.final or event.sip_status in _UNSUBSCRIBED:
            self._release(event.leg_id, EndReason.TRANSFERRED, OK, now)

    def _leaver_ended(self, event: LegEvent, now: Moment) -> None:
        assert isinstance(event, LegEnded)
        self._ended(event.leg_id, event, EndReason.COMPLETED, now)

    # ------------------------------------------------------------ small steps

    def _add_leg(
        self,
        *,
        party: Party,
        side: Literal["caller", "callee"],
        why: Literal["call", "transfer"],
        from_leg: LegId | None,
        dialled: str,
        part: Part,
        now: Moment,
        kind: Literal["rep", "territory", "outside"] | None = None,
    ) -> LegId:
        leg_id = LegId(f"{self.conversation_id}-{len(self._legs) + 1}")
        self._legs[leg_id] = Leg(
            leg_id=leg_id,
            party=party,
            side=side,
            why=why,
            from_leg=from_leg,
            dialled=dialled,
            kind=kind,
            state=LegState.OFFERED if side == "caller" else LegState.PLACED,
            offered_s=now.utc_s,
        )
        self._parts[leg_id] = part
        return leg_id

    def _tell(self, command: Command) -> None:
        self._commands.append(command)

    def _move(self, leg_id: LegId, happened: LegInput, now: Moment) -> None:
        self._legs[leg_id] = legs.apply(self._legs[leg_id], happened, now=now)

    def _set_held(self, leg_id: LegId, *, held: bool) -> None:
        self._legs[leg_id] = dataclasses.replace(self._legs[leg_id], held=held)

    def _ended(self, leg_id: LegId, event: LegEnded, reason: EndReason, now: Moment) -> None:
        by: Literal["party", "switch"] = "party" if event.by_party else "switch"
        leg = legs.decide_end(
            self._legs[leg_id], reason, by=by, sip_status=event.sip_status
        )
        self._legs[leg_id] = legs.apply(legs.end_talk(leg, now=now), LegInput.ENDED, now=now)
        self._parts[leg_id] = Part.LEAVER

    def _release(self, leg_id: LegId, reason: EndReason, sip_status: int, now: Moment) -> None:
        leg = self._legs[leg_id]
        if leg.state in {LegState.RELEASED, LegState.ENDED}:
            return
        leg = legs.decide_end(leg, reason, by="switch", sip_status=sip_status)
        self._legs[leg_id] = legs.apply(
            legs.end_talk(leg, now=now), LegInput.RELEASED, now=now
        )
        self._tell(HangUpLeg(leg_id=leg_id))

    def _reject(self, leg_id: LegId, reason: EndReason, sip_status: int, now: Moment) -> None:
        leg = legs.decide_end(
            self._legs[leg_id], reason, by="switch", sip_status=sip_status
        )
        self._legs[leg_id] = legs.apply(leg, LegInput.RELEASED, now=now)
        self._parts[leg_id] = Part.LEAVER
        self._tell(RejectLeg(leg_id=leg_id, sip_status=sip_status))

    def _start_talking(self, one: LegId, other: LegId, now: Moment) -> None:
        self._legs[one] = legs.start_talk(self._legs[one], other, now=now)
        self._legs[other] = legs.start_talk(self._legs[other], one, now=now)
        self._parts[one] = self._parts[other] = Part.TALKER

    def _stop_talking(self, one: LegId, other: LegId, now: Moment) -> None:
        self._legs[one] = legs.end_talk(self._legs[one], now=now)
        self._legs[other] = legs.end_talk(self._legs[other], now=now)

    def _music(self, leg_id: LegId, *, on: bool) -> None:
        if on is (leg_id in self._on_music):
            return
        if on:
            self._on_music.add(leg_id)
            self._tell(PlayMusic(leg_id=leg_id))
        else:
            self._on_music.discard(leg_id)
            self._tell(StopMusic(leg_id=leg_id))

    def _transfer_input(self, happened: TransferInput) -> Transfer:
        assert self._transfer is not None
        self._transfer = transfers.apply(self._transfer, happened)
        return self._transfer

    def _answer_refer(self, refer: ReferReceived, *, accepted: bool, sip_status: int) -> None:
        self._tell(
            AnswerRefer(
                leg_id=refer.leg_id,
                refer_id=refer.refer_id,
                accepted=accepted,
                sip_status=sip_status,
            )
        )

    def _notify_of(self, refer: ReferReceived, sip_status: int, *, final: bool) -> None:
        if refer.notifies:
            self._tell(
                SendNotify(
                    leg_id=refer.leg_id,
                    refer_id=refer.refer_id,
                    sip_status=sip_status,
                    final=final,
                )
            )

    def _notify(self, sip_status: int, *, final: bool) -> None:
        assert self._transfer is not None
        if self._transfer.notifies:
            self._tell(
                SendNotify(
                    leg_id=self._transfer.transferor,
                    refer_id=self._transfer.refer_id,
                    sip_status=sip_status,
                    final=final,
                )
            )

    def _only(self, part: Part) -> LegId:
        return next(leg_id for leg_id, is_now in self._parts.items() if is_now is part)

    def _other(self, part: Part, than: LegId) -> LegId:
        return next(
            leg_id
            for leg_id, is_now in self._parts.items()
            if is_now is part and leg_id != than
        )

    def _close_if_over(self) -> None:
        if not self._closed and all(leg.is_over for leg in self._legs.values()):
            self._closed = True
            self._tell(CloseConversation())


def _party_of(target: Target) -> Party:
    """Return the human behind a target, as other phones may be told of him."""
    return Party(
        role="rep" if target.kind == "rep" else "customer",
        rep=target.rep,
        number=target.number,
        name=target.name,
        trunk=target.trunk,
    )
