"""Plays a scenario against a running switch, and says what was not as expected."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from switch.audio.srtp import MASTER_BYTES
from switch.audio.tones import PALETTE_HZ
from switch.demo.checks import Check, check_party, check_thread
from switch.demo.party import Part, Party
from switch.demo.registrar import EXPIRES_S, Registrar
from switch.demo.scenario import PartyPlan, Scenario
from switch.demo.trace import Message
from switch.demo.voice import Voice

REP_ADDRESS = "127.0.0.3"
"""Where reps live. Not the trunk's address: there everything counts as coming from the trunk."""
STRANGER_ADDRESS = "127.0.0.4"

_THREADS_WITHIN_S = 5.0
_AFTER_A_FAILURE_S = 3.0


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

    async def threads(self) -> list[dict[str, Any]]:
        """Return all threads, as ``softswitch threads --json`` prints them."""


@dataclass(slots=True, kw_only=True)
class Performance:
    """Is a scenario that was played: what everybody saw, and what was not as expected."""

    scenario: Scenario
    contact: str
    """The customer's number."""
    started_at: str
    """ISO 8601; no thread of this performance began before."""
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


def _place(plan: PartyPlan, standing: Standing) -> tuple[str, int | None]:
    """Return where a party lives; the port is None if any will do."""
    match plan.side:
        case "trunk":
            return standing.trunk(plan.trunk)
        case "rep":
            return REP_ADDRESS, None
        case "stranger":
            return STRANGER_ADDRESS, None


def _part(plan: PartyPlan, scenario: Scenario, standing: Standing, contact: str) -> Part:
    """Return what a party has to play, with everything filled in."""
    fill = {"domain": standing.domain, "contact": contact}
    dials = plan.dials if isinstance(plan.dials, list) else [plan.dials or ""]
    dialled = [_dialled(whom, plan, standing, contact) for whom in dials]
    user = plan.users[0] if plan.users else ""
    address, port = _place(plan, standing)
    return Part(
        name=plan.name,
        xml=scenario.xml(plan.name),
        is_called_by=scenario.xml(plan.is_called_by) if plan.is_called_by else None,
        address=address,
        port=port,
        switch=(standing.address, standing.port),
        transport=plan.transport,
        calls=plan.takes,
        rate_per_s=plan.rate_per_s,
        at_once=plan.at_once,
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
    on_message: Callable[[Party, Message], None] | None = None,
) -> Performance:
    """Play a scenario and compare what came of it.

    Args:
        scenario: what to play.
        standing: the switch, up and running.
        folder: an empty folder for traces.
        contact: the customer's number, E.164.
        on_message: called with each message as a party sends or receives it.

    Raises:
        RegistrationError: a rep could not register; nothing was played.
    """
    performance = Performance(scenario=scenario, contact=contact, started_at=now())
    async with AsyncExitStack() as stack:
        for plan, tone_hz in zip(scenario.party, PALETTE_HZ, strict=False):
            master = secrets.token_bytes(MASTER_BYTES) if plan.srtp else None
            voice = Voice(tone_hz=tone_hz, master=master)
            part = _part(plan, scenario, standing, contact)
            await voice.open(part.address)
            stack.callback(voice.close)
            party = Party(part, voice=voice, folder=folder)
            if on_message is not None:
                party.on_message = on_message
            performance.parties[plan.name] = party
            stack.push_async_callback(party.stop)
        registrar = Registrar(scenario.party, performance.parties, standing.password, folder)
        stack.push_async_callback(registrar.tell_all, expires_s=0)
        await registrar.tell_all(expires_s=EXPIRES_S)
        await _play(performance)
    await _look_at_threads(performance, standing)
    for plan in scenario.party:
        party = performance.parties[plan.name]
        performance.checks += check_party(
            plan, party, performance.parties, contact=contact, domain=standing.domain
        )
    return performance


async def _play(performance: Performance) -> None:
    """Let everybody play, callers last, and wait until all have finished."""
    scenario, parties = performance.scenario, performance.parties
    first_s = None
    for plan in sorted(scenario.party, key=lambda plan: (plan.dials is not None, plan.after_s)):
        if first_s is not None:
            await asyncio.sleep(first_s + plan.after_s - time.monotonic())
        elif plan.dials is not None:
            first_s = time.monotonic()
        await parties[plan.name].start()
    deadline_s = time.monotonic() + scenario.lasts_s
    waiting = {
        asyncio.create_task(parties[plan.name].finish(scenario.lasts_s)): plan.name
        for plan in scenario.party
        if plan.takes
    }
    while waiting:
        done, _ = await asyncio.wait(
            waiting,
            timeout=max(0.0, deadline_s - time.monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in done:
            name, why = waiting.pop(task), task.result()
            performance.checks.append(
                Check(
                    what=f"{name} plays his part",
                    expected="to the end",
                    got=why or "to the end",
                    ok=why is None,
                )
            )
            if why is not None:  # the others wait for what will not come any more
                deadline_s = min(deadline_s, time.monotonic() + _AFTER_A_FAILURE_S)
        if not done:
            for name in waiting.values():
                parties[name].give_up()


async def _look_at_threads(performance: Performance, standing: Standing) -> None:
    """Wait until the threads of this performance have ended, and compare them."""
    expected = performance.scenario.expected_threads
    deadline_s = time.monotonic() + _THREADS_WITHIN_S
    while True:
        performance.threads = sorted(
            (
                thread
                for thread in await standing.threads()
                if thread["started_at"] >= performance.started_at
            ),
            key=lambda thread: thread["started_at"],
        )
        ended = [thread for thread in performance.threads if thread["ended_at"]]
        if len(ended) >= len(expected) and len(ended) == len(performance.threads):
            break
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(0.05)
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
