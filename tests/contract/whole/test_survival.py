"""A whole switch parts of which are killed while people talk: nobody in the call notices."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio

from switch import roll
from switch.demo.voice import Voice
from switch.threads.view import ThreadView
from tests.contract.cli.phone import PATIENCE_S, Call
from tests.contract.edge.ua import DOMAIN, HOST
from tests.contract.media.phones import audio_in, sdp_of
from tests.contract.whole.hall import Hall, Talk, hall
from tests.contract.whole.party import ALICES
from tests.run.processes import lives

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

ALICE_HZ, CUSTOMER_HZ = 1100, 900
GAP_S = 0.25
"""A longer one is heard; a machine that is busy makes shorter ones by itself."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    async with hall(tmp_path_factory.mktemp("survival")) as made:
        yield made


@dataclass(slots=True, kw_only=True)
class Heard:
    """Is a customer who talks with alice, and what both hear."""

    talk: Talk
    customer: Voice
    alice: Voice
    since_s: float

    def gap_s(self) -> float:
        """The longest time in which one of them heard nothing."""
        now_s = time.time()
        ears = (self.customer.heard, self.alice.heard)
        return max(one.longest_silence_s(self.since_s, now_s) for one in ears)

    async def for_(self, span_s: float) -> None:
        """Let them talk so long."""
        await asyncio.sleep(span_s)


@asynccontextmanager
async def talking(played: Hall) -> AsyncIterator[Heard]:
    """Let a customer talk with alice; yields when they hear each other."""
    async with AsyncExitStack() as stack:
        voices = []
        for tone_hz in (CUSTOMER_HZ, ALICE_HZ):
            voice = Voice(tone_hz=tone_hz)
            await voice.open(HOST)
            stack.callback(voice.close)
            voices.append(voice)
        customer, alice = voices
        talk = await played.talk(customer_sdp=sdp_of(customer.port), alice_sdp=sdp_of(alice.port))
        customer.speak_to(audio_in(talk.customer.invite.body))
        alice.speak_to(audio_in(talk.alice.invite.body))
        await until(lambda: bool(customer.heard.order() and alice.heard.order()))
        yield Heard(talk=talk, customer=customer, alice=alice, since_s=time.time())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def another(played: Hall, name: str, number: signal.Signals = signal.SIGKILL) -> float:
    """End a program by a signal; return how long it took until the next one is there, in s."""
    before = played.supervisor.pids[name]
    began_s = time.monotonic()
    os.kill(before, number)
    await until(lambda: played.supervisor.pids.get(name) not in {None, before})
    return time.monotonic() - began_s


async def until_calls_are_taken(played: Hall) -> None:
    """Return when a new call rings; alice declines it."""
    while True:
        calling = asyncio.create_task(tried(played))
        rung = asyncio.create_task(played.phones["alice"].rung())
        await asyncio.wait({calling, rung}, return_when=asyncio.FIRST_COMPLETED)
        if rung.done():
            rung.result().decline()
            assert await calling == 603
            return
        rung.cancel()
        await asyncio.sleep(0.02)


async def tried(played: Hall) -> int:
    """Let a customer call alice; return how his INVITE was answered in the end."""
    ua = played.trunk.ua
    call_id = ua.invite(f"sip:{ALICES}@{DOMAIN}", from_=f"<sip:+14805569999@{HOST}>")
    reply = await ua.final("INVITE", call_id, timeout_s=PATIENCE_S)
    assert reply.status is not None
    if reply.status == 503:
        assert reply.get("Retry-After")
    return reply.status


def worker_of(played: Hall) -> dict[str, int]:
    return {one.worker: one.pid for one in roll.living(played.config.switch.run_dir)}


async def transfers(talk: Talk, played: Hall) -> Call:
    """Let alice transfer the customer to saul, who answers; she is released."""
    talk.refer("102")
    saul = await played.phones["saul"].rung()
    saul.answer()
    assert await talk.told() == 200
    await talk.alice.until_over()
    return saul


async def ends(played: Hall, talk: Talk, last: Call) -> ThreadView:
    """Let the customer hang up; returns the thread."""
    await talk.customer.hang_up()
    await last.until_over()
    return await played.thread(talk)


def is_whole(thread: ThreadView) -> None:
    """Check that every leg is closed once, and that nobody says he was lost."""
    assert [leg.leg_id for leg in thread.legs if leg.ended_at is None] == []
    assert {leg.end_reason for leg in thread.legs} <= {"hung_up", "transferred", "completed"}


