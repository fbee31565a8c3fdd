"""Compares what customers saw with the threads that came of it.

When a call began and ended is compared to the millisecond, and where a message had to be
repeated, with the repetition that arrived:

* He is answered between the 200 of the phone that answers him and the first 200 that reaches
  him; how long that takes at most is told (``slowest_answer_s``). The switch repeats a 200 that
  is not acknowledged (RFC 3261 §13.3.1.4: after 0.5 s, 1 s, 2 s, then every 4 s), so if it
  reaches him late he was answered by one of those times before.
* He has hung up when he sends his BYE. Repeated, or sent while edge or node was being started
  again, it counts when one of the repetitions ended the leg, or just before its answer: the edge
  repeats it too, to a worker or to who stands in for it. He who stands in for it writes it down
  before he answers.
* A BYE that comes to him was said then, or one of those times before.
* Nobody hears it when he hangs up while edge or node is away. If the switch ends his call
  meanwhile because rtpengine has lost it, it has ended then: neither knows of the other.

A start or an end that is explained by a repetition only is counted (``late``), so that nobody
takes a switch for punctual that is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from tests.chaos.killer import Kill
from tests.chaos.seen import SeenCall

WITHIN_S: Final = 0.05
_BEFORE_S: Final = 2.0
_DELIVER: Final = frozenset({"edge", "node"})
"""Who brings a BYE to its leg: the edge, and if its worker is dead the node."""
_STOOD_IN: Final = "worker_lost"
_ENDED_BY_ITSELF: Final = frozenset({"media_lost"})
"""Why the switch ends the call of two who talk."""
_ANSWERED_AFTER_S: Final = 2.0
"""So long after a BYE is heard the one who stands in for a dead worker may wait until that is on
disk; then he answers all the same."""
_BACK_WITHIN_S: Final = 10.0
"""Killed again and again, a program waits for up to 5 s before it is started."""
_REPEATED_AFTER_S: Final = tuple(accumulate([0.0, 0.5, 1.0, 2.0, *[4.0] * 7]))

Thread = dict[str, Any]
"""A thread as ``softswitch threads --json`` prints it."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Is what was not as it must be; each entry is a sentence."""

    lost: list[str] = field(default_factory=list)
    """Calls without a thread, and calls or talks that are missing in theirs."""
    dangling: list[str] = field(default_factory=list)
    """What is still open."""
    duplicates: list[str] = field(default_factory=list)
    """What is there twice."""
    unfinished: list[str] = field(default_factory=list)
    """Customers whose call never ended."""
    wrong: list[str] = field(default_factory=list)
    """Times that differ by more than 50 ms."""
    calls: int = 0
    answered: int = 0
    transfers: int = 0
    late: int = 0
    slowest_answer_s: float = 0.0
    """From the 200 of a phone to the 200 of the customer."""
    largest_difference_s: float = 0.0
    """Of talk times, of those that are compared."""

    @property
    def problems(self) -> list[str]:
        """All that is wrong."""
        return [*self.lost, *self.dangling, *self.duplicates, *self.unfinished, *self.wrong]


def judge(
    calls: Sequence[SeenCall], threads: Sequence[Thread], kills: Sequence[Kill] = ()
) -> Verdict:
    """Compare; the kills are named with what is not right of the calls they fell into."""
    verdict = Verdict(calls=len(calls))
    by_contact: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        by_contact[thread["contact"]].append(thread)
        verdict.transfers += len(thread["transfers"])
    for call in calls:
        _judge_call(call, kills, by_contact.pop(call.number, []), verdict)
    for contact, strange in by_contact.items():
        verdict.duplicates += [
            f"{_name(thread)}: of {contact}, who has not called" for thread in strange
        ]
    return verdict


def _judge_call(
    call: SeenCall, kills: Sequence[Kill], threads: list[Thread], verdict: Verdict
) -> None:
    told = _told(call, kills)
    verdict.answered += call.answered_s is not None
    if not call.has_ended:
        verdict.unfinished.append(f"{told}: has not ended")
    for thread in threads:
        verdict.dangling += [f"{told}: {open_one}" for open_one in _open_in(thread)]
    if len(threads) > 1:
        names = ", ".join(map(_name, threads))
        verdict.duplicates.append(f"{told}: is in {len(threads)} threads: {names}")
    elif threads:
        _judge_times(call, told, threads[0], kills, verdict)
    elif call.reached_the_switch:
        verdict.lost.append(f"{told}: is in no thread")


