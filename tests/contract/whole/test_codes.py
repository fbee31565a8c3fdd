"""A rep's feature codes on a whole switch are for us: nobody hears them but us."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from switch.audio.tones import MUSIC, QUIET
from switch.config import Config, RecordingSettings
from tests.contract.whole.deaths import kill_at, until
from tests.contract.whole.ears import DOWN, TWICE, UP, Ear
from tests.contract.whole.party import Party
from tests.contract.whole.test_dead_worker import talking
from tests.contract.whole.test_keys_pass import Keys
from tests.contract.whole.test_menu import called_back
from tests.contract.whole.test_recorded import captures, pressed

SPOOL_MOST_MB = 1024

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]


def recording(_folder: Path) -> RecordingSettings:
    return RecordingSettings(spool_most_mb=SPOOL_MOST_MB)


async def test_codes_record_and_other_keys_reach_the_customer_through_a_transfer(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    customer, alice, saul = talk.customer, talk.alice, parties["saul"]
    his, hers = Keys(customer), Keys(alice)

    await pressed(alice, "*1", are=1, config=running)
    alice.voice.press("5#")
    await his.are("5#")
    alice.voice.press("*2")
    await pressed(alice, "*2", are=2, config=running)
    alice.voice.press("*3123456789")
    await his.are("5#*3123456789")
    customer.voice.press("*1#0")
    await hers.are("*1#0")
    assert len(list((running.spool_dir / "pcaps").glob("*.pcap"))) == 2

    await alice.transfers(talk.hers, "102")
    await saul.answers()
    await customer.hears(saul.tone)
    await pressed(saul, "*2*2", are=3, config=running)
    saul.voice.press("8*")
    await his.are("5#*31234567898*")

    await customer.hears(saul.tone)
    await saul.hears(customer.tone)
    heard = [one for one in customer.voice.heard.order() if one != QUIET]
    assert [one for one in heard if one != MUSIC] in (
        [alice.tone, saul.tone],
        [alice.tone, alice.tone, saul.tone],
    )


async def test_a_rep_hears_what_his_code_has_done_and_nobody_else_does(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    his, hers = Ear(talk.customer), Ear(talk.alice)

    await pressed(talk.alice, "*1", are=1, config=running)
    await hers.hears(*UP)
    talk.alice.voice.press("*2")
    await hers.hears(*UP, *TWICE)
    await pressed(talk.alice, "*2", are=2, config=running)
    await hers.hears(*UP, *TWICE, *UP)
    talk.alice.voice.press("*1")
    await hers.hears(*UP, *TWICE, *UP, *DOWN)

    assert his.cues() == []
    await talk.customer.hears(talk.alice.tone)


async def test_a_rep_hears_that_there_is_no_room_to_record(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    his, hers = Ear(talk.customer), Ear(talk.alice)
    big = running.spool_dir / "big"
    big.touch()
    os.truncate(big, SPOOL_MOST_MB * 1024 * 1024)  # It has holes only.
    await until(lambda: not captures(running))  # Of the test before.

    talk.alice.voice.press("*1")
    await hers.hears(*DOWN)
    big.unlink()

    assert not captures(running)
    await pressed(talk.alice, "*1", are=1, config=running)
    await hers.hears(*DOWN, *UP)
    assert his.cues() == []


async def test_without_a_worker_that_takes_codes_out_all_keys_pass(
    parties: dict[str, Party],
) -> None:
    talk = await talking(parties)
    his = Keys(talk.customer)

    kill_at(talk.port)
    async with asyncio.timeout(10):
        while not his.pressed:
            talk.alice.voice.press("5")
            await asyncio.sleep(0.5)

    assert set(his.pressed) == {"5"}
    await talk.his.hang_up()
    await talk.hers.until_over()


async def test_keys_in_the_menu_reach_nobody_who_hears_music(parties: dict[str, Party]) -> None:
    await called_back(parties)
    customer, alice, bob = parties["customer"], parties["alice"], parties["bob"]
    his = Keys(customer)

    alice.voice.press("92103#")
    await bob.answers()
    await customer.hears(bob.tone)
    bob.voice.press("4")
    await his.are("4")

    # A key of bob's takes the place of his tone.
    assert [one for one in customer.voice.heard.order() if one != QUIET][:3] == [
        alice.tone,
        MUSIC,
        bob.tone,
    ]
