"""A lane: a copy of the whole house, so that scenarios can be played beside one another.

Scenarios share a switch and must not disturb each other; played one after the other they would
take long, for most of the time they wait. So the house is there several times: each lane has
reps, territories, trunks, extensions, numbers and addresses of its own, made from those of
:mod:`switch.demo.house` word by word. A scenario goes on saying "alice" and "801"; the lane says
"alice-3" and "3801" in its place, in what the parties do and in what is expected of them alike.

Words of the house are replaced where they stand for themselves: "denver" in "denver1" is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

from dialplan import Did, Rep, Territory, Trunk
from switch.demo import house
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario

MOST: Final = 39
"""The highest lane; above it the exchanges of real numbers begin."""
_EXCHANGE: Final = "555"
_FIRST_EXCHANGE: Final = 560
_CUSTOMERS: Final = "+1602"
"""The area that all customers call from."""
_FIRST_CUSTOMER: Final = 100

_EXCHANGES: Final = re.compile(rf"{_EXCHANGE}(?=-?01)")
_ADDRESSES: Final = re.compile(r"\b(127\\?\.0\\?\.)0(?=\\?\.\d)")
_WORDS: Final = re.compile(
    r"\b(?:{})\b".format(
        "|".join(
            [
                *(word for one in house.REPS for word in (one.name, one.extension)),
                *(word for one in house.TERRITORIES for word in (one.name, one.extension)),
                *house.TRUNKS,
            ]
        )
    )
)


@dataclass(frozen=True)
class Lane:
    """Is one lane, by its number; 0 is the house itself."""

    number: int

    def __post_init__(self) -> None:
        """Check that there can be such a lane."""
        if not 0 <= self.number <= MOST:
            raise ValueError(f"lane {self.number}: there are 0 to {MOST}")

    def text(self, text: str) -> str:
        """Return a text with the words of the house replaced by this lane's."""
        if not self.number:
            return text
        text = _ADDRESSES.sub(rf"\g<1>{self.number}", text)
        text = _EXCHANGES.sub(self._exchange, text)
        return _WORDS.sub(self._word, text)

    @property
    def _exchange(self) -> str:
        return str(_FIRST_EXCHANGE + self.number) if self.number else _EXCHANGE

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        return f"{self.number}{word}" if word.isdigit() else f"{word}-{self.number}"

    def _words(self, thing: Any) -> Any:
        """Return the same with every text in it replaced; the keys of tables stay."""
        match thing:
            case str():
                return self.text(thing)
            case list():
                return [self._words(inner) for inner in thing]
            case dict():
                return {key: self._words(inner) for key, inner in thing.items()}
        return thing

    # ------------------------------------------------------------ who is in it

    @cached_property
    def reps(self) -> tuple[Rep, ...]:
        """The reps of this lane."""
        return tuple(
            replace(rep, name=self.text(rep.name), extension=self.text(rep.extension))
            for rep in house.REPS
        )

    @property
    def territories(self) -> tuple[Territory, ...]:
        """The territories of this lane."""
        return tuple(
            replace(
                one,
                name=self.text(one.name),
                extension=self.text(one.extension),
                members=tuple(map(self.text, one.members)),
                on_no_answer=self._words(one.on_no_answer),
            )
            for one in house.TERRITORIES
        )

    @property
    def dids(self) -> tuple[Did, ...]:
        """The numbers of ours in this lane."""
        return tuple(
            Did(
                number=self.text(did.number),
                rep=self._words(did.rep),
                territory=self._words(did.territory),
            )
            for did in house.DIDS
        )

    def trunks(self, folder: Path) -> tuple[Trunk, ...]:
        """Return the trunks of this lane, each at an address of its own, on any port.

        Args:
            folder: where the password of one of them is written.
        """
        return tuple(map(self._trunk, house.trunks(folder)))

    def _trunk(self, trunk: Trunk) -> Trunk:
        # The house's own one takes all customers; a lane's, before that, those of the lane.
        is_last = trunk.name == house.TRUNK and self.number
        prefixes = (f"{_CUSTOMERS}{_EXCHANGE}",) if is_last else trunk.prefixes
        return replace(
            trunk,
            name=self.text(trunk.name),
            address=self.text(trunk.address),
            prefixes=tuple(prefix.replace(_EXCHANGE, self._exchange) for prefix in prefixes),
            priority=trunk.priority - bool(is_last),
            company_number=self._words(trunk.company_number),
        )

    def contact(self, place: int) -> str:
        """Return the number (E.164) of a customer of this lane, another one for each place."""
        return f"{_CUSTOMERS}{self._exchange}{_FIRST_CUSTOMER + place:04d}"

    def owns(self, thread: Mapping[str, Any], contact: str) -> bool:
        """Tell whether a thread is of this lane, if it is not the house, or of this customer."""
        if not self.number or thread.get("contact") == contact:
            return True
        legs = thread["legs"]
        rows = [*legs, *(attempt for leg in legs for attempt in leg["attempts"])]
        return any(row["rep"] in self._names or row["number"] == contact for row in rows)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(rep.name for rep in self.reps)

    # ------------------------------------------------------------ what is played in it

    def cast(self, scenario: Scenario) -> Scenario:
        """Return a scenario with its parts given to the people of this lane.

        The parties keep their names; whose phones they are, whom they call and what is expected
        is said in the words of this lane.
        """
        if not self.number:
            return scenario
        return msgspec.structs.replace(
            scenario,
            party=[self._plan(plan) for plan in scenario.party],
            thread=self._thread(scenario.thread) if scenario.thread else None,
            each_thread=[self._thread(thread) for thread in scenario.each_thread],
        )

    def _plan(self, plan: PartyPlan) -> PartyPlan:
        return msgspec.structs.replace(
            plan,
            phone_of=self._words(plan.users) or None,
            trunk=self.text(plan.trunk),
            dials=self._words(plan.dials),
            key=self._words(plan.key),
            sees=self._words(plan.sees),
            shows=self._words(plan.shows),
            receives=self._words(plan.receives),
            never_receives=self._words(plan.never_receives),
            asks=self._words(plan.asks),
        )

    def _thread(self, thread: ExpectedThread) -> ExpectedThread:
        return msgspec.structs.replace(
            thread,
            legs=self._words(thread.legs),
            transfers=self._words(thread.transfers),
            recalls=self._words(thread.recalls),
            fallbacks=self._words(thread.fallbacks),
        )


HOUSE: Final = Lane(0)
