"""Reads a REFER that came in a dialog: whom it names, or why it is refused."""

from __future__ import annotations

import dataclasses

from switch.errors import SwitchError
from switch.sip.address import parse_name_addr
from switch.sip.errors import SipParseError, UnsupportedSchemeError
from switch.sip.message import SipRequest
from switch.sip.uri import SipUri


class ReferRefused(SwitchError):
    """A REFER is refused as it stands; its dialog is untouched, no subscription is made."""

    def __init__(self, *, sip_status: int, why: str) -> None:
        """Keep the status to answer with, and why."""
        super().__init__(sip_status, why)
        self.sip_status = sip_status
        self.why = why

    def __str__(self) -> str:
        """Say why, and what the phone is told."""
        return f"REFER refused with {self.sip_status}: {self.why}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadRefer:
    """Is what a REFER asks for."""

    user: str
    """Whom: the user part of Refer-To, for the dialplan."""
    notifies: bool
    """False after ``Refer-Sub: false`` (RFC 4488 §4)."""


def read_refer(request: SipRequest, *, domains: frozenset[str]) -> ReadRefer:
    """Return what a REFER asks for.

    Header fields in the Refer-To URI are not obeyed: they would let a phone invent an
    identity. A Replaces among them asks for an attended transfer, which is another thing
    than calling the same user again, so it is refused.

    Raises:
        ReferRefused: no or several Refer-To (400, RFC 3515 §2.4.2), one that cannot be
            read (400), a scheme we cannot dial (416), somebody else's domain (403), or
            Replaces (501).
    """
    values = request.all("Refer-To")
    if len(values) != 1:
        raise ReferRefused(sip_status=400, why=f"{len(values)} Refer-To header fields")
    try:
        uri = parse_name_addr(values[0]).uri
    except UnsupportedSchemeError:
        raise ReferRefused(sip_status=416, why="a scheme that cannot be dialled") from None
    except SipParseError as error:
        raise ReferRefused(sip_status=400, why=str(error)) from None
    if isinstance(uri, SipUri):
        if uri.host not in domains:
            raise ReferRefused(sip_status=403, why="its domain is not ours")
        if any(name.lower() == "replaces" for name, _value in uri.headers):
            raise ReferRefused(sip_status=501, why="an attended transfer")
    if not uri.dialled:
        raise ReferRefused(sip_status=400, why="it names nobody")
    wanted = request.all("Refer-Sub")
    return ReadRefer(
        user=uri.dialled,
        notifies=not any(value.strip().lower().startswith("false") for value in wanted),
    )
