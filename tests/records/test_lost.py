"""The records of legs whose worker has died."""

from __future__ import annotations

import msgspec

from switch.call.endings import EndReason
from switch.records import lost
from switch.records.leg import Attempt, LegRecord, Recorded, Talk
from tests.call.line import SUNDAY_NOON_S
from tests.records.samples import at, customer, rep

NOON = "2026-11-22T12:00:00.000Z"


def talking(**changes: object) -> LegRecord:
    record = customer(
        revision=4,
        state="answered",
        answered_at=at(2),
        talks=(
            Talk(with_leg="leg-1", started_at=at(2), ended_at=at(3)),
            Talk(with_leg="leg-2", started_at=at(4)),
        ),
    )
    return msgspec.structs.replace(record, **changes)


def test_a_leg_ends_now() -> None:
    record = talking()

    over = lost.ended(record, at_s=SUNDAY_NOON_S)

    assert (over.revision, over.state, over.ended_at) == (5, "ended", NOON)
    assert (over.end_reason, over.ended_by, over.sip_status) == (
        EndReason.WORKER_LOST,
        "switch",
        200,
    )
    assert over.talks == (
        record.talks[0],
        msgspec.structs.replace(record.talks[1], ended_at=NOON),
    )
    assert over.answered_at == record.answered_at


def test_what_was_recorded_of_it_is_over_too_but_not_while_it_talks_on() -> None:
    before, running = Recorded(from_at=at(2), to_at=at(3)), Recorded(from_at=at(4))
    record = talking(recorded=(before, running))

    assert lost.unattended(record, at_s=SUNDAY_NOON_S).recorded == record.recorded
    over = lost.ended(record, at_s=SUNDAY_NOON_S)
    assert over.recorded == (before, Recorded(from_at=at(4), to_at=NOON))


def test_a_leg_may_be_ended_by_its_party_and_for_another_reason() -> None:
    by_party = lost.ended(talking(), at_s=SUNDAY_NOON_S, by="party")
    no_media = lost.ended(talking(), at_s=SUNDAY_NOON_S, reason=EndReason.MEDIA_LOST)

    assert (by_party.ended_by, by_party.end_reason) == ("party", EndReason.WORKER_LOST)
    assert (no_media.ended_by, no_media.end_reason) == ("switch", EndReason.MEDIA_LOST)


def test_whoever_was_not_answered_was_refused_or_cancelled() -> None:
    assert lost.ended(customer(), at_s=SUNDAY_NOON_S).sip_status == 503
    assert lost.ended(rep("alice"), at_s=SUNDAY_NOON_S).sip_status == 487


def test_whom_a_lost_leg_rang_is_rung_no_longer() -> None:
    busy = Attempt(rep="bob", from_at=at(1), to_at=at(2), outcome="busy")
    record = rep(
        "seattle",
        rep=None,
        territory="seattle",
        attempts=(busy, Attempt(rep="carol", from_at=at(1), outcome="pending")),
    )

    assert lost.ended(record, at_s=SUNDAY_NOON_S).attempts == (
        busy,
        Attempt(rep="carol", from_at=at(1), to_at=NOON, outcome="cancelled"),
    )


def test_a_leg_that_talks_on_says_since_when_and_says_it_once() -> None:
    record = talking()

    first = lost.unattended(record, at_s=SUNDAY_NOON_S)
    again = lost.unattended(first, at_s=SUNDAY_NOON_S + 9)

    assert first == msgspec.structs.replace(record, revision=5, unattended_since=NOON)
    assert again.unattended_since == NOON


def test_whom_a_leg_talks_with() -> None:
    over = lost.ended(talking(), at_s=SUNDAY_NOON_S)

    assert [lost.talks_with(one) for one in (customer(), talking(), over)] == [None, "leg-2", None]
