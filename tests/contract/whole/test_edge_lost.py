"""Kamailio is killed, and started again: whoever talks does not notice, whoever acts is served."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from dataclasses import dataclass

import psutil
import pytest

from switch.audio.tones import MUSIC
from switch.demo.ports import take_port
from switch.edge import rpc
from switch.run.plans import run_folder
from tests.contract.cli.phone import PATIENCE_S, Call, Phone
from tests.contract.edge.ua import HOST, Ua
from tests.contract.whole.party import ALICES, Party
from tests.contract.whole.switch import Programs

pytestmark = [pytest.mark.contract, pytest.mark.asyncio(loop_scope="module")]

T1_S = 0.5


async def talk(parties: dict[str, Party]) -> tuple[Party, Party, Call]:
    """Let the customer and alice talk; returns both, and alice's call."""
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers()
    await calling
    await customer.hears(alice.tone)
    await alice.hears(customer.tone)
    return customer, alice, call


@dataclass(frozen=True, slots=True)
class Death:
    """Is when the edge was killed."""

    at_s: float
    connections: int
    """How often a node had connected to it by then."""

    def say(self, what: str) -> None:
        """Say what was measured: `pytest -rP` shows it."""
        print(f"{what} after {1000 * (time.monotonic() - self.at_s):.0f} ms")  # noqa: T201


def kill_all_of_it(programs: Programs) -> Death:
    """Kill every process of Kamailio."""
    first = psutil.Process(programs.supervisor.pids["edge"])
    death = Death(time.monotonic(), connections(programs))
    for part in [first, *first.children(recursive=True)]:
        part.kill()
    return death


async def until_back(programs: Programs, died: Death) -> None:
    """Return when calls are taken again: the edge is up, and the node has connected to it."""
    async with asyncio.timeout(PATIENCE_S):
        while not await rpc.is_ready(programs.config.edge.rpc_port):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        died.say("the edge is back")
        while connections(programs) == died.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    died.say("its node has connected")


async def until_written(programs: Programs, party: Party) -> None:
    """Return when a registration is on disk: it takes a tenth of a second."""
    file = programs.config.switch.data_dir / "locations.sqlite"
    port = f":{party.phone.ua.port}"
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.closing(sqlite3.connect(file)) as locations:
                rows = locations.execute("SELECT contact FROM location").fetchall()
            if any(contact.endswith(port) for (contact,) in rows):
                return
            await asyncio.sleep(0.01)


def connections(programs: Programs) -> int:
    """Return how often a node has connected to an edge of this switch."""
    log = run_folder(programs.config) / "edge.log"
    return log.read_text().count("a node has connected")


async def hangs_up(party: Party, call: Call) -> None:
    """Send a BYE as a phone does: again and again until it is answered (RFC 3261 §17.1.2)."""
    assert call.dialog is not None
    ua = party.phone.ua
    ua.within(call.dialog, "BYE")
    call.dialog.cseq -= 1
    wait_s = T1_S
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await ua.final("BYE", timeout_s=wait_s)
            except TimeoutError:
                ua.send(ua.last_within)
                wait_s = min(2 * wait_s, 4.0)
            else:
                return


async def test_who_talks_talks_on_and_a_bye_is_delivered(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)

    died = kill_all_of_it(programs)

    heard_s = time.time()
    bye = asyncio.create_task(hangs_up(alice, call))
    await until_back(programs, died)
    await asyncio.wait_for(bye, PATIENCE_S)
    assert customer.calling is not None
    await customer.calling.until_over()
    died.say("the BYE was delivered")
    assert customer.voice.heard.order(heard_s) == [alice.tone]


async def test_who_was_registered_is_called_without_registering_again(
    programs: Programs, parties: dict[str, Party]
) -> None:
    await until_written(programs, parties["alice"])

    died = kill_all_of_it(programs)
    await until_back(programs, died)
    await talk(parties)

    died.say("alice has answered")


async def test_a_transfer_right_after_it_is_as_any_other(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)
    saul = parties["saul"]
    await until_written(programs, saul)

    died = kill_all_of_it(programs)
    await until_back(programs, died)
    await alice.transfers(call, "102")
    died.say("the REFER is taken, and its phone has hung up")
    await saul.answers()
    await customer.hears(saul.tone)
    await saul.hears(customer.tone)


async def test_whoever_rings_can_answer(programs: Programs, parties: dict[str, Party]) -> None:
    customer, alice = parties["customer"], parties["alice"]
    calling = asyncio.create_task(customer.calls(ALICES))
    ringing = await alice.phone.rung()

    died = kill_all_of_it(programs)
    await until_back(programs, died)
    alice.phone._ringing.put_nowait(ringing)
    await alice.answers()
    await calling

    await customer.hears(alice.tone)
    await alice.hears(customer.tone)


async def test_a_target_that_rings_can_answer(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer, alice, call = await talk(parties)
    saul = parties["saul"]
    await alice.transfers(call, "102")
    ringing = await saul.phone.rung()
    await customer.hears(MUSIC)

    died = kill_all_of_it(programs)
    await until_back(programs, died)
    saul.phone._ringing.put_nowait(ringing)
    await saul.answers()

    await customer.hears(saul.tone)
    await saul.hears(customer.tone)


async def test_a_phone_on_tcp_connects_again_and_hangs_up(
    programs: Programs, parties: dict[str, Party]
) -> None:
    customer = parties["customer"]
    await parties["alice"].registers(expires=0)
    ua = await Ua.open(programs.config.edge.sip_port, "tcp", port=take_port(HOST))
    alice = Party("alice", Phone(ua), parties["alice"].voice)
    await alice.registers(expires=3600)
    calling = asyncio.create_task(customer.calls(ALICES))
    call = await alice.answers()
    await calling

    died = kill_all_of_it(programs)
    await until_back(programs, died)
    again = await Ua.open(programs.config.edge.sip_port, "tcp")
    await ua.close()
    call.phone.ua = again
    assert call.dialog is not None
    again.within(call.dialog, "BYE")

    assert (await again.final("BYE", timeout_s=PATIENCE_S)).status == 200
    assert customer.calling is not None
    await customer.calling.until_over()
    await alice.phone.close()
    await again.close()


@pytest.mark.parametrize("which", ["the first", "another"])
async def test_one_process_of_it_that_dies_takes_the_others_along(
    programs: Programs, parties: dict[str, Party], which: str
) -> None:
    await until_written(programs, parties["alice"])
    first = psutil.Process(programs.supervisor.pids["edge"])
    parts = first.children(recursive=True)
    victim = first if which == "the first" else parts[0]

    died = Death(time.monotonic(), connections(programs))
    victim.kill()
    _gone, left = await asyncio.to_thread(psutil.wait_procs, [first, *parts], timeout=PATIENCE_S)
    assert left == []
    await until_back(programs, died)

    await talk(parties)
