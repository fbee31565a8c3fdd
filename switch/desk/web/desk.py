"""What every route needs, in one place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from switch.config import Config
from switch.desk.contacts import Contacts
from switch.desk.daybook import Daybook
from switch.desk.people import People
from switch.desk.store import Store
from switch.desk.web.hub import Hub
from switch.desk.web.limits import Limit
from switch.live.board import Board
from switch.recording.store import Store as Recordings
from switch.recording.store import open_store as open_recordings
from switch.records.commands import Answer, Command

_SIGN_INS_PER_MINUTE: Final = 10
_SIGN_INS_OF_ALL: Final = 120
_ARGON2_AT_ONCE: Final = 2
"""Each takes 64 MiB and a core for a moment: whoever floods us with passwords waits."""


@dataclass(kw_only=True)
class Desk:
    """Is what every route needs."""

    config: Config
    store: Store
    people: People
    hub: Hub
    contacts: Contacts
    ask: Callable[[Command], Awaitable[Answer]]
    """Has a command carried out by the switch."""
    now: Callable[[], float] = time.time
    """UTC seconds."""
    clock: Callable[[], float] = time.monotonic
    """Seconds by a clock that never goes back."""
    is_connected: Callable[[], bool] = lambda: True
    """Whether the bus is there."""
    sign_ins: Limit = field(default_factory=lambda: Limit(per_minute=_SIGN_INS_PER_MINUTE))
    """By address and name."""
    all_sign_ins: Limit = field(default_factory=lambda: Limit(per_minute=_SIGN_INS_OF_ALL))
    """By address."""
    bad_tokens: Limit = field(default_factory=lambda: Limit(per_minute=_SIGN_INS_OF_ALL))
    """By address."""
    under_way: set[tuple[str, str]] = field(default_factory=set)
    """Requests with an Idempotency-Key that are being done: token and key."""
    verifying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ARGON2_AT_ONCE))

    def __post_init__(self) -> None:
        """Make what depends on the settings."""
        self.api_calls = Limit(per_minute=self.config.desk.api_per_minute)
        within_s = self.config.desk.service_level_s
        self.daybook = Daybook(self.store, now=self.now, clock=self.clock, within_s=within_s)

    @property
    def board(self) -> Board:
        """What goes on just now."""
        return self.hub.board

    @cached_property
    def recordings(self) -> Recordings:
        """Where recordings are kept.

        Raises:
            StoreFailed: the file with its credentials cannot be used; the next one tries again.
        """
        return open_recordings(self.config)

    @cached_property
    def key(self) -> str:
        """What cookies are signed with."""
        return self.people.secret("signing key")

    @cached_property
    def names(self) -> dict[str, str]:
        """What reps and territories are called, by the name they are dialled by."""
        plan = self.config.dialplan
        named = {rep.name: rep.display_name or rep.name for rep in plan.reps}
        named |= {one.name: one.display_name or one.name for one in plan.territories}
        return named

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The reps of each territory."""
        return {one.name: one.members for one in self.config.dialplan.territories}

    def name(self, who: str | None) -> str:
        """Return what somebody is called, for people."""
        return "" if who is None else self.names.get(who, who)
