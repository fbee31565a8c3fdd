"""What the node says about a leg, as events of its conversation."""

from __future__ import annotations

from typing import TypeAlias

from switch.call.conversation import Conversation
from switch.call.events import (
    BackAllowed,
    BackBarred,
    HangUpAsked,
    HoldAsked,
    LegAttempted,
    LegEvent,
    MuteAsked,
    RecordingAsked,
    ReferReceived,
    ResumeAsked,
    TransferAsked,
)
from switch.call.ids import ConversationId, LegId, Moment
from switch.call.leg import Attempt
from switch.call.timers import Timers
from switch.wire.control import HangUp, Hold, Mute, Summon
from switch.wire.nursery import RecallSettings, WorkerSettings
from switch.wire.recording import Record
from switch.wire.survival import Rescue
from switch.wire.worker import (
    Attempts,
    Back,
    Digit,
    Expect,
    Refer,
    Resume,
    Transfer,
)
from switch.worker.facts import KeyPressed

Beginning: TypeAlias = Expect | Summon | Rescue
"""What a conversation of this worker's begins with."""
Asked: TypeAlias = Transfer | Resume | Record | HangUp | Hold | Mute
"""What somebody wants, who waits for an answer."""


def event_from_node(said: Refer | Attempts | Back | Asked, leg_id: LegId) -> LegEvent:
    """Return what the node said about that leg."""
    match said:
        case Refer():
            return ReferReceived(
                leg_id=leg_id,
                refer_id=said.refer_id,
                target=said.target,
                notifies=said.notifies,
                fallbacks=said.fallbacks,
            )
        case Attempts():
            attempts = tuple(
                Attempt(rep=made.rep, from_s=made.from_s, to_s=made.to_s, outcome=made.outcome)
                for made in said.attempts
            )
            return LegAttempted(leg_id=leg_id, attempts=attempts, party=said.party)
        case Transfer():
            return TransferAsked(
                leg_id=leg_id,
                question=said.question,
                target=said.target,
                fallbacks=said.fallbacks,
                dialled=said.dialled,
            )
        case Record():
            by_phone = said.call_id is not None
            return RecordingAsked(
                leg_id=leg_id, question=said.question, wish=said.wish, by_phone=by_phone
            )
        case HangUp(question=question, rep=rep):
            return HangUpAsked(leg_id=leg_id, question=question, everybody=rep is None)
        case Hold(question=question, on=on):
            return HoldAsked(leg_id=leg_id, question=question, on=on)
        case Mute(question=question, on=on):
            return MuteAsked(leg_id=leg_id, question=question, on=on)
        case Resume():
            return ResumeAsked(leg_id=leg_id, question=said.question)
        case Back(rep=rep, allowed=allowed):
            event = BackAllowed if allowed else BackBarred
            return event(leg_id=leg_id, rep=rep)


def leg_asked(asked: Asked, conversation: Conversation) -> LegId | None:
    """Return the leg that a wish is about that names none; None: there is none."""
    match asked:
        case HangUp(rep=rep) if rep is not None:
            return conversation.leg_of(rep)
        case Record() | HangUp():
            return conversation.caller_leg_id
        case Hold(rep=rep) | Mute(rep=rep):
            return conversation.leg_to_hold(rep)
        case Transfer(rep=rep) | Resume(rep=rep):
            return conversation.leg_to_ask(rep)


def key_of(digit: Digit) -> KeyPressed:
    """Return the key that rtpengine heard, as a fact about its leg."""
    return KeyPressed(
        leg_id=LegId(digit.leg_id), digit=digit.digit, way="rtp", lasted_s=digit.lasted_s
    )


def timers_of(expected: Beginning, recall: RecallSettings) -> Timers:
    """Return how long a conversation waits for what."""
    return Timers(
        ring_s=expected.ring_s,
        response_s=expected.response_s,
        recall_ring_s=recall.ring_s,
        recall_retries=recall.retries,
        recall_pause_s=recall.pause_s,
        recall_wait_s=recall.wait_s,
        menu_s=recall.menu_s,
    )


def conversation_of(expected: Beginning, settings: WorkerSettings, *, now: Moment) -> Conversation:
    """Return the conversation that the node has announced, or whose worker has died."""
    conversation_id = ConversationId(expected.conversation_id)
    timers, policy = timers_of(expected, settings.recall), settings.recording.policy
    if isinstance(expected, Rescue):
        return Conversation.rescued(
            expected.waiting.salvage,
            conversation_id=conversation_id,
            timers=timers,
            policy=policy,
            now=now,
        )
    begin = Conversation.begun if isinstance(expected, Expect) else Conversation.summoned
    return begin(
        conversation_id=conversation_id,
        caller=expected.caller,
        presented=expected.presented,
        dialled=expected.dialled,
        target=expected.target,
        timers=timers,
        policy=policy,
        now=now,
    )
