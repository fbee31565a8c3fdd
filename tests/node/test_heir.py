"""The port of a dead worker in our hands, and the edge that speaks with it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from switch.node import heir as heirs
from switch.node.heir import Heir
from switch.sip import custody
from switch.sip import dialog as dialogs
from switch.sip.custody import Keeping, KeptDialog
from switch.sip.message import SipRequest, SipResponse, parse_message
from tests.node.fakes import eventually
from tests.sip.test_custody import request
from tests.sip.test_dialog import OFFERED, PLACED, alices, kims, response

HOST = "127.0.0.1"


class Edge:
    """The edge's inner socket, and the port of a worker that it knows."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.socket.setblocking(False)
        self.address: tuple[str, int] = self.socket.getsockname()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            self.port: int = probe.getsockname()[1]
        self.changed: list[tuple[str, Keeping]] = []
        self.done: list[int] = []
        self.disk: asyncio.Future[None] | None = None
        self.disk_is_slow = False

    def heir(self) -> Heir:
        return Heir(
            self.port,
            edge=self.address,
            changed=self._changed,
            written=self.written,
            done=self._done,
        )

    def written(self) -> asyncio.Future[None]:
        self.disk = self.disk or asyncio.get_running_loop().create_future()
        if not self.disk_is_slow and not self.disk.done():
            self.disk.set_result(None)
        return self.disk

    def _changed(self, leg_id: str, kept: KeptDialog) -> None:
        self.changed.append((leg_id, kept.state))

    def _done(self, heir: Heir) -> None:
        self.done.append(heir.port)

    def say(self, octets: bytes) -> None:
        self.socket.sendto(octets, (HOST, self.port))

    async def hears(self) -> SipRequest | SipResponse:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(5):
            return parse_message(await loop.sock_recv(self.socket, 65536))


@asynccontextmanager
async def an_heir() -> AsyncIterator[tuple[Edge, Heir]]:
    edge = Edge()
    heir = edge.heir()
    try:
        yield edge, heir
    finally:
        heir.close()
        edge.socket.close()


def raw(message: SipRequest) -> bytes:
    lines = [f"{message.method} {message.request_uri} SIP/2.0"]
    lines += [f"{one.name}: {one.value}" for one in message.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + message.body


def status_of(message: SipRequest | SipResponse) -> int:
    assert isinstance(message, SipResponse)
    return message.status


def method_of(message: SipRequest | SipResponse) -> str:
    assert isinstance(message, SipRequest)
    return message.method


async def test_a_dialog_that_is_let_be_is_answered_for() -> None:
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))

        edge.say(raw(request("REFER")))
        assert status_of(await edge.hears()) == 500
        edge.say(raw(request("BYE")))
        assert status_of(await edge.hears()) == 200

        assert edge.changed == [("alice", Keeping.STANDING), ("alice", Keeping.OVER)]


async def test_what_is_sent_is_repeated_until_it_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heirs, "_FIRST_PAUSE_S", 0.01)
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        heir.release("alice")
        heir.release("nobody")

        first, again = await edge.hears(), await edge.hears()
        assert first == again
        assert method_of(first) == "BYE"
        assert isinstance(first, SipRequest)
        edge.say(dialogs.response_to(first, 200))

        await eventually(lambda: ("alice", Keeping.OVER) in edge.changed)
        kept = heir.kept("alice")
        assert kept is not None
        assert kept.is_over


async def test_who_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heirs, "_ANSWERED_WITHIN_S", 0.02)
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.end(alices()))

        await eventually(lambda: edge.changed == [("alice", Keeping.LEAVING), ("alice", "over")])


async def test_the_port_is_given_back_when_all_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heirs, "_LINGERS_S", 0.02)
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        await asyncio.sleep(0.05)
        assert edge.done == []

        edge.say(raw(request("BYE")))

        await eventually(lambda: edge.done == [edge.port])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as next_worker:
            next_worker.bind((HOST, edge.port))


