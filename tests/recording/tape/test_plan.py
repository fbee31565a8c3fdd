"""What the lines of a plan make up."""

from __future__ import annotations

from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    LegUnheard,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
)
from switch.recording.tape.plan import Span, fold

NEVER = float("inf")


def alice(at_s: float = 0.0, *, port: int = 30004) -> LegDescribed:
    return LegDescribed(
        at_s=at_s, leg_id="a", side=Side.RIGHT, port=port, formats={0: ("PCMU", 8000)}
    )


def test_a_conversation_is_recorded_from_its_start_to_its_end() -> None:
    plan = fold(
        [
            RecordingStarted(at_s=10.0),
            alice(10.0),
            LegHeard(at_s=11.0, leg_id="a"),
            LegHeard(at_s=12.0, leg_id="a"),
            ConversationOver(at_s=20.0),
        ]
    )

    assert (plan.from_s, plan.to_s, plan.is_over, plan.gaps) == (10.0, 20.0, True, ())
    assert plan.legs[0].heard == (Span(from_s=11.0, to_s=20.0),)
    assert [plan.is_recorded(at_s) for at_s in (9.9, 10.0, 19.9, 20.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_pause_is_a_gap_and_a_stop_at_the_end_is_the_end() -> None:
    plan = fold(
        [
            RecordingStopped(at_s=5.0, why=Why.STOPPED),
            RecordingStarted(at_s=10.0),
            RecordingStopped(at_s=12.0, why=Why.PAUSED),
            RecordingStopped(at_s=13.0, why=Why.STOPPED),
            RecordingStarted(at_s=15.0),
            RecordingStarted(at_s=16.0),
            RecordingStopped(at_s=20.0, why=Why.STOPPED),
            ConversationOver(at_s=99.0),
        ]
    )

    assert [(gap.from_s, gap.to_s, gap.why) for gap in plan.gaps] == [(12.0, 15.0, Why.PAUSED)]
    assert (plan.from_s, plan.to_s) == (10.0, 20.0)
    assert not plan.is_recorded(13.0)


def test_whose_worker_died_has_no_end_yet() -> None:
    plan = fold([RecordingStarted(at_s=10.0), alice(), LegHeard(at_s=11.0, leg_id="a")])

    assert (plan.to_s, plan.is_over) == (None, False)
    assert plan.is_recorded(1e12)
    assert plan.legs[0].heard == (Span(from_s=11.0, to_s=NEVER),)


def test_what_was_never_recorded_has_neither_beginning_nor_end() -> None:
    plan = fold([alice()])

    assert (plan.from_s, plan.to_s, plan.legs[0].heard) == (None, None, ())


def test_a_leg_that_moves_has_had_both_ports_and_is_heard_in_turns() -> None:
    plan = fold(
        [
            alice(1.0),
            LegHeard(at_s=2.0, leg_id="a"),
            LegUnheard(at_s=3.0, leg_id="a"),
            LegUnheard(at_s=3.5, leg_id="a"),
            LegDescribed(
                at_s=4.0,
                leg_id="a",
                side=Side.RIGHT,
                port=30008,
                remote_port=5000,
                formats={96: ("opus", 48000)},
                rep="alice",
            ),
            alice(4.5),
            LegHeard(at_s=5.0, leg_id="a"),
        ]
    )

    (leg,) = plan.legs
    assert leg.ports == frozenset({30004, 30008})
    assert (leg.remote_ports, leg.rep) == (frozenset({5000}), "alice")
    assert leg.heard == (Span(from_s=2.0, to_s=3.0), Span(from_s=5.0, to_s=NEVER))
    assert leg.format_of(96) == ("opus", 48000)


def test_a_static_payload_type_means_its_codec_also_where_nobody_agreed_on_it() -> None:
    (leg,) = fold([alice()]).legs

    assert leg.format_of(8) == ("PCMA", 8000)
    assert leg.format_of(96) is None
