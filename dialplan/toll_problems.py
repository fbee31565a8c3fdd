"""What is wrong with toll policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dialplan.judge import judge_prefixes, judge_within, listed
from dialplan.people import Rep, Territory
from dialplan.policy import OwnToll, Toll
from dialplan.problem import Kind, Problem

_MOST_AT_ONCE: Final = 1000
_MOST_PER_MINUTE: Final = 1000


def find_toll_problems(
    reps: Sequence[Rep], territories: Sequence[Territory], toll: Toll
) -> Iterator[Problem]:
    """Yield what is wrong with everybody's policy and with each one of somebody's own."""
    yield from _find("toll", 0, "", toll, toll)
    entries: list[tuple[Kind, int, OwnToll | None]] = [
        *(("rep", index, rep.toll) for index, rep in enumerate(reps)),
        *(("territory", index, territory.toll) for index, territory in enumerate(territories)),
    ]
    for kind, index, own in entries:
        if own is not None:
            yield from _find(kind, index, "toll.", own, own.over(toll))


def _find(
    kind: Kind, index: int, where: str, said: Toll | OwnToll, policy: Toll
) -> Iterator[Problem]:
    """Check what was said, as it is with all that it leaves to everybody's policy."""
    both = sorted(set(policy.allow) & set(policy.deny))
    clash = f"beginnings that are not in allow too, as {listed(both)} is" if both else None
    at_once, per_minute = policy.outside_at_once, policy.outside_per_minute
    found = (
        ("allow", judge_prefixes(policy.allow)),
        ("deny", judge_prefixes(policy.deny) or clash),
        ("outside_at_once", judge_within(at_once, 0, _MOST_AT_ONCE, "calls")),
        ("outside_per_minute", judge_within(per_minute, 0, _MOST_PER_MINUTE, "calls")),
    )
    for key, expected in found:
        value = getattr(said, key)
        is_said = value is not None or (key == "deny" and said.allow is not None)
        if expected and is_said:
            shown = getattr(policy, key)
            yield Problem(
                kind=kind,
                index=index,
                key=f"{where}{key}",
                value=list(shown) if isinstance(shown, tuple) else shown,
                expected=expected,
            )
