"""Who should ring for what was dialled.

Rules of this file:

* A trunk reaches our own numbers and nothing else: whatever else it asks for would be a call
  into, or through, the switch by somebody who proved nothing.
* A number of ours never leaves through a trunk, however it is written: it would come back.
* Nothing is guessed. What is nobody's name, extension or number is refused, short numbers such as
  an emergency call included: the switch knows no line for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from dialplan.numbers import plain, to_e164
from dialplan.people import Did, Rep, Territory
from dialplan.problems import DialplanError, find_problems
from dialplan.trunks import Trunk

_MOST_SHOWN: Final = 64
"""Letters of what was dialled that a refusal repeats."""

_PHRASES: Final = {
    403: "Forbidden",
    404: "Not Found",
    482: "Loop Detected",
    501: "Not Implemented",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepSource:
    """Says that a rep calls; his phone has proved that it is his."""

    name: str
    """The rep's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSource:
    """Says that the call comes from the telephone network."""

    name: str
    """The trunk's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRoute:
    """Says that a rep rings, on all his phones."""

    rep: str
    """The rep's name."""
    extension: str
    """His extension."""
    display_name: str
    """His name as people read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRoute:
    """Says that the call leaves through a trunk."""

    number: str
    """Whom to call, in E.164 form."""
    trunk: str
    """The trunk's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Says that nobody rings."""

    status: int
    """The SIP status to answer with, or to tell a transferor in the final NOTIFY."""
    reason: str
    """The phrase that goes with the status."""
    why: str
    """What happened, for whoever reads the log."""


_Entry = TypeVar("_Entry", Rep, Territory)

Source: TypeAlias = RepSource | TrunkSource
Route: TypeAlias = RepRoute | OutsideRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialplan:
    """Knows everybody who can be dialled, and decides who rings.

    Raises:
        DialplanError: on construction, if the entries contradict each other.
    """

    reps: tuple[Rep, ...] = ()
    """The team."""
    territories: tuple[Territory, ...] = ()
    """The team's hunt groups; they can be dialled in a later release."""
    dids: tuple[Did, ...] = ()
    """Our own outside numbers."""
    trunks: tuple[Trunk, ...] = ()
    """The lines to the telephone network, the most wanted first."""
    country: str = "US"
    """Where a number without ``+`` belongs, as two letters."""
    _reps: Mapping[str, Rep] = field(init=False, repr=False, compare=False)
    _groups: Mapping[str, Territory] = field(init=False, repr=False, compare=False)
    _numbers: Mapping[str, Rep] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = find_problems(
            reps=self.reps,
            territories=self.territories,
            dids=self.dids,
            trunks=self.trunks,
            country=self.country,
        )
        if problems:
            raise DialplanError(problems)
        reps = _by_name_and_extension(self.reps)
        numbers = {did.number: reps[did.rep] for did in self.dids}
        object.__setattr__(self, "_reps", reps)
        object.__setattr__(self, "_groups", _by_name_and_extension(self.territories))
        object.__setattr__(self, "_numbers", MappingProxyType(numbers))

    def rep(self, name: str) -> Rep | None:
        """Return the rep of that name; ``None`` if there is none."""
        rep = self._reps.get(name)
        return rep if rep is not None and rep.name == name else None

    def trunk(self, name: str) -> Trunk | None:
        """Return the trunk of that name; ``None`` if there is none."""
        return next((trunk for trunk in self.trunks if trunk.name == name), None)

    def route_call(self, source: Source, user: str) -> Route | Refusal:
        """Decide who rings for a new call.

        Args:
            source: who calls.
            user: the user part of the Request-URI, unescaped, or a ``tel:`` URI.
        """
        if isinstance(source, TrunkSource):
            return self._route_from_trunk(source.name, user)
        if self.rep(source.name) is None:
            return _refuse(403, f"caller {source.name!r} is no rep (any more)")
        return self._route_from_inside(source.name, user, verb="dialled")

    def route_transfer(self, transferor: str | None, user: str) -> Route | Refusal:
        """Decide who rings for a transfer.

        Args:
            transferor: name of the rep who transfers; ``None`` if no rep does, but the switch.
            user: the user part of the Refer-To URI, unescaped, or a ``tel:`` URI.
        """
        route = self._route_from_inside(transferor, user, verb="transferred to")
        if isinstance(route, OutsideRoute):
            return _refuse(403, f"a transfer to outside ({route.number}) is not allowed yet")
        return route

    def _route_from_trunk(self, trunk: str, user: str) -> Route | Refusal:
        if self.trunk(trunk) is None:
            return _refuse(403, f"trunk {trunk!r} is not configured (any more)")
        # Some providers leave out the "+"; read in the trunk's own country such a number would be
        # another one, so it is looked up as it stands first.
        candidates = (f"+{plain(user).removeprefix('+')}", to_e164(user, self.country))
        for number in candidates:
            rep = self._numbers.get(number or "")
            if rep is not None:
                return _ring(rep)
        why = f"trunk {trunk} asked for {_shown(user)}, which is no number of ours"
        return _refuse(404, why)

    def _route_from_inside(self, caller: str | None, user: str, *, verb: str) -> Route | Refusal:
        target = plain(user)
        number = to_e164(user, self.country)
        rep = self._reps.get(target) or self._numbers.get(number or "")
        if rep is not None:
            if rep.name == caller:
                return _refuse(482, f"rep {caller} {verb} himself ({_shown(user)})")
            return _ring(rep)
        if target in self._groups:
            group = self._groups[target].name
            return _refuse(501, f"territory {group} was {verb}; territories do not ring yet")
        if number is None:
            return _refuse(404, f"{_shown(user)} is no rep, no extension and no telephone number")
        if not self.trunks:
            return _refuse(503, f"outside number {number} was {verb}, but there is no trunk")
        return OutsideRoute(number=number, trunk=self.trunks[0].name)


def _by_name_and_extension(entries: Iterable[_Entry]) -> Mapping[str, _Entry]:
    found: dict[str, _Entry] = {}
    for entry in entries:
        found[entry.name] = found[entry.extension] = entry
    return MappingProxyType(found)


def _ring(rep: Rep) -> RepRoute:
    return RepRoute(rep=rep.name, extension=rep.extension, display_name=rep.display_name)


def _shown(user: str) -> str:
    """Return what was dialled as a log can show it: hostile text is escaped and clipped."""
    return ascii(user if len(user) <= _MOST_SHOWN else f"{user[:_MOST_SHOWN]}...")


def _refuse(status: int, why: str) -> Refusal:
    return Refusal(status=status, reason=_PHRASES[status], why=why)
