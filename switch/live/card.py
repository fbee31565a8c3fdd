"""What a rep's page shows of a call of his: the card.

Rules of this file:

* What he can do stands in the card, and nothing that would be refused: a page shows a button
  only where the switch does something.
* A call that he passed on, or that is over, stays for a while if it is his newest: he wants to
  know how it came out, and writes his notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from switch.live.board import Board, utc_s
from switch.live.steps import Step, steps_of
from switch.records.choice import ChoiceRecord
from switch.records.leg import Direction, LegRecord
from switch.threads.view import ThreadView

Mode = Literal[
    "rung", "calling", "talking", "transferring", "returning", "choosing", "passed_on", "over"
]
"""``rung``: his phone rings; ``calling``: he calls somebody; ``talking``: he talks, or could;
``transferring``: his target is called; ``returning``: nobody took it, and he is called back or
waited for; ``choosing``: he has answered, and chooses by keys; ``passed_on``: others talk;
``over``: nobody does."""

_OVER: Final = frozenset({"released", "ended"})
_FRESH_S: Final = 600.0
_BUSY: Final = frozenset({"rung", "calling", "talking", "transferring", "returning", "choosing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Is who is at the other end of a rep's call."""

    number: str | None = None
    """In E.164 where it is one; ``None``: withheld, or a rep."""
    name: str | None = None
    """The display name as given, by whoever calls: never to be trusted, nor to be shown as HTML."""
    rep: str | None = None
    """The rep's name if it is one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Is a call as one of its reps sees it."""

    conversation_id: str
    mode: Mode
    direction: Direction
    other: Other
    territory: str | None
    """On whose behalf he is called, or was."""
    since_at: str
    """Since when it is as the mode says."""
    started_at: str
    """When the conversation began."""
    target: str | None = None
    """Whom he has transferred to, as long as it is not settled."""
    outcome: str = ""
    """What came of the last target that failed, as an end reason."""
    until_at: str | None = None
    """When something happens by itself; ``None``: nothing does, or it is not known."""
    is_unattended: bool = False
    """The worker that had the call died: they hear each other, and can only hang up."""
    recording: Literal["on", "paused"] | None = None
    """Whether what he says is being recorded; ``None``: it is not."""
    is_held: bool = False
    """He holds the other one, who hears music."""
    is_muted: bool = False
    """Nobody hears him."""
    may_steer: bool = False
    """He can hold, be muted and have the call recorded: he talks, and his worker lives."""
    may_hang_up: bool = False
    may_transfer: bool = False
    may_resume: bool = False
    steps: tuple[Step, ...] = ()
    """What was done with the call so far."""
    talks_now: str | None = None
    """Who talks with the customer now, if it is not he."""

    @property
    def is_busy(self) -> bool:
        """Whether it keeps him from another call, or waits for what he chooses."""
        return self.mode in _BUSY


def cards_of(board: Board, rep: str, now_s: float) -> tuple[Card, ...]:
    """Return the cards of a rep, what wants him most first.

    That is whatever he is on, or can choose in; if there is no such thing, the newest of his calls
    of the last ten minutes.
    """
    cards = [card for seen in board.of_rep(rep) if (card := _card(board, seen, rep)) is not None]
    busy = [card for card in cards if card.is_busy]
    if busy:
        return tuple(sorted(busy, key=lambda card: card.mode == "calling"))
    fresh = [card for card in cards if now_s - utc_s(card.since_at) < _FRESH_S]
    return tuple(sorted(fresh, key=lambda card: card.since_at)[-1:])


