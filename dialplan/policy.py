"""The toll policy: who may call what outside, and how much of it.

Rules of this file:

* What costs the company most is closed unless somebody opened it: other countries and premium
  numbers. A country code is shared by many countries (``+1`` is also Jamaica), so a number's
  country is found from its digits, not from its code.
* The longest prefix that fits a number decides, whether it allows or denies.
* A prefix that is no longer than a country's code opens no premium numbers: who allows ``+44``
  means Britain, not its chat lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from dialplan.numbers import calling_code, country_of, is_premium

_MINUTE_S: Final = 60.0

Limit: TypeAlias = Literal["deny", "international", "premium", "at_once", "per_minute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """Is what somebody may call outside."""

    allow: tuple[str, ...] = ()
    """Beginnings of numbers that may be called, such as ``+44``; ``+`` is all."""
    deny: tuple[str, ...] = ()
    """Beginnings of numbers that may not be called."""
    international: bool = False
    """Whether numbers of other countries may be called."""
    premium: bool = False
    """Whether premium numbers may be called."""
    outside_at_once: int = 5
    """Outside calls of one rep at a time; a call he transferred to outside is his."""
    outside_per_minute: int = 10
    """Outside calls of one rep begun within 60 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnToll:
    """Is what a rep or a territory has instead; ``None`` = as everybody has it."""

    allow: tuple[str, ...] | None = None
    """Instead of the beginnings that everybody may call."""
    deny: tuple[str, ...] | None = None
    """Instead of the beginnings that nobody may call."""
    international: bool | None = None
    """Whether numbers of other countries may be called."""
    premium: bool | None = None
    """Whether premium numbers may be called."""
    outside_at_once: int | None = None
    """Outside calls at a time."""
    outside_per_minute: int | None = None
    """Outside calls begun within 60 s."""

    def over(self, toll: Toll) -> Toll:
        """Return a policy with what is said here in the place of what it said."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(toll, **{key: value for key, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Says that a number may be called."""

    number: str
    """The number in E.164 form."""
    why: str
    """By which rule, as a person reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Says that a number may not be called: a security event."""

    number: str
    """The number in E.164 form."""
    limit: Limit
    """Which rule it ran into."""
    why: str
    """The same, as a person reads it."""


def decide(toll: Toll, number: str, *, country: str) -> Allowed | Denied:
    """Decide whether a number may be called.

    Args:
        toll: the policy of whoever calls.
        number: the number in E.164 form.
        country: our own country, as two letters.
    """
    denied = _longest(toll.deny, number)
    allowed = _longest(toll.allow, number)
    if len(denied) > len(allowed):
        return Denied(number=number, limit="deny", why=f"{number}: {denied} is denied")
    opens_premium = len(allowed) > len(f"+{calling_code(number)}")
    if is_premium(number) and not toll.premium and not opens_premium:
        return Denied(number=number, limit="premium", why=f"{number} is a premium number")
    if allowed:
        return Allowed(number=number, why=f"{allowed} is allowed")
    where = country_of(number, country)
    if where == country:
        return Allowed(number=number, why=f"it is a number of {country}")
    if toll.international:
        return Allowed(number=number, why="international numbers are allowed")
    place = where or "no country"
    why = f"{number} is a number of {place}, not of {country}: international"
    return Denied(number=number, limit="international", why=why)


def _longest(prefixes: tuple[str, ...], number: str) -> str:
    return max((one for one in prefixes if number.startswith(one)), key=len, default="")


_NO_CALLS: Final[Mapping[str, str]] = MappingProxyType({})
_NO_TIMES: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TollMeter:
    """Counts the outside calls of each rep; whoever places them tells it, and the time.

    The clock may be any that never goes back.
    """

    calls: Mapping[str, str] = field(default_factory=lambda: _NO_CALLS)
    """Whose each call is that is up, by the call's name."""
    begun_s: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: _NO_TIMES)
    """When each rep's calls of the last minute began."""

    def begin(
        self, call: str, number: str, *, rep: str, toll: Toll, now_s: float
    ) -> tuple[TollMeter, Denied | None]:
        """Return the meter once a call has begun; as it was, and why, if that is one too many.

        You must call :meth:`end` when the call is over, answered or not. A call that has begun
        already is not counted again.
        """
        if call in self.calls:
            return self, None
        up = sum(1 for owner in self.calls.values() if owner == rep)
        if up >= toll.outside_at_once:
            why = f"rep {rep} has {up} outside calls at once already"
            return self, Denied(number=number, limit="at_once", why=why)
        recent = tuple(at_s for at_s in self.begun_s.get(rep, ()) if now_s - at_s < _MINUTE_S)
        if len(recent) >= toll.outside_per_minute:
            why = f"rep {rep} has begun {len(recent)} outside calls within a minute"
            return self, Denied(number=number, limit="per_minute", why=why)
        calls = MappingProxyType({**self.calls, call: rep})
        begun_s = MappingProxyType({**self.begun_s, rep: (*recent, now_s)})
        return TollMeter(calls=calls, begun_s=begun_s), None

    def end(self, call: str) -> TollMeter:
        """Return the meter once a call is over; one that never began changes nothing."""
        if call not in self.calls:
            return self
        calls = {name: rep for name, rep in self.calls.items() if name != call}
        return replace(self, calls=MappingProxyType(calls))
