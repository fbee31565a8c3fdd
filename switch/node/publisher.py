"""Publishes what the node has to say on the bus: leg records, presence, choices, its own status.

Rules of this file:

* A leg record that was taken is published: it waits here until the broker has
  confirmed it (PUBACK), and is sent again over the next connection if it has not.
* Nothing is dropped for want of room. When ``most_waiting`` records wait,
  ``publish_leg`` waits too, and with it whoever would make more of them.
* Records go out in the order they were taken, so those of a leg do too. After a lost
  connection some are repeated, which a receiver finds out by their revision.
* Of presence, choices and status only the newest counts: see :mod:`switch.node.retained`.

What waits here is lost if the node is killed.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

import aiomqtt
import structlog

from switch.call.choice import Choice
from switch.node.bus import MOST_IN_FLIGHT, Broker, make_client, of_type
from switch.node.retained import Retained
from switch.records import codec, topics
from switch.records.choice import record_of_choice
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent

_log = structlog.get_logger()

_MOST_WAITING = 10_000
"""About 10 MB: minutes without a broker under full load."""

_LINGER_S = 0.02
"""How long the first record waits for others to be sent with."""

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was published since the node started."""

    published: int = 0
    """Leg records and security events the broker has confirmed."""

    held_back: int = 0
    """How often one of them had to wait for room."""

    connections: int = 0
    """How often the broker was reached."""


_CONTENT_TYPE = of_type(codec.CONTENT_TYPE)


