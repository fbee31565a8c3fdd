"""Plays a scenario against a running switch, and says what was not as expected."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from switch.audio.srtp import MASTER_BYTES
from switch.audio.tones import PALETTE_HZ
from switch.demo import desk
from switch.demo.acts import play
from switch.demo.checks import Check, check_party, check_thread
from switch.demo.lane import HOUSE, Lane
from switch.demo.party import Part, Party
from switch.demo.registrar import EXPIRES_S, Registrar
from switch.demo.scenario import PartyPlan, Scenario
from switch.demo.trace import Message
from switch.demo.voice import Voice
from switch.desk.asker import Bus

REP_ADDRESS = "127.0.0.3"
"""Where reps live. Not the trunk's address: there everything counts as coming from the trunk."""
STRANGER_ADDRESS = "127.0.0.4"

_THREADS_WITHIN_S = 30.0
_THREADS_EVERY_S = 0.1


class Standing(Protocol):
    """Is a switch that runs, as the parties see it."""

    @property
    def address(self) -> str:
        """Where phones and trunks reach the edge."""

    @property
    def port(self) -> int:
        """The edge's SIP port, UDP and TCP."""

    @property
    def domain(self) -> str:
        """The SIP domain, which is the realm too."""

    def password(self, rep: str) -> str:
        """Return a rep's password."""

    def did(self, name: str) -> str:
        """Return the number (E.164) that rings a rep or a territory."""

    def trunk(self, name: str) -> tuple[str, int]:
        """Return the address that is a trunk, and the port the switch calls there."""

    @property
    def bus(self) -> Bus:
        """Where its broker is."""

    @property
    def main_number(self) -> str:
        """The number (E.164) of ours that is shown for whoever has none of his own."""

    async def threads(self, since: str) -> list[dict[str, Any]]:
        """Return the threads that began since (ISO 8601), the newest first.

        They are as ``softswitch threads --json`` prints them.
        """


