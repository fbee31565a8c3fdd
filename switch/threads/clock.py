"""Instants of a thread on the clocks of whoever reads it, and how long something took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Writes times of day, and marks those of another day than the thread began on."""

    zone: tzinfo | None
    """In which times are written; ``None`` is the machine's own."""

    day: str
    """The instant at which the thread began."""

    def time(self, instant: str) -> str:
        """Return the time of day."""
        here = local(instant, self.zone)
        days = (here.date() - local(self.day, self.zone).date()).days
        return f"{here:%H:%M:%S}" + (f" {days:+}d" if days else "")

    def start(self) -> str:
        """Return date and time the thread began at."""
        return f"{local(self.day, self.zone):%a %d %b %Y, %H:%M:%S}"


def local(instant: str, zone: tzinfo | None) -> datetime:
    """Return the instant on the clocks of the zone."""
    return datetime.fromisoformat(instant).astimezone(zone)


def duration(seconds: float) -> str:
    """Return a length of time as it is said: ``3.2 s``, ``2 min 05 s``, ``1 h 02 min``."""
    whole_s = round(seconds)
    if seconds < 59.95:  # noqa: PLR2004 -- what would round to 60.0
        return f"{seconds:.1f} s"
    if whole_s < 3600:  # noqa: PLR2004
        return f"{whole_s // 60} min {whole_s % 60:02} s"
    return f"{whole_s // 3600} h {whole_s % 3600 // 60:02} min"
