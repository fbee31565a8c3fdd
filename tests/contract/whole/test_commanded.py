"""What reps and operators ask by command, over the bus of a whole switch: told by ear and phone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import aiomqtt
import pytest
import pytest_asyncio

from switch.audio.tones import MUSIC
from switch.demo.voice import Voice
from switch.desk import asker
from switch.desk.asker import Bus
from switch.records import codec, topics
from switch.records.commands import (
    Answer,
    CallCommand,
    Command,
    HangUpCommand,
    HoldCommand,
    MuteCommand,
    PresenceCommand,
)
from switch.records.leg import LegRecord
from switch.threads.text import as_text, describe
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import HOST
from tests.contract.whole.deaths import kill_at, kill_node, port_of, presence_on, thread_of, until
from tests.contract.whole.hall import Hall, hall, shown
from tests.contract.whole.party import CUSTOMER, TONES_HZ, Party
from tests.contract.whole.test_dead_worker import talking

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

FRAMES = 25
THE_CALL = "2"
"""There is one, and its id begins with the year."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with hall(tmp_path_factory.mktemp("switch")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def parties(place: Hall) -> AsyncIterator[dict[str, Party]]:
    with ExitStack() as stack:
        found: dict[str, Party] = {}
        for name, tone_hz in TONES_HZ.items():
            voice = Voice(tone_hz=tone_hz)
            await voice.open(HOST)
            stack.callback(voice.close)
            phone = place.trunk if name == "customer" else place.phones[name]
            found[name] = Party(name, phone, voice)
        yield found


async def ask(place: Hall, command: Command) -> Answer:
    return await asker.ask(Bus(host=place.config.bus.host, port=place.config.bus.port), command)


async def done(place: Hall, command: Command) -> str:
    answer = await ask(place, command)
    assert answer.status == 200, answer
    return answer.conversation or ""


def reinvites(call: Call) -> int:
    return len(call.came("INVITE"))


async def until_only(one: Party, *, hears: Party) -> None:
    """Return when somebody has heard half a second of another who has heard nothing meanwhile."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            from_s = time.time()
            await until(lambda from_s=from_s: one.voice.heard.packets(from_s) >= FRAMES)
            if hears.voice.heard.packets(from_s) == 0:
                return


@asynccontextmanager
async def records_on(place: Hall) -> AsyncIterator[dict[str, LegRecord]]:
    """Yield the newest record of each party's leg."""
    newest: dict[str, LegRecord] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            record = codec.decode(message.payload)
            newest[record.rep or "customer"] = record

    async with aiomqtt.Client(place.config.bus.host, place.config.bus.port) as client:
        await client.subscribe(topics.LEG_FILTER)
        listening = asyncio.create_task(listen(client))
        try:
            yield newest
        finally:
            listening.cancel()


async def test_hold_mute_and_hang_up_by_command(place: Hall, parties: dict[str, Party]) -> None:
    async with records_on(place) as newest:
        talk = await talking(parties)
        customer, alice = talk.customer, talk.alice

        hold = HoldCommand(conversation=THE_CALL, action="on", rep="alice")
        held = await done(place, hold)
        await customer.hears(MUSIC)
        await until(lambda: newest["alice"].held)
        assert await done(place, hold) == held
        await done(place, HoldCommand(conversation=held, action="off", rep="alice"))
        await talk.hear_each_other()

        await done(place, MuteCommand(conversation=held, action="on", rep="alice"))
        await until_only(alice, hears=customer)
        await until(lambda: newest["alice"].muted and not newest["alice"].held)
        await done(place, MuteCommand(conversation=held, action="off"))
        await talk.hear_each_other()

        assert reinvites(talk.hers) == reinvites(talk.his) == 0
        assert (await ask(place, HangUpCommand(conversation=held, rep="bob"))).status == 403
        await done(place, HangUpCommand(conversation=held, rep="alice"))
        await asyncio.gather(talk.hers.until_over(), talk.his.until_over())
        await until(lambda: {one.state for one in newest.values()} == {"ended"})

    assert {who: (one.end_reason, one.ended_by) for who, one in newest.items()} == {
        "customer": ("completed", "switch"),
        "alice": ("completed", "party"),
    }
    with pytest.raises(asker.NobodyAnswers):
        await ask(place, HangUpCommand(conversation=held))


