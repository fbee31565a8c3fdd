"""Leg records to test with: single ones, and the whole stream of a conversation."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from switch.call.endings import EndReason
from switch.records.leg import LegRecord, Talk

CUSTOMER = "+14805550123"
_EPOCH = datetime(2026, 11, 22, 12, 45, tzinfo=UTC)


def at(seconds: float) -> str:
    """Return the instant that many seconds into the test."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def customer(**changes: Any) -> LegRecord:
    """Return the record of a customer who has just called in."""
    leg = LegRecord(
        leg_id="leg-0",
        revision=1,
        conversation_id="conversation-1",
        direction="inbound",
        role="customer",
        number=CUSTOMER,
        name="Jane Doe",
        dialled="+14805550100",
        trunk="pstn",
        why="call",
        side="caller",
        state="offered",
        offered_at=at(0),
    )
    return msgspec.structs.replace(leg, **changes)


def rep(name: str, **changes: Any) -> LegRecord:
    """Return the record of a rep who is about to be rung."""
    leg = LegRecord(
        leg_id="leg-1",
        revision=1,
        conversation_id="conversation-1",
        direction="inbound",
        role="rep",
        rep=name,
        number="101",
        dialled=name,
        why="call",
        from_leg="leg-0",
        side="callee",
        state="placed",
        offered_at=at(0.1),
    )
    return msgspec.structs.replace(leg, **changes)


def story(
    reps: Sequence[str] = ("alice", "saul", "alice"),
    talks_s: Sequence[float] = (60, 120, 24),
    conversation_id: str = "conversation-1",
) -> list[LegRecord]:
    """Return every record of a customer's call that goes from rep to rep.

    The first rep answers; each one talks his time and transfers to the next; the
    customer hangs up in the end. Each rep rings for two seconds.
    """
    caller = customer(conversation_id=conversation_id, leg_id=f"{conversation_id}.0")
    stream = [caller]
    now = 0.0
    transferor: LegRecord | None = None
    for number, (name, talk_s) in enumerate(zip(reps, talks_s, strict=True), start=1):
        leg = rep(
            name,
            conversation_id=conversation_id,
            leg_id=f"{conversation_id}.{number}",
            offered_at=at(now + 0.1),
            why="transfer" if transferor else "call",
            from_leg=(transferor or caller).leg_id,
        )
        answered_at, ended_at = at(now + 2), at(now + 2 + talk_s)
        alerted = _next(leg, state="alerted", alerted_at=at(now + 0.2))
        answered = _next(
            alerted,
            state="answered",
            answered_at=answered_at,
            talks=(Talk(with_leg=caller.leg_id, started_at=answered_at),),
        )
        stream += [leg, alerted, answered]
        if transferor:
            stream.append(_ended(transferor, EndReason.TRANSFERRED, answered_at))
        talk = Talk(with_leg=leg.leg_id, started_at=answered_at)
        caller = _next(
            caller,
            state="answered",
            answered_at=caller.answered_at or answered_at,
            talks=(*caller.talks, talk),
        )
        stream.append(caller)
        parted = msgspec.structs.replace(talk, ended_at=ended_at)
        caller = _next(caller, talks=(*caller.talks[:-1], parted))
        transferor = _next(
            answered, talks=(msgspec.structs.replace(answered.talks[0], ended_at=ended_at),)
        )
        stream += [caller, transferor]
        now += 2 + talk_s
    end = at(now)
    if transferor:
        stream.append(_ended(transferor, EndReason.COMPLETED, end))
    stream.append(_ended(caller, EndReason.COMPLETED, end))
    return stream


def given_back() -> list[LegRecord]:
    """Return every record of a call whose transferor is called back and resumes.

    alice talks for a minute, transfers the customer to saul and hangs up; saul declines
    after 8 s; she is called back, answers 4 s later and talks for half a minute.
    """
    caller = customer(state="answered", answered_at=at(2))
    alice = rep("alice", state="answered", answered_at=at(2))
    first = Talk(with_leg="leg-1", started_at=at(2), ended_at=at(62))
    again = Talk(with_leg="leg-3", started_at=at(74), ended_at=at(104))
    saul = rep("saul", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(62))
    back = rep("alice", leg_id="leg-3", why="recall", from_leg="leg-1", offered_at=at(70))
    talked = _next(alice, talks=(msgspec.structs.replace(first, with_leg="leg-0"),))
    resumed = _next(
        back,
        state="answered",
        answered_at=at(74),
        talks=(msgspec.structs.replace(again, with_leg="leg-0"),),
    )
    waiting, talking = _next(caller, talks=(first,)), (first, again)
    return [
        caller,
        alice,
        waiting,
        talked,
        saul,
        _ended(talked, EndReason.TRANSFERRED, at(62.1)),
        _ended(saul, EndReason.DECLINED, at(70)),
        back,
        resumed,
        _ended(_next(waiting, talks=talking), EndReason.COMPLETED, at(104)),
        _ended(resumed, EndReason.COMPLETED, at(104)),
    ]


def _next(leg: LegRecord, **changes: Any) -> LegRecord:
    return msgspec.structs.replace(leg, revision=leg.revision + 1, **changes)


def _ended(leg: LegRecord, reason: EndReason, when: str) -> LegRecord:
    return _next(leg, state="ended", ended_at=when, end_reason=reason, ended_by="party")
