"""Re-INVITEs: holds, retrievals and phones that move, without the peer being told."""

from __future__ import annotations

import pytest

from switch.audio.tones import MUSIC, QUIET
from switch.sip.sdp import Direction, parse_sdp
from tests.contract.media.phones import Phone, Room, hear, port_in
from tests.contract.media.test_media import EITHER_WAY, talking

pytestmark = pytest.mark.contract


async def hold(room: Room, holder: Phone, other: Phone, direction: str = "sendonly") -> str:
    """Do what a hold does to the media; returns the answer to the re-INVITE."""
    room.media.told_by(holder.leg, holder.sdp(direction=direction, version=2))
    answer = await room.media.reinvited(holder.leg, other.leg)
    await room.media.mute(holder.leg)
    await room.media.play_music(other.leg)
    return answer


async def retrieve(room: Room, holder: Phone, other: Phone) -> str:
    room.media.told_by(holder.leg, holder.sdp(version=3))
    answer = await room.media.reinvited(holder.leg, other.leg)
    await room.media.stop_music(other.leg)
    await room.media.unmute(holder.leg)
    await room.media.unmute(other.leg)
    return answer


@EITHER_WAY
@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("sendonly", Direction.RECVONLY),
        ("inactive", Direction.INACTIVE),
        ("recvonly", Direction.SENDONLY),
        ("sendrecv", Direction.SENDRECV),
    ],
)
async def test_a_hold_is_answered_in_its_own_direction(
    room: Room, by: str, offered: str, answered: Direction
) -> None:
    customer, alice, _saul = await talking(room, by)
    before = room.media.told_to(alice.leg)
    assert before is not None

    answer = await hold(room, alice, customer, offered)

    assert parse_sdp(answer).direction is answered
    assert port_in(answer) == port_in(before)
    assert sum(f"a={one}\r\n" in answer for one in Direction) == 1


@EITHER_WAY
async def test_who_is_held_hears_music_and_afterwards_the_other_again(room: Room, by: str) -> None:
    customer, alice, _saul = await talking(room, by)

    await hold(room, alice, customer)
    # What still comes to alice's phone it throws away: it has asked for nothing.
    assert await hear(customer) == [MUSIC]

    await retrieve(room, alice, customer)
    assert await hear(customer, alice) == [alice.tone, customer.tone]


async def test_a_phone_that_gives_no_address_holds_too(room: Room) -> None:
    """The old way of holding (RFC 2543), which the first offer of a 3PCC may have as well."""
    customer, alice, _saul = await talking(room, "customer")
    nowhere = alice.sdp(version=2).replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")
    room.media.told_by(alice.leg, nowhere)

    answer = await room.media.reinvited(alice.leg, customer.leg)
    await room.media.mute(alice.leg)
    await room.media.play_music(customer.leg)

    assert parse_sdp(answer).direction is Direction.RECVONLY
    assert await hear(customer) == [MUSIC]
    alice.told(await retrieve(room, alice, customer))
    assert await hear(customer, alice) == [alice.tone, customer.tone]


@EITHER_WAY
@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_transfer_out_of_a_hold_joins_target_and_transferee(
    room: Room, by: str, direction: str
) -> None:
    customer, alice, saul = await talking(room, by)
    await hold(room, alice, customer, direction)

    await room.refer(alice, customer, saul)
    assert await hear(customer, alice, saul) == [MUSIC, QUIET, QUIET]
    assert await room.answer(saul, customer) is None

    assert await hear(customer, saul, alice) == [saul.tone, customer.tone, QUIET]


@EITHER_WAY
async def test_who_held_before_a_failed_transfer_retrieves_the_transferee(
    room: Room, by: str
) -> None:
    customer, alice, saul = await talking(room, by)
    await hold(room, alice, customer)
    await room.refer(alice, customer, saul)
    # Saul is busy. Nothing is done to the media: she holds him still.
    assert await hear(customer, alice, saul) == [MUSIC, QUIET, QUIET]

    await retrieve(room, alice, customer)

    assert await hear(customer, alice, saul) == [alice.tone, customer.tone, QUIET]


async def test_who_is_with_nobody_is_answered_all_the_same(room: Room) -> None:
    customer, alice, saul = await talking(room, "customer")
    await room.refer(alice, customer, saul)
    before = room.media.told_to(alice.leg)
    assert before is not None
    room.media.told_by(alice.leg, alice.sdp(direction="sendonly", version=2))

    answer = await room.media.reinvited(alice.leg, None)

    assert port_in(answer) == port_in(before)
    assert parse_sdp(answer).direction is Direction.RECVONLY
    assert version_of(answer) > version_of(before)


async def test_a_phone_that_moves_is_heard_where_it_is_now(room: Room) -> None:
    customer, alice, _saul = await talking(room, "customer")
    elsewhere = await room.phone("alice", 1500)
    alice.voice.hush()
    room.media.told_by(alice.leg, elsewhere.sdp(version=2))

    elsewhere.told(await room.media.reinvited(alice.leg, customer.leg))

    assert await hear(customer, elsewhere, alice) == [elsewhere.tone, customer.tone, QUIET]


def version_of(sdp: str) -> int:
    return int(sdp.partition("\r\no=")[2].split()[2])
