"""Who should ring for what was dialled.

Rules of this file:

* A trunk reaches our own numbers and nothing else: whatever else it asks for would be a call
  into, or through, the switch by somebody who proved nothing.
* A number of ours never leaves through a trunk, however it is written: it would come back.
* Nothing leaves that the toll policy does not allow to whoever calls or transfers.
* Nothing is guessed. What is nobody's name, extension or number is refused, short numbers such as
  an emergency call included: the switch knows no line for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

from dialplan.numbers import plain, to_e164
from dialplan.people import TRANSFEROR, Did, Rep, Territory
from dialplan.policy import Denied, Toll, decide
from dialplan.problems import DialplanError, find_problems
from dialplan.routes import (
    OutsideRoute,
    Refusal,
    RepRoute,
    Route,
    Source,
    TerritoryRoute,
    TrunkSource,
)
from dialplan.trunks import Identity, Trunk, hops_to

_MOST_SHOWN: Final = 64
"""Letters of what was dialled that a refusal repeats."""

_PHRASES: Final = {
    403: "Forbidden",
    404: "Not Found",
    482: "Loop Detected",
    503: "Service Unavailable",
}

_Entry = TypeVar("_Entry", Rep, Territory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialplan:
    """Knows everybody who can be dialled, and decides who rings.

    Raises:
        DialplanError: on construction, if the entries contradict each other.
    """

    reps: tuple[Rep, ...] = ()
    """The team."""
    territories: tuple[Territory, ...] = ()
    """The team's hunt groups."""
    dids: tuple[Did, ...] = ()
    """Our own outside numbers, the company's first."""
    trunks: tuple[Trunk, ...] = ()
    """The lines to the telephone network."""
    country: str = "US"
    """Where a number without ``+`` belongs, as two letters."""
    toll: Toll = field(default_factory=Toll)
    """What everybody may call outside who has nothing else of his own."""
    _reps: Mapping[str, Rep] = field(init=False, repr=False, compare=False)
    _groups: Mapping[str, Territory] = field(init=False, repr=False, compare=False)
    _numbers: Mapping[str, Rep | Territory] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = find_problems(
            reps=self.reps,
            territories=self.territories,
            dids=self.dids,
            trunks=self.trunks,
            country=self.country,
            toll=self.toll,
        )
        if problems:
            raise DialplanError(problems)
        reps = _by_name_and_extension(self.reps)
        groups = _by_name_and_extension(self.territories)
        numbers = {
            did.number: reps[did.rep] if did.rep else groups[did.territory or ""]
            for did in self.dids
        }
        object.__setattr__(self, "_reps", reps)
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "_numbers", MappingProxyType(numbers))

    # ------------------------------------------------------------ who there is

    def rep(self, name: str) -> Rep | None:
        """Return the rep of that name; ``None`` if there is none."""
        rep = self._reps.get(name)
        return rep if rep is not None and rep.name == name else None

    def territory(self, name: str) -> Territory | None:
        """Return the territory of that name; ``None`` if there is none."""
        group = self._groups.get(name)
        return group if group is not None and group.name == name else None

    def trunk(self, name: str) -> Trunk | None:
        """Return the trunk of that name; ``None`` if there is none."""
        return next((trunk for trunk in self.trunks if trunk.name == name), None)

    # ------------------------------------------------------------ who rings

    def route_call(
        self, source: Source, user: str, *, diverted: Collection[str] = ()
    ) -> Route | Refusal:
        """Decide who rings for a new call.

        Args:
            source: who calls.
            user: the user part of the Request-URI, unescaped, or a ``tel:`` URI.
            diverted: user parts that the INVITE's Diversion and History-Info name: numbers the
                call has been at before.
        """
        if isinstance(source, TrunkSource):
            return self._route_from_trunk(source.name, user, diverted)
        if self.rep(source.name) is None:
            return _refuse(403, f"caller {source.name!r} is no rep (any more)")
        return self._route_from_inside(source.name, user, verb="dialled")

    def route_transfer(self, transferor: str | None, user: str) -> Route | Refusal:
        """Decide who rings for a transfer.

        Args:
            transferor: name of the rep who transfers; ``None`` if no rep does, but the switch:
                then the toll policy is everybody's.
            user: the user part of the Refer-To URI, unescaped, or a ``tel:`` URI.
        """
        return self._route_from_inside(transferor, user, verb="transferred to")

    def route_overflow(self, territory: str, *, transferor: str | None = None) -> Route | None:
        """Decide who rings once nobody of a territory took a call.

        Args:
            territory: the territory's name.
            transferor: name of the rep who transferred the call; ``None`` if nobody did.

        Returns:
            ``None`` if the call goes back to the transferor, or is answered with the hunt's
            status if nobody transferred it.
        """
        target = self._groups[territory].on_no_answer
        if target in {TRANSFEROR, transferor}:
            return None
        found = self._reps.get(target) or self._groups.get(target)
        if found is not None:
            return _ring(found)
        return OutsideRoute(number=target, hops=hops_to(self.trunks, target))

    def chain(self, territory: str, *, transferor: str | None = None) -> tuple[Route, ...]:
        """Return a territory and all that a call to it may overflow to, in order.

        Territories, and then at most one rep or outside number: that one overflows no further.
        """
        routes: list[Route] = []
        route: Route | None = _ring(self._groups[territory])
        while route is not None:
            routes.append(route)
            if not isinstance(route, TerritoryRoute):
                break
            route = self.route_overflow(route.territory, transferor=transferor)
        return tuple(routes)

    def longest_ring_s(self, territory: str, *, last_s: float) -> float:
        """Return how long a call to a territory may ring, all its overflows included, in seconds.

        Args:
            territory: the territory's name.
            last_s: how long a rep or an outside number may ring whom it overflows to.
        """
        return sum(
            self._groups[route.territory].ring_s if isinstance(route, TerritoryRoute) else last_s
            for route in self.chain(territory)
        )

    # ------------------------------------------------------------ at what cost, as whom

    def toll_of(self, rep: str | None) -> Toll:
        """Return the toll policy of a rep: his own, over his territory's, over everybody's.

        If he belongs to several territories that have one, the first of the file counts.
        """
        toll = self.toll
        for group in self.territories:
            if group.toll is not None and rep in group.members:
                toll = group.toll.over(toll)
                break
        person = self.rep(rep or "")
        own = person.toll if person is not None else None
        return toll if own is None else own.over(toll)

    def shown_outside(
        self, trunk: str, *, rep: str | None, customer: str | None = None
    ) -> str | None:
        """Return the number (E.164) that a party called through a trunk sees.

        Args:
            trunk: the trunk's name.
            rep: name of the rep who calls or transfers; ``None`` if no rep does.
            customer: number of the customer who is transferred; ``None`` if there is none, or he
                withheld it.

        Returns:
            ``None`` if we have no number to show.
        """
        line = self.trunk(trunk)
        assert line is not None
        own = next((did.number for did in self.dids if rep is not None and did.rep == rep), None)
        company = line.company_number or next((did.number for did in self.dids), None)
        if line.identity is Identity.COMPANY:
            return company
        of_customer = customer if line.identity is Identity.CUSTOMER else None
        return of_customer or own or company

    # ------------------------------------------------------------ how

    def _route_from_trunk(
        self, trunk: str, user: str, diverted: Collection[str]
    ) -> Route | Refusal:
        if self.trunk(trunk) is None:
            return _refuse(403, f"trunk {trunk!r} is not configured (any more)")
        number = self._own_number(user)
        if number is None:
            why = f"trunk {trunk} asked for {_shown(user)}, which is no number of ours"
            return _refuse(404, why)
        if number in {self._own_number(one) for one in diverted}:
            return _refuse(482, f"a call to {number} came back to it through trunk {trunk}")
        return _ring(self._numbers[number])

    def _own_number(self, user: str) -> str | None:
        # Some providers leave out the "+"; read in the trunk's own country such a number would be
        # another one, so it is looked up as it stands first.
        candidates = (f"+{plain(user).removeprefix('+')}", to_e164(user, self.country) or "")
        return next((number for number in candidates if number in self._numbers), None)

    def _route_from_inside(self, caller: str | None, user: str, *, verb: str) -> Route | Refusal:
        target = plain(user)
        number = to_e164(user, self.country)
        found = (
            self._reps.get(target) or self._groups.get(target) or self._numbers.get(number or "")
        )
        if found is not None:
            if isinstance(found, Rep) and found.name == caller:
                return _refuse(482, f"rep {caller} {verb} himself ({_shown(user)})")
            return _ring(found)
        if number is None:
            what = f"{_shown(user)} is no rep, no territory, no extension and no telephone number"
            return _refuse(404, what)
        verdict = decide(self.toll_of(caller), number, country=self.country)
        if isinstance(verdict, Denied):
            return _deny(caller, verdict, verb=verb)
        if not self.trunks:
            return _refuse(503, f"outside number {number} was {verb}, but there is no trunk")
        hops = hops_to(self.trunks, number)
        if not hops:
            return _refuse(404, f"outside number {number} was {verb}, but no trunk takes it")
        return OutsideRoute(number=number, hops=hops)


def _by_name_and_extension(entries: Iterable[_Entry]) -> Mapping[str, _Entry]:
    found: dict[str, _Entry] = {}
    for entry in entries:
        found[entry.name] = found[entry.extension] = entry
    return MappingProxyType(found)


def _ring(found: Rep | Territory) -> RepRoute | TerritoryRoute:
    if isinstance(found, Rep):
        return RepRoute(rep=found.name, extension=found.extension, display_name=found.display_name)
    return TerritoryRoute(
        territory=found.name,
        extension=found.extension,
        display_name=found.display_name or found.name,
    )


def _shown(user: str) -> str:
    """Return what was dialled as a log can show it: hostile text is escaped and clipped."""
    return ascii(user if len(user) <= _MOST_SHOWN else f"{user[:_MOST_SHOWN]}...")


def _refuse(status: int, why: str) -> Refusal:
    return Refusal(status=status, reason=_PHRASES[status], why=why)


def _deny(caller: str | None, denied: Denied, *, verb: str) -> Refusal:
    who = "the switch" if caller is None else f"rep {caller}"
    why = f"{who} {verb} an outside number that is not allowed: {denied.why}"
    return Refusal(status=403, reason=_PHRASES[403], why=why, denied=denied)
