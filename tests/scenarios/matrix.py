"""The matrix: whom a call is transferred to, how that fails, how the transferor leaves, what then.

Four words make a cell. In each a customer has rung alice, who talks with him and transfers him;
nobody takes the call; she has it again, or is called back, and chooses. Here is what the words
mean, which cells there are, and which cannot be; ``matrix_scenario.py`` makes a scenario of one.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Final


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """Is whom alice transfers the call to."""

    dialled: str
    kind: str
    """As the thread says it."""
    phones: tuple[str, ...]
    """Who is rung for it."""


TARGETS: Final = {
    "rep": Target(dialled="saul", kind="rep", phones=("saul",)),
    "territory": Target(dialled="astoria", kind="territory", phones=("carol", "saul")),
    "outside": Target(dialled="+12065550100", kind="outside", phones=("west",)),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failure:
    """Is how it comes that nobody takes the call."""

    status: int
    """What alice's phone is told of it."""
    outcome: str
    """What the thread says of it."""
    shown: str
    """What her phone shows of it if she is called back."""
    tried: str = ""
    """What it says of each phone that was rung for a territory; empty: the same."""
    answer: int | None = None
    """The status with which the phones refuse that ring; None: they ring on."""
    rings: bool = True
    """Whether any phone rings."""
    target: Target | None = None
    """Whom she transfers the call to, if it is not who stands in the row."""


def _nobody(dialled: str) -> Target:
    """Return a target that the dialplan refuses: the thread knows only what was dialled."""
    return Target(dialled=dialled, kind="outside", phones=())


_EVERYWHERE: Final = {
    "decline": Failure(status=603, outcome="declined", shown="declined", answer=603),
    "busy": Failure(status=486, outcome="busy", shown="busy", answer=486),
    "no answer": Failure(status=408, outcome="no_answer", shown="no answer"),
    "5xx": Failure(
        status=500,
        outcome="unreachable",
        shown="not reachable",
        answer=500,
    ),
    # No phone is registered.
    "unreachable": Failure(status=480, outcome="unreachable", shown="not reachable", rings=False),
    "refused": Failure(status=404, outcome="not_found", shown="unknown", rings=False),
}
_ELSE: Final = {
    # Every rep may be transferred to by everybody but himself.
    ("rep", "refused"): Failure(
        status=482,
        outcome="forbidden",
        shown="not allowed",
        rings=False,
        target=_nobody("alice"),
    ),
    # No territory is denied to anybody, but an extension may be nobody's.
    ("territory", "refused"): dataclasses.replace(_EVERYWHERE["refused"], target=_nobody("899")),
    # The toll policy.
    ("outside", "refused"): Failure(
        status=403,
        outcome="forbidden",
        shown="not allowed",
        rings=False,
        target=_nobody("+442079460018"),
    ),
    # What a territory answers when each of its reps has said something of his own.
    ("territory", "decline"): dataclasses.replace(
        _EVERYWHERE["decline"], status=486, outcome="busy", shown="busy", tried="declined"
    ),
    ("territory", "no answer"): dataclasses.replace(_EVERYWHERE["no answer"], status=480),
    ("territory", "5xx"): dataclasses.replace(_EVERYWHERE["5xx"], status=480),
    # A mobile phone that is off: its provider says so, after it has looked for it.
    ("outside", "unreachable"): dataclasses.replace(
        _EVERYWHERE["unreachable"], rings=True, answer=480
    ),
    # A trunk that answers 5xx is left out for a while: one that no other scenario needs.
    ("outside", "5xx"): dataclasses.replace(
        _EVERYWHERE["5xx"],
        target=Target(dialled="+15595550100", kind="outside", phones=("fresno",)),
    ),
}

FAILURES: Final = tuple(_EVERYWHERE)

LEAVINGS: Final = {
    "stayed": 0,
    "left right behind the REFER": 1,
    "left after the 202": 2,
    "left 50 ms later": 3,
    "left while ringing": 4,
}
"""How the transferor leaves, and what his XML calls it (``leaves``)."""

CHOICES: Final = ("resume", "another rep", "another territory", "nothing")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """Is one cell: a word from each column."""

    target_word: str
    failure_word: str
    leaving: str
    choice: str

    @property
    def name(self) -> str:
        """The four words in one: "rep-decline-stayed-resume"."""
        words = (self.target_word, self.failure_word, self.leaving, self.choice)
        return "-".join(words).replace(" ", "_")

    @property
    def failure(self) -> Failure:
        """How nobody takes the call."""
        return _ELSE.get((self.target_word, self.failure_word), _EVERYWHERE[self.failure_word])

    @property
    def target(self) -> Target:
        """Whom the call is transferred to."""
        return self.failure.target or TARGETS[self.target_word]

    @property
    def stayed(self) -> bool:
        """Whether the transferor waits on the line for what becomes of it."""
        return not LEAVINGS[self.leaving]

    @property
    def is_commanded(self) -> bool:
        """Whether who has left names somebody else by command, while his phone rings.

        Else he answers that call, and transfers once more: the columns of failures take turns.
        """
        return self.failure_word in {"decline", "no answer", "5xx"}

    @property
    def is_ignored(self) -> bool:
        """Whether who has left and chooses nothing lets his phone ring; else he declines.

        One cell in a row of targets does: what it takes is time.
        """
        return self.failure_word == "no answer" and self.leaving == "left after the 202"

    @property
    def is_taken(self) -> bool:
        """Whether then somebody takes the call as the fallback; else the customer is released."""
        return self.failure_word in {"busy", "no answer", "unreachable"}

    @property
    def impossible(self) -> str:
        """Why there can be no such cell; empty: there is."""
        if self.leaving == "left while ringing" and not self.failure.rings:
            return "nothing rings"
        return ""


def cells() -> Iterator[Cell]:
    """Yield every cell that can be."""
    return (cell for cell in every_cell() if not cell.impossible)


def every_cell() -> Iterator[Cell]:
    """Yield all cells, also those that cannot be."""
    for target, failure, leaving, choice in itertools.product(TARGETS, FAILURES, LEAVINGS, CHOICES):
        yield Cell(target_word=target, failure_word=failure, leaving=leaving, choice=choice)