def _card(board: Board, seen: ThreadView, rep: str) -> Card | None:
    """Return the card of one conversation; ``None`` if he was only rung in vain."""
    records = board.records(seen.conversation_id)
    own = [record for record in records if record.rep == rep]
    choice = board.choice(seen.conversation_id)
    place = _place(seen, records, own, choice, rep)
    if place is None:
        return None
    mode, since_at = place
    is_his = choice is not None and choice.transferor.rep == rep
    up = [leg for leg in own if leg.state not in _OVER]
    on = up[0] if up and mode == "talking" else None
    is_unattended = on is not None and any(leg.unattended_since is not None for leg in up)
    shown = choice if is_his and mode in {"transferring", "returning", "choosing"} else None
    return Card(
        conversation_id=seen.conversation_id,
        mode=mode,
        direction=seen.direction,
        other=_other(records, rep),
        territory=_territory(records, own, rep),
        since_at=since_at,
        started_at=seen.started_at,
        target=None if shown is None else shown.target,
        outcome="" if shown is None else shown.outcome,
        until_at=None if shown is None else shown.until_at,
        is_unattended=is_unattended,
        recording=None if on is None else on.recording_state,
        is_held=on is not None and on.held,
        is_muted=on is not None and on.muted,
        may_steer=on is not None and not is_unattended,
        may_hang_up=bool(up) and not is_unattended,
        may_transfer=(mode == "talking" and not is_unattended)
        or (shown is not None and shown.may_retarget),
        may_resume=shown is not None and mode in {"transferring", "returning"},
        steps=steps_of(seen),
        talks_now=_talks_now(records, rep) if mode == "passed_on" else None,
    )


def _place(
    seen: ThreadView,
    records: tuple[LegRecord, ...],
    own: list[LegRecord],
    choice: ChoiceRecord | None,
    rep: str,
) -> tuple[Mode, str] | None:
    """Return what the call is to him, and since when; ``None``: nothing."""
    if choice is not None and choice.transferor.rep == rep:
        if not choice.may_retarget:
            return "transferring", choice.since_at
        return ("choosing" if choice.state == "choosing" else "returning"), choice.since_at
    for leg in own:
        if leg.state in _OVER:
            continue
        if leg.answered_at is not None:
            return "talking", _talking_since(leg, leg.answered_at)
        return ("calling" if leg.side == "caller" else "rung"), leg.alerted_at or leg.offered_at
    for record in records:
        for attempt in record.attempts:
            if attempt.rep == rep and attempt.to_at is None and record.state not in _OVER:
                return "rung", attempt.from_at
    took_part = [leg for leg in own if leg.answered_at is not None or leg.side == "caller"]
    if not took_part:
        return None
    if seen.ended_at is not None:
        return "over", seen.ended_at
    return "passed_on", max(leg.ended_at or leg.offered_at for leg in took_part)


def _talking_since(leg: LegRecord, answered_at: str) -> str:
    """Return when he began to talk: a caller's leg may be answered before anybody is there."""
    return leg.talks[0].started_at if leg.talks else answered_at


def _other(records: tuple[LegRecord, ...], rep: str) -> Other:
    """Return who it is about: the customer; in a call between reps the other one."""
    others = sorted(
        (record for record in records if record.rep != rep),
        key=lambda record: (record.role != "customer", record.rep is None, record.offered_at),
    )
    for record in others:
        return Other(
            number=record.number or (record.dialled if record.role == "customer" else None),
            name=record.name,
            rep=record.rep or record.territory,
        )
    dialled = next((record.dialled for record in records if record.dialled), None)
    return Other(number=dialled)


def _territory(records: tuple[LegRecord, ...], own: list[LegRecord], rep: str) -> str | None:
    for leg in reversed(own):
        if leg.territory is not None:
            return leg.territory
    for record in records:
        if any(attempt.rep == rep for attempt in record.attempts):
            return record.territory
    return None


def _talks_now(records: tuple[LegRecord, ...], rep: str) -> str | None:
    """Return who of ours, or outside, is on the call now."""
    for record in records:
        is_on = record.state not in _OVER and record.answered_at is not None
        if is_on and record.role != "customer" and record.rep != rep:
            return record.rep or record.number
    return None
