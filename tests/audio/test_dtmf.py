from __future__ import annotations

import pytest

from switch.audio.dtmf import DIGITS, event_payloads, keys_in, tone_payloads
from switch.audio.tones import tone_frame


def test_a_key_is_a_row_of_payloads_and_its_end_comes_three_times() -> None:
    """RFC 4733 §2.5.1."""
    payloads = list(event_payloads("5", packets=3))

    assert [payload[0] for payload in payloads] == [5] * 6
    assert [payload[1] >> 7 for payload in payloads] == [0, 0, 0, 1, 1, 1]
    lasted = [int.from_bytes(payload[2:]) for payload in payloads]
    assert lasted == [160, 320, 480, 480, 480, 480]


@pytest.mark.parametrize(("digit", "event"), [("0", 0), ("9", 9), ("*", 10), ("#", 11), ("D", 15)])
def test_each_key_is_an_event(digit: str, event: int) -> None:
    """RFC 4733 §3.2."""
    assert next(event_payloads(digit, packets=1))[0] == event
    assert DIGITS[event] == digit


@pytest.mark.parametrize("digit", DIGITS)
def test_tones_of_a_key_are_found_again(digit: str) -> None:
    assert keys_in(tone_payloads(digit, packets=5)) == digit


def test_between_two_of_one_key_is_something_else_and_a_tone_is_no_key() -> None:
    key, voice = list(tone_payloads("7", packets=3)), [tone_frame(900)] * 3

    assert keys_in(iter([*key, *voice, *key])) == "77"
    assert keys_in(iter([*voice, key[0], *voice])) == "", "20 ms are no key"
    assert keys_in(iter([b"\xff" * 160, b""])) == ""
