"""What the customers saw, according to SIPp: a line for each message, sent or received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_OK: Final = 200
_RINGS: Final = 180
_FINAL: Final = 200
_SERVER_FAILS: Final = range(500, 600)
_GIVEN_UP: Final = 487


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Is one message that a customer sent or got."""

    at_s: float
    """UTC, seconds."""
    is_sent: bool
    call_id: str
    cseq: str
    """Number and method: of a response, those of what it answers."""
    first: str
    """The request line or the status line."""

    @property
    def request(self) -> str | None:
        """The method, if it is a request."""
        return None if self.first.startswith("SIP/2.0 ") else self.first.partition(" ")[0]

    @property
    def status(self) -> int | None:
        """The status, if it is a response."""
        return None if self.request else int(self.first.split(" ", 2)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCall:
    """Is one customer's call."""

    number: str
    call_id: str
    lines: list[Line] = field(default_factory=list)
    phones_s: list[float] = field(default_factory=list)
    """When phones first said that they answer him."""

    def _got(self, method: str) -> Iterator[Line]:
        return (
            line
            for line in self.lines
            if not line.is_sent and line.status is not None and line.cseq.endswith(f" {method}")
        )

    @property
    def statuses(self) -> list[int]:
        """What his INVITE was answered with."""
        return [line.status for line in self._got("INVITE") if line.status is not None]

    @property
    def answered_s(self) -> float | None:
        """When he first was told that he is answered; None: never."""
        return next((line.at_s for line in self._got("INVITE") if line.status == _OK), None)

    @property
    def picked_up_s(self) -> float | None:
        """When it was answered by the phone whose call it is, first; None: it was not."""
        answers = (line for line in self.lines if line.is_sent and line.status == _OK)
        return next((line.at_s for line in answers if line.cseq.endswith(" INVITE")), None)

    @property
    def byes_s(self) -> list[float]:
        """When a BYE was sent or came, and again each time it was repeated."""
        return [line.at_s for line in self.lines if line.request == "BYE"]

    @property
    def he_hung_up(self) -> bool:
        """Whether it was he who said BYE first."""
        return next((line.is_sent for line in self.lines if line.request == "BYE"), False)

    @property
    def bye_answers_s(self) -> list[float]:
        """When his BYE was answered."""
        return [line.at_s for line in self._got("BYE")]

    @property
    def told_of_the_end_s(self) -> list[float]:
        """When the switch let him know that his call was over, by an answer or a BYE of its own."""
        ours = (line.at_s for line in self.lines if line.request == "BYE" and not line.is_sent)
        return [*self.bye_answers_s, *ours]

    @property
    def reached_the_switch(self) -> bool:
        """Whether there must be a thread: somebody was rung for him, or refused him.

        A 5xx says that the switch could not take the call; there may be a thread then.
        """
        # His CANCEL may have been answered by the edge alone.
        told = [one for one in self.statuses if one != _GIVEN_UP]
        return any(one >= _RINGS and one not in _SERVER_FAILS for one in told)

    @property
    def has_ended(self) -> bool:
        """Whether he is in no call any more, as far as he knows."""
        if not self.statuses:
            return True  # He has rung for 32 s, and heard nothing.
        if self.answered_s is not None:
            return bool(self.byes_s)
        return any(status > _FINAL for status in self.statuses) or any(
            line.request == "CANCEL" for line in self.lines
        )


def read(log: Iterable[str], trace: Iterable[str]) -> list[SeenCall]:
    """Return the calls, in the order in which they began.

    Args:
        log: of each call a line: its Call-ID and the customer's number.
        trace: what ``-trace_shortmsg`` has written.
    """
    calls: dict[str, SeenCall] = {}
    for text in log:
        call_id, _blank, number = text.strip().partition(" ")
        if number:
            calls[call_id] = SeenCall(number=number, call_id=call_id)
    for line in map(_line, trace):
        if line is not None and line.call_id in calls:
            calls[line.call_id].lines.append(line)
    return [call for call in calls.values() if call.lines]


def _line(text: str) -> Line | None:
    match text.rstrip("\n").split("\t"):
        case [_day, _time, at_s, way, call_id, cseq, first]:
            return Line(
                at_s=float(at_s),
                is_sent=way == "S",
                call_id=call_id,
                cseq=cseq.removeprefix("CSeq:").strip(),
                first=first,
            )
    return None  # The last line of a SIPp that was killed.