def _judge_times(
    call: SeenCall, told: str, thread: Thread, kills: Sequence[Kill], verdict: Verdict
) -> None:
    leg = next((leg for leg in thread["legs"] if leg["role"] == "customer"), None)
    if leg is None or (call.answered_s is not None and leg["answered_at"] is None):
        verdict.lost.append(f"{told}: {_name(thread)} does not know that he was answered")
        return
    if leg["answered_at"] is None or leg["ended_at"] is None or not call.byes_s:
        return
    began_s, ended_s = _at_s(leg["answered_at"]), _at_s(leg["ended_at"])
    heard_s = leg["talk_s"] + thread["waiting_s"]
    if abs(heard_s - (ended_s - began_s)) > WITHIN_S:
        verdict.wrong.append(
            f"{told}: {_name(thread)}: he talked and waited for {heard_s:.3f} s, "
            f"and was connected for {ended_s - began_s:.3f} s"
        )
    if call.answered_s is None:
        return
    phone_s = max((at_s for at_s in call.phones_s if at_s < call.answered_s), default=None)
    if phone_s is not None and phone_s < began_s < call.answered_s:
        start_s = began_s
        verdict.slowest_answer_s = max(verdict.slowest_answer_s, call.answered_s - phone_s)
    else:
        start_s = _nearest(began_s, _starts(call.answered_s))
        verdict.late += start_s != call.answered_s
    stood_in = leg["end_reason"] == _STOOD_IN
    end_s = _nearest(ended_s, _ends(call, kills, heard_s=ended_s if stood_in else None))
    if leg["end_reason"] in _ENDED_BY_ITSELF and _was_unheard(call, kills, ended_s):
        end_s = ended_s
    verdict.late += end_s != call.byes_s[0]
    off_s = abs((ended_s - began_s) - (end_s - start_s))
    verdict.largest_difference_s = max(verdict.largest_difference_s, off_s)
    if off_s > WITHIN_S:
        verdict.wrong.append(
            f"{told}: {_name(thread)}: {1000 * off_s:.0f} ms: began "
            f"{1000 * (began_s - call.answered_s):+.0f} ms from his 200, ended "
            f"{1000 * (ended_s - call.byes_s[0]):+.0f} ms from the first BYE "
            f"({'his' if call.he_hung_up else 'ours'}; {leg['end_reason']})"
        )


def _starts(answered_s: float) -> list[float]:
    return [answered_s - before_s for before_s in _REPEATED_AFTER_S]


def _ends(call: SeenCall, kills: Sequence[Kill], heard_s: float | None) -> list[float]:
    """Return when he may have ended, the most likely first.

    Args:
        call: his.
        kills: who was away when.
        heard_s: when somebody has heard him who stood in for a dead worker; None: nobody did.
    """
    if not call.he_hung_up:
        first_s, *others_s = call.byes_s
        return [first_s, *others_s, *(first_s - before_s for before_s in _REPEATED_AFTER_S)]
    said_s, *again_s = call.byes_s
    # Else it has arrived at once.
    answers_s = call.bye_answers_s if again_s or _was_away(call, kills) else []
    if heard_s is not None:
        answers_s = [min(max(heard_s, at_s - _ANSWERED_AFTER_S), at_s) for at_s in answers_s]
    return [said_s, *again_s, *answers_s]


def _was_away(call: SeenCall, kills: Sequence[Kill]) -> bool:
    """Tell whether somebody who delivers a customer's BYE may have been away."""
    return any(
        kill.program in _DELIVER and call.byes_s[0] - _BACK_WITHIN_S < kill.at_s < told_s
        for kill in kills
        for told_s in call.told_of_the_end_s
    )


def _was_unheard(call: SeenCall, kills: Sequence[Kill], at_s: float) -> bool:
    """Tell whether a customer had hung up at a moment and was not heard yet."""
    return (
        call.he_hung_up
        and _was_away(call, kills)
        and call.byes_s[0] < at_s < max(call.told_of_the_end_s)
    )


def _nearest(at_s: float, instants: Sequence[float]) -> float:
    """Return the first if it is near enough, else the nearest."""
    if abs(at_s - instants[0]) <= WITHIN_S:
        return instants[0]
    return min(instants, key=lambda instant: abs(instant - at_s))


def _open_in(thread: Thread) -> Iterator[str]:
    still = [leg["rep"] or "the customer" for leg in thread["legs"] if leg["ended_at"] is None]
    if thread["ended_at"] is None:
        yield f"{_name(thread)} is open: {', '.join(still) or 'an attempt'}"


def closed_more_than_once(records: Iterable[dict[str, Any]]) -> list[str]:
    """Return which legs were ended at more than one time or for more than one reason.

    What was tried for a leg may be told more exactly when it is over: that is another revision
    of the same end.
    """
    ends: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for record in records:
        if record["ended_at"] is not None:
            ends[record["leg_id"]].add((record["ended_at"], record["end_reason"]))
    return [
        f"leg {leg_id} has ended twice: {both}" for leg_id, both in ends.items() if len(both) > 1
    ]


def _at_s(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _name(thread: Thread) -> str:
    return f"thread {thread['conversation_id']}"


def _told(call: SeenCall, kills: Sequence[Kill]) -> str:
    """Say who it is, and who was killed meanwhile, in seconds since he began to ring."""
    began_s, ended_s = call.lines[0].at_s, call.lines[-1].at_s
    during = ", ".join(
        f"{kill.program} {kill.pid} {kill.at_s - began_s:+.2f}"
        for kill in kills
        if began_s - _BEFORE_S < kill.at_s < ended_s + _BEFORE_S
    )
    statuses = " ".join(map(str, dict.fromkeys(call.statuses))) or "nothing"
    return f"{call.number} ({call.call_id}, {statuses}; killed: {during or 'nobody'})"
