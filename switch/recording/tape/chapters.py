"""Where somebody who listens to a recording may want to go: where the parties change."""

from __future__ import annotations

import msgspec

from switch.recording.tape.line import Side, Why
from switch.recording.tape.marks import Marks


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """Is a stretch of a recording, in seconds from its beginning."""

    from_s: float
    to_s: float
    leg_id: str | None = None
    """Who talks with the customer; ``None``: nothing is heard."""
    rep: str | None = None
    """The rep whose leg it is; ``None``: nobody of ours."""
    gap: Why | None = None
    """Why nothing is heard; ``None``: somebody is."""


def chapters(account: Marks) -> tuple[Chapter, ...]:
    """Return the chapters of a recording, in order of time.

    A leg that is muted for a while, and heard again before anybody else is, stays one chapter.
    """
    found: list[Chapter] = []
    right = (one for one in account.legs if one.side is Side.RIGHT)
    for mark in sorted(right, key=lambda one: (one.from_s, one.leg_id)):
        if found and found[-1].leg_id == mark.leg_id:
            to_s = max(found[-1].to_s, mark.to_s)
            found[-1] = msgspec.structs.replace(found[-1], to_s=to_s)
        else:
            found.append(
                Chapter(from_s=mark.from_s, to_s=mark.to_s, leg_id=mark.leg_id, rep=mark.rep)
            )
    found += [Chapter(from_s=gap.from_s, to_s=gap.to_s, gap=gap.why) for gap in account.gaps]
    return tuple(sorted(found, key=lambda one: (one.from_s, one.to_s)))
