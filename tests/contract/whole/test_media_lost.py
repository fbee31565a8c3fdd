"""rtpengine is killed while people talk: they hear each other again, or the call ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time

import pytest

from switch.audio.srtp import MASTER_BYTES
from switch.audio.tones import MUSIC
from switch.demo.voice import Voice
from switch.desk.store import open_store
from switch.threads.view import ThreadView
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import HOST
from tests.contract.media.phones import audio_in
from tests.contract.whole.party import ALICES, CUSTOMER, Party
from tests.contract.whole.switch import Programs

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

LONG_S = 2.0
"""Silence, on a machine that has something else to do."""


async def talk(parties: dict[str, Party]) -> tuple[Party, Party, Call]:
    """Let the customer and alice talk; returns both, and alice's call."""
    customer, alice = parties["customer"], parties["alice"]
    for party in parties.values():
        party.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers()
    await calling
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    return customer, alice, call


async def kill_media(programs: Programs) -> float:
    """Kill rtpengine; returns when, once it is dead."""
    programs.kill("media")
    return time.time()


async def hears_anew(party: Party, sound: str, since_s: float) -> float:
    """Return how long nothing was heard since then, once this is heard again."""
    # What was on its way when rtpengine died was heard yet.
    async with asyncio.timeout(PATIENCE_S):
        while party.voice.heard.order(since_s + 0.05)[-1:] != [sound]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return party.voice.heard.longest_silence_s(since_s, time.time())


def tell(whose: str, *silences_s: float) -> None:
    """Say what was measured: `pytest -rP` shows it."""
    print(f"{whose}: silence of", *(f"{1000 * one:.0f} ms" for one in silences_s))  # noqa: T201


def version_of(sdp: str) -> int:
    found = re.search(r"^o=\S+ \S+ (\d+) ", sdp, re.MULTILINE)
    assert found is not None
    return int(found[1])


async def newest_thread(programs: Programs) -> ThreadView:
    """Return what became of the customer's last call, once it is over."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.closing(open_store(programs.config.store_url)) as store:
                found = store.newest(limit=1, contact=CUSTOMER)
            if found and found[0].ended_at is not None:
                return found[0]
            await asyncio.sleep(0.05)


async def test_two_who_talk_hear_each_other_again(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)

    assert customer.calling is not None
    told = customer.calling.invite
    died_s = await kill_media(programs)

    silences = [
        await hears_anew(customer, alice.tone, died_s),
        await hears_anew(alice, customer.tone, died_s),
    ]
    tell("two who talk", *silences)
    assert max(silences) < LONG_S
    # One re-INVITE each, with the next version of what the phone was told (RFC 3264 §8).
    assert [version_of(offer) for offer in customer.offers] == [version_of(told.body) + 1]
    assert [version_of(offer) for offer in alice.offers] == [version_of(call.invite.body) + 1]


async def test_one_whose_audio_is_encrypted_is_told_of_other_keys(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer = parties["customer"]
    customer.voice.close()
    customer.voice = Voice(tone_hz=customer.voice.tone_hz, master=os.urandom(MASTER_BYTES))
    await customer.voice.open(HOST)
    _customer, alice, _call = await talk(parties)
    assert customer.calling is not None
    before = audio_in(customer.calling.invite.body)

    died_s = await kill_media(programs)

    silences = [
        await hears_anew(customer, alice.tone, died_s),
        await hears_anew(alice, customer.tone, died_s),
    ]
    tell("two of whom one encrypts", *silences)
    assert max(silences) < LONG_S
    (offer,) = customer.offers
    after = audio_in(offer)
    assert before.master is not None
    assert after.master not in {None, before.master}
    customer.voice.close()


async def test_a_hold_is_still_one(programs: Programs, parties: dict[str, Party]) -> None:
    customer, alice, call = await talk(parties)
    await alice.holds(call)
    await customer.hears(MUSIC)

    died_s = await kill_media(programs)

    silence_s = await hears_anew(customer, MUSIC, died_s)
    tell("a held customer", silence_s)
    assert silence_s < LONG_S
    await call.until(lambda: bool(call.came("ACK")))
    (offer,) = alice.offers
    assert "a=recvonly" in offer
    # What still comes to her phone it throws away: it has asked for nothing.


async def test_a_transferee_hears_music_again_and_whom_he_is_transferred_to(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)
    saul = parties["saul"]
    await alice.transfers(call, "102")
    ringing = await saul.phone.rung()
    await customer.hears(MUSIC)

    died_s = await kill_media(programs)

    silence_s = await hears_anew(customer, MUSIC, died_s)
    tell("a transferee", silence_s)
    assert silence_s < LONG_S
    saul.phone._ringing.put_nowait(ringing)
    await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)


async def test_a_transfer_in_that_moment_goes_on(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)
    saul = parties["saul"]

    await kill_media(programs)
    await alice.transfers(call, "102")

    await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)


async def test_a_call_that_rings_has_media_when_it_is_answered(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice = parties["customer"], parties["alice"]
    for party in parties.values():
        party.takes_new_descriptions()
    calling = asyncio.create_task(customer.calls(ALICES))
    ringing = await alice.phone.rung()
    starts = programs.supervisor.starts["media"]
    await kill_media(programs)
    async with asyncio.timeout(PATIENCE_S):
        while programs.supervisor.starts["media"] == starts:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    alice.phone._ringing.put_nowait(ringing)
    await alice.answers()
    await calling

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


@pytest.mark.parametrize("who", ["customer", "alice"])
async def test_a_phone_that_takes_no_new_description_is_hung_up_on(
    programs: Programs, parties: dict[str, Party], who: str
) -> None:
    customer, _alice, call = await talk(parties)
    parties[who].refuses = 488

    await kill_media(programs)

    await call.until_over()
    assert customer.calling is not None
    await customer.calling.until_over()
    thread = await newest_thread(programs)
    assert [leg.end_reason for leg in thread.legs] == ["media_lost", "media_lost"]
