"""A small team for the tests of the dialplan."""

from __future__ import annotations

from dialplan import Dialplan, Did, Rep, Territory, Trunk

ALICE = Rep(name="alice", extension="101", display_name="Alice Moreno")
SAUL = Rep(name="saul", extension="102", display_name="Saul Berg")
SEATTLE = Territory(name="seattle", extension="801", members=("saul",), display_name="Seattle")
OURS = Did(number="+14805550100", rep="alice")
OUR_SEATTLE = Did(number="+12065550180", territory="seattle")
PSTN = Trunk(name="pstn", address="192.0.2.1", port=5080)
SPARE = Trunk(name="spare", address="192.0.2.2", priority=2)


def plan() -> Dialplan:
    """Return a dialplan in which everything is right."""
    return Dialplan(
        reps=(ALICE, SAUL),
        territories=(SEATTLE,),
        dids=(OURS, OUR_SEATTLE),
        trunks=(PSTN, SPARE),
        country="US",
    )
