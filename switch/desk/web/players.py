"""What is there to listen to of a conversation, and by whom."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

import msgspec
import structlog

from switch.desk.web.desk import Desk
from switch.desk.web.errors import Refused
from switch.desk.web.looks import phone
from switch.desk.web.signing import Visitor
from switch.live.board import utc_s
from switch.recording.store import NotKept, StoreFailed, day_of
from switch.recording.tape.chapters import Chapter, chapters
from switch.recording.tape.line import Why
from switch.recording.tape.marks import Marks
from switch.threads.view import ThreadView

_LOG = structlog.get_logger()
_LARGEST_ACCOUNT: Final = 1 << 20
_MADE_WITHIN_S: Final = 600.0
"""So long after the end of a call its recording may still be on its way."""
GAPS: Final = {Why.PAUSED: "Paused", Why.STOPPED: "Not recorded", Why.LOST: "Lost"}

Standing = Literal["ready", "live", "private", "making", "gone", "missing", "away"]
"""``ready``: it can be heard; ``live``: the call goes on; ``private``: not by this rep;
``making``: it is on its way; ``gone``: it was too old to be kept; ``missing``: it is not where it
should be; ``away``: the store does not answer."""

_STATUS: Final[dict[Standing, int]] = {
    "live": 409,
    "private": 403,
    "making": 404,
    "gone": 410,
    "missing": 404,
    "away": 503,
}
_TITLES: Final[dict[Standing, str]] = {
    "live": "The call goes on",
    "gone": "The recording is gone",
    "away": "Recordings cannot be read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Is a place in a recording that somebody may want to go to."""

    from_s: float
    to_s: float
    label: str
    leg_id: str | None
    """Whose leg begins there; ``None``: nobody is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Is a recording as somebody finds it on a page."""

    standing: Standing
    words: str
    """Why it cannot be heard; empty if it can."""
    url: str = ""
    bytes: int = 0
    duration_s: float = 0.0
    """In seconds; 0: nobody knows."""
    marks: tuple[Mark, ...] = ()


def may_hear(visitor: Visitor, thread: ThreadView) -> bool:
    """Tell whether somebody may hear what was said: those who talked may, and supervisors."""
    return visitor.is_supervisor or visitor.rep in {leg.rep for leg in thread.legs}


async def players_of(desk: Desk, visitor: Visitor, thread: ThreadView) -> tuple[Player, ...]:
    """Return the recordings of a conversation as a page shows them."""
    return tuple([await _player(desk, visitor, thread, name) for name in thread.recordings])


def starts_of(players: Sequence[Player]) -> dict[str, tuple[int, Mark]]:
    """Return for each leg that can be heard in which recording it is first, and where."""
    found: dict[str, tuple[int, Mark]] = {}
    for number, player in enumerate(players, 1):
        for mark in player.marks:
            if mark.leg_id is not None:
                found.setdefault(mark.leg_id, (number, mark))
    return found


async def size_of(desk: Desk, visitor: Visitor, thread: ThreadView, name: str) -> int:
    """Return how many bytes there are to hear.

    Raises:
        Refused: it cannot be heard, or not by him.
    """
    found = await _look_for(desk, visitor, thread, name)
    if isinstance(found, int):
        return found
    title = _TITLES.get(found)
    raise Refused(_STATUS[found], words_of(desk, found), title=title)


def words_of(desk: Desk, standing: Standing) -> str:
    """Return why a recording cannot be heard."""
    days = desk.config.recording.keep_days
    words: dict[Standing, str] = {
        "ready": "",
        "live": "it can be heard when the call is over",
        "private": "only who talked in it, and supervisors, may hear this recording",
        "making": "the recording is being made; it will be here in a moment",
        "gone": f"the recording was removed: recordings are kept for {days} days",
        "missing": "there is nothing to hear: no sound came, or the file is not where it was",
        "away": "where recordings are kept does not answer at the moment",
    }
    return words[standing]


async def _player(desk: Desk, visitor: Visitor, thread: ThreadView, name: str) -> Player:
    found = await _look_for(desk, visitor, thread, name)
    if not isinstance(found, int):
        return Player(standing=found, words=words_of(desk, found))
    account = await _account(desk, name)
    file = name.rpartition("/")[2]
    return Player(
        standing="ready",
        words="",
        url=f"/recordings/{quote(thread.conversation_id, safe='')}/{quote(file, safe='')}",
        bytes=found,
        duration_s=account.duration_s if account else 0.0,
        marks=tuple(
            Mark(
                from_s=one.from_s,
                to_s=one.to_s,
                label=_label(desk, thread, one),
                leg_id=one.leg_id,
            )
            for one in (chapters(account) if account else ())
        ),
    )


async def _look_for(desk: Desk, visitor: Visitor, thread: ThreadView, name: str) -> int | Standing:
    """Return how many bytes a recording has, or why there are none to hear."""
    if not may_hear(visitor, thread):
        return "private"
    if thread.ended_at is None:
        return "live"
    if (day := day_of(name)) is None:
        return "missing"
    try:
        return await asyncio.to_thread(lambda: desk.recordings.size(name))
    except NotKept:
        days, now_s = desk.config.recording.keep_days, desk.now()
        today = dt.datetime.fromtimestamp(now_s, dt.UTC).date()
        if days is not None and day < today - dt.timedelta(days=days):
            return "gone"
        is_new = now_s - utc_s(thread.ended_at) < _MADE_WITHIN_S
        return "making" if is_new else "missing"
    except StoreFailed as error:
        _LOG.error("desk.no_recordings", problem=str(error))
        return "away"


async def _account(desk: Desk, name: str) -> Marks | None:
    """Return what lies beside a recording; ``None``: it cannot be read, and there are no marks."""
    beside = f"{name.rpartition('.')[0]}.json"
    try:
        raw = await asyncio.to_thread(lambda: _read(desk, beside))
        return msgspec.json.decode(raw, type=Marks)
    except NotKept:
        return None  # it is stored after the sound
    except (StoreFailed, msgspec.DecodeError) as error:
        _LOG.warning("desk.no_marks", recording=name, problem=str(error))
        return None


def _read(desk: Desk, name: str) -> bytes:
    size = min(desk.recordings.size(name), _LARGEST_ACCOUNT)
    return desk.recordings.read(name, 0, size)


def _label(desk: Desk, thread: ThreadView, chapter: Chapter) -> str:
    if chapter.gap is not None:
        return GAPS[chapter.gap]
    if chapter.rep is not None:
        return desk.name(chapter.rep)
    leg = next((leg for leg in thread.legs if leg.leg_id == chapter.leg_id), None)
    if leg is None:
        return "somebody"
    return desk.name(leg.rep) or phone(leg.number, desk.config.switch.country)
