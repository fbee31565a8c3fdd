"""Sends what is to be published, and has it marked once the broker has confirmed it.

Rules of this file:

* Messages go out in the order of their numbers, several in flight, and the next ones once all
  of those are confirmed: what is sent is always all up to some number.
* So few are in memory at a time that it does not matter how many wait.
* A refusal that an operator can mend holds up all that come after it: none may overtake it for
  long. What no broker will ever take as it is is set aside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

import structlog

from switch.node import keeping
from switch.node.bus import MOST_IN_FLIGHT, Client, of_type
from switch.node.entries import Outgoing, SetAside
from switch.node.errors import LedgerError
from switch.node.journal import Journal
from switch.node.refusals import Refusal, of_code, too_large
from switch.records import codec

_LOG = structlog.get_logger()
_MOST_READ: Final = 10 * MOST_IN_FLIGHT
"""How many messages are in memory at a time."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_FORGOTTEN_S: Final = 30.0
"""What a broker that is killed may have forgotten: what it took in its last seconds. Ours saves
each 10 s."""
_BACK_WITHIN_S: Final = 7.0
"""So long after a broker is back its other clients are too: the desk waits 5 s at most. What
was sent meanwhile, nobody may have heard."""
_CAREFUL_AFTER_BREAKS: Final = 2
"""So often a connection breaks before the next message is confirmed; then it is sent alone."""
_HOPELESS_AFTER_BREAKS: Final = 6
_BREAKS: Final = Refusal(
    why=f"the connection broke {_HOPELESS_AFTER_BREAKS} times when it was sent", is_final=True
)
_CONTENT_TYPE: Final = of_type(codec.CONTENT_TYPE)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of messages since the node started."""

    published: int = 0
    """Those the broker has confirmed."""
    set_aside: int = 0
    """Those that no broker will take."""
    refused: int = 0
    """How often the broker would not take one now."""
    repeated: int = 0
    """Those that were sent once more because the broker may have lost them."""
    connections: int = 0
    """How often the broker was reached."""


class Sender:
    """Goes through the outbox, over one connection after the other."""

    def __init__(
        self,
        journal: Journal,
        *,
        counts: Counts,
        utc_s: Callable[[], float],
        progress: asyncio.Event,
    ) -> None:
        """Begin behind what was sent before.

        Args:
            journal: what it is to send, and where it is marked.
            counts: where it counts what becomes of it.
            utc_s: tells the time.
            progress: is set whenever something was confirmed.
        """
        self._journal = journal
        self._utc_s = utc_s
        self._progress = progress
        self.through = journal.sent_through
        """All messages up to this one are confirmed, or set aside."""
        self._counts = counts
        self._breaks = 0

    async def run(self, client: Client) -> NoReturn:
        """Send what is unsent over a connection, for ever.

        Raises:
            MqttError: it broke.
        """
        while True:
            most = _MOST_READ if self._breaks < _CAREFUL_AFTER_BREAKS else 1
            try:
                rows = await self._journal.next_unsent(self.through, most)
            except LedgerError as error:
                _LOG.error("publisher.cannot_read", problem=str(error), again_in_s=_LONGEST_PAUSE_S)
                await asyncio.sleep(_LONGEST_PAUSE_S)
                continue
            if self._breaks >= _HOPELESS_AFTER_BREAKS:
                self._settle(rows[0], _BREAKS)
                continue
            for start in range(0, len(rows), MOST_IN_FLIGHT):
                await self._send_all(client, rows[start : start + MOST_IN_FLIGHT])

    async def repeat(self, client: Client) -> None:
        """Send again what was sent last over the connection before this one; then wait for ever.

        A broker that is killed has lost what it had not written down by then, though it had
        confirmed it: mosquitto writes its queues each ``autosave_interval``. Nobody who has
        these records already minds them.

        Raises:
            MqttError: the connection broke.
        """
        try:
            await self._journal.note()  # with it is written what is sent
            first = await self._journal.ask(partial(keeping.first_of_last, seconds=_FORGOTTEN_S))
            first = first or self.through + 1  # nothing was sent before
            await asyncio.sleep(_BACK_WITHIN_S)
            await self._repeat(client, first, self.through)
        except LedgerError as error:
            _LOG.error("publisher.cannot_read", problem=str(error), repeated=self._counts.repeated)
        await asyncio.Event().wait()

    async def _repeat(self, client: Client, first: int, last: int) -> None:
        while first <= last:
            page = partial(keeping.sent_rows, after_seq=first - 1, limit=MOST_IN_FLIGHT)
            rows = [row for row in await self._journal.ask(page) if row.seq <= last]
            rows = [row for row in rows if not too_large(row, client.most_bytes)]
            if not rows:
                return
            fates = client.publish_all([(row.topic, row.payload) for row in rows], _CONTENT_TYPE)
            await fates.until_known()
            self._counts.repeated += len(rows)
            first = rows[-1].seq + 1

    async def _send_all(self, client: Client, rows: Sequence[Outgoing]) -> None:
        """Send some messages, and return when each is confirmed or set aside."""
        pause_s = _FIRST_PAUSE_S
        while rows:
            before = self.through
            refusal = await self._send_some(client, rows)
            rows = [row for row in rows if row.seq > self.through]
            if refusal is not None:
                if self.through > before:
                    pause_s = _FIRST_PAUSE_S
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _send_some(self, client: Client, rows: Sequence[Outgoing]) -> Refusal | None:
        """Send messages, and return why one of them is refused for now, if one is."""
        refusals = {
            row.seq: refusal for row in rows if (refusal := too_large(row, client.most_bytes))
        }
        fitting = [row for row in rows if row.seq not in refusals]
        before = self.through
        # If the connection breaks meanwhile, this will have been one break more.
        self._breaks += 1
        fates = client.publish_all([(row.topic, row.payload) for row in fitting], _CONTENT_TYPE)
        try:
            await fates.until_known()
        finally:
            codes = dict(zip((row.seq for row in fitting), fates.codes, strict=True))
            refusal = self._take(rows, codes, refusals)
            if self.through > before or refusal is not None:
                self._breaks = 0
        return refusal

    def _take(
        self,
        rows: Sequence[Outgoing],
        codes: Mapping[int, int | None],
        refusals: Mapping[int, Refusal],
    ) -> Refusal | None:
        """Settle messages up to one whose fate is open; return why, if it was refused for now."""
        before = self.through
        stopper = None
        for row in rows:
            refusal = refusals.get(row.seq)
            if refusal is None:
                code = codes[row.seq]
                if code is None:
                    break
                refusal = of_code(code)
            if refusal is not None and not refusal.is_final:
                stopper = refusal
                self._refused(refusal)
                break
            self._settle(row, refusal)
        if self.through > before:
            self._journal.note_sent(self.through, self._utc_s())
            self._progress.set()
        return stopper

    def _settle(self, row: Outgoing, refusal: Refusal | None) -> None:
        """Be done with a message."""
        if refusal is None:
            self._counts.published += 1
        else:
            self._counts.set_aside += 1
            _LOG.error("publisher.set_aside", message=row.seq, problem=refusal.why)
            self._journal.note(SetAside(row.seq, refusal.why))
        self.through = row.seq
        self._breaks = 0

    def _refused(self, refusal: Refusal) -> None:
        self._counts.refused = count = self._counts.refused + 1
        if count.bit_count() == 1:  # the 1st, 2nd, 4th...: no flood of lines on top of it all
            _LOG.error("publisher.refused", problem=refusal.why, count=count)
