"""Gets PJSIP to give back what the calls that are over have left in its conference bridge.

The bridge takes a port for each call, carries no audio here, and gives the port back on the
next turn of its clock: it has none. After 253 answered legs it would be full, and every
further INVITE would get 488. And until then each keeps some 35 kB. So between two conversations,
when some have gathered, its clock runs for a turn, 10 ms.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

_OWN_PORTS: Final = 1
"""The bridge's own, which is always there."""
_MANY_PORTS: Final = 20
"""What ten calls leave. Not fewer: to start and stop the clock costs a seventh of a call. A
conversation leaves a handful, so that there is room for the next one always."""
_LOOK_EVERY_S: Final = 0.01
_LOOKS: Final = 30


async def sweep(endpoint: Any) -> None:
    """Let the bridge's clock run until its ports are free; no call may be up.

    At the end the loop stands still for as long as a turn takes.
    """
    if endpoint.mediaActivePorts() < _MANY_PORTS:
        return
    devices = endpoint.audDevManager()
    devices.setNullDev()
    try:
        for _ in range(_LOOKS):
            if endpoint.mediaActivePorts() <= _OWN_PORTS:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        devices.setNoDev()
