"""The ports of dead workers: who goes on at them, and who gets them back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from switch.node.entries import WordsKept, WordsOver
from switch.node.heirs import Heirs
from switch.node.last_words import FOR_S, LastWords, last_words
from switch.node.ledger import Ledger
from switch.sip import custody
from switch.sip.dialog import SipDialog
from tests.node.fakes import eventually
from tests.node.test_heir import HOST, Edge, method_of, raw, status_of
from tests.sip.test_custody import request
from tests.sip.test_dialog import alices, kims


class Ports:
    """Some ports, and an edge that knows one of them."""

    def __init__(self) -> None:
        self.edge = Edge()
        self.silent: list[int] = []
        self.heirs = Heirs(
            edge=self.edge.address,
            changed=lambda _leg_id, _kept: None,
            written=self.edge.written,
            silent=self.silent.append,
        )

    def here(self, dialog: SipDialog) -> SipDialog:
        return msgspec.structs.replace(dialog, port=self.edge.port)


@asynccontextmanager
async def some_ports() -> AsyncIterator[Ports]:
    ports = Ports()
    try:
        yield ports
    finally:
        ports.heirs.close()
        ports.edge.socket.close()


async def test_the_next_node_goes_on_with_what_was_to_be_said() -> None:
    async with some_ports() as ports:
        dialog = ports.here(alices())
        ports.heirs.say_again([LastWords(leg_id="alice", dialog=dialog, is_said=False)])

        assert method_of(await ports.edge.hears()) == "BYE"
        assert ports.heirs.has(ports.edge.port)


async def test_who_has_hung_up_on_the_node_before_is_answered_by_the_next() -> None:
    async with some_ports() as ports:
        dialog = ports.here(alices())
        ports.heirs.say_again([LastWords(leg_id="alice", dialog=dialog, is_said=True)])
        await asyncio.sleep(0.01)

        ports.edge.say(raw(request("BYE")))

        assert status_of(await ports.edge.hears()) == 200


async def test_a_dialog_that_is_looked_after_is_not_ended_for_what_was_to_be_said() -> None:
    async with some_ports() as ports:
        dialog = ports.here(alices())
        heir = ports.heirs.open(ports.edge.port)
        heir.keep("alice", custody.Step(kept=custody.let_be(dialog)))

        ports.heirs.say_again([LastWords(leg_id="alice", dialog=dialog, is_said=False)])

        kept = heir.kept("alice")
        assert kept is not None
        assert kept.state is custody.Keeping.STANDING


async def test_a_port_is_given_back_to_a_worker_that_needs_one() -> None:
    async with some_ports() as ports:
        assert ports.heirs.give_back() is None
        heir = ports.heirs.open(ports.edge.port)
        heir.keep("alice", custody.Step(kept=custody.let_be(ports.here(alices()))))
        assert ports.heirs.give_back() is None
        await asyncio.sleep(0.01)
        ports.edge.say(raw(request("BYE")))
        await ports.edge.hears()

        assert ports.heirs.give_back() == ports.edge.port

        assert ports.heirs.give_back() is None
        assert ports.heirs.open(ports.edge.port) is not heir
        await eventually(lambda: heir.is_finished)


async def test_the_ports_at_which_nobody_answers_any_more_are_told_of() -> None:
    async with some_ports() as ports:
        ports.heirs.open(ports.edge.port)
        assert ports.heirs.give_back() == ports.edge.port

        await eventually(lambda: ports.silent == [ports.edge.port])

        assert not ports.heirs.has(ports.edge.port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as worker:
            worker.bind((HOST, ports.edge.port))


def test_what_is_to_be_said_is_kept_for_the_next_node_for_a_while(tmp_path: Path) -> None:
    now_s = 1000.0
    ledger = Ledger.open(tmp_path / "node.sqlite", utc_s=lambda: now_s)
    hers = msgspec.structs.replace(alices(), port=20_000)
    his = msgspec.structs.replace(kims(), port=20_001)
    ledger.commit([WordsKept("alice", hers, is_said=False), WordsKept("kim", his, is_said=False)])
    ledger.commit([WordsKept("alice", hers, is_said=True)])

    kept = last_words(ledger, now_s=now_s + 1)
    long_after = last_words(ledger, now_s=now_s + FOR_S)
    ledger.commit([WordsOver(20_001), WordsKept("saul", hers, is_said=False), WordsOver(20_000)])
    over = last_words(ledger, now_s=now_s)
    ledger.close()

    assert {one.leg_id: (one.dialog, one.is_said) for one in kept} == {
        "alice": (hers, True),
        "kim": (his, False),
    }
    assert (long_after, over) == ([], [])
