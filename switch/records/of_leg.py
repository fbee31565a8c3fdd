"""A leg of the pure part, written down as its record."""

from __future__ import annotations

import datetime as dt
import functools

from switch.call.ids import ConversationId
from switch.call.leg import Attempt, Leg, Recorded, Talk
from switch.records import leg as records


def record_of(
    leg: Leg,
    *,
    conversation_id: ConversationId,
    direction: records.Direction,
    codec: str | None = None,
    quality: records.Quality | None = None,
    srtp: bool = False,
) -> records.LegRecord:
    """Return the record of a leg at its revision.

    Args:
        leg: the leg.
        conversation_id: whose it is.
        direction: that of the conversation.
        codec: what it has agreed on, if that is known.
        quality: how well its party has heard, if that is known; said when it is over.
        srtp: whether its audio is encrypted.
    """
    party = leg.party
    return records.LegRecord(
        leg_id=leg.leg_id,
        revision=leg.revision,
        conversation_id=conversation_id,
        direction=direction,
        role=party.role,
        rep=party.rep,
        number=party.number,
        name=party.name,
        dialled=leg.dialled,
        trunk=party.trunk,
        territory=leg.territory,
        why=leg.why,
        from_leg=leg.from_leg,
        side=leg.side,
        state=leg.state.value,
        offered_at=instant(leg.offered_s),
        alerted_at=_instant(leg.alerted_s),
        answered_at=_instant(leg.answered_s),
        ended_at=_instant(leg.ended_s),
        recording=leg.recording,
        recorded=tuple(map(_recorded, leg.recorded)),
        recording_state=None if leg.is_over else leg.taping,
        held=leg.is_holding and not leg.is_over,
        muted=leg.muted and not leg.is_over,
        talks=tuple(map(_talk, leg.talks)),
        attempts=tuple(map(_attempt, leg.attempts)),
        end_reason=leg.end_reason if leg.is_over else None,
        ended_by=leg.ended_by if leg.is_over else None,
        sip_status=leg.sip_status if leg.is_over else None,
        srtp=srtp,
        codec=codec,
        quality=quality if leg.is_over else None,
    )


# A leg's records repeat their instants, and those of the legs of one conversation share most.
@functools.lru_cache(maxsize=64)
def instant(utc_s: float) -> str:
    """Return a moment as records write it: UTC, ISO 8601, milliseconds, ``Z``."""
    moment = dt.datetime.fromtimestamp(round(utc_s, 3), dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(utc_s: float | None) -> str | None:
    return None if utc_s is None else instant(utc_s)


def _attempt(attempt: Attempt) -> records.Attempt:
    return records.Attempt(
        rep=attempt.rep,
        from_at=instant(attempt.from_s),
        to_at=_instant(attempt.to_s),
        outcome=attempt.outcome,
    )


def _talk(talk: Talk) -> records.Talk:
    return records.Talk(
        with_leg=talk.with_leg,
        started_at=instant(talk.started_s),
        ended_at=_instant(talk.ended_s),
    )


def _recorded(span: Recorded) -> records.Recorded:
    return records.Recorded(from_at=instant(span.from_s), to_at=_instant(span.to_s))
