"""Where calls of a trunk go."""

from __future__ import annotations

from dialplan import Trunk


def test_a_trunk_is_called_at_its_port() -> None:
    trunk = Trunk(name="pstn", address="127.0.0.1", port=5080)

    assert trunk.uri == "sip:127.0.0.1:5080"
    assert trunk.request_uri("+12065550100") == "sip:+12065550100@127.0.0.1:5080"


def test_a_trunk_without_a_port_is_called_at_the_usual_one() -> None:
    assert Trunk(name="pstn", address="192.0.2.1").uri == "sip:192.0.2.1:5060"
