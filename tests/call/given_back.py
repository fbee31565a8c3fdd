"""Calls whose transferor has hung up and whose target has failed: where recalls begin."""

from __future__ import annotations

from switch.call.ids import LegId
from switch.call.target import Target
from switch.call.timers import Timers
from tests.call.line import (
    PAUSE_S,
    RECALL_RING_S,
    TIMERS,
    TO_SAUL,
    WAIT_S,
    WITH_MENU,
    Line,
    answered,
)


def nobody_took_him(
    *,
    to: Target = TO_SAUL,
    sip_status: int = 603,
    timers: Timers = TIMERS,
    fallbacks: tuple[Target, ...] = (),
) -> Line:
    """Return a call that alice transferred and left 2 s ago, and whose target failed just now."""
    line = answered(timers=timers)
    target = line.refers(line.callee, to, fallbacks=fallbacks)
    line.hangs_up(line.callee)
    line.wait(2)
    line.refuses(target, sip_status)
    return line


def called_back(
    *, to: Target = TO_SAUL, timers: Timers = TIMERS, fallbacks: tuple[Target, ...] = ()
) -> tuple[Line, LegId]:
    """Return such a call, and the leg back to alice, whose phone rings."""
    line = nobody_took_him(to=to, timers=timers, fallbacks=fallbacks)
    line.wait(0.1)
    return line, line.calls_back()


def choosing(*, to: Target = TO_SAUL, fallbacks: tuple[Target, ...] = ()) -> tuple[Line, LegId]:
    """Return such a call with alice hearing the menu, and her leg."""
    line, alice = called_back(to=to, timers=WITH_MENU, fallbacks=fallbacks)
    line.wait(3)
    line.answers(alice)
    return line, alice


def a_try_fails(line: Line) -> None:
    """Let the transferor be free, be called back, and not answer."""
    line.allows_back()
    line.wait(RECALL_RING_S)
    line.expire()
    line.settle()


def tries_are_over(line: Line) -> None:
    for _pause in range(TIMERS.recall_retries):
        a_try_fails(line)
        line.wait(PAUSE_S)
        line.expire()
    a_try_fails(line)


def waited_for_in_vain(*fallbacks: Target) -> Line:
    """Return a call whose transferor stays on another call as long as he is waited for."""
    line = nobody_took_him(fallbacks=fallbacks)
    line.bars_back()
    line.wait(WAIT_S)
    line.expire()
    return line
