"""Tells somebody over HTTP of each conversation that has ended, and does not give up soon.

What is posted is signed as Standard Webhooks has it: ``webhook-signature`` is ``v1,`` and the
base64 of HMAC-SHA256 over ``ID.TIMESTAMP.BODY``; ``webhook-id`` is the same however often one
conversation is posted. A conversation of which more becomes known is posted again: the newest
replaces what was told before.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import msgspec
import structlog

from switch.config import WebhookSettings
from switch.desk.contacts import Contact, Contacts
from switch.desk.errors import StoreError, UnknownThreadError
from switch.desk.notes import Note
from switch.desk.store import Store
from switch.desk.store.postings import Posting
from switch.records.of_leg import instant
from switch.threads.view import ThreadView

_LOG = structlog.get_logger()
_LOOKS_EVERY_S: Final = 1.0
_AT_ONCE: Final = 8
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 3600.0
TYPE: Final = "softswitch.conversation.ended.v1"


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Is what is posted."""

    type: str = TYPE
    conversation: ThreadView
    contact: Contact | None
    notes: list[Note]


class Webhook:
    """Posts what is due; whoever makes one awaits ``run``."""

    def __init__(
        self,
        settings: WebhookSettings,
        store: Store,
        contacts: Contacts,
        *,
        now: Callable[[], float] = time.time,
        looks_every_s: float = _LOOKS_EVERY_S,
    ) -> None:
        """Keep whom to tell, and where to find what.

        Args:
            settings: has a URL and a secret.
            store: is to put conversations that end into its queue from now on.
            contacts: who has which number.
            now: UTC seconds.
            looks_every_s: how often it is looked for what is due, in seconds.
        """
        self._settings = settings
        self._store = store
        self._contacts = contacts
        self._now = now
        self._looks_every_s = looks_every_s
        self._secret = _secret(settings.secret_file)
        self._client = httpx.AsyncClient(timeout=settings.timeout_s, follow_redirects=False)
        store.told_after_s = settings.settle_s

    async def run(self, stopping: asyncio.Event) -> None:
        """Post what is due until ``stopping`` is set."""
        while not stopping.is_set():
            try:
                found = await self.post_due()
            except StoreError as error:
                _LOG.warning("webhook.store_away", problem=str(error))
                found = 0
            if not found:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), self._looks_every_s)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def post_due(self) -> int:
        """Post some that are due, and return how many were."""
        now_s = self._now()
        some = await asyncio.to_thread(
            self._store.take_postings,
            now=instant(now_s),
            hold_until=instant(now_s + 2 * self._settings.timeout_s + 1),
            limit=_AT_ONCE,
        )
        await asyncio.gather(*map(self._post, some))
        return len(some)

    async def _post(self, posting: Posting) -> None:
        try:
            body = await self._body(posting.conversation_id)
        except UnknownThreadError:  # erased, or expired
            await asyncio.to_thread(self._store.posted, posting)
            return
        problem = await self._send(posting.conversation_id, body)
        if problem is None:
            await asyncio.to_thread(self._store.posted, posting)
            return
        now_s = self._now()
        waited_s = now_s - dt.datetime.fromisoformat(posting.since_at).timestamp()
        if waited_s > 3600 * self._settings.give_up_h:
            _LOG.error("webhook.given_up", conversation=posting.conversation_id, problem=problem)
            await asyncio.to_thread(self._store.posted, posting)
            return
        pause_s = min(_FIRST_PAUSE_S * 2**posting.tries, _LONGEST_PAUSE_S)
        pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 -- so that not all come back at once
        _LOG.warning(
            "webhook.failed",
            conversation=posting.conversation_id,
            problem=problem,
            again_in_s=round(pause_s),
        )
        await asyncio.to_thread(self._store.posted, posting, again_at=instant(now_s + pause_s))

    async def _body(self, conversation_id: str) -> bytes:
        thread = await asyncio.to_thread(self._store.get, conversation_id)
        notes = await asyncio.to_thread(self._store.notes, [conversation_id])
        contact = await self._contacts.find(thread.contact)
        return msgspec.json.encode(Ended(conversation=thread, contact=contact, notes=notes))

    async def _send(self, conversation_id: str, body: bytes) -> str | None:
        """Post a body; return what went wrong, ``None`` if nothing did."""
        at = str(int(self._now()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "softswitch",
            "webhook-id": conversation_id,
            "webhook-timestamp": at,
            "webhook-signature": sign(self._secret, conversation_id, at, body),
        }
        try:
            answer = await self._client.post(self._settings.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.is_success else f"status {answer.status_code}"


def sign(secret: bytes, id_: str, at: str, body: bytes) -> str:
    """Return the signature of what is posted."""
    digest = hmac.new(secret, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _secret(path: Path | None) -> bytes:
    assert path is not None, "the configuration is refused without one"
    return path.read_text(encoding="utf-8").split("\n", maxsplit=1)[0].strip().encode()
