"""What the node keeps on the bus for whoever comes later: of each topic only the newest counts."""

from __future__ import annotations

from switch.records import codec, topics
from switch.records.errors import MessageError


class Retained:
    """What is to be retained, topic by topic, and what of it the broker has yet to confirm.

    Each is said again on every connection, for a broker may have forgotten it. An empty payload
    takes a topic away (MQTT 5 §3.3.1.3); once that is confirmed, it is forgotten here too.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._newest: dict[str, bytes] = {}
        self._unsaid: dict[str, None] = {}  # topics that are not confirmed, in order

    def keep(self, topic: str, payload: bytes) -> None:
        """Let this be what is retained there; empty: nothing any more."""
        self._newest[topic] = payload
        self._unsaid[topic] = None

    def say_all_again(self) -> None:
        """Take nothing for confirmed: the connection is a new one."""
        self._unsaid = dict.fromkeys(self._newest)

    @property
    def next(self) -> tuple[str, bytes] | None:
        """What is to be said next; ``None``: nothing."""
        topic = next(iter(self._unsaid), None)
        return None if topic is None else (topic, self._newest[topic])

    def confirmed(self, topic: str, payload: bytes) -> None:
        """Note that the broker has it; another that came meanwhile is still to be said."""
        if self._newest.get(topic) is not payload:
            return
        self._unsaid.pop(topic, None)
        if not payload:
            del self._newest[topic]

    def take_away_stale_choice(self, topic: str, payload: bytes, *, node: str) -> bool:
        """Take a choice away that is still there, of a conversation that is gone.

        A node that was killed could not: the broker has kept what it said last.

        Args:
            topic: where it is retained.
            payload: what is.
            node: who we are; what others say is theirs to take away.

        Returns:
            Whether it was one.
        """
        try:
            record = codec.decode_choice(payload)
            is_its_topic = topic == topics.choice(record.conversation_id)
        except MessageError:
            return False
        if record.node != node or not is_its_topic or topic in self._newest:
            return False
        self.keep(topic, b"")
        return True
