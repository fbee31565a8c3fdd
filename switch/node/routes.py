"""What the dialplan answers, in the words of call control and of the edge."""

from __future__ import annotations

from dialplan import Dialplan, OutsideRoute, Refusal, RepRoute
from switch.call.target import Party, Target
from switch.call.target import Refusal as RefusedTarget


def target_of(route: RepRoute | OutsideRoute) -> Target:
    """Return whom a route leads to."""
    match route:
        case RepRoute():
            return Target(
                user=route.rep,
                kind="rep",
                rep=route.rep,
                number=route.extension,
                name=route.display_name,
            )
        case OutsideRoute():
            return Target(user=route.number, kind="outside", number=route.number, trunk=route.trunk)


def refused_target(refusal: Refusal, user: str) -> RefusedTarget:
    """Return a refusal of the dialplan as call control knows it."""
    return RefusedTarget(user=user, sip_status=refusal.status, why=refusal.why)


def rep_party(dialplan: Dialplan, name: str) -> Party:
    """Return a rep as other phones may be told of him."""
    rep = dialplan.rep(name)
    if rep is None:
        return Party(role="rep", rep=name)
    return Party(role="rep", rep=name, number=rep.extension, name=rep.display_name)


def presented(dialplan: Dialplan, caller: Party, target: Target) -> Party:
    """Return the face of the caller that the callee's phone shows.

    Outside, a rep is the company: his own number there, else the company's first, else none.
    """
    if caller.role != "rep" or target.kind != "outside":
        return caller
    own = [did.number for did in dialplan.dids if did.rep == caller.rep]
    company = [did.number for did in dialplan.dids]
    return Party(role="rep", rep=caller.rep, number=next(iter(own + company), None))
