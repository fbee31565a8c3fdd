"""Who should ring for what was dialled: pure, and importing nothing of the switch.

Example::

    plan = Dialplan(
        reps=(Rep(name="alice", extension="101", display_name="Alice Moreno"),),
        dids=(Did(number="+14805550100", rep="alice"),),
        trunks=(Trunk(name="pstn", address="192.0.2.1"),),
    )
    plan.route_call(TrunkSource(name="pstn"), "4805550100")  # RepRoute(rep="alice", …)
    plan.route_call(RepSource(name="alice"), "(206) 555-0100")  # OutsideRoute(…)
    plan.route_transfer("alice", "101")  # Refusal(status=482, …)
"""

from dialplan.numbers import plain, to_e164
from dialplan.people import Did, Rep, Territory
from dialplan.plan import (
    Dialplan,
    OutsideRoute,
    Refusal,
    RepRoute,
    RepSource,
    Route,
    Source,
    TrunkSource,
)
from dialplan.problems import DialplanError, Problem, find_problems
from dialplan.trunks import Trunk

__all__ = [
    "Dialplan",
    "DialplanError",
    "Did",
    "OutsideRoute",
    "Problem",
    "Refusal",
    "Rep",
    "RepRoute",
    "RepSource",
    "Route",
    "Source",
    "Territory",
    "Trunk",
    "TrunkSource",
    "find_problems",
    "plain",
    "to_e164",
]
