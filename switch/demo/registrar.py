"""Registers the phones of a scenario before it begins, and takes them back when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from switch.demo import scenario
from switch.demo.party import Part, Party
from switch.demo.scenario import PartyPlan
from switch.errors import SwitchError

EXPIRES_S: Final = 600
"""Longer than any scenario lasts."""
_WITHIN_S: Final = 30.0
_AT_ONCE: Final = 8


class RegistrationError(SwitchError):
    """Is a rep that could not register."""

    def __init__(self, *, rep: str, why: str) -> None:
        """Keep who, and what came instead of the 200."""
        super().__init__(rep, why)
        self.rep = rep
        self.why = why

    def __str__(self) -> str:
        """Say both in one line."""
        return f"{self.rep} could not register: {self.why}"


class Registrar:
    """Speaks for all phones that do not register by themselves."""

    def __init__(
        self,
        plans: Sequence[PartyPlan],
        parties: Mapping[str, Party],
        password: Callable[[str], str],
        folder: Path,
    ) -> None:
        """Take who plays, each one's party, a rep's password, and a folder for traces."""
        self._phones = [
            (parties[plan.name], user) for plan in plans if plan.registers for user in plan.users
        ]
        self._password = password
        self._folder = folder
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def tell_all(self, *, expires_s: int) -> None:
        """Register every phone for so long, or with 0 seconds end the registrations.

        Raises:
            RegistrationError: one could not.
        """
        await asyncio.gather(*(self._tell(party, user, expires_s) for party, user in self._phones))

    async def _tell(self, party: Party, user: str, expires_s: int) -> None:
        part = party.part
        clerk = Party(
            Part(
                name=f"{part.name}.{user}.{'registers' if expires_s else 'leaves'}",
                xml=scenario.root() / "parties" / "registers.xml",
                address=part.address,
                switch=part.switch,
                transport=part.transport,
                user=user,
                password=self._password(user),
                keys={
                    "user": user,
                    "domain": part.keys["domain"],
                    "contact": f"{part.address}:{party.port};transport={part.transport}",
                    "expires": str(expires_s),
                },
            ),
            folder=self._folder,
        )
        async with self._at_once:
            await clerk.start()
            why = await clerk.finish(_WITHIN_S)
        if why is not None:
            raise RegistrationError(rep=user, why=why)
