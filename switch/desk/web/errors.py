"""How the desk says no: one error for pages and API, with the status of HTTP.

::

    SwitchError
    └── Refused            what was asked is not done, and nothing was changed
        ├── SignInNeeded   nobody knows who asks
        └── TooOften       he has asked too often
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from switch.errors import SwitchError

TITLES: Final = {
    400: "The request cannot be read",
    401: "Nobody is signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not done here",
    409: "Something else is under way",
    410: "The call is over",
    413: "Too much at once",
    422: "This cannot be done",
    429: "Too often",
    500: "The desk has made a mistake",
    503: "The switch does not answer",
    504: "The switch does not answer in time",
}
"""What each status says of itself, for people."""


class Refused(SwitchError):
    """Says that what was asked is not done, and why."""

    def __init__(self, status: int, why: str, *, title: str | None = None) -> None:
        """Keep the status of HTTP, the reason as a sentence, and a heading."""
        super().__init__(status, why)
        self.status = status
        self.why = why
        self.title = title or title_of(status)

    def __str__(self) -> str:
        """Say why."""
        return self.why


class SignInNeeded(Refused):
    """Says that nobody knows who asks."""

    def __init__(self, why: str = "sign in first") -> None:
        """Keep what would help."""
        super().__init__(401, why)


class TooOften(Refused):
    """Says that somebody has asked too often."""

    def __init__(self, wait_s: float) -> None:
        """Keep for how long he has to wait, in seconds."""
        self.wait_s = max(1, round(wait_s + 0.5))
        super().__init__(429, f"try again in {self.wait_s} s")


def title_of(status: int) -> str:
    """Return the heading of a status."""
    return TITLES.get(status) or HTTPStatus(status).phrase
