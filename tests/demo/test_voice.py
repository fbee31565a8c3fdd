import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from switch.audio import rtp
from switch.audio.srtp import MASTER_BYTES
from switch.audio.tones import tone_frame
from switch.demo.trace import Audio
from switch.demo.voice import Voice

_HEARD_WITHIN_S = 10  # only a hang gets there


@asynccontextmanager
async def _voices(*masters: bytes | None) -> AsyncIterator[list[Voice]]:
    voices = [
        Voice(tone_hz=hz, master=master) for hz, master in zip((900, 1100), masters, strict=True)
    ]
    for voice in voices:
        await voice.open("127.0.0.1")
    try:
        yield voices
    finally:
        for voice in voices:
            voice.close()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_HEARD_WITHIN_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _at(voice: Voice) -> Audio:
    return Audio(address="127.0.0.1", port=voice.port, master=voice.master)


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["rtp", "srtp"])
async def test_two_voices_hear_each_other(is_encrypted: bool) -> None:
    masters = [os.urandom(MASTER_BYTES) if is_encrypted else None for _ in range(2)]
    async with _voices(*masters) as (first, second):
        first.speak_to(_at(second))
        second.speak_to(_at(first))

        await _until(lambda: min(v.heard.packets() for v in (first, second)) >= 10)

        assert first.heard.order() == ["1100 Hz"]
        assert second.heard.order() == ["900 Hz"]


async def test_a_voice_that_is_hushed_is_heard_no_more() -> None:
    async with _voices(None, None) as (first, second):
        first.speak_to(_at(second))
        await _until(lambda: second.heard.packets() >= 5)

        first.hush()
        sent = first.sent_packets
        await asyncio.sleep(0.1)

        assert first.sent_packets == sent


async def test_odd_repeated_and_late_packets_are_left_out() -> None:
    voice = Voice(tone_hz=900)

    def packet(sequence: int, payload_type: int = rtp.PCMU) -> bytes:
        return rtp.encode(
            rtp.RtpPacket(
                payload_type=payload_type,
                sequence=sequence,
                timestamp=0,
                source=1,
                payload=tone_frame(1100),
            )
        )

    for datagram in (packet(65535), packet(65536), packet(65536), packet(65535), packet(65537)):
        voice.datagram_received(datagram, ("127.0.0.1", 1))
    for datagram in (b"junk", packet(5, payload_type=101)):
        voice.datagram_received(datagram, ("127.0.0.1", 1))

    assert voice.heard.packets() == 3
    assert voice.odd_packets == 4


async def test_keys_are_sent_in_the_place_of_the_tone() -> None:
    async with _voices(None, None) as (first, second):
        packets: list[rtp.RtpPacket] = []
        hear = second.datagram_received

        def overhear(data: bytes, addr: tuple[str, int]) -> None:
            packet = rtp.decode(data)
            assert packet is not None
            packets.append(packet)
            hear(data, addr)

        second.datagram_received = overhear  # type: ignore[method-assign]
        first.press("5#")
        first.speak_to(_at(second))

        await _until(lambda: len(packets) >= 30)

    keys = [packet for packet in packets if packet.payload_type != rtp.PCMU]
    assert [packet.payload[0] for packet in keys] == [5] * 8 + [11] * 8
    assert [packet.marker for packet in keys] == ([True] + [False] * 7) * 2
    assert len({packet.timestamp for packet in keys}) == 2
    sequences = [packet.sequence for packet in packets]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert second.odd_packets == len(keys)
