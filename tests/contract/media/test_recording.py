"""What rtpengine records, and what is heard in the file that is made of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from switch.audio.music import write_music
from switch.config import RecordingSettings
from switch.media.ng import MediaError, NgClient
from switch.recording.converter import Converter
from switch.recording.plan_file import make_spool
from switch.recording.recorder import Recorder
from switch.recording.spool import Spool
from switch.recording.store import FolderStore
from switch.recording.tape.line import Side, Why
from tests.contract.media.conftest import Relay
from tests.contract.media.phones import Phone, Room
from tests.recording.captures import Sound, listen

pytestmark = pytest.mark.contract

NEAR_S = 0.1


@dataclass(slots=True)
class Deck:
    """The spool of one rtpengine, and where recordings go."""

    folder: Path
    relay: Relay

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def captures(self, conversation_id: str) -> list[Path]:
        return sorted((self.spool / "pcaps").glob(f"{conversation_id}-*.pcap"))

    def play(self, conversation_id: str, *, later_s: float = 0.0) -> Sound:
        """Convert what was recorded, and listen to it."""
        converter = Converter(
            Spool(self.spool),
            FolderStore(self.folder / "kept"),
            RecordingSettings(),
            now_s=lambda: time.time() + later_s,
        )
        assert converter.run_once()
        (path,) = (self.folder / "kept").rglob(f"{conversation_id}.flac")
        assert self.captures(conversation_id) == []
        return listen(path)


@pytest.fixture
def deck(tmp_path: Path) -> Iterator[Deck]:
    make_spool(tmp_path / "spool")
    relay = Relay(tmp_path, f"--recording-dir={tmp_path / 'spool'}", "--recording-method=pcap")
    write_music(relay.music)
    relay.start()
    try:
        yield Deck(tmp_path, relay)
    finally:
        relay.close()


@pytest.fixture
def relay(deck: Deck) -> Relay:
    """Have the room's media at the rtpengine that records."""
    return deck.relay


@dataclass(slots=True)
class Recorded:
    """A room whose conversation is recorded, as a worker does it."""

    room: Room
    recorder: Recorder
    began_s: float = 0.0

    def describe(self, *phones: Phone) -> None:
        for phone in phones:
            told = self.room.media.told_to(phone.leg)
            assert told is not None
            side = Side.LEFT if phone.leg == "customer" else Side.RIGHT
            self.recorder.describe(phone.leg, side, told=told, said=phone.sdp())

    async def talk(self, caller: Phone, callee: Phone) -> None:
        await self.room.call(caller, callee)
        self.describe(caller, callee)
        self.recorder.heard(caller.leg)
        self.recorder.heard(callee.leg)

    async def start(self) -> None:
        self.began_s = time.time()
        await self.recorder.start()

    def now_s(self) -> float:
        """Return how far the recording is."""
        return time.time() - self.began_s

    async def over(self) -> None:
        await self.room.media.forget()
        self.recorder.over()


@pytest.fixture
async def recorded(room: Room, deck: Deck, ng: NgClient) -> Recorded:
    return Recorded(room, Recorder(ng, deck.spool, room.conversation_id))


def assert_near(runs: list[tuple[int, float, float]], *expected: tuple[int, float, float]) -> None:
    assert [run[0] for run in runs] == [run[0] for run in expected], runs
    for (_hz, *span), (_same, *expected_span) in zip(runs, expected, strict=True):
        assert span == pytest.approx(expected_span, abs=NEAR_S), (runs, expected)


@pytest.mark.parametrize("secure", [False, True])
async def test_one_recording_survives_a_transfer_with_everybody_at_his_time(
    recorded: Recorded, deck: Deck, secure: bool
) -> None:
    room, recorder = recorded.room, recorded.recorder
    customer = await room.phone("customer", 900, secure=secure)
    alice, saul = await room.phone("alice", 1100), await room.phone("saul", 1300)
    await recorded.talk(customer, alice)
    await asyncio.sleep(0.3)
    await recorded.start()
    await asyncio.sleep(1.5)

    # She is muted and goes on talking; saul speaks before he answers. Neither is heard.
    referred_s = recorded.now_s()
    recorder.unheard(alice.leg)
    await room.refer(alice, customer, saul)
    recorded.describe(saul)
    await asyncio.sleep(1.0)
    await room.answer(saul, customer)
    answered_s = recorded.now_s()
    recorded.describe(customer, saul)
    recorder.heard(saul.leg)
    await asyncio.sleep(1.5)
    over_s = recorded.now_s()
    await recorded.over()

    assert len(deck.captures(room.conversation_id)) == 1
    sound = deck.play(room.conversation_id)
    assert_near(sound.runs(Side.LEFT), (900, 0.0, over_s))
    assert_near(sound.runs(Side.RIGHT), (1100, 0.0, referred_s), (1300, answered_s, over_s))
    assert sound.duration_s == pytest.approx(over_s, abs=0.5)


