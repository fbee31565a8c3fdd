"""What the dialplan answers."""

from __future__ import annotations

from dialplan import OutsideRoute, hops_to
from tests.dialplan.samples import PSTN, SPARE


def test_a_way_outside_is_named_for_its_most_wanted_trunk() -> None:
    route = OutsideRoute(number="+12065550100", hops=hops_to((SPARE, PSTN), "+12065550100"))

    assert route.trunk == "pstn"
    assert [hop.trunk for hop in route.hops] == ["pstn", "spare"]
