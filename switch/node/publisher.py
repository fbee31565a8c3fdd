"""Publishes what the node has to say on the bus: leg records, presence, choices, its own status.

Rules of this file:

* Leg records and security events come from the journal, in the order they were noted, once they
  are on disk. Those are marked as sent that the broker has confirmed (PUBACK); over the next
  connection, or by the next node, it begins at the first that is not. So a broker that is away
  costs disk, and no memory.
* After a lost connection some are repeated, which a receiver finds out by their revision; the
  broker may have lost what it had confirmed: see :mod:`switch.node.resending`.
* What no broker will ever take as it is is set aside, lest all that come after it wait for ever.
* Of presence, choices and status only the newest counts: see :mod:`switch.node.retained`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

import aiomqtt
import structlog

from switch.call.choice import Choice
from switch.node.bus import Broker, Client, make_client, of_type
from switch.node.entries import ToPublish
from switch.node.journal import Journal
from switch.node.resending import Resending
from switch.node.retained import Retained
from switch.node.sender import Counts, Sender
from switch.records import codec, topics
from switch.records.away import AwayRecord
from switch.records.choice import record_of_choice
from switch.records.leg import LegRecord
from switch.records.security import SecurityEvent

_LOG = structlog.get_logger()
_LINGER_S: Final = 0.02
"""How long what is retained waits for more of its kind, and for what is newer still."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_STEADY_S: Final = 5.0
"""A connection that lasted so long was a good one."""
_CONTENT_TYPE: Final = of_type(codec.CONTENT_TYPE)


