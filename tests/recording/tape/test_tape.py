"""Which packets are heard on which side."""

from __future__ import annotations

import io
from collections import Counter

from switch.recording.tape.line import (
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
)
from switch.recording.tape.pcap import Captured, read_capture
from switch.recording.tape.plan import fold
from switch.recording.tape.tape import Heard, Survey, Tape
from tests.recording.captures import PCMU, T0, capture, header, leg, speaks, two_legs


def captured(content: bytes) -> list[Captured]:
    return list(read_capture(io.BytesIO(content).read))


def play(lines: list[Line], content: bytes) -> list[Heard]:
    tape = Tape(fold(lines), from_s=T0)
    heard = [one for datagram in captured(content) for one in tape.take(datagram)]
    return [*heard, *tape.rest()]


def sides(heard: list[Heard]) -> Counter[Side]:
    return Counter(one.side for one in heard)


def sounds(heard: list[Heard]) -> dict[bytes, int]:
    return Counter(one.placed.payload for one in heard)


def tone(hz: int) -> bytes:
    return speaks(1, hz, 0.0, 0.02)[0].packet.payload


def test_each_leg_is_heard_on_its_side_and_strange_ports_nowhere() -> None:
    heard = play(
        two_legs(),
        capture(speaks(1000, 900, 0, 3), speaks(2000, 1100, 0, 2), speaks(3000, 1300, 0, 2)),
    )

    assert sides(heard) == {Side.LEFT: 150, Side.RIGHT: 100}


def test_who_is_muted_is_not_heard() -> None:
    muted: Line = LegUnheard(at_s=T0 + 1.0, leg_id="alice")

    heard = play(two_legs(muted), capture(speaks(2000, 1100, 0, 3)))

    assert len(heard) == 50


def test_nothing_is_heard_of_a_pause() -> None:
    pause: list[Line] = [
        RecordingStopped(at_s=T0 + 1.0, why=Why.PAUSED),
        RecordingStarted(at_s=T0 + 2.0),
    ]

    heard = play(two_legs(*pause), capture(speaks(1000, 900, 0, 3)))

    assert len(heard) == 100
    assert not any(1.0 <= one.placed.at_s < 2.0 for one in heard)


def test_keys_noise_and_what_is_no_rtp_are_not_heard() -> None:
    content = capture(
        speaks(1000, 900, 0, 1, payload_type=101),
        speaks(1000, 900, 0, 1, payload_type=13),
        speaks(1000, 900, 0, 1, payload_type=99),
    )
    tape = Tape(fold(two_legs()), from_s=T0)
    stray = Captured(T0, b"\0" * 6, 4, 1000, b"hello")

    assert play(two_legs(), content) == []
    assert list(tape.take(stray)) == []


def test_a_source_that_counts_anew_is_heard_on_as_another_stream() -> None:
    first = speaks(1000, 900, 0, 2)
    second = speaks(1000, 1100, 2, 4, first=40_000, timestamp=12345)

    heard = play(two_legs(), capture(first, second))

    assert len(heard) == 200
    assert len({one.stream for one in heard}) == 2
    assert [one.stream for one in heard] == sorted(one.stream for one in heard)


def test_a_stranger_is_not_heard_while_the_party_speaks_even_if_he_was_first() -> None:
    named = [RecordingStarted(at_s=T0), *leg("c", Side.LEFT, 1000, remote_port=4000)]
    stranger = speaks(1000, 1300, 0, 4, source_port=6666, source=9)
    party = speaks(1000, 900, 0.51, 4.01, source_port=4000)

    heard = sounds(play(named, capture(stranger, party)))

    assert heard == {tone(1300): 26, tone(900): 175}


def test_who_was_first_is_heard_until_he_is_silent_where_nobody_is_named() -> None:
    first = speaks(1000, 900, 0, 2, source_port=4000)
    other = speaks(1000, 1300, 1, 4, source_port=5000, source=9)

    heard = sounds(play(two_legs(), capture(first, other)))

    assert heard[tone(900)] == 100
    assert 88 <= heard[tone(1300)] <= 92


def test_two_streams_of_one_phone_are_both_heard() -> None:
    one = speaks(1000, 900, 0, 1, source=1)
    other = speaks(1000, 1300, 0, 1, source=2)

    assert len(play(two_legs(), capture(one, other))) == 100


def test_what_a_phone_sent_long_ago_is_forgotten() -> None:
    content = capture(
        speaks(1000, 900, 0, 1, source=1),
        speaks(1000, 1100, 20, 22, source=2),
        speaks(1000, 1300, 22, 60, source=3),
    )
    tape = Tape(fold(two_legs()), from_s=T0)
    heard = [one for datagram in captured(content) for one in tape.take(datagram)]

    assert len(heard) + len(list(tape.rest())) == 50 + 100 + 1900


def test_a_survey_counts_what_each_side_sent_while_it_was_recorded() -> None:
    lines = [
        RecordingStarted(at_s=T0),
        *leg("customer", Side.LEFT, 1000),
        *leg("alice", Side.RIGHT, 2000, formats={96: ("opus", 48000), **PCMU}),
        RecordingStopped(at_s=T0 + 3.0, why=Why.STOPPED),
    ]
    survey = Survey(fold(lines))
    content = capture(
        speaks(1000, 900, 0, 2),
        speaks(1000, 900, 2, 3, payload_type=101),
        speaks(1000, 900, 2, 3, payload_type=99),
        speaks(2000, 900, 0, 4, payload_type=96),
        speaks(3000, 900, 0, 4),
    )
    for one in [*captured(content), Captured(T0, b"\0" * 6, 4, 1000, b"hello")]:
        survey.take(one)
    survey.take(Captured(T0, b"\0" * 6, 4, 1000, b"\0" * 40))

    assert survey.codecs == {(Side.LEFT, "PCMU"): 100, (Side.RIGHT, "OPUS"): 150}
    assert round(survey.newest_s - T0, 2) == 2.98


def test_an_empty_capture_plays_nothing() -> None:
    assert play(two_legs(), header()) == []