async def test_a_held_call_is_transferred_and_the_next_rep_is_heard(
    place: Hall, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    saul = parties["saul"]
    await done(place, HoldCommand(conversation=THE_CALL, action="on", rep="alice"))
    await talk.customer.hears(MUSIC)

    await talk.alice.transfers(talk.hers, "102")
    sauls = await saul.answers()

    await talk.customer.hears(saul.tone)
    await saul.hears(talk.customer.tone)
    # An operator ends it for both.
    await done(place, HangUpCommand(conversation=THE_CALL))
    await asyncio.gather(sauls.until_over(), talk.his.until_over())


async def test_without_a_worker_nothing_can_be_asked_of_a_call(
    place: Hall, parties: dict[str, Party]
) -> None:
    talk = await talking(parties)
    kill_at(port_of(talk.hers))

    for command in (
        HoldCommand(conversation=THE_CALL, action="on", rep="alice"),
        MuteCommand(conversation=THE_CALL, action="on", rep="alice"),
        HangUpCommand(conversation=THE_CALL, rep="alice"),
    ):
        async with asyncio.timeout(PATIENCE_S):
            while (await ask(place, command)).status != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    await talk.hear_each_other()
    await talk.his.hang_up()
    await talk.hers.until_over()


async def test_a_click_rings_the_rep_and_then_whom_he_calls(
    place: Hall, parties: dict[str, Party]
) -> None:
    alice, customer = parties["alice"], parties["customer"]
    async with presence_on(place.config) as presence:
        await presence.becomes("alice", "available")
        answers = await asyncio.gather(
            *(ask(place, CallCommand(rep="alice", target=CUSTOMER)) for _ in range(2))
        )
        assert sorted(one.status for one in answers) == [200, 486]
        (conversation,) = [one.conversation for one in answers if one.status == 200]

        hers = await alice.answers()
        assert shown(hers) == CUSTOMER
        assert hers.display_name == f"your call to {CUSTOMER}"
        assert hers.invite.get("Subject") == "your call"
        await alice.hears(MUSIC)  # 440 and 480 Hz: as it rings

        his = await customer.answers()
        assert shown(his) != CUSTOMER
        await alice.hears(customer.tone)
        await customer.hears(alice.tone)
        await presence.becomes("alice", "on_call")
        assert reinvites(hers) == 0
        busy = await ask(place, CallCommand(rep="alice", target="102"))
        assert busy.status == 486
        await his.hang_up()
        await hers.until_over()

    thread = await thread_of(place.config)
    assert (thread.conversation_id, thread.direction) == (conversation, "outbound")
    assert [leg.rep for leg in thread.legs] == ["alice", None]
    assert f"Call to {CUSTOMER}" in as_text(describe(thread))


async def test_a_click_that_the_rep_declines_calls_nobody(
    place: Hall, parties: dict[str, Party]
) -> None:
    await done(place, CallCommand(rep="alice", target=CUSTOMER))
    hers = await parties["alice"].phone.rung()

    hers.decline()

    async with presence_on(place.config) as presence:
        await presence.becomes("alice", "available")
    assert not parties["customer"].phone.is_rung


async def test_a_click_that_cannot_be_done_says_why(place: Hall) -> None:
    asked = {
        ("zoe", "102"): 404,
        ("alice", "nobody"): 404,
        ("alice", "101"): 482,
        ("alice", "+19005550100"): 403,
    }

    for (rep, target), status in asked.items():
        answer = await ask(place, CallCommand(rep=rep, target=target))
        assert (answer.status, bool(answer.problem)) == (status, True), (rep, target)
    assert not place.phones["alice"].is_rung


async def test_who_is_away_is_not_hunted_and_rings_when_he_is_dialled(
    place: Hall, parties: dict[str, Party]
) -> None:
    saul, bob = parties["saul"].phone, parties["bob"].phone
    async with presence_on(place.config) as presence:
        await until(lambda: "bob" in presence.states)
        await done(place, PresenceCommand(rep="saul", away=True))
        await presence.becomes("saul", "away")
        kill_node(place.config)
        await until(
            lambda: presence.states["saul"][-3:-1] != [] and len(presence.states["bob"]) > 1
        )
        await presence.becomes("saul", "away")

        for extension, phone, other in (("801", bob, saul), ("102", saul, bob)):
            await presence.becomes("alice", "available")
            await done(place, CallCommand(rep="alice", target=extension))
            hers = await parties["alice"].answers()
            rung = await phone.rung()
            assert not other.is_rung
            rung.answer()
            await hers.hang_up()
            await rung.until_over()

        await done(place, PresenceCommand(rep="saul", away=False))
        await presence.becomes("saul", "available")
    assert (await ask(place, PresenceCommand(rep="zoe", away=True))).status == 404
