"""What lies beside a recording."""

from __future__ import annotations

from switch.recording.tape.line import (
    LegHeard,
    LegUnheard,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
)
from switch.recording.tape.marks import GapMark, LegMark, instant, marks
from switch.recording.tape.plan import fold
from tests.recording.captures import T0, leg, two_legs


def test_a_transfer_is_a_change_of_who_is_heard_and_a_pause_a_gap() -> None:
    plan = fold(
        two_legs(
            LegUnheard(at_s=T0 + 3.0, leg_id="alice"),
            RecordingStopped(at_s=T0 + 5.0, why=Why.PAUSED),
            RecordingStarted(at_s=T0 + 6.0),
            *leg("saul", Side.RIGHT, 3000, heard_from_s=4.0),
            LegHeard(at_s=T0 + 30.0, leg_id="alice"),
            over_s=10.0,
        )
    )

    account = marks(
        plan,
        conversation_id="c1",
        from_s=T0,
        duration_s=10.0,
        file="c1.flac",
        rate_hz=8000,
        codecs={(Side.RIGHT, "PCMU"): 3, (Side.LEFT, "GSM"): 2},
        unreadable=frozenset({"GSM"}),
    )

    assert account.legs == [
        LegMark(leg_id="customer", side=Side.LEFT, from_s=0.0, to_s=10.0),
        LegMark(leg_id="alice", side=Side.RIGHT, from_s=0.0, to_s=3.0),
        LegMark(leg_id="saul", side=Side.RIGHT, from_s=4.0, to_s=10.0),
    ]
    assert account.gaps == [GapMark(why=Why.PAUSED, from_s=5.0, to_s=6.0)]
    assert account.codecs == {"left GSM": 2, "right PCMU": 3}
    assert (account.began_at, account.unreadable) == ("2027-01-15T08:00:00.250Z", ["GSM"])


def test_an_instant_is_written_as_records_have_it() -> None:
    assert instant(0.0) == "1970-01-01T00:00:00.000Z"
