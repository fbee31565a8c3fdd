"""The doctor, about a real broker, outbox and store."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from switch.config import load
from switch.desk.store import Store, make_store
from switch.node.entries import CallKept, LegKept, SetAside
from switch.node.ledger import Ledger
from tests.cli.typing_at import Said, Terminal, a_config, write_config
from tests.contract.bus.conftest import PATIENCE_S, Broker, Voice, eventually
from tests.contract.ledger.samples import published
from tests.records.samples import story

pytestmark = pytest.mark.contract

Type = Callable[..., Awaitable[Said]]
NOBODY = 2**22 + 1
"""No process has this number: it is above what Linux gives."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = make_store(tmp_path / "var" / "threads.sqlite")
    yield opened
    opened.close()


@pytest.fixture
async def node(type_: Type, bus: Broker, tmp_path: Path) -> AsyncIterator[Voice]:
    """A node that is up, and has published a conversation that is over."""
    voice = Voice(bus, tmp_path / "var" / "node.sqlite")
    voice.start()
    for record in story():
        await voice.publish_leg(record)
    assert await voice.flush(PATIENCE_S)
    await eventually(lambda: voice.journal.last_seq == len(story()))
    await voice.journal.note()
    yield voice
    await voice.stop()


@pytest.fixture
def type_(
    bus: Broker,
    store: Store,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Type]:
    monkeypatch.setattr("switch.cli.examination._LOOKED_AT_AGAIN_S", 0.05)
    config = a_config(tmp_path)
    write_config(replace(config, bus=replace(config.bus, port=bus.port, managed=False)), tmp_path)
    terminal = Terminal(tmp_path, capsys)

    async def type_it(command: str, *arguments: str) -> Said:
        return await asyncio.to_thread(terminal.type_about_config, command, *arguments)

    with capture_logs():  # of the node, which is in the same process here
        yield type_it


async def test_where_all_is_stored_all_is_well(node: Voice, store: Store, type_: Type) -> None:
    store.add(story())

    said = await type_("doctor")

    lines = said.out.splitlines()
    assert said.status == 0
    assert lines[0].startswith("outbox   23 messages kept, 0 unsent; 0.")
    assert lines[0].endswith("of 1024 MiB (0 %)")
    assert lines[1:4] == [
        "calls    0 up, 0 of them without a worker",
        "broker   there; nodes: node1 up",
        "store    23 records compared, 0 legs missing, 0 dangling, 0 messages unread",
    ]
    assert lines[-1] == "All is as it should be."


async def test_what_the_store_lacks_is_named_and_how_to_mend_it(
    node: Voice, store: Store, type_: Type
) -> None:
    store.add(story()[:-1])

    said = await type_("doctor")

    assert said.status == 1
    assert "! 1 leg missing in the store\n" in said.out
    last = story()[-1]
    stored = f"sent revision {last.revision}, stored revision {last.revision - 1}"
    assert f"      {last.leg_id}: {stored}\n" in said.out
    hint = said.out.rpartition("if the desk runs: softswitch ")[2].split()[:3]
    assert hint[:2] == ["replay", "--since"]
    again = await type_("replay", *hint[1:])
    assert (again.status, again.err) == (0, "")


async def test_a_thread_that_is_open_and_nobodys_dangles(
    node: Voice, store: Store, type_: Type
) -> None:
    store.add(story())
    store.add(story(conversation_id="conversation-9")[:-1])

    said = await type_("doctor")

    assert said.status == 1
    assert "! 1 thread dangling: open, and no call is up\n      conversation-9\n" in said.out
    assert "softswitch replay --conversation conversation-9" in said.out


async def test_a_call_that_is_up_does_not_dangle_nor_one_whose_end_is_on_its_way(
    node: Voice, store: Store, type_: Type, bus: Broker
) -> None:
    store.add(story())
    up, ending = (story(conversation_id=f"conversation-{n}") for n in (8, 9))
    store.add(up[:-1])
    store.add(ending[:-1])
    await node.journal.note(
        CallKept("conversation-8", "worker-1", 20000, os.getpid(), b"{}"), LegKept(up[0])
    )
    bus.stop()
    await node.journal.note(published(ending[-1]))

    said = await type_("doctor", "--json")

    told = json.loads(said.out)
    assert (told["dangling"], told["missing"], told["unattended"]) == ([], [], [])
    assert (told["calls"], told["fill"]["unsent"]) == (1, 1)
    assert set(told["unreachable"]) == {"broker"}


