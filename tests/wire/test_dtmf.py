from __future__ import annotations

import json
from typing import Any

import pytest

from switch.wire.dtmf import decode_digit
from switch.wire.errors import WireError
from switch.wire.worker import Digit

SEEN: dict[str, Any] = {
    "callid": "c1",
    "source_tag": "c1-3",
    "tags": ["c1-3", "c1-1"],
    "type": "DTMF",
    "timestamp": 1795363931,
    "source_ip": "127.0.0.1",
    "event": 5,
    "duration": 120,
    "volume": 10,
}


def datagram(**changed: Any) -> bytes:
    return json.dumps(SEEN | changed).encode()


def test_a_key_says_whose_it_is_and_how_long_it_was_held_down() -> None:
    assert decode_digit(datagram()) == Digit(
        conversation_id="c1", leg_id="c1-3", digit="5", lasted_s=0.12
    )


@pytest.mark.parametrize(
    ("event", "digit"), [*enumerate("0123456789*#ABCD")], ids=list("0123456789*#ABCD")
)
def test_each_event_is_a_key(event: int, digit: str) -> None:
    """RFC 4733 §3.2."""
    pressed = decode_digit(datagram(event=event))

    assert pressed is not None
    assert pressed.digit == digit


@pytest.mark.parametrize("event", [16, 36, 255, -1])
def test_an_event_that_is_no_key_is_none(event: int) -> None:
    assert decode_digit(datagram(event=event)) is None


def test_a_time_that_cannot_be_is_none() -> None:
    pressed = decode_digit(datagram(duration=-5))

    assert pressed is not None
    assert pressed.lasted_s == 0


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"type":"DTMF"}',
        datagram(type="OTHER"),
        datagram(event="5"),
        datagram(callid=None),
        b"[" * 100_000,
    ],
)
def test_what_rtpengine_does_not_say_is_an_error_that_quotes_nothing(rubbish: bytes) -> None:
    with pytest.raises(WireError) as error:
        decode_digit(rubbish)

    assert error.value.peer == "rtpengine"