async def test_a_node_that_is_killed_is_not_noticed_in_a_call(
    played: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    async with talking(played) as heard:
        workers = worker_of(played)

        began_s = time.monotonic()
        await another(played, "node")
        await until_calls_are_taken(played)
        took_s = time.monotonic() - began_s
        await heard.for_(0.5)

        with capsys.disabled():
            print(  # noqa: T201
                f"\nnode killed: calls are taken again after {1000 * took_s:.0f} ms; "
                f"longest silence in the call {1000 * heard.gap_s():.0f} ms"
            )
        assert heard.gap_s() < GAP_S
        assert workers.items() <= worker_of(played).items()
        # The next node knows the call: it is transferred, and each part of it is in the thread.
        saul = await transfers(heard.talk, played)
        thread = await ends(played, heard.talk, saul)
    is_whole(thread)
    assert [leg.rep for leg in thread.legs] == [None, "alice", "saul"]
    assert [one.outcome for one in thread.transfers] == ["answered"]


async def test_a_call_ends_in_order_while_there_is_no_node(played: Hall) -> None:
    async with talking(played) as heard:
        os.kill(played.supervisor.pids["node"], signal.SIGKILL)

        thread = await ends(played, heard.talk, heard.talk.alice)

    is_whole(thread)
    assert len(thread.legs) == 2


async def test_two_nodes_killed_one_after_the_other_are_not_noticed(played: Hall) -> None:
    async with talking(played) as heard:
        for _ in range(2):
            await another(played, "node")
        await until_calls_are_taken(played)

        assert heard.gap_s() < GAP_S
        saul = await transfers(heard.talk, played)
        thread = await ends(played, heard.talk, saul)
    is_whole(thread)
    assert [leg.rep for leg in thread.legs] == [None, "alice", "saul"]


async def test_a_node_killed_while_the_target_rings_changes_nothing(played: Hall) -> None:
    async with talking(played) as heard:
        heard.talk.refer("102")
        saul = await played.phones["saul"].rung()

        await another(played, "node")
        saul.answer()

        assert await heard.talk.told() == 200
        await heard.talk.alice.until_over()
        await until_calls_are_taken(played)
        # And back to alice, by the next node.
        assert saul.dialog is not None
        saul.phone.ua.within(saul.dialog, "REFER", extra=[("Refer-To", f"<sip:101@{DOMAIN}>")])
        alice = await played.phones["alice"].rung()
        alice.answer()
        await saul.until_over()
        thread = await ends(played, heard.talk, alice)
    is_whole(thread)
    assert [leg.rep for leg in thread.legs] == [None, "alice", "saul", "alice"]
    assert [one.outcome for one in thread.transfers] == ["answered", "answered"]


async def test_a_node_killed_while_a_territory_rings_changes_nothing(played: Hall) -> None:
    async with talking(played) as heard:
        heard.talk.refer("801")
        saul, bob = [await played.phones[name].rung() for name in ("saul", "bob")]

        await another(played, "node")
        await until_calls_are_taken(played)
        saul.answer()

        await heard.talk.alice.until_over()
        await bob.until_over()
        # Who answered is known to the next node, by his own name.
        assert saul.dialog is not None
        saul.phone.ua.within(saul.dialog, "REFER", extra=[("Refer-To", f"<sip:101@{DOMAIN}>")])
        alice = await played.phones["alice"].rung()
        alice.answer()
        await saul.until_over()
        thread = await ends(played, heard.talk, alice)
    is_whole(thread)
    assert [leg.rep for leg in thread.legs] == [None, "alice", "saul", "alice"]


async def test_a_node_killed_right_behind_a_refer_leaves_the_customer_with_somebody(
    played: Hall,
) -> None:
    async with talking(played) as heard:
        heard.talk.refer("102")
        os.kill(played.supervisor.pids["node"], signal.SIGKILL)
        await until_calls_are_taken(played)

        # Whatever came first: it was refused, it failed, or it went on.
        if played.phones["saul"].is_rung:
            saul = await played.phones["saul"].rung()
            saul.answer()
            await heard.talk.alice.until_over()
            last = saul
        else:
            last = heard.talk.alice
        assert not heard.talk.customer.over.is_set()
        thread = await ends(played, heard.talk, last)
    assert [leg.leg_id for leg in thread.legs if leg.ended_at is None] == []


async def test_a_node_that_steps_aside_is_followed_by_another_with_its_calls(
    played: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    async with talking(played) as heard:
        workers = worker_of(played)

        began_s = time.monotonic()
        await another(played, "node", signal.SIGHUP)
        await until_calls_are_taken(played)
        took_s = time.monotonic() - began_s

        with capsys.disabled():
            print(f"\nnode stepped aside: calls are taken again after {1000 * took_s:.0f} ms")  # noqa: T201
        assert heard.gap_s() < GAP_S
        assert workers.items() <= worker_of(played).items()
        saul = await transfers(heard.talk, played)
        thread = await ends(played, heard.talk, saul)
    is_whole(thread)
    assert [leg.rep for leg in thread.legs] == [None, "alice", "saul"]


async def test_a_nursery_that_is_killed_is_not_noticed_in_a_call(played: Hall) -> None:
    async with talking(played) as heard:
        workers = worker_of(played)

        await another(played, "nursery")

        assert workers.items() <= worker_of(played).items()
        await until_calls_are_taken(played)
        saul = await transfers(heard.talk, played)
        assert heard.gap_s() < GAP_S or heard.talk.alice.over.is_set()
        thread = await ends(played, heard.talk, saul)
    is_whole(thread)


async def test_in_the_end_nobody_of_ours_is_left(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with hall(tmp_path_factory.mktemp("left")) as made:
        await made.talk()
        await another(made, "nursery")
        await another(made, "node")
        pids = [*worker_of(made).values(), *made.supervisor.pids.values()]
        # One that hangs, and is nobody's child any more.
        with contextlib.suppress(ProcessLookupError):
            os.kill(next(iter(worker_of(made).values())), signal.SIGSTOP)

    await until(lambda: not any(map(lives, pids)))
