"""What was done with a call, step by step, in words for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from switch.threads.transfers import ANSWERED, PENDING, RESUMED
from switch.threads.view import ThreadView

Sort = Literal["transfer", "recall", "fallback"]

_WORDS: Final = {
    ANSWERED: "answered",
    RESUMED: "took it back",
    PENDING: "is being called",
    "busy": "was busy",
    "declined": "declined",
    "no_answer": "did not answer",
    "unreachable": "was not reachable",
    "not_found": "is not known",
    "forbidden": "may not be called",
    "cancelled": "was called off",
    "abandoned": "did not answer before the customer hung up",
    "elsewhere": "was not needed: another took it",
}
_UNSAID: Final = "could not be reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Is a transfer, a call back, or where the switch brought the customer by itself."""

    sort: Sort
    at: str
    """When it began."""
    from_: str | None
    """Who asked for it; ``None`` for a call back."""
    to: str | None
    """Who was called."""
    outcome: str
    """``pending``, ``answered``, ``resumed`` or an end reason."""
    took_s: float | None
    """How long until then; ``None`` while it is pending."""

    @property
    def words(self) -> str:
        """Say how it came out: what stands behind the name of who was called."""
        return outcome_words(self.outcome)

    @property
    def went_well(self) -> bool:
        """Whether somebody talks with the customer because of it."""
        return self.outcome in {ANSWERED, RESUMED}


def outcome_words(outcome: str) -> str:
    """Say an outcome in words that follow a name: ``saul`` *did not answer*."""
    return _WORDS.get(outcome, _UNSAID)


def steps_of(thread: ThreadView) -> tuple[Step, ...]:
    """Return what was done with the call, in order of time."""
    asked = [("transfer", one) for one in thread.transfers]
    by_itself = [("fallback", one) for one in thread.fallbacks]
    steps = [
        Step(
            sort="transfer" if sort == "transfer" else "fallback",
            at=one.at,
            from_=one.from_,
            to=one.to,
            outcome=one.outcome,
            took_s=one.took_s,
        )
        for sort, one in (*asked, *by_itself)
    ]
    steps += [
        Step(
            sort="recall",
            at=one.at,
            from_=None,
            to=one.to,
            outcome=one.outcome,
            took_s=one.took_s,
        )
        for one in thread.recalls
    ]
    return tuple(sorted(steps, key=lambda step: step.at))