async def test_a_pause_is_silent_and_nothing_of_it_is_on_the_disk(
    recorded: Recorded, deck: Deck
) -> None:
    room = recorded.room
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    await recorded.talk(customer, alice)
    await recorded.start()
    await asyncio.sleep(1.0)
    paused_s = recorded.now_s()
    await recorded.recorder.stop(Why.PAUSED)
    sizes = [path.stat().st_size for path in deck.captures(room.conversation_id)]
    await asyncio.sleep(1.0)
    assert [path.stat().st_size for path in deck.captures(room.conversation_id)] == sizes
    resumed_s = recorded.now_s()
    await recorded.recorder.start()
    await asyncio.sleep(1.0)
    over_s = recorded.now_s()
    await recorded.over()

    assert len(deck.captures(room.conversation_id)) == 2
    sound = deck.play(room.conversation_id)
    for side, hz in ((Side.LEFT, 900), (Side.RIGHT, 1100)):
        assert_near(sound.runs(side), (hz, 0.0, paused_s), (hz, resumed_s, over_s))
    assert sound.duration_s == pytest.approx(over_s, abs=0.5)


class Lossy:
    """A way to the network on which every twentieth packet is lost."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport
        self._count = 0

    def sendto(self, packet: bytes, to: tuple[str, int]) -> None:
        self._count += 1
        if self._count % 20:
            self._transport.sendto(packet, to)

    def close(self) -> None:
        self._transport.close()


async def test_loss_and_a_gap_leave_left_and_right_together(recorded: Recorded, deck: Deck) -> None:
    room = recorded.room
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    transport = customer.voice._transport
    assert transport is not None
    customer.voice._transport = Lossy(transport)  # type: ignore[assignment]
    await recorded.talk(customer, alice)
    told = room.media.told_to(customer.leg)
    assert told is not None
    await recorded.start()
    await asyncio.sleep(2.0)
    gap_s = recorded.now_s()
    customer.voice.hush()
    await asyncio.sleep(2.0)
    again_s = recorded.now_s()
    customer.told(told)
    await asyncio.sleep(2.0)
    over_s = recorded.now_s()
    await recorded.over()

    sound = deck.play(room.conversation_id)

    left = [at for at, hz in enumerate(sound.tones(Side.LEFT, step_s=0.02)) if hz == 900]
    before = [at * 0.02 for at in left if at * 0.02 < gap_s + NEAR_S]
    after = [at * 0.02 for at in left if at * 0.02 > again_s - NEAR_S]
    assert len(before) + len(after) == len(left)
    assert (before[0], before[-1]) == pytest.approx((0.0, gap_s), abs=NEAR_S)
    assert (after[0], after[-1]) == pytest.approx((again_s, over_s), abs=NEAR_S)
    assert 0.8 < len(left) * 0.02 / (gap_s + over_s - again_s) < 0.97
    assert_near(sound.runs(Side.RIGHT), (1100, 0.0, over_s))


async def test_what_was_said_until_rtpengine_was_killed_can_be_heard_and_so_what_came_after(
    recorded: Recorded, deck: Deck
) -> None:
    room, recorder = recorded.room, recorded.recorder
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    await recorded.talk(customer, alice)
    await recorded.start()
    await asyncio.sleep(2.0)
    killed_s = recorded.now_s()
    deck.relay.stop()
    await recorder.stop(Why.LOST)
    await asyncio.to_thread(deck.relay.start)

    await recorded.talk(customer, alice)
    again_s = recorded.now_s()
    await recorder.start()
    await asyncio.sleep(1.0)
    over_s = recorded.now_s()
    await recorded.over()

    sound = deck.play(room.conversation_id)
    for side, hz in ((Side.LEFT, 900), (Side.RIGHT, 1100)):
        first, second = sound.runs(side)
        assert first[0] == second[0] == hz
        # Its last block of 4096 bytes was not written.
        assert killed_s - 0.4 < first[2] < killed_s + NEAR_S
        assert second[1:] == pytest.approx((again_s, over_s), abs=NEAR_S)


async def test_what_everybody_who_knew_of_it_left_behind_can_be_heard(
    recorded: Recorded, deck: Deck
) -> None:
    room = recorded.room
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    await recorded.talk(customer, alice)
    await recorded.start()
    await asyncio.sleep(1.0)
    killed_s = recorded.now_s()
    deck.relay.stop()
    recorded.recorder.close()

    sound = deck.play(room.conversation_id, later_s=400)

    assert_near(sound.runs(Side.LEFT)[:1], (900, 0.0, sound.duration_s))
    assert sound.duration_s == pytest.approx(killed_s, abs=0.5)


async def test_keys_are_in_the_capture_and_music_is_not(recorded: Recorded, deck: Deck) -> None:
    room = recorded.room
    customer, alice = await room.phone("customer", 900), await room.phone("alice", 1100)
    await recorded.talk(customer, alice)
    await recorded.start()
    alice.voice.press("5")
    await room.media.mute(alice.leg)
    await room.media.play_music(customer.leg)
    await asyncio.sleep(1.0)
    await recorded.over()
    (capture,) = deck.captures(room.conversation_id)
    assert bytes([101 | 0x80]) in capture.read_bytes()

    sound = deck.play(room.conversation_id)

    assert {run[0] for run in sound.runs(Side.LEFT)} == {900}
    assert {run[0] for run in sound.runs(Side.RIGHT)} == {1100}


async def test_rtpengine_knows_no_pause_of_its_own(recorded: Recorded, ng: NgClient) -> None:
    customer, alice = (
        await recorded.room.phone("customer", 900),
        await recorded.room.phone("alice", 1100),
    )
    await recorded.talk(customer, alice)

    with pytest.raises(MediaError, match="Unrecognized command"):
        await ng.request("pause recording", call_id=recorded.room.conversation_id)
