"""How phones and providers send the keys that are pressed on them."""

from __future__ import annotations

from enum import StrEnum


class Dtmf(StrEnum):
    """Is how somebody sends keys; those that come by SIP INFO are taken from everybody."""

    RFC4733 = "rfc4733"
    """As events beside the audio, as far as both sides of a call know them."""
    INBAND = "inband"
    """As tones in the audio: they are detected for the other side, and made of its events."""
