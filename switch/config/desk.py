"""The settings of the desk: where it keeps threads, who may look at its pages, what it asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from switch.config import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Is ``[desk]``: the store of threads, and the pages and API that show them."""

    store: str | None = field(default=None, repr=False)
    """SQLAlchemy URL, never shown for it may hold a password; ``None`` = SQLite in ``data_dir``."""
    keep_days: Annotated[int | None, rules.DAYS] = field(
        default=None, metadata={"empty_is_none": True}
    )
    """Days a conversation is kept after its end; ``None`` = for ever."""
    http_address: Annotated[str, rules.ADDRESS] = "127.0.0.1"
    """IPv4 address of this machine that browsers, or the proxy before them, reach."""
    http_port: Annotated[int, rules.PORT] = 8080
    """TCP port for pages and API."""
    https: bool = False
    """Whether browsers come by https, through a proxy: cookies are sent by nothing else then."""
    proxies: Annotated[tuple[str, ...], rules.ADDRESSES] = ()
    """IPv4 addresses of proxies that are believed: who asks (X-Forwarded-For), who signed in."""
    user_header: Annotated[str, rules.HEADER_NAME] = ""
    """Header in which such a proxy says which rep has signed in there; empty = he signs in here."""
    sign_in_h: Annotated[float, rules.within(0.1, 720, "hours")] = 12.0
    """How long a sign-in holds, in hours."""
    supervisors: Annotated[tuple[str, ...], rules.EACH_ONCE] = ()
    """Reps who also see the whole floor, and may transfer and resume everybody's calls."""
    dispositions: Annotated[tuple[str, ...], rules.LABELS] = (
        "interested",
        "call back",
        "not interested",
        "wrong number",
    )
    """What a rep may say of how a conversation came out."""
    service_level_s: Annotated[float, rules.within(1, 3600, "seconds")] = 20.0
    """In how many seconds a customer is to be answered: what the service level is measured by."""
    api_per_minute: Annotated[int, rules.within(1, 1_000_000, "requests")] = 600
    """Requests that one API token may make in a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSettings:
    """Is ``[contacts]``: who it is that has a number, as the CRM knows him."""

    file: Path | None = None
    """A TOML or CSV file of contacts; ``None`` = none. Read again when it changes."""
    url: Annotated[str, rules.LOOKUP_URL] = ""
    """Where to ask by HTTP, with ``{number}`` in it; empty = nowhere."""
    lookup: str = ""
    """Name of an entry point in the group ``softswitch.contacts``; empty = none."""
    timeout_s: Annotated[float, rules.within(0.05, 30, "seconds")] = 1.0
    """How long a look-up may take, in seconds; then the number stands alone."""
    keep_s: Annotated[float, rules.within(0, 86400, "seconds")] = 300.0
    """How long an answer is good for, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Is ``[webhook]``: who is told of each conversation that has ended."""

    url: Annotated[str, rules.HTTP_URL] = ""
    """Where it is posted to; empty = nowhere."""
    secret_file: Path | None = None
    """File whose first line signs what is posted; needed with ``url``."""
    settle_s: Annotated[float, rules.within(0, 600, "seconds")] = 5.0
    """How long after its end a conversation is told, in seconds: last records come meanwhile."""
    timeout_s: Annotated[float, rules.within(0.1, 60, "seconds")] = 10.0
    """How long the receiver may take to answer, in seconds."""
    give_up_h: Annotated[float, rules.within(0.01, 720, "hours")] = 72.0
    """How long what cannot be delivered is tried again, in hours."""
