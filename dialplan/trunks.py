"""Trunks: the lines to the telephone network, and which of them a call leaves by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Final

from dialplan.keys import Dtmf
from dialplan.protection import Srtp

_DEFAULT_PORT: Final = 5060
_REQUEST_TIMEOUT: Final = 408
_SERVER_ERRORS: Final = range(500, 600)


class Identity(StrEnum):
    """Is whose number the called party sees."""

    COMPANY = "company"
    """The company's."""
    REP = "rep"
    """That of the rep who calls or transfers, if he has one, else the company's."""
    CUSTOMER = "customer"
    """That of the customer who is transferred, if he showed one, else the rep's. Only where the
    provider allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """Is a line to a provider, known by its IP address."""

    name: str
    """What logs and leg records call it."""
    address: str
    """IPv4 address of the provider."""
    port: int | None = field(default=None, metadata={"zero_is_none": True})
    """UDP port of the provider; ``None`` = any for what comes in, 5060 for what goes out."""
    priority: int = 1
    """The lowest is tried first."""
    weight: int = 1
    """Its share of the calls among trunks of the same priority."""
    prefixes: tuple[str, ...] = ()
    """Beginnings of the numbers (E.164) it takes; empty = all."""
    strip: int = 0
    """How many characters go from the front of the number (E.164), the ``+`` counted."""
    prepend: str = ""
    """What is put in front of the number after that."""
    identity: Identity = Identity.REP
    """Whose number the called party sees."""
    company_number: str | None = None
    """The company's number (E.164) on this trunk; ``None`` = the first of ours."""
    username: str | None = None
    """Whom the provider's digest knows us as; ``None`` = it asks for none."""
    realm: str | None = None
    """Realm of the provider's digest; ``None`` only without a username."""
    password_file: str | None = None
    """File whose first line is the password; ``None`` only without a username."""
    password: str | None = field(default=None, repr=False, metadata={"in_file": False})
    """What stood in ``password_file``; no key of the file, and never shown."""
    register: bool = False
    """Whether we register with the provider, so that it knows where we are."""
    codecs: tuple[str, ...] = ()
    """Codecs that it takes, the most wanted first; empty = those of the switch."""
    srtp: Srtp = Srtp.OFF
    """Whether the provider is offered SRTP when we call."""
    dtmf: Dtmf = Dtmf.RFC4733
    """How keys come through it, and go."""

    @property
    def host_port(self) -> str:
        """Where calls are sent to, as it stands in a URI."""
        return f"{self.address}:{self.port or _DEFAULT_PORT}"

    @property
    def uri(self) -> str:
        """Where calls are sent to."""
        return f"sip:{self.host_port}"

    def takes(self, number: str) -> bool:
        """Tell whether calls to an outside number may leave by it."""
        return not self.prefixes or number.startswith(self.prefixes)

    def dialled(self, number: str) -> str:
        """Return an outside number in the form that the provider wants."""
        return f"{self.prepend}{number[self.strip :]}"

    def request_uri(self, number: str) -> str:
        """Return the Request-URI of a call to an outside number."""
        return f"sip:{self.dialled(number)}@{self.host_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Is one way for one outside call."""

    trunk: str
    """The trunk's name."""
    ruri: str
    """The Request-URI."""
    uri: str
    """Where it is sent to."""
    priority: int = 1
    """The lowest is tried first."""
    weight: int = 1
    """Its share of the calls among hops of the same priority."""


def hops_to(trunks: Iterable[Trunk], number: str) -> tuple[Hop, ...]:
    """Return every way to an outside number, the most wanted first."""
    found = [
        Hop(
            trunk=trunk.name,
            ruri=trunk.request_uri(number),
            uri=trunk.uri,
            priority=trunk.priority,
            weight=trunk.weight,
        )
        for trunk in trunks
        if trunk.takes(number)
    ]
    return tuple(sorted(found, key=lambda hop: (hop.priority, -hop.weight)))


def choose(hops: Sequence[Hop], *, up: Collection[str], draw: float) -> tuple[Hop, ...]:
    """Return the ways to try for one call, in the order to try them.

    By priority; within one, as weight and chance have it. Trunks that fail are left out. If all
    of them fail, all are tried: one may be back before its probe has told so, and refusing
    the call would be no better.

    Args:
        hops: all ways to the number.
        up: names of the trunks that do not fail.
        draw: a number from 0 to below 1.
    """
    standing = [hop for hop in hops if hop.trunk in up] or list(hops)
    standing.sort(key=lambda hop: hop.priority)
    ordered: list[Hop] = []
    for _priority, group in groupby(standing, key=lambda hop: hop.priority):
        ordered += _drawn(list(group), draw)
    return tuple(ordered)


def is_failure(sip_status: int) -> bool:
    """Tell whether an answer blames the trunk, so that the next is tried and this one left out.

    Busy, declined and unknown numbers are the called party's own answers: another trunk would
    only ring him again.
    """
    return sip_status == _REQUEST_TIMEOUT or sip_status in _SERVER_ERRORS


def _drawn(hops: list[Hop], draw: float) -> list[Hop]:
    """Return the hops in an order drawn by weight; one draw serves for all places.

    Once a draw has picked a hop, where it fell within that hop's share is as even as before.
    """
    ordered = []
    while hops:
        point = draw * sum(hop.weight for hop in hops)
        for hop in hops[:-1]:
            if point < hop.weight:
                break
            point -= hop.weight
        else:
            hop = hops[-1]
        draw = point / hop.weight
        ordered.append(hop)
        hops.remove(hop)
    return ordered