def _utc_now() -> str:
    """Return this instant as records write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Publisher:
    """The node's voice on the bus. The node starts it, notes what it makes, and stops it."""

    def __init__(
        self,
        journal: Journal,
        *,
        node: str,
        broker: Broker,
        utc_now: Callable[[], str] = _utc_now,
        utc_s: Callable[[], float] = time.time,
    ) -> None:
        """Keep where records come from and where the broker is; ``start`` connects.

        Args:
            journal: what it is to publish; whoever makes a message notes it there.
            node: the node's name: source of its records, and name of its status.
            broker: where the broker is.
            utc_now: tells the time, for what is published.
            utc_s: tells the time, for when it was.
        """
        self._journal = journal
        self._node = node
        self._broker = broker
        self._utc_now = utc_now
        self._retained = Retained()
        self._news = asyncio.Event()
        self._progress = asyncio.Event()
        self.counts = Counts()
        self.resending = Resending(journal, node=node)
        self._sender = Sender(
            journal,
            counts=self.counts,
            resending=self.resending,
            utc_s=utc_s,
            progress=self._progress,
        )
        self.away_heard: Callable[[str, bytes], None] = lambda _topic, _payload: None
        """Is told of each message that says whether a rep is away, also of our own."""
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def leg(self, record: LegRecord) -> ToPublish:
        """Return what is to be noted so that a record is published.

        Raises:
            TopicError: an id of the record cannot be a level of a topic.
        """
        topic = topics.leg(record.conversation_id, record.leg_id)
        return ToPublish(topic, codec.encode(record, node=self._node, at=self._utc_now()))

    def security(self, event: SecurityEvent) -> ToPublish:
        """Return what is to be noted so that it is published what was denied to whom."""
        payload = codec.encode_security(event, node=self._node, at=self._utc_now())
        return ToPublish(topics.security(self._node), payload)

    def publish_presence(self, presence: codec.PresenceData) -> None:
        """Publish what a rep is doing now, in the place of what he was doing.

        Raises:
            TopicError: the name cannot be a level of a topic.
        """
        payload = codec.encode_presence(presence, node=self._node, at=self._utc_now())
        self._keep(topics.presence(presence.rep), payload)

    def publish_away(self, record: AwayRecord) -> None:
        """Publish whether a rep is away, in the place of what he has said before.

        Raises:
            TopicError: the name cannot be a level of a topic.
        """
        payload = codec.encode_away(record, node=self._node, at=self._utc_now())
        self._keep(topics.away(record.rep), payload)

    def publish_choice(self, conversation_id: str, choice: Choice | None) -> None:
        """Publish what a transferor can choose now, in the place of what he could.

        ``None``: he can choose nothing any more.

        Raises:
            TopicError: the id cannot be a level of a topic.
        """
        payload = b""
        if choice is not None:
            record = record_of_choice(conversation_id, choice, node=self._node)
            payload = codec.encode_choice(record, at=self._utc_now())
        self._keep(topics.choice(conversation_id), payload)

    def start(self) -> None:
        """Begin to connect and to send; there may be things to say before the broker is there."""
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def flush(self, timeout_s: float) -> bool:
        """Wait so long for the broker to confirm everything, and return whether it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._journal.note()  # on disk when all before it is
                while self._sender.through < self._journal.last_seq or self._retained.next:
                    self._progress.clear()
                    await self._progress.wait()
                return True
        return False

    async def stop(self, timeout_s: float = 2.0) -> bool:
        """Publish what waits, say that the node is down, and disconnect.

        Returns:
            Whether the broker has confirmed all in that time; if not, the next node goes on.
        """
        is_all_said = await self.flush(timeout_s)
        self._stopping.set()
        if self._task is not None:
            _done, late = await asyncio.wait({self._task}, timeout=timeout_s)
            for task in late:
                task.cancel()
                await asyncio.wait({task})
            self._task = None
        if not is_all_said:
            _LOG.warning("publisher.left_for_later")
        return is_all_said

    def _keep(self, topic: str, payload: bytes) -> None:
        """Let something be retained, once the broker is there."""
        self._retained.keep(topic, payload)
        self._news.set()

    # ------------------------------------------------------------ the connection

    async def _run(self) -> None:
        """Keep a connection until stopped."""
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            through, began_s = self._sender.through, time.monotonic()
            try:
                await self._connected()
            except aiomqtt.MqttError as error:
                # One that confirms nothing and breaks at once would do so ten times a second.
                if self._sender.through > through or time.monotonic() - began_s > _STEADY_S:
                    pause_s = _FIRST_PAUSE_S
                _LOG.warning("publisher.broker_away", problem=str(error), again_in_s=pause_s)
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
            stored = topics.stored(self._node)
            wanted = (topics.CHOICE_FILTER, topics.AWAY_FILTER, topics.MISSED, stored)
            await client.subscribe([(topic, 1) for topic in wanted])
            self.counts.connections += 1
            _LOG.info("publisher.connected", host=self._broker.host, port=self._broker.port)
            self._news.set()
            tasks = [
                asyncio.create_task(one)
                for one in (
                    self._send(client),
                    self.resending.run(client),
                    self._send_retained(client),
                    # This ends when the connection does, which publishing would notice only
                    # after its timeout.
                    self._listen(client),
                )
            ]
            stopped = asyncio.create_task(self._until_stopped())
            try:
                await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*tasks, stopped):
                    task.cancel()
                ends = await asyncio.gather(*tasks, stopped, return_exceptions=True)
            if failures := [end for end in ends if isinstance(end, Exception)]:
                raise failures[0]
            await self._say_status(client, "down")

    async def _until_stopped(self) -> None:
        await self._stopping.wait()

    async def _listen(self, client: Client) -> None:
        """Hear what is stored, and take away what a node of our name has left behind, for ever."""
        async for message in client.messages:
            topic, payload = message.topic.value, bytes(message.payload)
            if topic == topics.MISSED or topics.is_stored(topic):
                self.resending.heard(topic, payload)
            elif topics.is_away(topic):
                self.away_heard(topic, payload)
            # What is not retained is news: our own comes back to us.
            elif message.retain and self._retained.take_away_stale_choice(
                topic, payload, node=self._node
            ):
                self._news.set()

    async def _send(self, client: Client) -> None:
        """Send what may be lost, and then what is unsent, for ever."""
        await self.resending.begin(client)
        await self._sender.run(client)

    async def _send_retained(self, client: Client) -> None:
        """Send whatever there is to retain, for ever."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_LINGER_S)
            self._news.clear()
            while retained := self._retained.next:
                await self._publish(client, *retained)
                self._retained.confirmed(*retained)
            self._progress.set()

    # ------------------------------------------------------------ what is retained

    @staticmethod
    async def _publish(client: Client, topic: str, payload: bytes) -> None:
        """Publish what is retained and return when it is confirmed."""
        await client.publish(topic, payload, qos=1, retain=True, properties=_CONTENT_TYPE)

    async def _say_status(self, client: Client, state: Literal["up", "down"]) -> None:
        """Publish the node's status."""
        await self._publish(client, topics.status(self._node), self._status(state))

    def _status(self, state: Literal["up", "down"]) -> bytes:
        """Return the message that says whether the node is up."""
        return codec.encode_status(state, node=self._node, at=self._utc_now())

    def _client(self) -> Client:
        """Return a client whose will says that the node is down."""
        down = aiomqtt.Will(topics.status(self._node), self._status("down"), qos=1, retain=True)
        return make_client(self._broker, f"softswitch-node-{self._node}", will=down)
