"""Who should ring for what was dialled: pure, and importing nothing of the switch.

Example::

    plan = Dialplan(
        reps=(Rep(name="alice", extension="101", display_name="Alice Moreno"),),
        territories=(Territory(name="seattle", extension="801", members=("alice",)),),
        dids=(Did(number="+14805550100", territory="seattle"),),
        trunks=(Trunk(name="pstn", address="192.0.2.1"),),
    )
    plan.route_call(TrunkSource(name="pstn"), "4805550100")  # TerritoryRoute("seattle", …)
    plan.route_call(RepSource(name="alice"), "(206) 555-0100")  # OutsideRoute(…)
    plan.route_transfer("alice", "101")  # Refusal(status=482, …)

A territory hunts::

    reps = order(territory.strategy, candidates, members=territory.members, last=last)
    one, command = hunt.begin(territory, reps, at_s=now)  # Ring(reps, for_s, joins) or GiveUp
    one, command = hunt.apply(one, RepFailed(rep="bob", sip_status=603, at_s=now))  # None
    one, command = hunt.apply(one, StepEnded(available=available, at_s=now))  # Ring or GiveUp
    plan.route_overflow("seattle")  # where it goes after GiveUp

A call leaves::

    choose(route.hops, up=up, draw=draw)  # the hops to try, in order
"""

from dialplan.attempts import Attempt, Outcome, outcome_of
from dialplan.explain import explain
from dialplan.hunt import (
    CallerLeft,
    GiveUp,
    Hunt,
    HuntCommand,
    HuntEvent,
    HuntState,
    RepAnswered,
    RepFailed,
    RepRang,
    Ring,
    StepEnded,
    TimePassed,
)
from dialplan.keys import Dtmf
from dialplan.numbers import plain, to_e164
from dialplan.people import TRANSFEROR, Did, Rep, Territory
from dialplan.plan import Dialplan
from dialplan.policy import Allowed, Denied, OwnToll, Toll, TollMeter, decide
from dialplan.problem import DialplanError, Problem
from dialplan.problems import find_problems
from dialplan.protection import Srtp
from dialplan.routes import (
    OutsideRoute,
    Refusal,
    RepRoute,
    RepSource,
    Route,
    Source,
    TerritoryRoute,
    TrunkSource,
)
from dialplan.strategies import Candidate, Strategy, order
from dialplan.trunks import Hop, Identity, Trunk, choose, hops_to, is_failure

__all__ = [
    "TRANSFEROR",
    "Allowed",
    "Attempt",
    "CallerLeft",
    "Candidate",
    "Denied",
    "Dialplan",
    "DialplanError",
    "Did",
    "Dtmf",
    "GiveUp",
    "Hop",
    "Hunt",
    "HuntCommand",
    "HuntEvent",
    "HuntState",
    "Identity",
    "Outcome",
    "OutsideRoute",
    "OwnToll",
    "Problem",
    "Refusal",
    "Rep",
    "RepAnswered",
    "RepFailed",
    "RepRang",
    "RepRoute",
    "RepSource",
    "Ring",
    "Route",
    "Source",
    "Srtp",
    "StepEnded",
    "Strategy",
    "Territory",
    "TerritoryRoute",
    "TimePassed",
    "Toll",
    "TollMeter",
    "Trunk",
    "TrunkSource",
    "choose",
    "decide",
    "explain",
    "find_problems",
    "hops_to",
    "is_failure",
    "order",
    "outcome_of",
    "plain",
    "to_e164",
]
