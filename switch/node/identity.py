"""Who we say that we are on a leg to the outside, and how the call came to it. Pure."""

from __future__ import annotations

import dataclasses

from switch.sip.uri import SipUri


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Is how a call came to an outside number."""

    dialled: str | None
    """The number of ours that the caller dialled; None if one of us dialled out himself."""
    transferor: str | None
    """The rep who transferred it; None if nobody did."""
    number: str
    """The outside number."""


def identity_headers(*, domain: str, shown: str | None, private: bool, journey: Journey) -> str:
    """Return the identity header lines of an INVITE that leaves through a trunk.

    P-Asserted-Identity is what we vouch for (RFC 3325), to be kept from the called party
    where the caller asked for privacy (RFC 3323). Diversion (RFC 5806) and History-Info
    (RFC 7044) tell who was dialled before, and who transferred.
    """
    lines = []
    if shown is not None:
        lines.append(f"P-Asserted-Identity: <{_uri(shown, domain)}>")
    if private:
        lines.append("Privacy: id")
    diverter = journey.dialled or journey.transferor
    if diverter is not None:
        # Without a transferor it came here by itself: nobody of ours took it.
        why = "no-answer" if journey.transferor is None else "deflection"
        lines.append(f"Diversion: <{_uri(diverter, domain)}>;reason={why};counter=1")
    stops = [stop for stop in (journey.dialled, journey.transferor) if stop is not None]
    if stops:
        lines.append(f"History-Info: {_history([*stops, journey.number], domain)}")
    return "".join(f"{line}\r\n" for line in lines)


def _history(stops: list[str], domain: str) -> str:
    """Return the hi-entries: each stop was reached from the one before."""
    entries = []
    index = "1"
    for place, stop in enumerate(stops):
        came_from = "" if place == 0 else f";mp={index}"
        index = "1" if place == 0 else f"{index}.1"
        entries.append(f"<{_uri(stop, domain)}>;index={index}{came_from}")
    return ", ".join(entries)


def _uri(user: str, domain: str) -> str:
    return str(SipUri(user=user, host=domain))
