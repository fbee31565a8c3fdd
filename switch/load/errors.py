"""Why a load cannot be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from switch.errors import SwitchError


class UnknownLoad(SwitchError):
    """Is a name that no scenario has."""

    def __init__(self, *, name: str, known: Sequence[str]) -> None:
        """Keep the name, and those there are."""
        super().__init__(name, known)
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        """Say what there is."""
        return f"there is no load scenario {self.name!r}; there is {', '.join(self.known)}"


class NoAccounts(SwitchError):
    """Says that it is not known who may call."""

    def __init__(self, *, path: Path, why: str = "") -> None:
        """Keep where it was looked for, and what is wrong with what is there."""
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        """Say so, and what makes them."""
        if self.why:
            return f"{self.path}: {self.why}"
        return (
            f"there is no {self.path}: softswitch load --prepare {self.path.parent} makes a "
            "configuration with reps and trunks for a load, and says what comes next"
        )


class NoSwitch(SwitchError):
    """Says that nobody answers where the switch should be."""

    def __init__(self, *, target: str, why: str) -> None:
        """Keep where, and what was seen."""
        super().__init__(target, why)
        self.target = target
        self.why = why

    def __str__(self) -> str:
        """Say so, and what helps."""
        return (
            f"no switch answers at {self.target} (SIP, UDP): {self.why}; "
            "is it running (softswitch run), and is --target right?"
        )


class NotRegistered(SwitchError):
    """Says that reps of the load could not register."""

    def __init__(self, *, rep: str, status: int | None) -> None:
        """Keep who (the first of them), and what he was told; None: nothing."""
        super().__init__(rep, status)
        self.rep = rep
        self.status = status

    def __str__(self) -> str:
        """Say who and why, and what helps."""
        told = {
            None: "got no answer",
            401: "is unknown to the switch, or has another password there",
            403: "may not register there",
        }.get(self.status, f"was told {self.status}")
        return (
            f"{self.rep} {told}: the switch must run with the configuration that "
            "softswitch load --prepare has written, on the machine where it was written"
        )


class SippFailed(SwitchError):
    """Says that a SIPp ended before it had begun."""

    def __init__(self, *, name: str, why: str) -> None:
        """Keep whose SIPp it was, and what it said."""
        super().__init__(name, why)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        """Say both."""
        return f"SIPp of {self.name} did not start: {self.why}"


class NotPrepared(SwitchError):
    """Says that no configuration for a load is made."""

    def __init__(self, *, why: str) -> None:
        """Keep why."""
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        """Say it."""
        return self.why
