"""What is known of a confirmed or early dialog, so that others than its owner can end it.

A worker's dialogs live in PJSIP's memory and die with it. This is what is kept elsewhere to
speak in them afterwards (RFC 3261 §12.1): to answer what comes, and to say BYE.

Rules of this file:

* Whoever speaks for a dead worker makes one request in a dialog, the BYE. Its CSeq is far above
  any that PJSIP reaches; the other side accepts gaps (RFC 3261 §12.2.2).
* A branch follows from what the request is. So a node that was started anew repeats the request of
  the one before it, and does not make a second one.
* Whatever is sent goes by way of the edge, which is in every route set and routes loosely.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from switch.sip import grammar
from switch.sip.address import parse_name_addr
from switch.sip.message import SipMessage, SipRequest, SipResponse, parse_request
from switch.sip.status import reason_phrase

BYE_CSEQ: Final = 1_000_000
"""PJSIP begins below 2^15 and adds one a request."""
_MAX_FORWARDS: Final = 70
_KEPT: Final = frozenset({"via", "from", "to", "call-id", "cseq", "route"})
"""What an INVITE's answer, its CANCEL, or its ACK is made of."""


class SipDialog(msgspec.Struct, frozen=True, kw_only=True):
    """Is one INVITE dialog, or the INVITE that may become one, seen from our end."""

    call_id: str
    side: Literal["uas", "uac"]
    """``uas``: the INVITE came to us. ``uac``: we sent it."""
    local_tag: str | None
    """Ours; None: not made yet."""
    remote_tag: str | None
    """The other's; None: not known yet."""
    local: str
    """Our From or To as a name-addr, without its tag."""
    remote: str
    """The other's, likewise."""
    remote_target: str | None
    """The URI of its Contact; None: not known yet."""
    route_set: tuple[str, ...] = ()
    """Values of Route, in the order in which a request of ours bears them."""
    is_confirmed: bool = False
    """A 2xx was sent or received; else the INVITE is still to be answered."""
    invite: str | None = None
    """The head of the INVITE, as far as its answer, CANCEL or ACK needs it; None once answered."""
    invite_cseq: int = 0
    """The number in the INVITE's CSeq: an ACK bears it."""
    port: int = 0
    """The UDP port of ours, on the loopback, that its requests come to."""


# ---------------------------------------------------------------- what becomes of it


def offered(invite: SipRequest, *, port: int) -> SipDialog:
    """Return the dialog that an INVITE which came to us may become (RFC 3261 §12.1.1).

    Raises:
        SipParseError: it says too little of itself.
    """
    return SipDialog(
        call_id=invite.call_id,
        side="uas",
        port=port,
        local_tag=None,
        remote_tag=invite.from_tag,
        local=_without_tag(invite.one("To")),
        remote=_without_tag(invite.one("From")),
        remote_target=_contact(invite),
        route_set=invite.all("Record-Route"),
        invite=_head(invite),
        invite_cseq=invite.cseq.number,
    )


def placed(invite: SipRequest, *, port: int) -> SipDialog:
    """Return the dialog that an INVITE which we sent may become (RFC 3261 §12.1.2).

    Raises:
        SipParseError: it says too little of itself.
    """
    return SipDialog(
        call_id=invite.call_id,
        side="uac",
        port=port,
        local_tag=invite.from_tag,
        remote_tag=None,
        local=_without_tag(invite.one("From")),
        remote=_without_tag(invite.one("To")),
        remote_target=None,
        route_set=invite.all("Route"),
        invite=_head(invite),
        invite_cseq=invite.cseq.number,
    )


def responded(dialog: SipDialog, response: SipResponse) -> SipDialog:
    """Return the dialog after a response to its INVITE, whichever side sent it.

    A refusal changes nothing. Of a provisional one only our own tag matters: all our responses
    bear the same (RFC 3261 §8.2.6.2).

    Raises:
        SipParseError: it says too little of itself.
    """
    if response.status // 100 == 2:  # noqa: PLR2004
        dialog = msgspec.structs.replace(dialog, is_confirmed=True, invite=None)
        if dialog.side == "uac":
            return msgspec.structs.replace(
                dialog,
                remote_tag=response.to_tag,
                remote_target=_contact(response) or dialog.remote_target,
                route_set=response.all("Record-Route")[::-1] or dialog.route_set,
            )
    if dialog.side == "uas" and response.to_tag is not None:
        return msgspec.structs.replace(dialog, local_tag=response.to_tag)
    return dialog


def refreshed(dialog: SipDialog, message: SipMessage) -> SipDialog:
    """Return the dialog after a re-INVITE of the other side, or its answer to one of ours.

    Its Contact is where it is from now on (RFC 3261 §12.2.1.2, §12.2.2).

    Raises:
        SipParseError: it says too little of itself.
    """
    contact = _contact(message)
    return dialog if contact is None else msgspec.structs.replace(dialog, remote_target=contact)


