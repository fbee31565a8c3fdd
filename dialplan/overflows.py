"""Where the calls of a territory go that nobody took: is there such a place, and an end?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dialplan.judge import judge_number
from dialplan.people import TRANSFEROR, Did, Rep, Territory
from dialplan.policy import Denied, Toll, decide
from dialplan.problem import Problem
from dialplan.trunks import Trunk


def find_overflow_problems(
    *,
    reps: Sequence[Rep],
    territories: Sequence[Territory],
    dids: Sequence[Did],
    trunks: Sequence[Trunk],
    country: str,
    toll: Toll,
) -> Iterator[Problem]:
    """Yield what is wrong with ``on_no_answer``; each loop once, at its first territory."""
    groups = {group.name: group for group in territories if group.name != TRANSFEROR}
    names = {TRANSFEROR, *groups, *(rep.name for rep in reps)}
    told: set[str] = set()
    for index, group in enumerate(territories):
        target = group.on_no_answer
        if target in names:
            loop = _loop_from(group, groups)
            expected = _judge_loop(loop) if told.isdisjoint(loop) else None
            told.update(loop)
        elif any(did.number == target for did in dids):
            expected = f"whom {target} rings, by name: it is a number of ours"
        else:
            policy = toll if group.toll is None else group.toll.over(toll)
            expected = _judge_outside(target, trunks, country, policy)
        if expected:
            yield Problem(
                kind="territory",
                index=index,
                key="on_no_answer",
                value=target,
                expected=expected,
            )


def _loop_from(group: Territory, groups: Mapping[str, Territory]) -> tuple[str, ...]:
    """Return the territories a call would go round in, from this one back to it."""
    chain = [group.name]
    target = group.on_no_answer
    while target in groups:
        if target == group.name:
            return (*chain, target)
        if target in chain:  # a loop further on, which is told where it begins
            return ()
        chain.append(target)
        target = groups[target].on_no_answer
    return ()


def _judge_loop(loop: Sequence[str]) -> str | None:
    return f"somebody else: calls would go round: {', '.join(loop)}" if loop else None


def _judge_outside(target: str, trunks: Sequence[Trunk], country: str, toll: Toll) -> str | None:
    expected = judge_number(target, country)
    if expected is not None:
        return (
            f"the name of a territory or a rep, {TRANSFEROR!r}, or {expected.removeprefix('the ')}"
        )
    verdict = decide(toll, target, country=country)
    if isinstance(verdict, Denied):
        return f"a number that its toll policy allows: {verdict.why}"
    if not any(trunk.takes(target) for trunk in trunks):
        return "a number that some trunk takes"
    return None
