"""Customers who ring, and reps who answer: their SIP by SIPp, their sound by a crowd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from switch.demo.house import TRUNK, TRUNK_ADDRESS
from switch.demo.lane import HOUSE
from switch.demo.party import Part, Party
from switch.demo.ports import take_port
from switch.demo.registrar import EXPIRES_S, Registrar
from switch.demo.scenario import PartyPlan, root
from switch.demo.stage import REP_ADDRESS
from switch.demo.standing import StandingSwitch
from switch.demo.trace import Message
from tests.bench.packets import Crowd, Place

_RING_MS: Final = 100
_CALLS_PER_S: Final = 5
_ALL_TALK_WITHIN_S: Final = 60.0
_FOR_EVER: Final = '<recv request="BYE" timeout="3600000"/>'


@dataclass(slots=True)
class _Ends:
    """Is what the messages of one SIPp say of its calls."""

    own: dict[str, int] = field(default_factory=dict)
    """Where it listens, by Call-ID."""
    others: dict[str, Place] = field(default_factory=dict)
    """Where the switch listens."""
    answered: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)

    def see(self, _party: Party, message: Message) -> None:
        if (audio := message.audio) is not None:
            if message.is_sent:
                self.own[message.call_id] = audio.port
            else:
                self.others[message.call_id] = (audio.address, audio.port)
        if message.method == "INVITE" and message.status == 200:
            self.answered.add(message.call_id)
        if message.is_request and message.method == "BYE":
            self.over.add(message.call_id)


class Talkers:
    """Is as many conversations as are wanted."""

    def __init__(self, count: int, folder: Path) -> None:
        """Listen for so many, at places of their own."""
        self._folder = folder
        self._customers = [(TRUNK_ADDRESS, take_port(TRUNK_ADDRESS)) for _ in range(count)]
        self._reps = [(REP_ADDRESS, take_port(REP_ADDRESS)) for _ in range(count)]
        self._ends = (_Ends(), _Ends())
        self._parties: list[Party] = []
        self.crowd = Crowd([*self._customers, *self._reps])

    @property
    def over(self) -> int:
        """How many ends of calls have come."""
        return sum(len(ends.over) for ends in self._ends)

    async def ring(self, switch: StandingSwitch, progress: Callable[[str], None]) -> None:
        """Let each customer ring another rep, and return when all have begun to talk.

        Raises:
            TimeoutError: some do not.
        """
        count = len(self._reps)
        customers, reps = self._party_of_customers(switch), self._party_of_reps(switch)
        plan = PartyPlan(name="reps", phone_of=[f"rep{3 * place + 1}" for place in range(count)])
        registrar = Registrar([plan], {"reps": reps}, switch.password, self._folder)
        await registrar.tell_all(expires_s=EXPIRES_S)
        for party, ends in zip((customers, reps), self._ends, strict=True):
            party.on_message = ends.see
        self._parties = [reps, customers]
        for party in self._parties:
            await party.start()
        async with asyncio.timeout(_ALL_TALK_WITHIN_S):
            while (talk := min(len(ends.answered) for ends in self._ends)) < count:
                progress(f"{talk} of {count} talk")
                await asyncio.sleep(0.5)
        self.crowd.speak(self._targets())

    def _targets(self) -> list[Place]:
        """Return for each place, in their order, where the switch listens for it."""
        targets = []
        for places, ends in zip((self._customers, self._reps), self._ends, strict=True):
            calls = {port: call_id for call_id, port in ends.own.items()}
            targets += [ends.others[calls[port]] for _address, port in places]
        return targets

    def _party_of_customers(self, switch: StandingSwitch) -> Party:
        address, port = switch.trunk(TRUNK)
        fields = {"[dialled]": "[field0]", "[rtp_port]": "[field1]", "[user]": "[field2]"}
        return Party(
            Part(
                name="customers",
                xml=self._xml("many/hundred_in_a_row/customers", fields),
                address=address,
                port=port,
                switch=(switch.address, switch.port),
                calls=len(self._customers),
                rate_per_s=_CALLS_PER_S,
                # By itself SIPp lets no more be up than begin in 3 s.
                at_once=len(self._customers),
                lines=[
                    f"{switch.did(f'city{number}')};{place[1]};{HOUSE.contact(number)}"
                    for number, place in enumerate(self._customers, start=1)
                ],
            ),
            folder=self._folder,
        )

    def _party_of_reps(self, switch: StandingSwitch) -> Party:
        return Party(
            Part(
                name="reps",
                xml=self._xml("parties/answers", {"[rtp_port]": "[field0]"}),
                address=REP_ADDRESS,
                switch=(switch.address, switch.port),
                calls=len(self._reps),
                keys={"user": "rep", "domain": switch.domain},
                variables={"ring_ms": _RING_MS},
                lines=[str(port) for _address, port in self._reps],
            ),
            folder=self._folder,
        )

    def _xml(self, name: str, fields: dict[str, str]) -> Path:
        """Return what a scenario plays, with other words in it in each call, and no time limit."""
        text = (root() / f"{name}.xml").read_text(encoding="utf-8")
        for old, new in {**fields, '<recv request="BYE"/>': _FOR_EVER}.items():
            assert old in text, (name, old)
            text = text.replace(old, new)
        path = self._folder / f"{Path(name).name}.xml"
        path.write_text(text, encoding="utf-8")
        return path

    async def stop(self) -> None:
        """End them all, whatever they are at."""
        for party in self._parties:
            await party.stop()
        self.crowd.close()


@asynccontextmanager
async def talkers(count: int, folder: Path) -> AsyncIterator[Talkers]:
    """Yield so many who are ready to talk, and stop them in the end."""
    async with AsyncExitStack() as stack:
        made = await asyncio.to_thread(Talkers, count, folder)
        stack.push_async_callback(made.stop)
        yield made
