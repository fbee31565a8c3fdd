"""What a problem of a dialplan is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["rep", "territory", "did", "trunk", "toll", "country"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Is one thing in a dialplan that cannot be followed."""

    kind: Kind
    """What kind of entry it is in."""
    index: int
    """Which entry of its kind, from 0."""
    key: str
    """Which key of the entry; ``toll.`` before a key of its own toll policy."""
    value: object
    """What stands there."""
    expected: str
    """What would be right."""

    def __str__(self) -> str:
        return f"{self.kind} {self.index + 1}: {self.key} = {self.value!r}: {self.expected}"


class DialplanError(Exception):
    """Says that a dialplan contradicts itself, with all its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
