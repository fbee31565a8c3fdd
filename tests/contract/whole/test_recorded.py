"""A whole switch records what people say: steered by keys and phones, through a transfer."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from switch.audio.tones import MUSIC
from switch.config import Config
from switch.desk.asker import Bus, ask
from switch.recording.tape.line import Side
from switch.records.commands import RecordCommand
from switch.threads.text import as_text, describe
from switch.threads.view import ThreadView
from tests.contract.cli.phone import Call
from tests.contract.whole.deaths import kill_at, thread_of, until
from tests.contract.whole.party import Party
from tests.contract.whole.switch import Programs
from tests.contract.whole.test_dead_worker import talking
from tests.contract.whole.test_media_lost import hears_anew
from tests.recording.captures import Sound, listen

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

NEAR_S = 0.25
CUSTOMER_HZ, ALICE_HZ, SAUL_HZ = 900, 1100, 1300


def captures(config: Config) -> list[Path]:
    return sorted((config.spool_dir / "pcaps").glob("*.pcap"))


async def pressed(party: Party, keys: str, *, are: int, config: Config) -> None:
    """Press keys; returns when rtpengine has begun so many captures."""
    party.voice.press(keys)
    await until(lambda: len(captures(config)) == are)


async def asks(party: Party, call: Call, wish: str) -> int:
    """Press the record key of a phone; returns what it is answered."""
    assert call.dialog is not None
    party.phone.ua.within(call.dialog, "INFO", extra=[("Record", wish)])
    return (await party.phone.ua.final("INFO", call.dialog.call_id)).status


async def recording_of(config: Config, thread: ThreadView) -> Sound:
    """Return what is heard in the recording of a conversation, when it is made."""
    (name,) = thread.recordings
    path = config.recordings_dir / name
    await until(lambda: path.with_suffix(".json").exists() and path.exists())
    assert f"recorded: {name}" in as_text(describe(thread))
    return listen(path)


def heard(sound: Sound, side: Side) -> list[int]:
    """Return which tones one side has, one after the other; of what is shorter, none."""
    return [hz for hz, from_s, to_s in sound.runs(side) if to_s - from_s > NEAR_S]


def lasts_s(runs: list[tuple[int, float, float]], from_s: float, to_s: float) -> float:
    """Return how long something is heard between two instants."""
    return sum(max(0.0, min(run[2], to_s) - max(run[1], from_s)) for run in runs)


async def test_by_keys_through_a_transfer_with_a_pause(
    running: Config, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    talk = await talking(parties)
    saul = parties["saul"]
    assert captures(running) == []

    await pressed(talk.alice, "*1", are=1, config=running)
    await asyncio.sleep(1.0)
    await talk.alice.transfers(talk.hers, "102")
    sauls = await saul.answers()
    await talk.customer.hears(saul.tone)
    await saul.hears(talk.customer.tone)
    await asyncio.sleep(1.0)
    saul.voice.press("*2")
    await asyncio.sleep(1.5)
    await pressed(saul, "*2", are=2, config=running)
    await asyncio.sleep(1.0)
    await sauls.hang_up()
    await talk.his.until_over()

    thread = await thread_of(running)
    sound = await recording_of(running, thread)
    left, right = sound.runs(Side.LEFT), sound.runs(Side.RIGHT)
    with capsys.disabled():
        print(f"\n{as_text(describe(thread))}\nleft {left}\nright {right}")  # noqa: T201
    assert all(leg.recording == thread.recordings[0] for leg in thread.legs)
    assert heard(sound, Side.LEFT) == [CUSTOMER_HZ, CUSTOMER_HZ]
    assert heard(sound, Side.RIGHT) == [ALICE_HZ, SAUL_HZ, SAUL_HZ]
    # His with alice, and with saul until the pause and after it; alice's own, and saul's.
    assert [len(leg.recorded) for leg in thread.legs] == [3, 1, 2]
    assert left[1][1] - left[0][2] > 1.0
    assert captures(running) == []


async def test_by_the_key_of_a_phone_and_only_a_reps(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)

    assert await asks(talk.alice, talk.hers, "perhaps") == 400
    assert await asks(talk.alice, talk.hers, "pause") == 481
    assert await asks(talk.alice, talk.hers, "on") == 200
    await asyncio.sleep(1.0)
    assert await asks(talk.alice, talk.hers, "off") == 200
    assert await asks(talk.customer, talk.his, "on") in {200, 415}
    await talk.his.hang_up()
    await talk.hers.until_over()

    sound = await recording_of(running, await thread_of(running))
    assert heard(sound, Side.LEFT) == [CUSTOMER_HZ]
    assert sound.duration_s == pytest.approx(1.0, abs=0.5)


async def test_by_command(running: Config, parties: dict[str, Party]) -> None:
    talk = await talking(parties)
    conversation = (await thread_of(running, over=False)).conversation_id
    bus = Bus(host=running.bus.host, port=running.bus.port)

    on = await ask(bus, RecordCommand(conversation=conversation, action="on"))
    not_his = await ask(bus, RecordCommand(conversation=conversation, action="off", rep="bob"))
    await asyncio.sleep(1.0)
    await talk.his.hang_up()
    await talk.hers.until_over()

    assert (on.status, not_his.status) == (200, 403)
    sound = await recording_of(running, await thread_of(running))
    assert heard(sound, Side.RIGHT) == [ALICE_HZ]


async def test_killed_while_it_records_what_was_said_is_there(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    assert await asks(talk.alice, talk.hers, "on") == 200
    await asyncio.sleep(1.0)

    kill_at(talk.port)
    await asyncio.sleep(1.0)
    await talk.his.hang_up()
    await talk.hers.until_over()

    thread = await thread_of(running)
    sound = await recording_of(running, thread)
    assert heard(sound, Side.LEFT) == [CUSTOMER_HZ]
    assert heard(sound, Side.RIGHT) == [ALICE_HZ]
    assert sound.duration_s > 1.5
    for leg in thread.legs:
        # The two are recorded on without their worker, until they hang up.
        (span,) = leg.recorded
        assert span.to_at == leg.ended_at


async def test_who_is_won_back_for_a_dead_worker_is_recorded_on(
    running: Config, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    saul = parties["saul"]
    assert await asks(talk.alice, talk.hers, "on") == 200
    await asyncio.sleep(1.0)
    await talk.alice.transfers(talk.hers, "102")
    rung = await saul.phone.rung()
    await talk.customer.hears(MUSIC)

    kill_at(talk.port)
    await rung.until_over()
    again = await saul.answers()
    await talk.customer.hears(saul.tone)
    await asyncio.sleep(1.0)
    await talk.his.hang_up()
    await again.until_over()

    thread = await thread_of(running)
    sound = await recording_of(running, thread)
    assert heard(sound, Side.RIGHT) == [ALICE_HZ, SAUL_HZ]
    assert all(leg.recording == thread.recordings[0] for leg in thread.legs)
    assert [len(leg.recorded) for leg in thread.legs] == [2, 1, 1]


async def test_killed_rtpengine_is_followed_by_another_and_it_is_one_recording(
    programs: Programs, parties: dict[str, Party], capsys: pytest.CaptureFixture[str]
) -> None:
    for party in parties.values():
        party.takes_new_descriptions()
    talk = await talking(parties)
    assert await asks(talk.alice, talk.hers, "on") == 200
    began_s = time.time()
    await asyncio.sleep(1.5)

    programs.kill("media")
    died_s = time.time()
    for party, tone in ((talk.customer, talk.alice.tone), (talk.alice, talk.customer.tone)):
        await hears_anew(party, tone, died_s)
    heard_s = time.time()
    await until(lambda: len(captures(programs.config)) == 2)
    recorded_s = time.time()
    await asyncio.sleep(1.5)
    over_s = time.time()
    await talk.his.hang_up()
    await talk.hers.until_over()

    thread = await thread_of(programs.config)
    sound = await recording_of(programs.config, thread)
    left, right = sound.runs(Side.LEFT), sound.runs(Side.RIGHT)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nrtpengine killed while it recorded: {sound.duration_s:.2f} s of "
            f"{over_s - began_s:.2f} s; died {died_s - began_s:.2f}, "
            f"heard again by {heard_s - began_s:.2f}, recorded by {recorded_s - began_s:.2f}\n"
            f"left {left}\nright {right}"
        )
    # As long as it took, and each half at its time: that is content, and no question of speed.
    assert sound.duration_s == pytest.approx(over_s - began_s, abs=1.5)
    for runs, hz in ((left, CUSTOMER_HZ), (right, ALICE_HZ)):
        assert {run[0] for run in runs} == {hz}
        assert lasts_s(runs, 0.0, died_s - began_s) > 1.0
        assert lasts_s(runs, recorded_s - began_s, sound.duration_s) > 1.0
    for leg in thread.legs:
        (span,) = leg.recorded
        assert span.to_at is not None
        assert leg.recording == thread.recordings[0]
