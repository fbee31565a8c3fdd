"""Instants of a thread on the clocks of whoever reads it."""

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
