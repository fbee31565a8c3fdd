"""Whoever is at the desk: he has no phone, and asks the switch over its bus.

He uses what ``softswitch transfers``, ``transfer`` and ``resume`` use.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Final

from switch.desk import asker
from switch.desk.asker import Bus
from switch.errors import SwitchError
from switch.records.choice import ChoiceRecord
from switch.records.commands import Command, ResumeCommand, TransferCommand

_OK: Final = 200
_AVAILABLE: Final = "available"
_LOOKS_EVERY_S: Final = 0.05
_WITHIN_S: Final = 15.0
"""Only a hang gets there."""


async def ask(bus: Bus, what: str, *, contact: str) -> str | None:
    """Ask something of a customer's call, once somebody can choose there.

    Args:
        bus: the switch's.
        what: what one would type after ``softswitch``, without the conversation.
        contact: the customer's number, E.164.

    Returns:
        Why it was not done; None if it was.
    """
    word, _space, target = what.partition(" ")
    try:
        async with asyncio.timeout(_WITHIN_S):
            choice = await _choice_soon(bus, contact)
            answer = await asker.ask(bus, _command(word, target, choice.conversation_id))
    except TimeoutError:
        return f"{what}: there is nothing to choose"
    except SwitchError as error:
        return f"{what}: {error}"
    return None if answer.status == _OK else f"{what}: {answer.status}, {answer.problem}"


def _command(word: str, target: str, conversation: str) -> Command:
    if word == "resume":
        return ResumeCommand(conversation=conversation)
    return TransferCommand(conversation=conversation, target=target)


async def _choice_soon(bus: Bus, contact: str) -> ChoiceRecord:
    """Wait until somebody else can be named in a customer's call."""
    while True:
        choice = await _choice(bus, contact)
        if choice is not None and choice.may_retarget:
            return choice
        await asyncio.sleep(_LOOKS_EVERY_S)


async def _choice(bus: Bus, contact: str) -> ChoiceRecord | None:
    """Return what can be chosen in a customer's call, if anything can."""
    choices = await asker.waiting(bus)
    return next((one for one in choices if one.transferee.number == contact), None)


async def not_free(bus: Bus, reps: Collection[str], *, contact: str) -> dict[str, str]:
    """Wait until reps are available again, and nobody can choose for a customer any more.

    Returns:
        What the others are doing who did not become available in good time, and "customer" if
        he still waits; empty if all is well.
    """
    deadline_s = time.monotonic() + _WITHIN_S
    while others := await _not_free(bus, reps, contact):
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(_LOOKS_EVERY_S)
    return others


async def _not_free(bus: Bus, reps: Collection[str], contact: str) -> dict[str, str]:
    states = await asker.states(bus, reps)
    others = {rep: states.get(rep, "unknown") for rep in reps if states.get(rep) != _AVAILABLE}
    return others if await _choice(bus, contact) is None else {**others, "customer": "waits"}
