"""What holds of every thread, whichever of its records are known."""

from collections.abc import Sequence

from switch.records.leg import LegRecord
from switch.threads.instants import seconds_between
from switch.threads.text import as_text, describe, summarise
from switch.threads.thread import Thread, fold
from switch.threads.view import ThreadView, view


def check(records: Sequence[LegRecord]) -> tuple[Thread, ThreadView]:
    """See to it that the records make a valid thread, and return it."""
    thread = fold(records)
    seen = view(thread)
    newest = {record.leg_id: record for record in thread.records}

    assert {record.leg_id for record in records} == set(newest)
    for record in records:
        assert newest[record.leg_id].revision >= record.revision
    is_open = any(record.ended_at is None for record in newest.values())
    assert (seen.ended_at is None) == is_open
    assert seen.started_at == min(record.offered_at for record in newest.values())
    rows = {
        record.leg_id
        for record in newest.values()
        if record.side == "caller" or record.answered_at is not None
    }
    assert {leg.leg_id for leg in seen.legs} == rows
    assert len(seen.legs) == len(rows)
    check_sums(seen)
    for why, moves in (
        ("transfer", seen.transfers),
        ("recall", seen.recalls),
        ("fallback", seen.fallbacks),
    ):
        meant = sorted(one.leg_id for one in newest.values() if one.why == why)
        assert sorted(move.leg_id for move in moves) == meant
        for move in moves:
            one = newest[move.leg_id]
            is_settled = one.answered_at is not None or one.ended_at is not None
            assert (move.took_s is not None) == is_settled
    assert as_text(describe(seen))
    assert len(summarise([seen])) == 2
    return thread, seen


def check_sums(seen: ThreadView) -> None:
    """What is counted is the sum of what is listed."""
    for leg in seen.legs:
        over = [talk for talk in leg.talks if talk.ended_at is not None]
        talked = sum(seconds_between(one.started_at, one.ended_at or "") for one in over)
        assert abs(leg.talk_s - talked) < 0.0005
    done = [wait for wait in seen.waits if wait.to_at is not None]
    waited = sum(seconds_between(wait.from_at, wait.to_at or "") for wait in done)
    assert abs(seen.waiting_s - waited) < 0.0005
