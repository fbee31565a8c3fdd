"""The node's ear for keys: what it hears, and what does not disturb it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from switch.node.digits import Digits
from switch.wire.worker import Digit
from tests.run.processes import until

HOST = "127.0.0.1"
STAR = b'{"type":"DTMF","callid":"c1","source_tag":"c1-1","event":10,"duration":160}'


class Ear:
    """The node's ear, and what it has heard."""

    def __init__(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            self.port = int(probe.getsockname()[1])
        self.pressed: list[Digit] = []
        self.digits = Digits(host=HOST, port=self.port, pressed=self.pressed.append)

    def tell(self, *datagrams: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtpengine:
            for datagram in datagrams:
                rtpengine.sendto(datagram, (HOST, self.port))


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    made = Ear()
    await made.digits.open()
    yield made
    made.digits.close()


async def test_a_key_is_passed_on(ear: Ear) -> None:
    ear.tell(STAR)

    await until(lambda: bool(ear.pressed))
    assert ear.pressed == [Digit(conversation_id="c1", leg_id="c1-1", digit="*", lasted_s=0.16)]


async def test_what_is_no_key_and_what_nobody_can_read_is_passed_over(ear: Ear) -> None:
    ear.tell(b"", b"rubbish", b"\xff" * 60_000, STAR.replace(b"10", b"16"), STAR)

    await until(lambda: bool(ear.pressed))
    assert [digit.digit for digit in ear.pressed] == ["*"]
    assert ear.digits.unreadable == 3


async def test_without_its_port_a_node_is_deaf_and_goes_on(ear: Ear) -> None:
    second = Digits(host=HOST, port=ear.port, pressed=ear.pressed.append)

    await second.open()

    ear.tell(STAR)
    await until(lambda: bool(ear.pressed))
    second.close()
