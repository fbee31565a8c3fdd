"""What can be played: each load scenario, by who calls whom and what the phones do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from switch.demo.scenario import root
from switch.load.accounts import Accounts
from switch.load.errors import UnknownLoad

Callers = Literal["customers", "reps", "storm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """Is a SIPp that is called."""

    name: str
    plays: str
    """The XML."""
    role: str = ""
    """Whose phone it is: a role, ``members1`` to ``members3``, ``back``, or ``trunk``."""
    target: str = ""
    """The role of whom he transfers to."""
    calls: int = 1
    """How many calls it gets in each of the flow's."""

    def reps(self, accounts: Accounts) -> list[str]:
        """Return whose phone it is, to be registered."""
        match self.role:
            case "trunk":
                return []
            case "members1":
                return accounts.members(1)
            case "members2":
                return accounts.members(2)
            case "members3":
                return accounts.members(3)
            case "back":
                return [accounts.rep(role) for role in accounts.back_roles]
        return [accounts.rep(self.role)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Is one kind of call, and all who take part in it."""

    name: str
    plays: str
    """The XML of who begins."""
    callers: Callers = "customers"
    dials: str = ""
    """The role that customers ring; ``territories``, ``back``: one after the other."""
    phones: tuple[Phone, ...] = ()
    share: float = 1.0
    """How much of the rate is this one's."""

    def lines(self, accounts: Accounts, count: int, first: int) -> Iterator[str]:
        """Yield the line of each call for ``-inf``.

        Args:
            accounts: who is there.
            count: how many lines.
            first: the place of the first customer: no two flows share one.
        """
        for place in range(count):
            if self.callers == "customers":
                names = self._dialled(accounts)
                number = accounts.did(names[place % len(names)])
                yield f"{accounts.customer(first + place)};{number}"
            elif self.callers == "reps":
                rep = accounts.outside_reps[place % len(accounts.outside_reps)]
                yield f"{rep};{accounts.outside(first + place)};{digest(rep, accounts)}"
            else:
                rep = accounts.storm_reps[place % accounts.storm]
                yield f"{rep};{digest(rep, accounts)}"

    def _dialled(self, accounts: Accounts) -> list[str]:
        match self.dials:
            case "territories":
                return accounts.territory_names
            case "back":
                return accounts.back_roles
        return [self.dials]


def digest(rep: str, accounts: Accounts) -> str:
    """Return what SIPp replaces by the digest of a rep."""
    return f"[authentication username={rep} password={accounts.password}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Is a load scenario."""

    name: str
    what: str
    """In a line, for people."""
    flows: tuple[Flow, ...]
    day: tuple[float, ...] = (1.0,)
    """Its hours: how much of the rate is played in each part of the time."""


def xml(name: str) -> Path:
    """Return the file of what a SIPp plays."""
    return root() / "load" / f"{name}.xml"


_CALL: Final = Flow(
    name="call",
    plays="customer_hangs_up",
    dials="answers",
    phones=(Phone(name="rep", plays="answers", role="answers"),),
)


def _transfer(name: str, role: str, plays: str) -> Flow:
    target = f"{role}-target"
    return Flow(
        name=name,
        plays="customer_stays",
        dials=role,
        phones=(
            Phone(name="transferor", plays=plays, role=role, target=target),
            Phone(name="target", plays="answers_and_hangs_up", role=target),
        ),
    )


_STAYS: Final = _transfer("transfer", "stays", "transferor_stays")
_LEAVES: Final = _transfer("transfer-leaving", "leaves", "transferor_leaves")
_RECALL: Final = Flow(
    name="recall",
    plays="customer_stays",
    dials="back",
    phones=(
        Phone(
            name="transferor",
            plays="transferor_is_called_back",
            role="back",
            target="busy",
            calls=2,
        ),
        Phone(name="target", plays="is_busy", role="busy"),
    ),
)
_TERRITORY: Final = Flow(
    name="territory",
    plays="customer_hangs_up",
    dials="territories",
    phones=(
        Phone(name="who answers", plays="answers", role="members1"),
        # Two SIPps: a call that rings several phones has one Call-ID.
        Phone(name="second who rings", plays="rings", role="members2"),
        Phone(name="third who rings", plays="rings", role="members3"),
    ),
)
_OUTSIDE: Final = Flow(
    name="outside",
    plays="rep_calls",
    callers="reps",
    phones=(Phone(name="outside", plays="answers", role="trunk"),),
)
_REGISTRATIONS: Final = Flow(name="registrations", plays="registers", callers="storm")


LOADS: Final = {
    load.name: load
    for load in (
        Load(name="call", what="a customer rings a rep, talks, hangs up", flows=(_CALL,)),
        Load(
            name="transfer",
            what="a rep transfers his customer, and stays until he is released",
            flows=(_STAYS,),
        ),
        Load(
            name="transfer-leaving",
            what="a rep transfers his customer, and hangs up at once",
            flows=(_LEAVES,),
        ),
        Load(
            name="recall",
            what="a transfer to a busy rep; the transferor has hung up and is called back",
            flows=(_RECALL,),
        ),
        Load(
            name="territory",
            what="a customer rings three reps at once, one answers",
            flows=(_TERRITORY,),
        ),
        Load(name="outside", what="a rep calls outside by a trunk", flows=(_OUTSIDE,)),
        Load(
            name="registrations",
            what="phones register, as all do after a power cut",
            flows=(_REGISTRATIONS,),
        ),
        Load(
            name="day",
            what="all of these mixed, with a day's peaks and lulls",
            flows=(
                replace(_CALL, share=0.5),
                replace(_STAYS, share=0.15),
                replace(_LEAVES, share=0.05),
                replace(_RECALL, share=0.05),
                replace(_TERRITORY, share=0.1),
                replace(_OUTSIDE, share=0.1),
                replace(_REGISTRATIONS, share=0.05),
            ),
            day=(0.3, 0.7, 1.0, 0.8, 0.5, 0.9, 1.0, 0.4),
        ),
    )
}


def load_named(name: str) -> Load:
    """Return the scenario of a name.

    Raises:
        UnknownLoad: there is none.
    """
    if name not in LOADS:
        raise UnknownLoad(name=name, known=list(LOADS))
    return LOADS[name]