@dataclass(slots=True, kw_only=True)
class Performance:
    """Is a scenario that was played: what everybody saw, and what was not as expected."""

    scenario: Scenario
    lane: Lane
    """In whose words it was played."""
    contact: str
    """The customer's number."""
    folder: Path
    """Where the traces are."""
    started_at: str
    """ISO 8601; no thread of this performance began before."""
    ended_s: float = float("inf")
    """When it was over (UTC seconds); what the lane says later is of somebody else."""
    parties: dict[str, Party] = field(default_factory=dict)
    threads: list[dict[str, Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def failures(self) -> list[Check]:
        """What was not as expected."""
        return [check for check in self.checks if not check.ok]


def now() -> str:
    """Return the time as records and threads write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(plan: PartyPlan, standing: Standing, lane: Lane) -> tuple[str, int | None]:
    """Return where a party lives; the port is None if any will do."""
    match plan.side:
        case "trunk":
            return standing.trunk(plan.trunk)
        case "rep":
            return lane.text(REP_ADDRESS), None
        case "stranger":
            return lane.text(STRANGER_ADDRESS), None
        case "desk":
            raise ValueError(f"{plan.name} has no phone")


def _part(plan: PartyPlan, performance: Performance, standing: Standing) -> Part:
    """Return what a party has to play, with everything filled in."""
    scenario, contact = performance.scenario, performance.contact
    fill = {"domain": standing.domain, "contact": contact}
    dials = plan.dials if isinstance(plan.dials, list) else [plan.dials or ""]
    dialled = [_dialled(whom, plan, standing, contact) for whom in dials]
    user = plan.users[0] if plan.users else ""
    address, port = _place(plan, standing, performance.lane)
    return Part(
        name=plan.name,
        xml=scenario.xml(plan.plays or plan.name),
        is_called_by=scenario.xml(plan.is_called_by) if plan.is_called_by else None,
        address=address,
        port=port,
        switch=(standing.address, standing.port),
        transport=plan.transport,
        calls=plan.takes,
        rate_per_s=plan.rate_per_s,
        at_once=plan.at_once,
        overlooks=plan.overlooks,
        user=user,
        password=standing.password(user) if user else "",
        keys={
            "user": contact if plan.side == "trunk" else user or plan.name,
            "domain": standing.domain,
            **({"dialled": dialled[0]} if dialled[0] else {}),
            **{key: text.format(**fill) for key, text in plan.key.items()},
        },
        variables=plan.set,
        lines=dialled if isinstance(plan.dials, list) else (),
    )


def _dialled(whom: str, plan: PartyPlan, standing: Standing, contact: str) -> str:
    """Return what a party dials to call somebody."""
    if whom == "customer":
        return contact
    return standing.did(whom) if plan.side == "trunk" and whom[:1].isalpha() else whom


async def perform(
    scenario: Scenario,
    standing: Standing,
    folder: Path,
    *,
    contact: str,
    lane: Lane = HOUSE,
    on_message: Callable[[Party, Message], None] | None = None,
) -> Performance:
    """Play a scenario and compare what came of it.

    Args:
        scenario: what to play.
        standing: the switch, up and running.
        folder: an empty folder for traces.
        contact: the customer's number, E.164.
        lane: who plays; nothing else may be played in it meanwhile.
        on_message: called with each message as a party sends or receives it.

    Raises:
        RegistrationError: a rep could not register; nothing was played.
    """
    scenario = lane.cast(scenario)
    performance = Performance(
        scenario=scenario, lane=lane, contact=contact, folder=folder, started_at=now()
    )
    async with AsyncExitStack() as stack:
        phones = [plan for plan in scenario.party if plan.side != "desk"]
        for plan, tone_hz in zip(phones, PALETTE_HZ, strict=False):
            master = secrets.token_bytes(MASTER_BYTES) if plan.srtp else None
            voice = Voice(tone_hz=tone_hz, master=master)
            part = _part(plan, performance, standing)
            await voice.open(part.address)
            stack.callback(voice.close)
            party = Party(part, voice=voice, folder=folder)
            if on_message is not None:
                party.on_message = on_message
            performance.parties[plan.name] = party
            stack.push_async_callback(party.stop)
        registrar = Registrar(phones, performance.parties, standing.password, folder)
        stack.push_async_callback(registrar.tell_all, expires_s=0)
        await registrar.tell_all(expires_s=EXPIRES_S)

        async def ask(plan: PartyPlan) -> str | None:
            return await desk.ask(standing.bus, plan.asks, contact=contact)

        performance.checks += await play(scenario, performance.parties, ask)
        if scenario.frees_everybody and not performance.failures:
            performance.checks.append(await _freed(performance, standing))
    await _look_at_threads(performance, standing)
    performance.ended_s = time.time()
    # Listening takes its time, and others play meanwhile.
    known = {"domain": standing.domain, "main": standing.main_number, "contact": contact}
    await asyncio.to_thread(_check_parties, performance, known)
    return performance


def _check_parties(performance: Performance, known: Mapping[str, str]) -> None:
    for plan in performance.scenario.party:
        if (party := performance.parties.get(plan.name)) is not None:
            performance.checks += check_party(plan, party, performance.parties, known=known)


async def _freed(performance: Performance, standing: Standing) -> Check:
    """Look whether everybody is available again, and nobody waits."""
    plans = performance.scenario.party
    reps = [user for plan in plans if plan.registers for user in plan.users]
    others = await desk.not_free(standing.bus, reps, contact=performance.contact)
    return Check(
        what="who is not available afterwards",
        expected="nobody",
        got=", ".join(f"{who} ({state})" for who, state in others.items()) or "nobody",
        ok=not others,
    )


async def _look_at_threads(performance: Performance, standing: Standing) -> None:
    """Wait until the threads of this performance have ended, and compare them."""
    expected = performance.scenario.expected_threads
    deadline_s = time.monotonic() + _THREADS_WITHIN_S
    while True:
        performance.threads = sorted(
            (
                thread
                for thread in await standing.threads(performance.started_at)
                if performance.lane.owns(thread, performance.contact)
            ),
            key=lambda thread: thread["started_at"],
        )
        ended = [thread for thread in performance.threads if thread["ended_at"]]
        if len(ended) >= len(expected) and len(ended) == len(performance.threads):
            break
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(_THREADS_EVERY_S)
    performance.checks.append(
        Check(
            what="threads that have ended",
            expected=str(len(expected)),
            got=f"{len(ended)} of {len(performance.threads)}",
            ok=len(ended) == len(performance.threads) == len(expected),
        )
    )
    for one, thread in zip(expected, performance.threads, strict=False):
        performance.checks += check_thread(one, thread)
