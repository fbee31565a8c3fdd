"""Lets all parties of a scenario play: each begins when his moment has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from switch.demo.checks import Check
from switch.demo.party import Party
from switch.demo.scenario import Cue, PartyPlan, Scenario

Ask = Callable[[PartyPlan], Awaitable[str | None]]
"""Lets one who is at the desk ask what he has to ask; returns why that went wrong."""

_AFTER_A_FAILURE_S = 3.0
_ENDS_WITHIN_S = 0.1


async def play(scenario: Scenario, parties: Mapping[str, Party], ask: Ask) -> list[Check]:
    """Let everybody play, and return how each part went once all have finished.

    Phones begin first, then the callers, but who waits for something begins when that has come.

    Args:
        scenario: what is played.
        parties: who has a phone, by name.
        ask: what those do who have none.
    """
    over = {plan.name: asyncio.Event() for plan in scenario.party}
    first_s = None
    for plan in sorted(scenario.party, key=lambda plan: (plan.dials is not None, plan.after_s)):
        if plan.cue is not None:
            continue
        if first_s is not None:
            await asyncio.sleep(first_s + plan.after_s - time.monotonic())
        elif plan.dials is not None:
            first_s = time.monotonic()
        await parties[plan.name].start()
    acts = {
        asyncio.create_task(_act(plan, scenario, parties, over, ask)): plan
        for plan in scenario.party
        if plan.takes or plan.after
    }
    try:
        return [check async for check in _ends(acts, parties, scenario.lasts_s)]
    finally:
        for act in acts:
            act.cancel()


async def _act(
    plan: PartyPlan,
    scenario: Scenario,
    parties: Mapping[str, Party],
    over: Mapping[str, asyncio.Event],
    ask: Ask,
) -> str | None:
    """Let one party play, once his moment has come, and return why his part went wrong."""
    party = parties.get(plan.name)
    if (cue := plan.cue) is not None:
        await _has_come(cue, parties, over)
        await asyncio.sleep(plan.after_s)
        if party is not None:
            await party.start()
    prompting = asyncio.create_task(_prompt(plan, parties, over))
    try:
        if party is None:
            why = await ask(plan)
        else:
            why = await party.finish(scenario.lasts_s) if plan.takes else None
    finally:
        prompting.cancel()
    over[plan.name].set()
    return why


async def _prompt(
    plan: PartyPlan, parties: Mapping[str, Party], over: Mapping[str, asyncio.Event]
) -> None:
    """Let one hang up when his moment has come, if that is not left to his XML."""
    if (cue := plan.end_cue) is not None:
        await _has_come(cue, parties, over)
        await asyncio.sleep(plan.hangs_up_after_s)
        parties[plan.name].prompt()


async def _has_come(
    cue: Cue, parties: Mapping[str, Party], over: Mapping[str, asyncio.Event]
) -> None:
    if cue.method is None:
        await over[cue.party].wait()
    else:
        await parties[cue.party].has_seen(cue)


async def _ends(
    acts: Mapping[asyncio.Task[str | None], PartyPlan],
    parties: Mapping[str, Party],
    lasts_s: float,
) -> AsyncIterator[Check]:
    """Yield how each part went, as it ends."""
    waiting = dict(acts)
    deadline_s = time.monotonic() + lasts_s
    while waiting:
        done, _ = await asyncio.wait(
            waiting,
            timeout=max(_ENDS_WITHIN_S, deadline_s - time.monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in done:
            name = waiting.pop(task).name
            why = "what he waited for never came" if task.cancelled() else task.result()
            yield Check(
                what=f"{name} plays his part",
                expected="to the end",
                got=why or "to the end",
                ok=why is None,
            )
            if why is not None:  # the others wait for what will not come any more
                deadline_s = min(deadline_s, time.monotonic() + _AFTER_A_FAILURE_S)
        if not done:
            for task, plan in waiting.items():
                party = parties.get(plan.name)
                if party is not None and party.has_begun:
                    party.give_up()
                else:
                    task.cancel()
