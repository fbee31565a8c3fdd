"""A thread as people read it: a sales manager, and an operator beside him.

The manager reads the first two lines and the names; the operator the columns.
Lines come with a tone, so that a terminal may colour them and a file need not.
What callers say of themselves (display names, numbers) is shown without control
characters: a name must not be able to move the cursor of whoever reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from switch.threads.clock import Clock, duration, local
from switch.threads.columns import aligned, clean
from switch.threads.instants import seconds_between
from switch.threads.sound import sound_rows
from switch.threads.taped import recorded_rows
from switch.threads.transfers import ANSWERED, TransferView
from switch.threads.view import AttemptView, LegView, ThreadView

_OPEN = "…"
"""Stands where an instant will be once the conversation has got there."""
_NEVER = "–"
"""Stands where there will be no instant."""

_LONGEST_CHAIN = 4
_WAY = {"inbound": "in", "outbound": "out", "internal": "internal"}


class Tone(StrEnum):
    """How much a line wants to be looked at."""

    TITLE = "title"
    PLAIN = "plain"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text."""

    text: str
    tone: Tone = Tone.PLAIN


def as_text(lines: Sequence[Line]) -> str:
    """Return the lines without their tones, each ended by a line feed."""
    return "".join(f"{line.text}\n" for line in lines)


def describe(thread: ThreadView, zone: tzinfo | None = None) -> tuple[Line, ...]:
    """Return one thread in full.

    Args:
        thread: What to describe.
        zone: In which the times are written; ``None`` is the machine's own.
    """
    clock = Clock(zone=zone, day=thread.started_at)
    lines = [
        Line(text=_headline(thread), tone=Tone.TITLE),
        Line(text=_when(thread, clock)),
        Line(text=""),
        *_leg_table(thread, clock),
        *_signalling_lost(thread, clock),
        *_sound_table(thread),
        *(Line(text=f"  recorded: {clean(name)}") for name in thread.recordings),
        *_recorded_table(thread, clock),
    ]
    if thread.transfers or thread.recalls or thread.fallbacks:
        lines += [Line(text=""), *_transfer_table(thread, clock)]
    return (
        *lines,
        Line(text=""),
        Line(text=f"conversation {thread.conversation_id}", tone=Tone.QUIET),
    )


def summarise(threads: Sequence[ThreadView], zone: tzinfo | None = None) -> tuple[Line, ...]:
    """Return a list of threads, one line for each."""
    if not threads:
        return (Line(text="no conversations yet", tone=Tone.QUIET),)
    rows = [("started", "way", "contact", "talked", "lasted", "end", "conversation")]
    rows += [
        (
            f"{local(thread.started_at, zone):%Y-%m-%d %H:%M:%S}",
            _WAY[thread.direction],
            clean(thread.contact or _NEVER),
            _who_talked(thread),
            _OPEN if thread.ended_at is None else _lasted(thread.started_at, thread.ended_at),
            _how_it_ended(thread),
            thread.conversation_id,
        )
        for thread in threads
    ]
    heading, *others = aligned(rows)
    return (Line(text=heading, tone=Tone.QUIET), *(Line(text=row) for row in others))


def _headline(thread: ThreadView) -> str:
    """Return what kind of call it was, and with whom."""
    contact = thread.contact or "a withheld number"
    customer = next((leg for leg in thread.legs if leg.role == "customer"), None)
    if customer is not None and customer.name:
        contact = f"{contact} ({customer.name})"
    caller = thread.legs[0] if thread.legs else None
    match thread.direction:
        case "inbound":
            return f"Call from {clean(contact)}"
        case "outbound":
            return f"Call to {clean(contact)}" + ("" if caller is None else f" by {_name(caller)}")
        case _:
            return "Call between reps" + ("" if caller is None else f", from {_name(caller)}")


def _when(thread: ThreadView, clock: Clock) -> str:
    """Return from when to when, how often transferred, how long on music, and how it ended."""
    count = len(thread.transfers)
    transfers = f"{count or 'no'} transfer" + ("" if count == 1 else "s")
    if thread.waiting_s:
        transfers += f", waited {duration(thread.waiting_s)}"
    if thread.ended_at is None:
        return f"{clock.start()} to now: in progress, {transfers}"
    lasted = _lasted(thread.started_at, thread.ended_at)
    span = f"{clock.start()} to {clock.time(thread.ended_at)}"
    return f"{span}: {lasted}, {transfers}, {_how_it_ended(thread)}"


def _leg_table(thread: ThreadView, clock: Clock) -> list[Line]:
    """Return who took part: a line for each leg, and below it whom it had called in vain."""
    rows: list[tuple[str, ...]] = [("who", "called", "answered", "ended", "talked", "end")]
    tones = [Tone.QUIET]
    for leg in thread.legs:
        rows.append(_leg_row(leg, thread.transfers, clock))
        tones.append(Tone.PLAIN)
        # Who took the call is the row itself; he was not tried in vain.
        in_vain = [attempt for attempt in leg.attempts if attempt.outcome != ANSWERED]
        rows += [_attempt_row(attempt, clock) for attempt in in_vain]
        tones += [Tone.QUIET] * len(in_vain)
    return [
        Line(text=f"  {row}", tone=tone) for row, tone in zip(aligned(rows), tones, strict=True)
    ]


