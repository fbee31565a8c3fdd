"""How things look in a page: Jinja, and the words and forms that the templates use."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import jinja2
import phonenumbers
from phonenumbers import PhoneNumberFormat

from switch.desk.contacts import Contact
from switch.live.plots import band_words
from switch.live.steps import outcome_words
from switch.threads.clock import duration
from switch.threads.view import ThreadView

FOLDER: Final = Path(__file__).parent
STATES: Final = {
    "available": "available",
    "on_call": "on a call",
    "ringing": "ringing",
    "away": "away",
    "wrap_up": "wrapping up",
    "offline": "offline",
}
"""What the states of reps are called."""
_LONGEST_KEPT: Final = 4096


def environment(country: str, names: dict[str, str]) -> jinja2.Environment:
    """Return what renders the templates.

    Everything that is put into a template is escaped, and what a template asks for in vain is an
    error, not an empty place.

    Args:
        country: whose numbers are written as people write them there.
        names: what reps and territories are called.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["phone"] = lambda number: phone(number, country)
    made.filters["called"] = lambda who: names.get(who, who) if who else ""
    made.filters["about"] = lambda thread, contact: about(thread, contact, country)
    made.filters["when"] = when
    made.filters["took"] = lambda seconds: "" if seconds is None else duration(seconds)
    made.filters["at"] = at
    made.filters["outcome"] = outcome_words
    made.filters["band"] = band_words
    made.filters["state"] = lambda state: STATES.get(state, state.replace("_", " "))
    made.filters["slug"] = _slug
    made.filters["initials"] = _initials
    made.globals["version"] = _version()
    return made


def phone(number: str | None, country: str) -> str:
    """Return a number as people write it: ``(480) 555-0123`` at home, ``+44 20 …`` else."""
    if not number:
        return "withheld number"
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    if not number.startswith("+"):
        return number
    home = phonenumbers.country_code_for_region(country)
    form = (
        PhoneNumberFormat.NATIONAL
        if parsed.country_code == home
        else PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, form)


def about(thread: ThreadView, contact: Contact | None, country: str) -> str:
    """Return with whom a conversation was: as the CRM calls him, as he calls himself, a number."""
    if contact is not None and contact.name:
        return contact.name
    if thread.direction == "internal" and thread.contact is None:
        return "Call between reps"
    said = next((leg.name for leg in thread.legs if leg.role == "customer" and leg.name), None)
    return said or phone(thread.contact, country)


def when(instant: str | None, form: str = "%a %d %b, %H:%M") -> str:
    """Return an instant by this machine's clock; a page's script writes it by the browser's."""
    if not instant:
        return ""
    return dt.datetime.fromisoformat(instant).astimezone().strftime(form)


def at(seconds: float) -> str:
    """Return a place in a recording as players write it: ``1:05``, ``1:00:05``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _slug(text: str) -> str:
    """Return a text that can be an id in a page; two names have two."""
    return "".join(
        letter if letter.isascii() and letter.isalnum() else f"_{ord(letter):x}_" for letter in text
    )


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()[:2]


def _version() -> str:
    """Return what changes when a file that browsers keep has changed."""
    newest = max((file.stat().st_mtime_ns for file in (FOLDER / "static").iterdir()), default=0)
    return f"{newest:x}"[-8:]


class Looks:
    """Renders templates, and remembers small pieces that many pages are shown."""

    def __init__(self, environment: jinja2.Environment) -> None:
        """Keep the environment."""
        self.environment = environment
        self._kept: dict[tuple[str, str, object], str] = {}

    def render(self, template: str, **values: Any) -> str:
        """Return a template with its places filled."""
        return self.environment.get_template(template).render(**values)

    def piece(self, template: str, who: str, value: object) -> str:
        """Return a piece of a page of which there are few that differ."""
        key = (template, who, value)
        if key not in self._kept:
            if len(self._kept) > _LONGEST_KEPT:
                self._kept.clear()
            self._kept[key] = self.render(template, who=who, value=value)
        return self._kept[key]
