import socket

import pytest

from switch.demo import ports
from switch.demo.ports import free_ports, held_ports, take_port


def test_no_port_of_an_address_is_given_out_twice() -> None:
    taken = [take_port("127.0.0.9") for _ in range(100)]

    assert len(set(taken)) == 100


def test_a_port_that_somebody_has_is_not_given_out() -> None:
    port = take_port("127.0.0.9")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind(("127.0.0.9", port + 1))

        assert take_port("127.0.0.9") != port + 1


def test_a_phone_gets_no_port_that_a_switch_may_have() -> None:
    assert take_port("127.0.0.9") < free_ports().sip


def test_ports_that_are_held_are_given_to_no_other_switch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_held", {})  # of another test a switch may be up
    drawn = iter([20_000, 20_500, 25_000, 20_500])
    monkeypatch.setattr(ports, "free_range", lambda _address, _wanted: next(drawn))

    with held_ports() as held:
        another = free_ports()
    later = free_ports()

    assert (held.sip, another.sip, later.sip) == (20_000, 25_000, 20_500)