async def test_who_hangs_up_is_answered_once_that_is_on_disk() -> None:
    async with an_heir() as (edge, heir):
        edge.disk_is_slow = True
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        edge.say(raw(request("BYE")))
        await eventually(lambda: ("alice", Keeping.OVER) in edge.changed)
        edge.say(raw(request("BYE")))  # He has not heard anything yet.
        await asyncio.sleep(0.05)
        with pytest.raises(BlockingIOError):
            edge.socket.recv(65536)

        assert edge.disk is not None
        edge.disk.set_result(None)

        assert status_of(await edge.hears()) == 200


async def test_a_disk_that_does_not_write_keeps_nobody_in_his_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heirs, "_WRITTEN_WITHIN_S", 0.01)
    async with an_heir() as (edge, heir):
        edge.disk_is_slow = True
        heir.keep("alice", custody.end(alices()))

        assert method_of(await edge.hears()) == "BYE"


async def test_what_is_to_be_said_is_said_before_the_port_is_closed() -> None:
    async with an_heir() as (edge, heir):
        edge.disk_is_slow = True
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        await asyncio.sleep(0.01)
        heir.release("alice")
        edge.say(raw(request("BYE")))
        heir.keep("kim", custody.end(kims()))
        await asyncio.sleep(0.01)

        heir.close()

        said = {method_of(await edge.hears()) for _ in range(2)}
        assert said == {"BYE"}


async def test_a_port_without_any_dialog_is_given_back_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heirs, "_LINGERS_S", 0.01)
    async with an_heir() as (edge, _heir):
        await eventually(lambda: edge.done == [edge.port])


async def test_an_invite_that_was_on_its_way_to_the_worker_may_be_tried_again() -> None:
    async with an_heir() as (edge, _heir):
        await asyncio.sleep(0.01)
        edge.say(raw(OFFERED))

        refused = await edge.hears()

        assert (status_of(refused), refused.one("Retry-After")) == (503, "5")


async def test_what_belongs_to_no_dialog_is_told_so_and_rubbish_is_not_answered() -> None:
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        await asyncio.sleep(0.01)
        stranger = raw(request("BYE")).replace(b"tag=hers", b"tag=forged")
        for octets in (b"", b"\r\n\r\n", b"rubbish", raw(request("ACK"))):
            edge.say(octets)
        edge.say(raw(request("ACK")).replace(b"tag=hers", b"tag=forged"))
        edge.say(dialogs.response_to(OFFERED, 200))
        edge.say(stranger)

        assert status_of(await edge.hears()) == 481
        assert edge.changed == [("alice", Keeping.STANDING)]


async def test_only_the_edge_is_listened_to() -> None:
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.Step(kept=custody.let_be(alices())))
        await asyncio.sleep(0.01)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(raw(request("BYE")), (HOST, edge.port))
        edge.say(raw(request("OPTIONS")))

        assert (await edge.hears()).cseq.method == "OPTIONS"
        assert edge.changed == [("alice", Keeping.STANDING)]


async def test_a_phone_that_answers_our_cancel_is_told_that_it_was_not_meant() -> None:
    async with an_heir() as (edge, heir):
        heir.keep("alice", custody.end(dialogs.placed(PLACED, port=edge.port)))
        assert method_of(await edge.hears()) == "CANCEL"

        ok = response(PLACED, 200, "hers", ("Contact", "<sip:x@192.0.2.5>"))
        lines = ["SIP/2.0 200 OK", *(f"{one.name}: {one.value}" for one in ok.headers)]
        edge.say(("\r\n".join(lines) + "\r\n\r\n").encode())

        assert [method_of(await edge.hears()), method_of(await edge.hears())] == ["ACK", "BYE"]


async def test_the_port_is_taken_as_soon_as_the_kernel_gives_it() -> None:
    edge = Edge()
    dying = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    dying.bind((HOST, edge.port))
    heir = edge.heir()
    heir.keep("alice", custody.end(alices()))
    await asyncio.sleep(0.03)
    heir.error_received(ConnectionRefusedError())

    dying.close()

    assert method_of(await edge.hears()) == "BYE"
    heir.close()
    edge.socket.close()
