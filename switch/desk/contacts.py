"""Who has a number, as the CRM knows him: from a file, a plug-in, or by asking over HTTP.

A plug-in is an entry point in the group ``softswitch.contacts``: something that is called with a
number in E.164, in a thread of its own, and returns ``None`` or a mapping with ``name``,
``company`` and ``link``. Whatever goes wrong with a look-up, or takes too long, a page shows the
number alone: nobody waits for a CRM while a customer is on the line.
"""

from __future__ import annotations

import asyncio
import csv
import io
import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import structlog

from dialplan.numbers import to_e164
from switch.config import ContactSettings

_LOG = structlog.get_logger()
_GROUP: Final = "softswitch.contacts"
_MOST_KEPT: Final = 10_000
_LONGEST: Final = 200
_LONGEST_ANSWER_BYTES: Final = 64 * 1024
_OK: Final = 200
_AT_ONCE: Final = 8


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Is somebody outside, as the CRM knows him."""

    number: str
    """In E.164."""
    name: str | None = None
    company: str | None = None
    link: str | None = None
    """Where the CRM shows him: an http or https URL, else it is left out."""


class Lookup(Protocol):
    """Is one place where a number is looked up."""

    async def __call__(self, number: str) -> Mapping[str, Any] | None:
        """Return what is known of it, or None; whatever it raises means None too."""
        ...


class Contacts:
    """Looks numbers up, in one place after the other, and remembers the answers for a while."""

    def __init__(
        self,
        lookups: Sequence[Lookup],
        *,
        timeout_s: float,
        keep_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask these, in this order.

        Args:
            lookups: where numbers are looked up.
            timeout_s: how long all of them may take together, in seconds.
            keep_s: how long an answer is good for, in seconds.
            now: a clock that never goes back.
        """
        self._lookups = lookups
        self._timeout_s = timeout_s
        self._keep_s = keep_s
        self._now = now
        self._kept: OrderedDict[str, tuple[float, Contact]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Contact]] = {}

    def known(self, number: str) -> Contact | None:
        """Return what was answered before; ``None``: it must be asked."""
        kept = self._kept.get(number)
        return None if kept is None or kept[0] < self._now() else kept[1]

    async def find(self, number: str | None) -> Contact | None:
        """Return who has a number, or the number alone; ``None`` if there is no number."""
        if not number:
            return None
        if (known := self.known(number)) is not None:
            return known
        # Who asks for the same meanwhile waits for the same answer.
        asking = self._asking.get(number)
        if asking is None:
            asking = asyncio.create_task(self._ask(number), name="contact")
            self._asking[number] = asking
            asking.add_done_callback(lambda _done: self._asking.pop(number, None))
        return await asyncio.shield(asking)

    async def find_all(self, numbers: Sequence[str | None]) -> dict[str, Contact]:
        """Return who has which of these numbers."""
        unique = list(dict.fromkeys(number for number in numbers if number))
        found = await asyncio.gather(*map(self.find, unique))
        return {contact.number: contact for contact in found if contact is not None}

    async def _ask(self, number: str) -> Contact:
        contact = Contact(number=number)
        try:
            async with asyncio.timeout(self._timeout_s):
                contact = await self._first(number)
        except TimeoutError:
            _LOG.warning("contacts.slow", timeout_s=self._timeout_s)
        self._kept[number] = (self._now() + self._keep_s, contact)
        self._kept.move_to_end(number)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return contact

    async def _first(self, number: str) -> Contact:
        for lookup in self._lookups:
            try:
                found = await lookup(number)
            except TimeoutError:
                raise
            except Exception as error:  # noqa: BLE001 -- a plug-in's mistake costs a name, no page
                _LOG.warning("contacts.failed", problem=type(error).__name__)
                continue
            if found:
                return _contact(number, found)
        return Contact(number=number)


def _contact(number: str, found: Mapping[str, Any]) -> Contact:
    """Return what was found, as far as it can be shown."""

    def text(key: str) -> str | None:
        value = found.get(key)
        return value.strip()[:_LONGEST] or None if isinstance(value, str) else None

    link = found.get("link")
    return Contact(
        number=number,
        name=text("name"),
        company=text("company"),
        link=link if isinstance(link, str) and _is_web(link) else None,
    )


def _is_web(link: str) -> bool:
    """Tell whether a link leads to a page, and does nothing else (``javascript:``)."""
    try:
        return urlsplit(link).scheme in {"http", "https"}
    except ValueError:
        return False


class FileLookup:
    """Looks numbers up in a CSV or TOML file, which is read again when it changes."""

    def __init__(self, path: Path, country: str) -> None:
        """Keep where it is, and where numbers without ``+`` belong."""
        self._path = path
        self._country = country
        self._read_at: tuple[int, int] | None = None
        self._found: dict[str, Mapping[str, Any]] = {}

    async def __call__(self, number: str) -> Mapping[str, Any] | None:
        """Return the line of a number."""
        await asyncio.to_thread(self._refresh)
        return self._found.get(number)

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
            changed = (stat.st_mtime_ns, stat.st_size)
            if changed == self._read_at:
                return
            rows = _rows(self._path)
        except (OSError, ValueError, csv.Error) as error:
            # What was read before is better than nothing.
            _LOG.warning("contacts.file_unreadable", file=str(self._path), problem=str(error))
            return
        self._found = {
            number: row
            for row in rows
            if (number := to_e164(str(row.get("number", "")), self._country)) is not None
        }
        self._read_at = changed
        _LOG.info("contacts.file_read", file=str(self._path), contacts=len(self._found))


def _rows(path: Path) -> list[Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".toml":
        rows = tomllib.loads(text).get("contact", [])
        return [row for row in rows if isinstance(row, dict)]
    return list(csv.DictReader(io.StringIO(text)))


class HttpLookup:
    """Asks a CRM over HTTP."""

    def __init__(self, url: str, timeout_s: float) -> None:
        """Keep where, with ``{number}`` in it, and for how long."""
        self._url = url
        self._client = httpx.AsyncClient(timeout=timeout_s, follow_redirects=False)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, number: str) -> Mapping[str, Any] | None:
        """Return the JSON object that is answered; 404 and whatever else is None."""
        url = self._url.replace("{number}", quote(number, safe=""))
        async with self._room, self._client.stream("GET", url) as response:
            if response.status_code != _OK:
                return None
            body = b""
            async for some in response.aiter_bytes():
                body += some
                if len(body) > _LONGEST_ANSWER_BYTES:
                    return None
        found = msgspec.json.decode(body)
        return found if isinstance(found, dict) else None

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


class PluginLookup:
    """Asks an entry point of somebody's package, in a thread of its own."""

    def __init__(self, function: Callable[[str], Mapping[str, Any] | None]) -> None:
        """Keep what to call."""
        self._function = function

    async def __call__(self, number: str) -> Mapping[str, Any] | None:
        """Return what it returns."""
        return await asyncio.to_thread(self._function, number)


def make_contacts(settings: ContactSettings, country: str) -> Contacts:
    """Return what looks numbers up as the configuration says."""
    lookups: list[Lookup] = []
    if settings.file is not None:
        lookups.append(FileLookup(settings.file, country))
    if settings.lookup:
        if found := list(entry_points(group=_GROUP, name=settings.lookup)):
            lookups.append(PluginLookup(found[0].load()))
        else:
            _LOG.error("contacts.no_such_lookup", lookup=settings.lookup, group=_GROUP)
    if settings.url:
        lookups.append(HttpLookup(settings.url, settings.timeout_s))
    return Contacts(lookups, timeout_s=settings.timeout_s, keep_s=settings.keep_s)