def _signalling_lost(thread: ThreadView, clock: Clock) -> list[Line]:
    """Return since when nobody could signal for those who talked on, if that happened."""
    ends: dict[str, list[str | None]] = {}
    for leg in thread.legs:
        if leg.unattended_since is not None:
            ends.setdefault(leg.unattended_since, []).append(leg.ended_at)
    lines = []
    for since, ended in sorted(ends.items()):
        over = [at for at in ended if at is not None]
        what = (
            "goes on until one hangs up"
            if len(over) < len(ended)
            else f"ended {clock.time(max(over))}"
        )
        lines.append(Line(text=f"  signalling lost at {clock.time(since)}, {what}"))
    return [Line(text=""), *lines] if lines else []


def _sound_table(thread: ThreadView) -> list[Line]:
    """Return how well each party heard, as far as their phones have reported."""
    rows = aligned(sound_rows([(_name(leg), leg) for leg in thread.legs]))
    return [Line(text=f"  {row}" if row else "") for row in ("", *rows)] if rows else []


def _recorded_table(thread: ThreadView, clock: Clock) -> list[Line]:
    """Return of whom how much was recorded, and when."""
    rows = recorded_rows([(_name(leg), leg) for leg in thread.legs], clock)
    return [Line(text=f"    {row}") for row in aligned(rows)] if rows else []


def _leg_row(leg: LegView, transfers: Sequence[TransferView], clock: Clock) -> tuple[str, ...]:
    """Return a leg's cells."""
    return (
        _name(leg),
        clock.time(leg.offered_at),
        _moment(leg.answered_at, clock, is_over=leg.ended_at is not None),
        _moment(leg.ended_at, clock, is_over=False),
        duration(leg.talk_s) if leg.talk_s else _NEVER if leg.ended_at else _OPEN,
        _leg_end(leg, transfers),
    )


def _attempt_row(attempt: AttemptView, clock: Clock) -> tuple[str, ...]:
    """Return an attempt's cells."""
    return (
        f"  tried {clean(_tried(attempt))}",
        clock.time(attempt.from_at),
        _NEVER,
        _moment(attempt.to_at, clock, is_over=False),
        _NEVER,
        _words(attempt.outcome),
    )


def _tried(attempt: AttemptView) -> str:
    """Return who was called in vain."""
    return attempt.rep or attempt.territory or attempt.number or "somebody"


def _leg_end(leg: LegView, transfers: Sequence[TransferView]) -> str:
    """Return how a leg ended, and to whom it was transferred if that was the end."""
    if leg.end_reason is None:
        return "talking" if leg.talks and leg.talks[-1].ended_at is None else "open"
    if leg.end_reason != "transferred":
        return _words(leg.end_reason)
    targets = [transfer.to for transfer in transfers if transfer.from_leg == leg.leg_id]
    return f"transferred to {clean(targets[-1] or '?')}" if targets else "transferred"


def _transfer_table(thread: ThreadView, clock: Clock) -> list[Line]:
    """Return the transfers and what the switch did when one failed, one line for each."""
    story = [
        (
            transfer.at,
            f"{clean(transfer.from_ or '?')} → {clean(transfer.to or '?')}",
            _how_it_went(transfer.outcome, transfer.took_s),
        )
        for transfer in thread.transfers
    ]
    story += [
        (
            recall.at,
            f"back to {clean(recall.to or '?')}",
            _how_it_went(recall.outcome, recall.took_s),
        )
        for recall in thread.recalls
    ]
    story += [
        (
            fallback.at,
            f"instead → {clean(fallback.to or '?')}",
            _how_it_went(fallback.outcome, fallback.took_s),
        )
        for fallback in thread.fallbacks
    ]
    rows = [("transfers", "", "")]
    rows += [(clock.time(at), who, how) for at, who, how in sorted(story)]
    heading, *others = aligned(rows)
    return [
        Line(text=f"  {heading}", tone=Tone.QUIET),
        *(Line(text=f"  {row}") for row in others),
    ]


def _how_it_went(outcome: str, took_s: float | None) -> str:
    """Return what came of calling somebody, and after how long."""
    return _words(outcome) + ("" if took_s is None else f" after {duration(took_s)}")


def _who_talked(thread: ThreadView) -> str:
    """Return those of ours who talked, in their order; or who was tried, if nobody did."""
    names = [_name(leg) for leg in thread.legs if leg.role != "customer" and leg.answered_at]
    if len(names) > _LONGEST_CHAIN:
        names = [*names[:2], f"{len(names) - 3} more", names[-1]]
    if names:
        return " → ".join(names)
    tried = {_tried(attempt): None for leg in thread.legs for attempt in leg.attempts}
    return f"nobody (tried {clean(', '.join(tried))})" if tried else "nobody"


def _how_it_ended(thread: ThreadView) -> str:
    """Return the end of the thread: the customer's, who is what it is about, else the caller's."""
    if thread.ended_at is None:
        return "in progress"
    legs = sorted(thread.legs, key=lambda leg: leg.role != "customer")
    return _words(legs[0].end_reason or "switch_error") if legs else _NEVER


def _name(leg: LegView) -> str:
    """Return what a leg's party is called: a rep by name, anybody else by number and name."""
    if leg.rep is not None:
        name = leg.rep
    else:
        name = leg.number or "withheld number"
        if leg.name:
            name = f"{name} ({leg.name})"
    return clean(name)


def _moment(instant: str | None, clock: Clock, *, is_over: bool) -> str:
    """Return a time of day, or what stands for one that is missing."""
    if instant is None:
        return _NEVER if is_over else _OPEN
    return clock.time(instant)


def _lasted(start: str, end: str) -> str:
    """Return how long something lasted."""
    return duration(seconds_between(start, end))


def _words(slug: str) -> str:
    """Return an end reason as words."""
    return slug.replace("_", " ")
