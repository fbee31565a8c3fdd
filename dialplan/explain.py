"""What the dialplan would do for what is dialled, and why, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dialplan.numbers import to_e164
from dialplan.people import Territory
from dialplan.plan import Dialplan
from dialplan.policy import Denied, decide
from dialplan.routes import (
    OutsideRoute,
    Refusal,
    RepRoute,
    RepSource,
    Route,
    Source,
)
from dialplan.strategies import Strategy

_HOW: Final = {
    Strategy.RING_ALL: "all at once",
    Strategy.LONGEST_IDLE: "one after the other, the longest idle first, {step:g} s each",
    Strategy.ROUND_ROBIN: "one after the other in turn, {step:g} s each",
    Strategy.FEWEST_CALLS: "one after the other, who answered the fewest calls first, {step:g} s "
    "each",
    Strategy.SEQUENTIAL: "one after the other in this order, {step:g} s each",
    Strategy.RANDOM: "one after the other by chance, {step:g} s each",
    Strategy.PROGRESSIVE: "one, and every {grow:g} s the next joins in",
}


def explain(plan: Dialplan, source: Source, user: str) -> tuple[str, ...]:
    """Return what would become of a call, one sentence a line.

    Args:
        plan: the dialplan.
        source: who calls; a rep may also transfer to whatever he may call.
        user: what is dialled, in any form.
    """
    return tuple(_explain(plan, source, user))


def _explain(plan: Dialplan, source: Source, user: str) -> Iterator[str]:
    number = to_e164(user, plan.country)
    if number is not None and number != user:
        yield f"{user} is {number}."
    route = plan.route_call(source, user)
    if isinstance(route, Refusal):
        yield f"Refused with {route.status} {route.reason}: {route.why}."
        if route.denied is not None:
            yield "A refused transfer stays with the transferor, and is a security event."
        return
    if any(did.number == number for did in plan.dids):
        yield f"{number} is a number of ours."
    elif isinstance(source, RepSource) and isinstance(route, OutsideRoute):
        yield from _tell_toll(plan, source.name, route.number)
    caller = source.name if isinstance(source, RepSource) else None
    yield from _tell_route(plan, route, caller=caller)


def _tell_toll(plan: Dialplan, rep: str, number: str) -> Iterator[str]:
    toll = plan.toll_of(rep)
    verdict = decide(toll, number, country=plan.country)
    assert not isinstance(verdict, Denied)
    yield (
        f"{rep} may call it: {verdict.why}. At most {toll.outside_at_once} outside calls at once, "
        f"{toll.outside_per_minute} a minute."
    )


def _tell_route(plan: Dialplan, route: Route, *, caller: str | None) -> Iterator[str]:
    if isinstance(route, RepRoute):
        who = f"{route.display_name}, extension {route.extension}"
        yield f"{route.rep} rings ({who}), on all his phones."
    elif isinstance(route, OutsideRoute):
        yield from _tell_hops(plan, route, caller=caller)
    else:
        group = plan.territory(route.territory)
        assert group is not None
        yield f"The territory {group.name} (extension {group.extension}) hunts for a rep."
        yield from _tell_hunt(group, caller=caller)
        yield from _tell_overflow(plan, group, caller=caller)


def _tell_hops(plan: Dialplan, route: OutsideRoute, *, caller: str | None) -> Iterator[str]:
    many = len(route.hops) > 1
    for place, hop in enumerate(route.hops):
        shown = plan.shown_outside(hop.trunk, rep=caller) or "no number"
        lead = "Leaves through" if place == 0 else "If that fails, through"
        rank = f" (priority {hop.priority}, weight {hop.weight})" if many else ""
        yield f"{lead} trunk {hop.trunk}{rank} as {hop.ruri}, showing {shown}."


def _tell_hunt(group: Territory, *, caller: str | None) -> Iterator[str]:
    members = [name for name in group.members if name != caller]
    how = _HOW[group.strategy].format(step=group.step_s, grow=group.grow_s)
    yield (
        f"Of {', '.join(members) or 'nobody'}, whoever is available rings: {how} "
        f"({group.strategy}); {group.ring_s:g} s in all."
    )
    if caller in group.members:
        yield f"{caller} is not rung by his own call."


def _tell_overflow(plan: Dialplan, group: Territory, *, caller: str | None) -> Iterator[str]:
    overflow = plan.route_overflow(group.name, transferor=caller)
    if overflow is None:
        yield (
            f"If nobody of {group.name} takes it: a transfer goes back to the transferor, "
            "a call ends with 480, or 486 if all who rang said no."
        )
        return
    yield f"If nobody of {group.name} takes it:"
    yield from _tell_route(plan, overflow, caller=caller)
