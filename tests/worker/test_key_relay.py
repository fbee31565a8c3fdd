"""Whose keys pass by themselves, and how those that do not are pressed."""

from __future__ import annotations

import asyncio

import pytest

from switch.call.ids import LegId
from switch.media.ng import MediaError
from switch.worker.media import Media
from switch.worker.moving import OpenToKeys, PressKey
from tests.contract.media.phones import sdp_of
from tests.worker.fakes import FakeMediaServer
from tests.worker.test_media import ALICE, CUSTOMER, media_of

BOTH = (CUSTOMER, ALICE)


async def talking(server: FakeMediaServer, *, kept: bool = True) -> Media:
    media = media_of(server)
    if kept:
        media.keys.keep(ALICE)
    media.told_by(CUSTOMER, sdp_of(9))
    await media.offer(ALICE, of=CUSTOMER, keep_codecs=False)
    media.told_by(ALICE, sdp_of(9))
    await media.accept(ALICE)
    return media


def of_keys(server: FakeMediaServer) -> list[tuple[str, LegId]]:
    asked = [one for one in server.asked if one[0].endswith("DTMF")]
    return [(command, fields["from_tag"]) for command, fields in asked]


async def test_who_is_muted_has_no_keys_either_and_a_rep_never() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    assert of_keys(server) == [("block DTMF", ALICE)]

    for leg_id in BOTH:
        await media.mute(leg_id)
        await media.unmute(leg_id)

    assert of_keys(server)[1:] == [("block DTMF", CUSTOMER), ("unblock DTMF", CUSTOMER)]
    assert media.keys.are_kept(ALICE)
    assert not media.keys.are_kept(CUSTOMER)


async def test_the_keys_of_one_who_was_taken_over_pass_when_he_is_heard() -> None:
    server = FakeMediaServer()
    media = await talking(server, kept=False)
    taken_over = media_of(server)
    taken_over.restore(CUSTOMER, said=sdp_of(9), told=sdp_of(9))

    await taken_over.unmute(CUSTOMER)

    assert of_keys(server) == [("unblock DTMF", CUSTOMER)]
    await media.forget()


async def test_a_server_that_was_started_anew_is_told_whose_do_not_pass() -> None:
    server = FakeMediaServer()
    media = await talking(server)
    server.asked.clear()

    await media.rebuild(BOTH)
    assert of_keys(server) == [("block DTMF", ALICE)]
    server.asked.clear()
    await media.rebuild([CUSTOMER])

    assert of_keys(server) == []
    assert not media.keys.are_kept(ALICE)


@pytest.mark.parametrize(("lasted_s", "held_ms"), [(0, 100), (0.25, 250), (9, 5000)])
async def test_streams_are_opened_once_and_a_key_lasts_as_long_as_it_was_held(
    lasted_s: float, held_ms: int
) -> None:
    server = FakeMediaServer()
    media = await talking(server)
    server.asked.clear()

    await media.keys.perform(OpenToKeys(leg_id=ALICE, peer=CUSTOMER))
    for digit in "12":
        key = PressKey(leg_id=ALICE, peer=CUSTOMER, digit=digit, lasted_s=lasted_s)
        await media.keys.perform(key)

    assert server.commands == ["offer", "answer", "play DTMF", "play DTMF"]
    assert server.asked[0][1]["flags"] == [*server.asked[1][1]["flags"]]
    assert "inject-DTMF" in server.asked[0][1]["flags"]
    assert [fields["duration"] for _command, fields in server.asked[2:]] == [held_ms] * 2


async def test_without_opening_first_the_first_key_waits_for_packets_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    async def sleep(time_s: float) -> None:
        waited.append(time_s)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    for kept in (True, False):
        media = await talking(FakeMediaServer(), kept=kept)
        for digit in "12":
            await media.keys.press(ALICE, CUSTOMER, digit)

    assert len(waited) == 2


async def test_a_server_that_has_had_no_packet_yet_is_asked_again() -> None:
    server = FakeMediaServer()
    media = await talking(server)

    server.broken["play DTMF"] = "No SSRC context present for DTMF injection"
    with pytest.raises(MediaError):
        await media.keys.press(ALICE, CUSTOMER, "1")
    assert server.commands.count("play DTMF") == 5

    server.broken["play DTMF"] = "it does not want to"
    with pytest.raises(MediaError):
        await media.keys.press(ALICE, CUSTOMER, "1")
    assert server.commands.count("play DTMF") == 6
