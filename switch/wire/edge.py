"""Messages between the node and the edge: netstrings of JSON over evapi.

The edge asks (:class:`Asked`) with the raw SIP message in base64, so that it never
builds JSON out of header text, and holds the transaction open until the plan comes.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal

import msgspec

from switch.wire.errors import UNREADABLE, WireError

NETSTRING_LIMIT_BYTES = 256 * 1024
"""A longer one is no message of ours."""
_LENGTH_DIGITS = 7


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: what shall become of this request?"""

    event: Literal["invite", "refer"]
    index: int
    """Names the transaction, together with ``label``."""
    label: int
    source: Literal["rep", "trunk", "worker"]
    """Who sent it, as the edge has proved: by digest, by address, by the inner socket."""
    name: str
    """The rep or the trunk; empty for a worker and for a REFER."""
    address: str
    """``ip:port`` it came from."""
    transport: str
    message: str
    """The raw request in base64."""

    def raw(self) -> bytes:
        """Return the request as it came.

        Raises:
            WireError: it is no base64.
        """
        try:
            return base64.b64decode(self.message, validate=True)
        except (binascii.Error, ValueError) as error:
            raise WireError(peer="edge", problem=f"message: {error}") from None


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: so many phones of a rep are registered now."""

    rep: str
    count: int


class Replied(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: the answer to a REFER is on the wire; its NOTIFYs may follow."""

    index: int
    label: int


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Node to edge: what shall become of the request."""

    index: int
    label: int
    action: Literal["reply", "worker", "rep", "trunk"]
    code: int = 0
    """For ``reply``: the final status."""
    reason: str = ""
    headers: str = ""
    """For ``reply``: whole header lines, each ended with CRLF."""
    uri: str = ""
    """For ``worker`` and ``trunk``: the next hop."""
    user: str = ""
    """For ``rep``: whose registered phones ring."""
    ruri: str = ""
    """For ``trunk``: the Request-URI."""


class _Kind(msgspec.Struct, frozen=True):
    event: str


_KIND = msgspec.json.Decoder(_Kind)
_ASKED = msgspec.json.Decoder(Asked)
_CONTACTS = msgspec.json.Decoder(Contacts)
_REPLIED = msgspec.json.Decoder(Replied)
_ENCODER = msgspec.json.Encoder()


def encode(plan: Plan) -> bytes:
    """Return the plan as a netstring."""
    text = _ENCODER.encode(plan)
    return b"%d:%s," % (len(text), text)


def decode(text: bytes) -> Asked | Contacts | Replied:
    """Return what the edge said.

    Raises:
        WireError: it is torn, or no message of this version.
    """
    try:
        match _KIND.decode(text).event:
            case "contacts":
                return _CONTACTS.decode(text)
            case "replied":
                return _REPLIED.decode(text)
            case _:
                return _ASKED.decode(text)
    except UNREADABLE as error:
        raise WireError(peer="edge", problem=str(error)) from None


class Netstrings:
    """Cuts a stream of bytes into netstrings; feed it as the bytes come."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, received: bytes) -> list[bytes]:
        """Return the strings that are whole now.

        Raises:
            WireError: these are no netstrings; where the next one begins is not to be
                known, so the connection is to be closed and made anew.
        """
        self._pending += received
        whole: list[bytes] = []
        while True:
            length, colon, rest = self._pending.partition(b":")
            if not colon:
                self._check_length(length)
                return whole
            if not length:
                raise WireError(peer="edge", problem="a netstring without its length")
            size = self._check_length(length)
            if len(rest) <= size:
                return whole
            if rest[size : size + 1] != b",":
                raise WireError(peer="edge", problem="a netstring without its comma")
            whole.append(rest[:size])
            self._pending = rest[size + 1 :]

    @staticmethod
    def _check_length(digits: bytes) -> int:
        if len(digits) > _LENGTH_DIGITS or (digits and not digits.isdigit()):
            raise WireError(peer="edge", problem="a netstring without its length")
        size = int(digits or b"0")
        if size > NETSTRING_LIMIT_BYTES:
            raise WireError(peer="edge", problem=f"a netstring of {size} bytes")
        return size
