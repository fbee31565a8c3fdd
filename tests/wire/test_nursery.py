"""What goes between the node and its nursery survives the journey."""

from __future__ import annotations

import msgspec
import pytest

from switch.wire.nursery import (
    Exited,
    Fork,
    Forked,
    FromNursery,
    Prompts,
    RecallSettings,
    WorkerSettings,
)

SETTINGS = WorkerSettings(
    domain="switch.test",
    address="127.0.0.1",
    edge="127.0.0.1:5070",
    ng_host="127.0.0.1",
    ng_port=2223,
    codecs=("PCMU", "PCMA"),
    music="/var/lib/softswitch/music.wav",
    prompts=Prompts(menu="/m.wav", wrong="/w.wav", goodbye="/g.wav"),
    recall=RecallSettings(ring_s=20, retries=1, pause_s=10, wait_s=60, menu_s=None),
    accept_status=202,
    rest_s=0.6,
    recycle_after=300,
    log_level="info",
    log_format="json",
)


def test_settings_reach_the_nursery_whole() -> None:
    sent = msgspec.json.encode(SETTINGS)

    assert msgspec.json.decode(sent, type=WorkerSettings) == SETTINGS


@pytest.mark.parametrize("message", [Forked(worker="w1", pid=4711), Exited(worker="w1", status=-9)])
def test_the_node_hears_what_became_of_a_worker(message: FromNursery) -> None:
    sent = msgspec.json.encode(message)

    assert msgspec.json.decode(sent, type=FromNursery) == message


def test_a_fork_is_asked_for_by_name_and_port() -> None:
    fork = Fork(worker="w1", port=20000)

    assert msgspec.json.decode(msgspec.json.encode(fork), type=Fork) == fork
