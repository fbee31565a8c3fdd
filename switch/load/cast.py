"""Who plays a load: of each flow a SIPp that begins, and one for each phone, registered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from switch.demo.ports import take_port
from switch.load.accounts import Accounts
from switch.load.catalogue import Flow, Load, Phone, digest, xml
from switch.load.errors import NotRegistered
from switch.load.result import Row
from switch.load.sipp import Command, Sipp
from switch.load.timeline import Trace
from switch.run.ports import NeededPort

_STORM_EXPIRES_S: Final = 120
_REGISTER_RATE: Final = 50.0
_REGISTER_WITHIN_S: Final = 60.0
_LEAST_AN_HOUR: Final = 2
_CUSTOMERS_A_FLOW: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Is how much is to be played."""

    rate_per_s: float = 5.0
    duration_s: float = 20.0
    concurrent: int = 100
    talk_ms: int = 1000
    ring_ms: int = 200
    allowed_failed: float = 0.0
    """Share of the calls."""
    target: tuple[str, int] | None = None
    """None: as the accounts say."""
    traces: bool = True
    """Whether times are taken; without it SIPp costs less."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Is a flow that is played: who begins, and who is called."""

    flow: Flow
    caller: Sipp
    phones: list[tuple[Phone, Sipp]]

    @property
    def sipps(self) -> list[Sipp]:
        """All of them, who begins first."""
        return [self.caller, *(sipp for _phone, sipp in self.phones)]

    def traces(self) -> list[Trace]:
        """Return a reader of what each of them sees."""
        phones = [sipp.trace(f"{self.flow.name}: {phone.name}") for phone, sipp in self.phones]
        return [self.caller.trace("caller"), *phones]

    def rows(self) -> list[Row]:
        """Return how many calls each had."""
        begun = self.caller.counts.begun
        parties = [("callers", 1, self.caller)]
        parties += [(phone.name, phone.calls, sipp) for phone, sipp in self.phones]
        return [
            Row(
                flow=self.flow.name,
                party=name,
                wanted=each * begun,
                succeeded=sipp.counts.succeeded,
                failed=max(sipp.counts.failed, each * begun - sipp.counts.succeeded),
                repeated=sipp.counts.repeated,
            )
            for name, each, sipp in parties
        ]