def is_within(dialog: SipDialog, request: SipRequest) -> bool:
    """Whether a request that came is one of this dialog (RFC 3261 §12.2.2).

    CANCEL, and an INVITE that is sent again, have no tag of ours yet.

    Raises:
        SipParseError: it says too little of itself.
    """
    return (
        request.call_id == dialog.call_id
        and request.from_tag == dialog.remote_tag
        and request.to_tag in {None, dialog.local_tag}
    )


# ---------------------------------------------------------------- what is said in it


def bye(dialog: SipDialog) -> bytes:
    """Return the BYE that ends a confirmed dialog (RFC 3261 §15.1.1)."""
    return _within(dialog, "BYE", BYE_CSEQ)


def ack(dialog: SipDialog) -> bytes:
    """Return the ACK of the 2xx that has confirmed a dialog of ours (RFC 3261 §13.2.2.4)."""
    return _within(dialog, "ACK", dialog.invite_cseq)


def cancel(dialog: SipDialog) -> bytes | None:
    """Return the CANCEL of an INVITE that we sent; None if it is answered (RFC 3261 §9.1)."""
    if dialog.invite is None:
        return None
    invite = parse_request(dialog.invite)
    return _like_its_invite(invite, "CANCEL", to=invite.one("To"))


def ack_of_refusal(dialog: SipDialog, refusal: SipResponse) -> bytes | None:
    """Return the ACK of a refusal of our INVITE; None if the INVITE is not known any more.

    It belongs to the INVITE's own transaction (RFC 3261 §17.1.1.3).
    """
    if dialog.invite is None:
        return None
    return _like_its_invite(parse_request(dialog.invite), "ACK", to=refusal.one("To"))


def refusal_of_invite(dialog: SipDialog, sip_status: int, *, retry_after_s: int) -> bytes | None:
    """Return the final answer to an INVITE that came to us; None if it was answered."""
    if dialog.invite is None:
        return None
    return response_to(
        parse_request(dialog.invite),
        sip_status,
        tag=dialog.local_tag,
        headers=(("Retry-After", str(retry_after_s)),),
    )


def response_to(
    request: SipRequest,
    sip_status: int,
    *,
    tag: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a final response (RFC 3261 §8.2.6).

    Args:
        request: what is answered.
        sip_status: how.
        tag: ours, where the request bears none; None: one that follows from the request.
        headers: what it says besides.

    Raises:
        SipParseError: the request says too little of itself.
    """
    to = request.one("To")
    if request.to_tag is None:
        to += f";tag={tag or _token(request.call_id, request.one('CSeq'))}"
    return _render(
        f"SIP/2.0 {sip_status} {reason_phrase(sip_status)}",
        [
            *(("Via", value) for value in request.all("Via")),
            ("From", request.one("From")),
            ("To", to),
            ("Call-ID", request.call_id),
            ("CSeq", request.one("CSeq")),
            *headers,
        ],
    )


# ---------------------------------------------------------------- making messages


def _within(dialog: SipDialog, method: str, cseq: int) -> bytes:
    """Return a request by the route set to the remote target (RFC 3261 §12.2.1.1)."""
    branch = _token(dialog.call_id, dialog.local_tag or "", dialog.remote_tag or "", method)
    return _render(
        f"{method} {dialog.remote_target} SIP/2.0",
        [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{dialog.port};rport;branch=z9hG4bK{branch}"),
            ("Max-Forwards", str(_MAX_FORWARDS)),
            *(("Route", value) for value in dialog.route_set),
            ("From", _tagged(dialog.local, dialog.local_tag)),
            ("To", _tagged(dialog.remote, dialog.remote_tag)),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{cseq} {method}"),
        ],
    )


def _like_its_invite(invite: SipRequest, method: str, *, to: str) -> bytes:
    """Return a request of the INVITE's own transaction: its top Via, its Route, its CSeq number."""
    return _render(
        f"{method} {invite.request_uri} SIP/2.0",
        [
            ("Via", invite.all("Via")[0]),
            ("Max-Forwards", str(_MAX_FORWARDS)),
            *(("Route", value) for value in invite.all("Route")),
            ("From", invite.one("From")),
            ("To", to),
            ("Call-ID", invite.call_id),
            ("CSeq", f"{invite.cseq.number} {method}"),
        ],
    )


def _render(start_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [start_line, *(f"{name}: {value}" for name, value in headers), "Content-Length: 0"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _head(invite: SipRequest) -> str:
    kept = (one for one in invite.headers if one.key in _KEPT)
    lines = [f"INVITE {invite.request_uri} SIP/2.0", *(f"{one.name}: {one.value}" for one in kept)]
    return "\r\n".join(lines) + "\r\n\r\n"


def _contact(message: SipMessage) -> str | None:
    for value in message.all("Contact"):
        return str(parse_name_addr(value).uri)
    return None


def _without_tag(value: str) -> str:
    parts = grammar.split_outside(value, ";", what="address")
    return ";".join(part for part in parts if not part.lower().startswith("tag="))


def _tagged(address: str, tag: str | None) -> str:
    return address if tag is None else f"{address};tag={tag}"


def _token(*parts: str) -> str:
    """Return a token that is always the same for the same, and another for anything else."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]