async def test_a_call_whose_worker_is_gone_waits_for_a_node(
    bus: Broker, store: Store, type_: Type, tmp_path: Path
) -> None:
    ledger = Ledger.open(tmp_path / "var" / "node.sqlite")
    ledger.commit([CallKept("conversation-8", "worker-1", 20000, NOBODY, b"{}")])
    ledger.close()

    said = await type_("doctor")

    assert said.status == 1
    assert "calls    1 up, 1 of them without a worker\n" in said.out
    assert "! no node is up: softswitch run\n" in said.out
    assert "! 1 call without a worker, and no node to end it\n" in said.out


async def test_what_is_out_of_reach_is_named_and_the_rest_is_looked_at(
    bus: Broker, store: Store, type_: Type, tmp_path: Path
) -> None:
    ledger = Ledger.open(tmp_path / "var" / "node.sqlite")
    ledger.commit(map(published, story()))
    ledger.close()
    bus.stop()

    said = await type_("doctor")

    assert said.status == 1
    assert "23 messages kept, 23 unsent, the oldest for " in said.out
    assert "! broker: " in said.out
    assert "store    0 records compared" in said.out


async def test_what_was_set_aside_and_what_is_stuck_is_told(
    node: Voice, store: Store, type_: Type, tmp_path: Path
) -> None:
    store.add(story())
    ledger = Ledger.open(tmp_path / "var" / "node.sqlite", utc_s=lambda: time.time() - 7300)
    ledger.commit([published(story()[0]), SetAside(3, "too large")])
    ledger.close()

    said = await type_("doctor")

    assert said.status == 1
    assert "! 1 message stuck in the outbox for 2 h" in said.out
    assert "! 1 message set aside, for no broker took it" in said.out


async def test_a_full_spool_is_told_and_what_could_not_be_converted(
    node: Voice, store: Store, type_: Type, tmp_path: Path
) -> None:
    store.add(story())
    config = load(tmp_path / "config")
    spool = config.spool_dir
    (spool / "plans").mkdir(parents=True)
    (spool / "plans" / "c7.failed").write_bytes(bytes(3 << 20))
    well = await type_("doctor")
    assert "spool    3.0 MiB of recordings not stored yet; " in well.out

    full = replace(config.recording, spool_most_mb=3)
    write_config(replace(config, recording=full), tmp_path)
    said = await type_("doctor")

    assert said.status == 1
    why = "3 MiB lie in the spool, [recording] spool_most_mb\n"
    assert f"! no new recording starts: {why}" in said.out
    assert "! 1 recording could not be converted\n      c7" in said.out
    assert json.loads((await type_("doctor", "--json")).out)["failed_recordings"] == ["c7"]


async def test_it_tells_machines_the_same(node: Voice, store: Store, type_: Type) -> None:
    store.add(story()[:-1])

    said = await type_("doctor", "--json")

    last = story()[-1]
    told = json.loads(said.out)
    assert (said.status, told["is_well"], told["nodes"]) == (1, False, {"node1": True})
    (missing,) = told["missing"]
    assert missing.pop("sent_at_s") > time.time() - 3600
    assert missing == {
        "conversation_id": "conversation-1",
        "leg_id": last.leg_id,
        "revision": last.revision,
        "stored": last.revision - 1,
    }
    assert [problem.split("\n")[0] for problem in told["problems"]] == [
        "1 leg missing in the store",
        "1 thread dangling: open, and no call is up",
    ]


async def test_where_nothing_has_run_it_says_so(
    bus: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = a_config(tmp_path)
    write_config(replace(config, bus=replace(config.bus, port=bus.port, managed=False)), tmp_path)

    said = await asyncio.to_thread(Terminal(tmp_path, capsys).type_about_config, "doctor", "--json")

    told = json.loads(said.out)
    assert said.status == 1
    assert told["is_well"] is False
    assert set(told["unreachable"]) == {"outbox", "store"}
    assert "no node has kept anything at" in told["unreachable"]["outbox"]