class Casting:
    """Gives the parts of a load to SIPps."""

    def __init__(self, load: Load, accounts: Accounts, wish: Wish, folder: Path) -> None:
        """Keep what is played, by whom, how much of it, and where SIPp writes."""
        self._load = load
        self._accounts = accounts
        self._wish = wish
        self._folder = folder
        self.target = wish.target or accounts.target_place
        """Where the switch is."""

    def needed_ports(self) -> list[NeededPort]:
        """Return the ports that must be free here."""
        accounts = self._accounts
        customers = sum(flow.callers == "customers" for flow in self._load.flows)
        ports = [accounts.trunk_port + line for line in range(customers)]
        if any(phone.role == "trunk" for flow in self._load.flows for phone in flow.phones):
            ports.append(accounts.outside_port)
        return [
            NeededPort(
                address=accounts.trunk_address,
                port=port,
                transport="udp",
                setting="trunk_port of load.toml",
            )
            for port in ports
        ]

    def varies(self, flow: Flow) -> bool:
        """Tell whether a flow follows the hours of the day.

        SIPp begins to count anew when its rate is set: of a flow with less than a call an hour
        there would be none.
        """
        calls = self._wish.rate_per_s * flow.share * _mean(self._load.day) * self._wish.duration_s
        return calls >= _LEAST_AN_HOUR * len(self._load.day)

    def casts(self) -> list[Cast]:
        """Return all flows, none of them started."""
        return [self._cast(place, flow) for place, flow in enumerate(self._load.flows)]

    def _cast(self, place: int, flow: Flow) -> Cast:
        accounts, wish = self._accounts, self._wish
        line = sum(other.callers == "customers" for other in self._load.flows[:place])
        is_customer = flow.callers == "customers"
        address = accounts.trunk_address if is_customer else accounts.phones_address
        rate = wish.rate_per_s * flow.share
        count = max(1, round(rate * wish.duration_s * _mean(self._load.day)))
        port = accounts.trunk_port + line if is_customer else take_port(address)
        caller = self._sipp(
            f"{flow.name} caller",
            flow.plays,
            (address, port),
            keys={"contact": f"{address}:{port}"},
            lines=list(flow.lines(accounts, count, _CUSTOMERS_A_FLOW * place)),
            calls=count,
            rate_per_s=rate * (self._load.day[0] if self.varies(flow) else _mean(self._load.day)),
            at_once=max(1, math.ceil(wish.concurrent * flow.share)),
        )
        phones = [(phone, self._phone(flow, phone)) for phone in flow.phones]
        return Cast(flow, caller, phones)

    def _phone(self, flow: Flow, phone: Phone) -> Sipp:
        accounts = self._accounts
        is_trunk = phone.role == "trunk"
        address = accounts.trunk_address if is_trunk else accounts.phones_address
        keys = {"target": accounts.rep(phone.target)} if phone.target else {}
        port = accounts.outside_port if is_trunk else take_port(address)
        return self._sipp(f"{flow.name} {phone.name}", phone.plays, (address, port), keys=keys)

    def _sipp(
        self,
        name: str,
        plays: str,
        place: tuple[str, int],
        *,
        keys: Mapping[str, str],
        lines: Sequence[str] = (),
        calls: int | None = None,
        rate_per_s: float = 1.0,
        at_once: int = 1,
    ) -> Sipp:
        address, port = place
        path, wish = xml(plays), self._wish
        text = path.read_text(encoding="utf-8")
        pauses = {"ring_ms": wish.ring_ms, "talk_ms": wish.talk_ms}
        return Sipp(
            Command(
                name=name,
                xml=path,
                target=self.target,
                address=address,
                port=port,
                control_port=take_port(address),
                keys={
                    "domain": self._accounts.domain,
                    "rtp_port": str(take_port(address)),
                    "expires": str(_STORM_EXPIRES_S),
                    **keys,
                },
                # SIPp refuses a variable that the XML does not have.
                variables={one: ms for one, ms in pauses.items() if one in text},
                lines=lines,
                calls=calls,
                rate_per_s=rate_per_s,
                at_once=at_once,
                traces=wish.traces,
            ),
            self._folder,
        )

    async def register(self, casts: Sequence[Cast], expires_s: int) -> None:
        """Register all phones for so long, or with 0 end the registrations.

        Raises:
            NotRegistered: some could not.
        """
        accounts = self._accounts
        for cast in casts:
            for phone, sipp in cast.phones:
                reps = phone.reps(accounts)
                if not reps:
                    continue
                address, port = sipp.command.address, sipp.command.port
                clerk = self._sipp(
                    f"{sipp.command.name} {'registers' if expires_s else 'leaves'}",
                    "registers",
                    (address, take_port(address)),
                    keys={"contact": f"{address}:{port}", "expires": str(expires_s)},
                    lines=[f"{rep};{digest(rep, accounts)}" for rep in reps],
                    calls=len(reps),
                    rate_per_s=_REGISTER_RATE,
                    at_once=len(reps),
                )
                await clerk.start()
                await clerk.ended(_REGISTER_WITHIN_S)
                await clerk.kill()
                if expires_s and clerk.counts.succeeded < len(reps):
                    raise NotRegistered(rep=reps[0], status=_refusal(clerk))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _refusal(clerk: Sipp) -> int | None:
    """Return the status that a registration was refused with in the end."""
    trace = clerk.trace("caller")
    answers = [one.status for one in trace.read() if not one.is_sent and one.status is not None]
    return answers[-1] if answers else None
