"""Listens to the bus for leg records and keeps them.

The desk's MQTT session is durable: it has a fixed name, and the broker keeps what is
published while the desk is away.

A message is acknowledged when it is stored, not when it arrives. So a desk that is killed,
at whatever moment, loses nothing: the broker gives what was not acknowledged to the next one,
and what comes twice changes nothing. While the store cannot be written the broker keeps
everything but the few that we hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import aiomqtt
import structlog

from switch.desk.bus import MOST_AT_ONCE, BusAddress, DeskClient
from switch.desk.intake import FIRST_PAUSE_S, LONGEST_PAUSE_S, Intake, Opened, pause_unless
from switch.desk.ports import ThreadStore
from switch.records.leg import LegRecord

_log = structlog.get_logger()

_LINGER_S = 0.1
"""How long the first record waits for others to be stored with.

A transaction costs as much as ten records, and this is soon enough for whoever looks
at a thread. The live pages are told in the moment a record comes.
"""


class Assembler:
    """Takes messages from the bus and stores the records in them.

    Whoever makes one awaits ``run``, and sets the event given to it to end it.
    """

    def __init__(self, store: ThreadStore, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        """Keep what ``run`` needs.

        Args:
            store: Where records are kept; it is called from another thread.
            first_pause_s: How long to wait before the first repetition of what
                failed, in seconds; doubled up to five seconds.
        """
        self._intake = Intake(store, first_pause_s=first_pause_s)
        self._first_pause_s = first_pause_s
        self.up = asyncio.Event()
        """Set once the desk has subscribed: from then on it misses nothing."""
        self.counts = self._intake.counts
        self.hears: Callable[[LegRecord], object] | None = None
        """Is told of each record as soon as it has come, before it is stored."""

    async def run(self, address: BusAddress, stopping: asyncio.Event) -> None:
        """Listen until ``stopping`` is set; connect again whenever the broker is gone."""
        pause_s = self._first_pause_s
        while not stopping.is_set():
            connections = self.counts.connections
            try:
                await self._listen(address, stopping)
            except aiomqtt.MqttError as error:
                if self.counts.connections > connections:
                    pause_s = self._first_pause_s
                _log.warning("desk.broker_away", problem=str(error), again_in_s=pause_s)
                await pause_unless(stopping, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        _log.info(
            "desk.stopped",
            news=self.counts.news,
            repetitions=self.counts.repetitions,
            refused=self.counts.refused.total(),
        )

    async def _listen(self, address: BusAddress, stopping: asyncio.Event) -> None:
        """Take messages over one connection, until it breaks or the desk is to stop."""
        client = DeskClient(address, self._opened)
        reading: asyncio.Task[None] | None = None
        try:
            async with client:
                # What the broker kept comes as soon as we are connected.
                reading = asyncio.create_task(self._read(client, stopping))
                await client.listen()
                self.counts.connections += 1
                self.up.set()
                _log.info(
                    "desk.ready" if self.counts.connections == 1 else "desk.reconnected",
                    host=address.host,
                    port=address.port,
                )
                # It ends when the desk is to stop, with all acknowledged that it has stored.
                await reading
        finally:
            # Disconnected now. What is being stored may be stored to its end; it is
            # acknowledged no more, so it comes again.
            if reading is not None:
                with contextlib.suppress(aiomqtt.MqttError):
                    await reading

    def _opened(self, topic: str, payload: bytes) -> Opened:
        """Return what is in a message, and tell of it."""
        opened = self._intake.opened(topic, payload)
        if self.hears is not None and opened.record is not None:
            # Not here: whatever becomes of the page, the record is to be stored.
            asyncio.get_running_loop().call_soon(self.hears, opened.record)
        return opened

    async def _read(self, client: DeskClient[Opened], stopping: asyncio.Event) -> None:
        """Take messages, as many at a time as have come, until the desk is to stop.

        Raises:
            aiomqtt.MqttError: the connection has ended.
        """
        while await _has_come(client, stopping):
            if client.waiting < MOST_AT_ONCE:
                await asyncio.sleep(_LINGER_S)
            batch = client.take(MOST_AT_ONCE)
            if await self._intake.store([arrived.what for arrived in batch], stopping):
                await client.acknowledge(batch)


async def _has_come(client: DeskClient[Opened], stopping: asyncio.Event) -> bool:
    """Return True once there is a message; False if the desk is to stop."""
    if stopping.is_set():
        return False
    coming = asyncio.ensure_future(client.come())
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            coming.result()
        return coming.done()
    finally:
        coming.cancel()
        stopped.cancel()
