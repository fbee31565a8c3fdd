"""Messages between the node and the edge: netstrings of JSON over evapi.

The edge asks (:class:`Asked`) with the raw SIP message in base64, so that it never
builds JSON out of header text, and holds the transaction open until the plan comes.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal, TypeAlias

import msgspec

from switch.wire.errors import UNREADABLE, WireError

NETSTRING_LIMIT_BYTES = 256 * 1024
"""A longer one is no message of ours."""
_LENGTH_DIGITS = 7


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: what shall become of this request?"""

    event: Literal["invite", "refer", "bye", "info"]
    """``bye``: it came right behind a REFER in its dialog, and must not overtake it; ``info``: it
    says ``Record:``."""
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


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: what became of a rep that a hunt rings.

    All his phones count as one: told are that the first of them rings (180), that one
    has answered (2xx), and when none is left the reason of the last, of which a refusal
    goes before silence. 480: none was registered. 408: no answer; without a 180 before it,
    no phone of his has spoken at all. 487: stopped, by the answer of another or by the worker.
    """

    call_id: str
    """Of the worker's INVITE, as :func:`encode_call_id` writes it."""
    rep: str
    code: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: nobody of a hunt rings any more, what next?

    The plan is ``hunt`` with the next, or ``reply``.
    """

    index: int
    """Those of the hunt's INVITE, from the first to the last step."""
    label: int
    call_id: str


class HopEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: the final status that a trunk gave, or 408 if it was silent."""

    call_id: str
    trunk: str
    code: int


class TrunkState(msgspec.Struct, frozen=True, kw_only=True):
    """Edge to node: a trunk answers OPTIONS again, or does so no longer."""

    name: str
    up: bool


class Hop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is one trunk of a plan ``trunk``; the next is tried when it fails."""

    trunk: str
    """Its name, for :class:`HopEnded`."""
    ruri: str
    """The Request-URI, as this trunk wants the number."""
    uri: str
    """Where the request is sent."""
    auth_user: str = ""
    """Who we are when it asks (401, 407); empty: its challenge ends the call."""
    auth_realm: str = ""
    """Whose challenge is answered; the HA1 is right for no other."""
    auth_ha1: str = ""
    """What stands for the password: ``switch.edge.credentials.ha1``."""

    def __repr__(self) -> str:
        """Show the way, and no secret."""
        return f"Hop(trunk={self.trunk!r}, uri={self.uri!r})"


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Node to edge: what shall become of the request."""

    index: int
    label: int
    action: Literal["reply", "worker", "rep", "hunt", "append", "trunk", "pass"]
    """``pass``: on to where it was going, for a BYE that was held back."""
    code: int = 0
    """For ``reply``: the final status."""
    reason: str = ""
    headers: str = ""
    """Whole header lines, each ended with CRLF: of the reply, or added to the INVITE."""
    uri: str = ""
    """For ``worker``: its address."""
    user: str = ""
    """For ``rep``: whose registered phones ring."""
    users: str = ""
    """For ``hunt`` and ``append``: who rings, ``bob/carol``."""
    step_ms: int = 0
    """For ``hunt``: how long they may ring, counted from each phone's 180."""
    call_id: str = ""
    """For ``append``: what a :class:`Branch` of it shall bear, see :func:`encode_call_id`."""
    hops: tuple[Hop, ...] = ()
    """For ``trunk``: in the order of trying."""
    shown_from: str = ""
    """For ``trunk``: the URI that From shall bear; empty: the worker's own is right."""
    max_forwards: int | None = None
    """For ``trunk``: how many proxies may follow."""


News: TypeAlias = Contacts | Replied | Branch | HopEnded | TrunkState
"""What the edge tells and does not wait for."""

Event: TypeAlias = Asked | Step | News


class _Kind(msgspec.Struct, frozen=True):
    event: str


_KIND = msgspec.json.Decoder(_Kind)
_ASKED = msgspec.json.Decoder(Asked)
_CONTACTS = msgspec.json.Decoder(Contacts)
_REPLIED = msgspec.json.Decoder(Replied)
_BRANCH = msgspec.json.Decoder(Branch)
_STEP = msgspec.json.Decoder(Step)
_HOP_ENDED = msgspec.json.Decoder(HopEnded)
_TRUNK_STATE = msgspec.json.Decoder(TrunkState)
_ENCODER = msgspec.json.Encoder()


def encode(plan: Plan) -> bytes:
    """Return the plan as a netstring."""
    text = _ENCODER.encode(plan)
    return b"%d:%s," % (len(text), text)


def encode_call_id(call_id: str) -> str:
    """Return a Call-ID as the edge tells it: it may hold what JSON would choke on."""
    return base64.b64encode(call_id.encode("utf-8", "surrogateescape")).decode("ascii")


def decode(text: bytes) -> Event:
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
            case "branch":
                return _BRANCH.decode(text)
            case "step":
                return _STEP.decode(text)
            case "hop":
                return _HOP_ENDED.decode(text)
            case "trunk":
                return _TRUNK_STATE.decode(text)
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
