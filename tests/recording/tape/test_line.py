"""The lines that a worker writes."""

from __future__ import annotations

import pytest

from switch.recording.tape.line import (
    ConversationOver,
    LegDescribed,
    LegHeard,
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
    decode,
    described,
    encode,
    is_name,
    name_of,
)
from switch.sip.errors import SipParseError

TOLD = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 30004 RTP/AVP 0 96 101
a=rtpmap:96 opus/48000/2
a=rtpmap:101 telephone-event/8000
"""
SAID = TOLD.replace("30004", "4000")


def alice(at_s: float = 0.0) -> LegDescribed:
    return LegDescribed(
        at_s=at_s, leg_id="a", side=Side.RIGHT, port=30004, formats={0: ("PCMU", 8000)}
    )


def test_a_leg_is_described_by_what_its_party_was_told_and_has_said() -> None:
    line = described("a", Side.RIGHT, at_s=5.0, told=TOLD, said=SAID, rep="alice")

    assert line == LegDescribed(
        at_s=5.0,
        leg_id="a",
        side=Side.RIGHT,
        port=30004,
        remote_port=4000,
        formats={0: ("PCMU", 8000), 96: ("opus", 48000), 101: ("telephone-event", 8000)},
        rep="alice",
    )


def test_who_has_said_nothing_yet_may_send_from_anywhere() -> None:
    line = described("a", Side.LEFT, at_s=5.0, told=TOLD)

    assert line is not None
    assert line.remote_port is None


def test_a_leg_without_audio_is_not_described() -> None:
    assert described("a", Side.LEFT, at_s=5.0, told=TOLD.replace("30004", "0")) is None
    line = described("a", Side.LEFT, at_s=5.0, told=TOLD, said=TOLD.replace("30004", "0"))
    assert line is not None
    assert line.remote_port is None


def test_what_is_no_description_is_refused() -> None:
    with pytest.raises(SipParseError):
        described("a", Side.LEFT, at_s=5.0, told="hello")


@pytest.mark.parametrize(
    "line",
    [
        RecordingStarted(at_s=1.5),
        RecordingStopped(at_s=1.5, why=Why.PAUSED),
        alice(1.5),
        LegHeard(at_s=1.5, leg_id="a"),
        LegUnheard(at_s=1.5, leg_id="a"),
        ConversationOver(at_s=1.5),
    ],
)
def test_every_line_is_read_as_it_was_written(line: Line) -> None:
    assert encode(line).endswith(b"}\n")
    assert decode([encode(line)]) == [line]


def test_a_torn_line_and_a_strange_one_are_left_out() -> None:
    whole = encode(alice())

    assert decode([whole, whole[:20], b"\xff", b'{"what": "rain", "at_s": 1}', whole]) == [
        alice(),
        alice(),
    ]


@pytest.mark.parametrize("name", ["20261128-101500-k3", "c1", "a.b_c"])
def test_the_name_of_a_conversation_can_be_that_of_a_file(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "../x", ".x", "a/b", "a b", "x" * 129])
def test_what_leads_elsewhere_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_a_recording_is_named_by_its_day() -> None:
    assert name_of("c1", "2026-11-28T23:59:59.999Z", "flac") == "2026/11/28/c1.flac"
