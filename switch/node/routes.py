"""What the dialplan answers, in the words of call control and of the edge."""

from __future__ import annotations

from msgspec import structs

from dialplan import (
    Dialplan,
    Dtmf,
    OutsideRoute,
    Refusal,
    RepRoute,
    Route,
    Srtp,
    TerritoryRoute,
)
from switch.call.target import MediaPolicy, Party, Target
from switch.call.target import Refusal as RefusedTarget
from switch.config import ResponseTimes

_GUARD_S = 5.0
"""A hunt is ended by the node; the worker's own deadline comes after that, if it must."""


def target_of(
    dialplan: Dialplan, route: Route, *, response: ResponseTimes, shown: str | None = None
) -> Target:
    """Return whom a call to a route leads to.

    Args:
        dialplan: knows the members of a territory.
        route: what it answered.
        response: how long a rep or number may ring that a territory overflows to.
        shown: the number that an outside target sees.
    """
    match route:
        case RepRoute():
            return Target(
                user=route.rep,
                kind="rep",
                rep=route.rep,
                number=route.extension,
                name=route.display_name,
                media=rep_party(dialplan, route.rep).media,
            )
        case TerritoryRoute():
            longest_s = longest_hunt_s(dialplan, route.territory, response)
            return Target(
                user=route.territory,
                kind="territory",
                number=route.extension,
                name=route.display_name,
                territory=route.territory,
                members=_members(dialplan, route.territory),
                ring_s=longest_s + _GUARD_S,
                media=_media_for_all(dialplan, route.territory),
            )
        case OutsideRoute():
            return Target(
                user=route.number,
                kind="outside",
                number=route.number,
                trunk=route.trunk,
                shown=shown,
                media=trunk_media(dialplan, route.trunk),
            )


def transfer_target_of(
    dialplan: Dialplan, route: Route, *, response: ResponseTimes, shown: str | None = None
) -> Target:
    """Return whom a transfer to a route leads to: each kind may ring for a time of its own.

    A hunt that is over by then ends by itself, and what it says is truer than our silence.
    """
    target = target_of(dialplan, route, response=response, shown=shown)
    match target.kind:
        case "rep":
            return structs.replace(target, ring_s=response.rep)
        case "outside":
            return structs.replace(target, ring_s=response.outside)
        case "territory" if longest_hunt_s(dialplan, target.user, response) > response.territory:
            return structs.replace(target, ring_s=response.territory)
        case "territory":
            return target


def longest_hunt_s(dialplan: Dialplan, territory: str, response: ResponseTimes) -> float:
    """Return how long a territory may ring, all its overflows included, in seconds."""
    last = dialplan.chain(territory)[-1]
    last_s = response.outside if isinstance(last, OutsideRoute) else response.rep
    return dialplan.longest_ring_s(territory, last_s=last_s)


def refused_target(refusal: Refusal, user: str) -> RefusedTarget:
    """Return a refusal of the dialplan as call control knows it."""
    return RefusedTarget(user=user, sip_status=refusal.status, why=refusal.why)


def rep_party(dialplan: Dialplan, name: str) -> Party:
    """Return a rep as other phones may be told of him."""
    rep = dialplan.rep(name)
    if rep is None:
        return Party(role="rep", rep=name)
    return Party(
        role="rep",
        rep=name,
        number=rep.extension,
        name=rep.display_name,
        media=MediaPolicy(
            codecs=rep.codecs, srtp=rep.srtp.value, webrtc=rep.webrtc, dtmf=rep.dtmf.value
        ),
    )


def trunk_media(dialplan: Dialplan, name: str) -> MediaPolicy:
    """Return what is set for the media of a trunk."""
    trunk = dialplan.trunk(name)
    if trunk is None:
        return MediaPolicy()
    return MediaPolicy(codecs=trunk.codecs, srtp=trunk.srtp.value, dtmf=trunk.dtmf.value)


def presented(caller: Party, target: Target) -> Party:
    """Return the face of the caller that the callee's phone shows.

    Outside, a rep is whom the trunk's policy says: himself, or the company.
    """
    if caller.role != "rep" or target.kind != "outside":
        return caller
    return Party(role="rep", rep=caller.rep, number=target.shown)


def _media_for_all(dialplan: Dialplan, territory: str) -> MediaPolicy:
    """Return what may be offered to all who may answer for a territory: it is one offer.

    Where they differ, plain RTP with keys beside it fits both who must and who cannot encrypt,
    and events beside the audio those who know them.
    """
    found: set[MediaPolicy] = set()
    for route in dialplan.chain(territory):
        match route:
            case TerritoryRoute(territory=name):
                group = dialplan.territory(name)
                for member in group.members if group is not None else ():
                    found.add(rep_party(dialplan, member).media)
            case RepRoute(rep=rep):
                found.add(rep_party(dialplan, rep).media)
            case OutsideRoute(trunk=trunk):
                found.add(trunk_media(dialplan, trunk))
    ways = {media.srtp for media in found}
    presses = {media.dtmf for media in found}
    return MediaPolicy(
        srtp=ways.pop() if len(ways) == 1 else Srtp.OPTIONAL.value,
        webrtc=all(media.webrtc for media in found),
        dtmf=presses.pop() if len(presses) == 1 else Dtmf.RFC4733.value,
    )


def _members(dialplan: Dialplan, territory: str) -> tuple[Party, ...]:
    """Return everybody who may answer for a territory, its overflows included."""
    names: list[str] = []
    for route in dialplan.chain(territory):
        match route:
            case TerritoryRoute(territory=name):
                group = dialplan.territory(name)
                names += group.members if group is not None else ()
            case RepRoute(rep=rep):
                names.append(rep)
            case OutsideRoute():
                pass
    return tuple(rep_party(dialplan, name) for name in dict.fromkeys(names))