def _utc_now() -> str:
    """Return this instant as records write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Publisher:
    """The node's voice on the bus. The node starts it, gives it records, and stops it."""

    def __init__(
        self,
        *,
        node: str,
        host: str,
        port: int,
        username: str | None = None,
        password: str | None = None,
        most_waiting: int = _MOST_WAITING,
        utc_now: Callable[[], str] = _utc_now,
    ) -> None:
        """Keep where the broker is; ``start`` connects.

        Args:
            node: The node's name: source of its records, and name of its status.
            host: Where the broker is.
            port: TCP port of the broker.
            username: ``None`` if the broker asks for no name.
            password: ``None`` if the broker asks for no password.
            most_waiting: How many leg records may wait for the broker.
            utc_now: Tells the time.
        """
        self._node = node
        self._broker = Broker(host=host, port=port, username=username, password=password)
        self._utc_now = utc_now
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._room = asyncio.Semaphore(most_waiting)
        self._retained = Retained()
        self._news = asyncio.Event()
        self._confirmed = asyncio.Event()
        self._confirmed.set()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.counts = Counts()

    @property
    def waiting(self) -> int:
        """How many leg records the broker has not confirmed yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to connect and to send; records may be given before the broker is there."""
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def publish_leg(self, record: LegRecord) -> None:
        """Take a record for publishing; wait first while too many are waiting.

        Raises:
            TopicError: an id of the record cannot be a level of a topic.
        """
        topic = topics.leg(record.conversation_id, record.leg_id)
        await self._take(topic, codec.encode(record, node=self._node, at=self._utc_now()))

    async def publish_security(self, event: SecurityEvent) -> None:
        """Take what was denied to whom for publishing; wait first while too many are waiting."""
        payload = codec.encode_security(event, node=self._node, at=self._utc_now())
        await self._take(topics.security(self._node), payload)

    async def publish_presence(self, rep: str, state: str) -> None:
        """Take what a rep is doing now for publishing, in the place of what he was doing.

        Raises:
            TopicError: the name cannot be a level of a topic.
        """
        payload = codec.encode_presence(rep, state, node=self._node, at=self._utc_now())
        self._keep(topics.presence(rep), payload)

    async def publish_choice(self, conversation_id: str, choice: Choice | None) -> None:
        """Take what a transferor can choose now for publishing, in the place of what he could.

        ``None``: he can choose nothing any more.

        Raises:
            TopicError: the id cannot be a level of a topic.
        """
        payload = b""
        if choice is not None:
            record = record_of_choice(conversation_id, choice, node=self._node)
            payload = codec.encode_choice(record, at=self._utc_now())
        self._keep(topics.choice(conversation_id), payload)

    def _keep(self, topic: str, payload: bytes) -> None:
        """Let something be retained, once the broker is there."""
        self._retained.keep(topic, payload)
        self._confirmed.clear()
        self._news.set()

    async def _take(self, topic: str, payload: bytes) -> None:
        """Let a message wait for the broker, once there is room."""
        if self._room.locked():
            self.counts.held_back = count = self.counts.held_back + 1
            if count.bit_count() == 1:  # the 1st, 2nd, 4th...: no flood of lines on top of it all
                _log.error("publisher.full", waiting=len(self._waiting), held_back=count)
        await self._room.acquire()  # those who wait here are let on in the order they came
        self._waiting.append((topic, payload))
        self._confirmed.clear()
        self._news.set()

    async def flush(self, timeout_s: float) -> bool:
        """Wait so long for the broker to confirm everything, and return whether it has."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._confirmed.wait(), timeout_s)
        return self._confirmed.is_set()

    async def stop(self, timeout_s: float = 2.0) -> int:
        """Publish what waits, say that the node is down, and disconnect.

        Returns:
            How many leg records the broker has not confirmed in that time.
        """
        await self.flush(timeout_s)
        self._stopping.set()
        if self._task is not None:
            _done, late = await asyncio.wait({self._task}, timeout=timeout_s)
            for task in late:
                task.cancel()
                await asyncio.wait({task})
            self._task = None
        if self._waiting:
            _log.error("publisher.records_lost", records=len(self._waiting))
        return len(self._waiting)

    async def _run(self) -> None:
        """Keep a connection until stopped."""
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            connections = self.counts.connections
            try:
                await self._connected()
            except aiomqtt.MqttError as error:
                if self.counts.connections > connections:
                    pause_s = _FIRST_PAUSE_S
                _log.warning(
                    "publisher.broker_away",
                    problem=str(error),
                    waiting=len(self._waiting),
                    again_in_s=pause_s,
                )
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _connected(self) -> None:
        """Send over one connection, until it breaks or the node stops."""
        # A new client for each connection: an old one would send again, by itself
        # and out of order, what we send again.
        async with self._client() as client:
            self._retained.say_all_again()
            await self._say_status(client, "up")
            await client.subscribe(topics.CHOICE_FILTER, qos=1)
            self.counts.connections += 1
            _log.info("publisher.connected", host=self._broker.host, port=self._broker.port)
            self._news.set()
            sending = asyncio.create_task(self._send(client))
            # This ends when the connection does, which `publish` would notice only after its
            # timeout.
            breaking = asyncio.create_task(self._clear_stale(client))
            stopped = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait(
                    {sending, breaking, stopped}, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for task in (sending, breaking, stopped):
                    task.cancel()
                ends = await asyncio.gather(sending, breaking, stopped, return_exceptions=True)
            if failures := [end for end in ends if isinstance(end, Exception)]:
                raise failures[0]
            await self._say_status(client, "down")

    async def _clear_stale(self, client: aiomqtt.Client) -> None:
        """Take away what a node of our name has left behind, for ever."""
        async for message in client.messages:
            # What is not retained is news: our own comes back to us.
            if message.retain and self._retained.take_away_stale_choice(
                message.topic.value, bytes(message.payload), node=self._node
            ):
                self._confirmed.clear()
                self._news.set()

    async def _send(self, client: aiomqtt.Client) -> None:
        """Send whatever there is to send, for ever."""
        while True:
            await self._news.wait()
            # What one event of a call changes comes as several records at a time, and
            # many sent together cost a fifth of as many sent one by one.
            await asyncio.sleep(_LINGER_S)
            self._news.clear()
            while self._waiting or self._retained.next:
                await self._send_some(client)
            self._confirmed.set()

    async def _send_some(self, client: aiomqtt.Client) -> None:
        """Send what comes next and return when it is confirmed."""
        if retained := self._retained.next:
            await self._publish(client, *retained, retain=True)
            self._retained.confirmed(*retained)
        batch = list(islice(self._waiting, MOST_IN_FLIGHT))
        if len(batch) == 1:
            await self._publish(client, *batch[0])
        else:
            # Each is written before the next one is: a task runs up to its first wait.
            await asyncio.gather(*(self._publish(client, *message) for message in batch))
        for _ in batch:
            self._waiting.popleft()
            self._room.release()
        self.counts.published += len(batch)

    @staticmethod
    async def _publish(
        client: aiomqtt.Client, topic: str, payload: bytes, *, retain: bool = False
    ) -> None:
        """Publish one message and return when it is confirmed."""
        await client.publish(topic, payload, qos=1, retain=retain, properties=_CONTENT_TYPE)

    async def _say_status(self, client: aiomqtt.Client, state: Literal["up", "down"]) -> None:
        """Publish the node's status."""
        await self._publish(client, topics.status(self._node), self._status(state), retain=True)

    def _status(self, state: Literal["up", "down"]) -> bytes:
        """Return the message that says whether the node is up."""
        return codec.encode_status(state, node=self._node, at=self._utc_now())

    def _client(self) -> aiomqtt.Client:
        """Return a client whose will says that the node is down."""
        down = aiomqtt.Will(topics.status(self._node), self._status("down"), qos=1, retain=True)
        return make_client(self._broker, f"softswitch-node-{self._node}", will=down)
