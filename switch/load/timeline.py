"""When each message of each conversation was sent or came, and what lies between two of them.

SIPp writes a line for each message (``-trace_shortmsg``) with its time to the microsecond, and
our XMLs a line for each call that says whose it is (``-trace_logs``): a conversation has many
calls, with different Call-IDs, and the number in From or To is what they share.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ADDED: Final = "INVITE to 200, less ringing"
IN_OUT: Final = "INVITE to the phone's INVITE"
ACCEPTED: Final = "REFER to 202"
TARGET: Final = "REFER to the target's INVITE"
RECALLED: Final = "BYE of the transferor to the call back"
REGISTERED: Final = "REGISTER to 200"
SPANS: Final = (ADDED, IN_OUT, ACCEPTED, TARGET, RECALLED, REGISTERED)
"""What is timed, in ms."""

_ACCEPTED: Final = frozenset({200, 202})
_CHALLENGES: Final = frozenset({401, 407, 487})
_REFUSED: Final = 300
_FIELDS: Final = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """Is one message that somebody sent or got."""

    at_s: float
    """UTC, seconds."""
    is_sent: bool
    call_id: str
    method: str
    """Of a response: of what it answers."""
    status: int | None
    """None: it is a request."""


@dataclass(slots=True)
class Trace:
    """Is what one SIPp writes of its messages and calls, read as it grows."""

    messages: Path
    log: Path
    role: str
    """``caller``, or the name of the phone."""
    owners: dict[str, list[str]] = field(default_factory=dict)
    """By Call-ID: numbers of the conversation that the call may belong to."""
    _at: dict[Path, int] = field(default_factory=dict)
    _rest: dict[Path, str] = field(default_factory=dict)

    def read(self) -> list[Seen]:
        """Return the messages that were written since."""
        for line in self._new(self.log):
            call_id, *numbers = line.split()
            self.owners[call_id] = numbers
        return [seen for seen in map(seen_in, self._new(self.messages)) if seen is not None]

    def _new(self, path: Path) -> Iterator[str]:
        try:
            with path.open(errors="replace") as file:
                file.seek(self._at.get(path, 0))
                text = self._rest.get(path, "") + file.read()
                self._at[path] = file.tell()
        except FileNotFoundError:
            return
        *lines, self._rest[path] = text.split("\n")
        yield from filter(str.strip, lines)


def seen_in(line: str) -> Seen | None:
    """Return the message of a line; None: it is no such line, or cut off."""
    fields = line.split("\t")
    if len(fields) != _FIELDS:
        return None
    _day, _time, at_s, way, call_id, cseq, first = fields
    status = int(first.split(" ", 2)[1]) if first.startswith("SIP/2.0 ") else None
    method = cseq.rsplit(" ", 1)[-1].strip() if status is not None else first.partition(" ")[0]
    return Seen(float(at_s), way == "S", call_id, method, status)


@dataclass(slots=True)
class Conversation:
    """Is when what happened in one conversation; None: it has not, yet."""

    invited_s: float | None = None
    rung_s: float | None = None
    picked_up_s: float | None = None
    answered_s: float | None = None
    referred_s: float | None = None
    accepted_s: float | None = None
    target_rung_s: float | None = None
    left_s: float | None = None
    called_back_s: float | None = None
    registers_s: float | None = None
    registered_s: float | None = None
    first_phone: str = ""

    def spans(self) -> Iterator[tuple[str, float]]:
        """Yield what there is to time, in ms."""
        pairs = (
            (IN_OUT, self.invited_s, self.rung_s),
            (ACCEPTED, self.referred_s, self.accepted_s),
            (TARGET, self.referred_s, self.target_rung_s),
            (RECALLED, self.left_s, self.called_back_s),
            (REGISTERED, self.registers_s, self.registered_s),
        )
        for name, begin_s, end_s in pairs:
            if begin_s is not None and end_s is not None:
                yield name, 1000 * (end_s - begin_s)
        begin_s, rung_s = self.invited_s, self.rung_s
        picked_up_s, answered_s = self.picked_up_s, self.answered_s
        if begin_s and rung_s and picked_up_s and answered_s:
            yield ADDED, 1000 * (answered_s - begin_s - (picked_up_s - rung_s))


class Timeline:
    """Is all conversations of a load."""

    def __init__(self, traces: Iterable[Trace]) -> None:
        """Take what the SIPps write; who begins is named ``caller``."""
        self._traces = sorted(traces, key=lambda trace: trace.role != "caller")
        self._conversations: dict[str, Conversation] = defaultdict(Conversation)
        self._begun: set[str] = set()
        self._waiting: list[tuple[Trace, Seen]] = []
        self.refusals: Counter[int] = Counter()
        """What callers were refused with, and how often."""

    def read(self) -> None:
        """Take in what was written since."""
        new, self._waiting = self._waiting, []
        for trace in self._traces:
            new += [(trace, seen) for seen in trace.read()]
            if trace.role == "caller":
                self._begun.update(numbers[0] for numbers in trace.owners.values() if numbers)
        for trace, seen in sorted(new, key=lambda pair: pair[1].at_s):
            number = self._number(trace, seen)
            if number is not None:
                self._take(self._conversations[number], trace.role, seen)
            elif trace.role != "caller" or seen.call_id not in trace.owners:
                self._waiting.append((trace, seen))

    def _number(self, trace: Trace, seen: Seen) -> str | None:
        numbers = trace.owners.get(seen.call_id, [])
        if trace.role == "caller":
            # One rep registers many times, and each time is for itself.
            return numbers[0] if numbers and numbers[0].startswith("+") else seen.call_id
        return next((number for number in numbers if number in self._begun), None)

    def _take(self, one: Conversation, role: str, seen: Seen) -> None:
        if role == "caller":
            self._take_caller(one, seen)
        else:
            self._take_phone(one, role, seen)

    def _take_caller(self, one: Conversation, seen: Seen) -> None:
        match (seen.is_sent, seen.method, seen.status):
            case (True, "INVITE", None) if one.invited_s is None:
                one.invited_s = seen.at_s
            case (False, "INVITE", 401 | 407):
                one.invited_s = None  # the one with the digest counts
            case (False, "INVITE", 200) if one.answered_s is None:
                one.answered_s = seen.at_s
            case (True, "REGISTER", None) if one.registers_s is None:
                one.registers_s = seen.at_s
            case (False, "REGISTER", 200) if one.registered_s is None:
                one.registered_s = seen.at_s
        is_refusal = seen.status is not None and seen.status >= _REFUSED
        if is_refusal and not seen.is_sent and seen.status not in _CHALLENGES:
            self.refusals[seen.status or 0] += 1

    def _take_phone(self, one: Conversation, role: str, seen: Seen) -> None:
        match (seen.is_sent, seen.method, seen.status):
            case (False, "INVITE", None):
                self._rings(one, role, seen)
            case (True, "INVITE", 200) if one.picked_up_s is None:
                one.picked_up_s = seen.at_s
            case (True, "REFER", None) if one.referred_s is None:
                one.referred_s = seen.at_s
            case (False, "REFER", status) if one.accepted_s is None and status in _ACCEPTED:
                one.accepted_s = seen.at_s
            case (True, "BYE", None) if one.accepted_s is not None and role == one.first_phone:
                one.left_s = one.left_s or seen.at_s

    @staticmethod
    def _rings(one: Conversation, role: str, seen: Seen) -> None:
        if one.rung_s is None:
            one.rung_s, one.first_phone = seen.at_s, role
        elif one.referred_s is not None and role != one.first_phone:
            one.target_rung_s = one.target_rung_s or seen.at_s
        elif one.left_s is not None and role == one.first_phone:
            one.called_back_s = one.called_back_s or seen.at_s

    def spans(self) -> dict[str, list[float]]:
        """Return all that was timed so far, in ms, by what it is."""
        found: dict[str, list[float]] = {}
        for one in self._conversations.values():
            for name, ms in one.spans():
                found.setdefault(name, []).append(ms)
        return {name: found[name] for name in SPANS if name in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Is how some times spread, in ms."""

    count: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, times_ms: Iterable[float]) -> Percentiles:
        """Return them of at least one time; each is a time that was measured (nearest rank)."""
        ranked = sorted(times_ms)

        def at(share: float) -> float:
            return ranked[max(0, math.ceil(share * len(ranked)) - 1)]

        return cls(count=len(ranked), p50=at(0.5), p95=at(0.95), p99=at(0.99), most=ranked[-1])
