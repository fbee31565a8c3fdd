"""Sends records again that the broker had confirmed and a desk has not stored: both may be gone.

A broker that is killed forgets what it has confirmed since it last wrote to its disk. So each
record bears its number, and where a desk can say that it is stored (:mod:`switch.records.stored`).
Over each connection those are sent again of which no desk has said so; only the last ones, for
a broker writes to its disk every few seconds or minutes. All of them are if a desk says that the
broker no longer knew it: what was published then came to nobody.

What comes twice changes nothing. Where there is no desk, nobody says anything, and each
connection begins with what was sent last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final, NoReturn

import structlog

from switch.node import keeping
from switch.node.bus import MOST_IN_FLIGHT, Client, Message, answerable, of_type
from switch.node.entries import Outgoing
from switch.node.errors import LedgerError
from switch.node.journal import Journal
from switch.node.refusals import too_large
from switch.node.spans import Spans
from switch.records import codec, stored, topics
from switch.records.errors import MessageError

_LOG = structlog.get_logger()
_MOST_FORGOTTEN: Final = 50_000
"""More than a broker takes in the time for which it keeps things in memory only."""
_MOST_READ: Final = 10 * MOST_IN_FLIGHT
_AGAIN_S: Final = 5.0
_CONTENT_TYPE: Final = of_type(codec.CONTENT_TYPE)


class Resending:
    """Knows what is stored, and sends the rest again."""

    def __init__(self, journal: Journal, *, node: str) -> None:
        """Begin with what the node before was told.

        Args:
            journal: where what was sent is kept, and what is known to be stored.
            node: the name of this node.
        """
        self._journal = journal
        self._stored = Spans(journal.stored_through)
        self._topic = topics.stored(node)
        self._missed = asyncio.Event()
        self._through = journal.sent_through
        self.repeated = 0
        """How many records were sent again."""

    @property
    def stored_through(self) -> int:
        """All records up to this number are stored."""
        return self._stored.through

    def message(self, row: Outgoing) -> Message:
        """Return what is published of a row of the outbox."""
        if not topics.is_leg(row.topic):
            return row.topic, row.payload, _CONTENT_TYPE
        correlation = stored.correlation_of(row.seq)
        properties = answerable(codec.CONTENT_TYPE, self._topic, correlation)
        return row.topic, row.payload, properties

    def sent(self, row: Outgoing, *, was_set_aside: bool = False) -> None:
        """Note that a row is sent, or will never be; they come in order."""
        self._pass_over(row, after=self._through, is_wanted=not was_set_aside)
        self._through = row.seq

    def _pass_over(self, row: Outgoing, *, after: int, is_wanted: bool) -> None:
        """Take for stored what nobody will ever say so of."""
        self._stored.add(after + 1, row.seq - 1)  # there are none
        if not is_wanted or not topics.is_leg(row.topic):
            self._stored.add(row.seq, row.seq)

    def heard(self, topic: str, payload: bytes) -> None:
        """Take what a desk says."""
        if topic == topics.MISSED:
            self._missed.set()
            return
        try:
            spans = stored.decode(payload)
        except MessageError as error:
            _LOG.warning("publisher.stored_unreadable", problem=str(error))
            return
        before = self._stored.through
        for first, last in spans:
            # It knows nothing of what was not sent: that was the outbox of another node.
            self._stored.add(first, min(last, self._through))
        if self._stored.through > before:
            self._journal.note_stored(self._stored.through)

    async def begin(self, client: Client) -> None:
        """Send again, over a new connection, what may be lost: before anything that is new.

        Raises:
            MqttError: it broke.
        """
        await self._send_behind(client, self._through - _MOST_FORGOTTEN)

    async def run(self, client: Client) -> NoReturn:
        """Send all again whenever a desk has missed it.

        Raises:
            MqttError: the connection broke.
        """
        while True:
            await self._missed.wait()
            self._missed.clear()
            await self._send_behind(client, 0)

    async def _send_behind(self, client: Client, seq: int) -> None:
        """Send what is not stored behind a number, up to what was sent last."""
        after, through, before = max(seq, self._stored.through), self._through, self.repeated
        while after < through:
            ask = partial(keeping.sent, after_seq=after, through=through, limit=_MOST_READ)
            try:
                rows = await self._journal.ask(ask)
            except LedgerError as error:
                _LOG.error("publisher.cannot_read", problem=str(error), again_in_s=_AGAIN_S)
                await asyncio.sleep(_AGAIN_S)
                continue
            if not rows:
                self._stored.add(after + 1, through)
                break
            for row in rows:
                self._pass_over(row, after=after, is_wanted=True)
                after = row.seq
            await self._send(client, [row for row in rows if row.seq not in self._stored])
        if self.repeated > before:
            _LOG.info("publisher.sent_again", records=self.repeated - before)

    async def _send(self, client: Client, rows: Sequence[Outgoing]) -> None:
        fitting = [row for row in rows if too_large(row, client.most_bytes) is None]
        for start in range(0, len(fitting), MOST_IN_FLIGHT):
            some = fitting[start : start + MOST_IN_FLIGHT]
            await client.publish_all([self.message(row) for row in some]).until_known()
            self.repeated += len(some)
