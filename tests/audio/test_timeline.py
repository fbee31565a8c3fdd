import pytest

from switch.audio.timeline import Timeline
from switch.audio.tones import FRAME_S, QUIET, tone_frame

_SILENCE = b"\xff" * 160


def _timeline(*parts: tuple[bytes | None, int]) -> Timeline:
    """Return a timeline of (what, how many packets), one every 20 ms; None is a gap."""
    timeline = Timeline()
    at_s = 0.0
    for payload, count in parts:
        for _ in range(count):
            if payload is not None:
                timeline.add(at_s, payload)
            at_s += FRAME_S
    return timeline


def test_what_was_heard_is_told_in_order_without_the_quiet() -> None:
    timeline = _timeline((tone_frame(900), 10), (_SILENCE, 10), (tone_frame(1100), 10))

    assert timeline.order() == ["900 Hz", "1100 Hz"]
    assert [run.sound for run in timeline.runs()] == ["900 Hz", QUIET, "1100 Hz"]


def test_a_run_too_short_to_be_meant_does_not_part_what_it_interrupts() -> None:
    timeline = _timeline((tone_frame(900), 10), (tone_frame(1100), 2), (tone_frame(900), 10))

    [run] = timeline.runs()

    assert (run.sound, run.packets) == ("900 Hz", 20)
    assert run.to_s == pytest.approx(22 * FRAME_S)


def test_the_same_sound_after_a_pause_is_told_once() -> None:
    timeline = _timeline((tone_frame(900), 10), (_SILENCE, 10), (tone_frame(900), 10))

    assert timeline.order() == ["900 Hz"]


def test_shares_add_up_to_one_in_the_span_asked_for() -> None:
    timeline = _timeline((tone_frame(900), 30), (tone_frame(1100), 10))

    assert timeline.shares() == {"900 Hz": 0.75, "1100 Hz": 0.25}
    assert timeline.shares(0.0, 0.3) == {"900 Hz": 1.0}
    assert timeline.shares(10.0, 20.0) == {}


def test_a_span_holds_the_packets_that_came_in_it() -> None:
    timeline = _timeline((tone_frame(900), 50))

    assert timeline.packets() == 50
    assert timeline.packets(0.1, 0.3) == 10


def test_silence_is_where_nothing_comes_or_nothing_can_be_heard() -> None:
    timeline = _timeline(
        (tone_frame(900), 10), (None, 10), (_SILENCE, 10), (tone_frame(900), 10), (None, 5)
    )

    assert timeline.longest_silence_s(0.0, 0.8) == pytest.approx(0.4)
    assert timeline.longest_silence_s(0.6, 1.0) == pytest.approx(0.2)
    assert timeline.longest_silence_s(5.0, 6.0) == pytest.approx(1.0)
