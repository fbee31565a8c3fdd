"""What is heard in the file is what was said, by whom, and when."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import pytest

from switch.audio import rtp
from switch.recording.render import Recording, render
from switch.recording.tape.line import (
    LegHeard,
    LegUnheard,
    Line,
    RecordingStarted,
    RecordingStopped,
    Side,
    Why,
)
from switch.recording.tape.marks import Marks
from switch.recording.tape.pcap import NotACapture
from switch.recording.tape.plan import fold
from tests.recording.captures import (
    T0,
    Sent,
    Sound,
    capture,
    header,
    leg,
    listen,
    record,
    speaks,
    two_legs,
)

NEAR_S = 0.1


class Make(Protocol):
    def __call__(
        self, lines: list[Line], *captures: bytes, form: str = "flac"
    ) -> tuple[Marks, Sound]: ...


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(lines: list[Line], *captures: bytes, form: str = "flac") -> tuple[Marks, Sound]:
        paths = []
        for number, content in enumerate(captures):
            paths.append(tmp_path / f"{number}.pcap")
            paths[-1].write_bytes(content)
        recording = Recording(conversation_id="c1", plan=fold(lines), captures=paths)
        account = render(recording, tmp_path / "made", form)  # type: ignore[arg-type]
        assert account is not None
        return account, listen(tmp_path / "made")

    return make


def assert_runs(
    sound: Sound, side: Side, *expected: tuple[int, float, float], near_s: float = NEAR_S
) -> None:
    runs = sound.runs(side)
    assert [run[0] for run in runs] == [run[0] for run in expected], runs
    for (_hz, from_s, to_s), (_same, expected_from_s, expected_to_s) in zip(
        runs, expected, strict=True
    ):
        assert from_s == pytest.approx(expected_from_s, abs=near_s), runs
        assert to_s == pytest.approx(expected_to_s, abs=near_s), runs


@pytest.mark.parametrize("form", ["flac", "opus"])
def test_the_customer_is_on_the_left_and_who_talks_with_him_on_the_right(
    made: Make, form: str
) -> None:
    transfer: list[Line] = [
        LegUnheard(at_s=T0 + 3.0, leg_id="alice"),
        *leg("saul", Side.RIGHT, 3000, heard_from_s=4.0),
    ]

    account, sound = made(
        two_legs(*transfer, over_s=7.0),
        capture(
            speaks(1000, 900, 0, 6.5),
            speaks(2000, 1100, 0.5, 4),
            speaks(3000, 1300, 3.5, 7),
        ),
        form=form,
    )

    assert_runs(sound, Side.LEFT, (900, 0, 6.5))
    assert_runs(sound, Side.RIGHT, (1100, 0.5, 3), (1300, 4, 7))
    assert sound.duration_s == pytest.approx(7.0, abs=0.05)
    assert sound.tags["CONVERSATION"] == "c1"
    assert sound.tags["DATE"] == account.began_at == "2027-01-15T08:00:00.250Z"
    assert (account.duration_s, account.rate_hz) == (7.0, 8000)


def test_lost_packets_and_a_gap_leave_left_and_right_together(made: Make) -> None:
    lossy = [one for i, one in enumerate(speaks(1000, 900, 0, 20)) if i % 20 != 3]
    gap = [one for one in speaks(1000, 1700, 20, 40, first=500) if not 25 <= one.at_s < 27]

    _account, sound = made(two_legs(over_s=40), capture(lossy, gap, speaks(2000, 1100, 10, 30)))

    left = sound.tones(Side.LEFT)
    # Every packet lost is 20 ms of silence, in its place.
    assert left[:400].count(900) > 350
    assert left[505:540].count(0) >= 33
    assert left[545:800].count(1700) > 250
    assert sound.tones(Side.RIGHT)[201:599] == [1100] * 398
    assert sound.duration_s == pytest.approx(40.0, abs=0.01)


def test_a_pause_is_silent_and_as_long_as_it_was(made: Make) -> None:
    lines = two_legs(
        RecordingStopped(at_s=T0 + 2.0, why=Why.PAUSED),
        RecordingStarted(at_s=T0 + 4.0),
        over_s=6.0,
    )

    # rtpengine took its time: some of what was said in the pause is in the captures.
    said = speaks(1000, 900, 0, 6)
    account, sound = made(
        lines,
        capture(one for one in said if one.at_s > 3.9),
        capture(one for one in said if one.at_s < 2.1),
    )

    assert_runs(sound, Side.LEFT, (900, 0, 2), (900, 4, 6), near_s=0.051)
    assert not sound.samples[round(2.02 * 8000) : round(3.98 * 8000)].any()
    assert [(gap.from_s, gap.to_s, gap.why) for gap in account.gaps] == [(2.0, 4.0, Why.PAUSED)]


def test_a_torn_capture_without_an_end_lasts_as_long_as_there_is_something(made: Make) -> None:
    torn = capture(speaks(1000, 900, 0, 3))[:-100]

    account, sound = made(two_legs(), torn)

    assert_runs(sound, Side.LEFT, (900, 0, 3))
    assert account.duration_s == pytest.approx(2.98)


def encoded(codec: str, hz: int, seconds: float) -> list[bytes]:
    """Return a tone as packets of 20 ms."""
    rate_hz = {"g722": 16000, "libopus": 48000, "pcm_alaw": 8000}[codec]
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout, context.format = rate_hz, "mono", "s16"
    size = rate_hz // 50
    turn = 2 * np.pi * hz * np.arange(round(seconds * 50) * size) / rate_hz
    wave = (8000 * np.sin(turn)).astype(np.int16)
    packets = []
    for at in range(0, len(wave), size):
        frame = av.AudioFrame.from_ndarray(wave[at : at + size].reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts = rate_hz, at
        packets += [bytes(packet) for packet in context.encode(frame)]
    return packets


@pytest.mark.parametrize(
    ("codec", "payload_type", "ticks", "rate_hz"),
    [("g722", 9, 160, 16000), ("libopus", 96, 960, 16000), ("pcm_alaw", 8, 160, 8000)],
)
def test_each_codec_is_heard(
    made: Make, codec: str, payload_type: int, ticks: int, rate_hz: int
) -> None:
    formats = {96: ("opus", 48000), 9: ("G722", 8000), 8: ("PCMA", 8000)}
    sent = [
        Sent(
            at_s=1 + 0.02 * index,
            port=2000,
            packet=rtp.RtpPacket(
                payload_type=payload_type,
                sequence=index,
                timestamp=ticks * index,
                source=3,
                payload=payload,
            ),
        )
        for index, payload in enumerate(encoded(codec, 1500, 3.0))
    ]
    lines: list[Line] = [
        *two_legs()[:3],
        *leg("alice", Side.RIGHT, 2000, formats=formats),
        LegHeard(at_s=T0, leg_id="alice"),
    ]

    account, sound = made(lines, capture(speaks(1000, 900, 0, 4), sent))

    assert_runs(sound, Side.LEFT, (900, 0, 4))
    assert_runs(sound, Side.RIGHT, (1500, 1, 4))
    assert (account.rate_hz, sound.rate_hz) == (rate_hz, rate_hz)
    level = np.sqrt(2) * np.std(sound.samples[2 * rate_hz : 3 * rate_hz, 1].astype(float))
    assert level == pytest.approx(8000, rel=0.1)


def test_a_silence_in_between_is_as_long_as_it_was(made: Make) -> None:
    account, sound = made(
        two_legs(), capture(speaks(1000, 900, 0, 2)), capture(speaks(1000, 1100, 300, 302))
    )

    assert account.duration_s == pytest.approx(302.0)
    assert_runs(sound, Side.LEFT, (900, 0, 2), (1100, 300, 302))


def test_who_counts_anew_with_each_packet_is_heard_and_costs_nothing_more(made: Make) -> None:
    restless = [
        replace(one, packet=replace(one.packet, source=number))
        for number, one in enumerate(speaks(1000, 900, 0, 4))
    ]

    _account, sound = made(two_legs(), capture(restless))

    assert_runs(sound, Side.LEFT, (900, 0, 4))


def test_what_nobody_here_can_decode_is_silent_and_named(made: Make) -> None:
    account, sound = made(
        two_legs(), capture(speaks(1000, 900, 0, 1), speaks(2000, 1100, 0, 1, payload_type=18))
    )

    assert account.unreadable == ["G729"]
    assert sound.runs(Side.RIGHT) == []


def test_a_damaged_packet_is_silent(made: Make) -> None:
    broken = [
        Sent(
            at_s=0.02 * index,
            port=2000,
            packet=rtp.RtpPacket(
                payload_type=96, sequence=index, timestamp=960 * index, source=3, payload=payload
            ),
        )
        for index, payload in enumerate([b"", b"\xff" * 40, b"\x03"])
    ]
    lines: list[Line] = [
        *two_legs(),
        *leg("alice", Side.RIGHT, 2000, formats={96: ("opus", 48000)}),
    ]

    _account, sound = made(lines, capture(speaks(1000, 900, 0, 1), broken))

    assert_runs(sound, Side.LEFT, (900, 0, 1))


@pytest.mark.parametrize(
    "content", [b"", header(), capture(speaks(7000, 900, 0, 1)), capture(speaks(1000, 900, -9, -8))]
)
def test_where_nothing_was_said_there_is_no_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pcap").write_bytes(content)
    recording = Recording(
        conversation_id="c1", plan=fold(two_legs()), captures=[tmp_path / "a.pcap"]
    )

    assert render(recording, tmp_path / "made", "flac") is None
    assert not (tmp_path / "made").exists()


def test_what_was_never_begun_makes_no_file(tmp_path: Path) -> None:
    recording = Recording(conversation_id="c1", plan=fold([]), captures=[])

    assert render(recording, tmp_path / "made", "flac") is None


def test_what_is_no_capture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"RIFF" + bytes(40))
    recording = Recording(
        conversation_id="c1", plan=fold(two_legs()), captures=[tmp_path / "a.pcap"]
    )

    with pytest.raises(NotACapture):
        render(recording, tmp_path / "made", "flac")


def write_long(path: Path, seconds: int) -> None:
    """Write a capture of two who talk, a second of each over and over."""
    said = [record(one) for one in (*speaks(1000, 900, 0, 1), *speaks(2000, 1100, 0, 1))]
    second = bytearray(b"".join(said))
    starts = np.cumsum([0, *(len(one) for one in said)])[:-1]
    base = [struct.unpack_from("<I", second, start)[0] for start in starts]
    with path.open("wb") as file:
        file.write(header())
        for number in range(seconds):
            for index, start in enumerate(starts):
                struct.pack_into("<I", second, start, base[index] + number)
                count = 50 * number + index % 50
                struct.pack_into("!H", second, start + 46, count & 0xFFFF)
                struct.pack_into("!I", second, start + 48, 160 * count & 0xFFFFFFFF)
            file.write(second)


RENDER = """
import re, resource, sys
from pathlib import Path
from switch.recording.render import Recording, render
from switch.recording.tape.plan import fold
from tests.recording.captures import two_legs
path, seconds = Path(sys.argv[1]), float(sys.argv[2])
recording = Recording(conversation_id="c", plan=fold(two_legs(over_s=seconds)), captures=[path])
render(recording, path.with_suffix(".flac"), "flac")
usage = resource.getrusage(resource.RUSAGE_SELF)
# Not its ru_maxrss: that begins with what the process that started this one had.
most = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(usage.ru_utime + usage.ru_stime, most[1])
"""


def cost(path: Path, seconds: int) -> tuple[float, float]:
    """Return what a conversion takes: CPU seconds, and MiB at most."""
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", RENDER, str(path), str(seconds)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    cpu_s, most_kib = ran.stdout.split()
    return float(cpu_s), float(most_kib) / 1024


def test_an_hour_takes_no_more_memory_than_a_minute(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_long(tmp_path / "minute.pcap", 60)
    _cpu_s, minute_mib = cost(tmp_path / "minute.pcap", 60)
    write_long(tmp_path / "hour.pcap", 3600)
    cpu_s, hour_mib = cost(tmp_path / "hour.pcap", 3600)

    with capsys.disabled():
        print(f"\n  an hour of two sides: {cpu_s:.1f} CPU s, {hour_mib:.0f} MiB at most")  # noqa: T201
    assert hour_mib < minute_mib + 20
    sound = listen(tmp_path / "hour.flac")
    assert sound.duration_s == pytest.approx(3600, abs=0.01)
    assert sound.tones(Side.LEFT, step_s=10.0) == [900] * 360


def test_hours_of_silence_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "silence.pcap"
    path.write_bytes(capture(speaks(1000, 900, 0, 2), speaks(1000, 1100, 20_000, 20_002)))

    _cpu_s, most_mib = cost(path, 20_002)

    assert most_mib < 200
