"""What goes between the node and its nursery survives the journey."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from switch.call.recording import NO_POLICY
from switch.wire.errors import WireError
from switch.wire.nursery import (
    Exited,
    Fork,
    Forked,
    FromNursery,
    NurseryHello,
    Prompts,
    RecallSettings,
    RecordingSettings,
    WorkerSettings,
    decode_first_word,
    decode_for_nursery,
    decode_from_nursery,
    encode,
)
from switch.wire.survival import Hello
from switch.wire.worker import encode as worker_line

SETTINGS = WorkerSettings(
    domain="switch.test",
    address="127.0.0.1",
    edge="127.0.0.1:5070",
    ng_host="127.0.0.1",
    ng_port=2223,
    codecs=("PCMU", "PCMA"),
    music="/var/lib/softswitch/music.wav",
    prompts=Prompts(menu="/m.wav", wrong="/w.wav", goodbye="/g.wav", ringing="/r.wav"),
    recall=RecallSettings(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None),
    recording=RecordingSettings(spool="/var/lib/softswitch/spool", ending="flac", policy=NO_POLICY),
    accept_status=202,
    rest_s=0.6,
    recycle_after=300,
    log_level="info",
    log_format="json",
)


def test_settings_reach_the_nursery_whole() -> None:
    assert decode_for_nursery(encode(SETTINGS)) == SETTINGS


def test_a_fork_is_asked_for_by_name_and_port() -> None:
    fork = Fork(worker="w1", port=20000)

    assert decode_for_nursery(encode(fork)) == fork


@pytest.mark.parametrize(
    "message",
    [
        NurseryHello(pid=4710),
        Forked(worker="w1", port=20000, pid=4711),
        Exited(worker="w1", pid=4711, status=-9),
    ],
)
def test_the_node_hears_what_became_of_a_worker(message: FromNursery) -> None:
    assert decode_from_nursery(encode(message)) == message


def test_who_comes_says_who_he_is() -> None:
    worker = Hello(worker="w1", port=20000, pid=4711, conversations=0)

    assert decode_first_word(worker_line(worker)) == worker
    assert decode_first_word(encode(NurseryHello(pid=4710))) == NurseryHello(pid=4710)


@pytest.mark.parametrize("line", [b"", b"hello\n", b'{"type":"king"}\n', b"\xff\n"])
@pytest.mark.parametrize(
    ("decode", "peer"),
    [
        (decode_for_nursery, "node"),
        (decode_from_nursery, "nursery"),
        (decode_first_word, "newcomer"),
    ],
)
def test_a_line_that_cannot_be_read_names_who_said_it(
    decode: Callable[[bytes], object], peer: str, line: bytes
) -> None:
    with pytest.raises(WireError, match=peer):
        decode(line)
