"""Where on the bus a thing is found. No other module writes a topic.

::

    softswitch/v1/leg/{conversation_id}/{leg_id}    leg records
    softswitch/v1/presence/{rep}                    retained: what a rep is doing
    softswitch/v1/away/{rep}                        retained: what a rep has said of himself
    softswitch/v1/choice/{conversation_id}          retained: what a transferor can choose
    softswitch/v1/command                           what is asked of the switch
    softswitch/v1/answer/{asker}                    where those may be answered who ask
    softswitch/v1/stored/{node}                     which of its records a desk has stored
    softswitch/v1/stored                            a desk that does not know what it has missed
    softswitch/v1/node/{node}/status                retained: is a node up (its will says down)
    softswitch/v1/node/{node}/security              what it denied to whom
"""

from dataclasses import dataclass

from switch.records.errors import TopicError

_ROOT = "softswitch/v1"
_OURS = "softswitch"
_LONGEST_ANSWERABLE = 256

LEG_FILTER = f"{_ROOT}/leg/+/+"
"""Subscribes to every leg record."""

PRESENCE_FILTER = f"{_ROOT}/presence/+"
"""Subscribes to what every rep is doing."""

AWAY_FILTER = f"{_ROOT}/away/+"
"""Subscribes to which reps are away."""

CHOICE_FILTER = f"{_ROOT}/choice/+"
"""Subscribes to what every transferor can choose."""

COMMAND = f"{_ROOT}/command"
"""Where commands are published; who subscribes to it obeys them."""

MISSED = f"{_ROOT}/stored"
"""Where a desk says that it may have missed whatever was published before."""

STATUS_FILTER = f"{_ROOT}/node/+/status"
"""Subscribes to the status of every node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTopic:
    """The topic of one leg's records."""

    conversation_id: str
    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceTopic:
    """The topic of what one rep is doing."""

    rep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceTopic:
    """The topic of what the transferor of one conversation can choose."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTopic:
    """The topic of one node's status."""

    node: str


Topic = LegTopic | PresenceTopic | ChoiceTopic | StatusTopic


def leg(conversation_id: str, leg_id: str) -> str:
    """Return the topic a leg's records are published to.

    Raises:
        TopicError: an id cannot be a level of a topic.
    """
    return f"{_ROOT}/leg/{_level(conversation_id)}/{_level(leg_id)}"


def presence(rep: str) -> str:
    """Return the topic on which it is retained what a rep is doing.

    Raises:
        TopicError: the name cannot be a level of a topic.
    """
    return f"{_ROOT}/presence/{_level(rep)}"


def away(rep: str) -> str:
    """Return the topic on which it is retained whether a rep is away.

    Raises:
        TopicError: the name cannot be a level of a topic.
    """
    return f"{_ROOT}/away/{_level(rep)}"


def is_away(topic: str) -> bool:
    """Tell whether a topic is one of :func:`away`."""
    return topic.startswith(f"{_ROOT}/away/")


def choice(conversation_id: str) -> str:
    """Return the topic on which it is retained what a transferor can choose.

    Raises:
        TopicError: the id cannot be a level of a topic.
    """
    return f"{_ROOT}/choice/{_level(conversation_id)}"


def answer(asker: str) -> str:
    """Return a topic for the answers to one asker.

    Raises:
        TopicError: his name cannot be a level of a topic.
    """
    return f"{_ROOT}/answer/{_level(asker)}"


def may_be_answered(topic: str) -> bool:
    """Tell whether a command may be answered there.

    An asker names the topic, and could name one on which records or states are published: of our
    own topics only those of :func:`answer` will do, and none of the broker's.
    """
    if not topic or len(topic) > _LONGEST_ANSWERABLE or any(mark in topic for mark in "+#\0"):
        return False
    first, *_ = topic.split("/")
    return topic.startswith(f"{_ROOT}/answer/") or (first != _OURS and not first.startswith("$"))


def is_leg(topic: str) -> bool:
    """Tell whether a topic is one of :func:`leg`."""
    return topic.startswith(f"{_ROOT}/leg/")


def stored(node: str) -> str:
    """Return the topic on which a node is told that its records are stored.

    Raises:
        TopicError: the name cannot be a level of a topic.
    """
    return f"{_ROOT}/stored/{_level(node)}"


def is_stored(topic: str) -> bool:
    """Tell whether a topic is one of :func:`stored`; others a record may not name."""
    before, _slash, node = topic.rpartition("/")
    return before == MISSED and node != "" and not any(mark in node for mark in "+#\0")


def status(node: str) -> str:
    """Return the topic on which a node's status is retained.

    Raises:
        TopicError: the name cannot be a level of a topic.
    """
    return f"{_ROOT}/node/{_level(node)}/status"


def security(node: str) -> str:
    """Return the topic on which a node says what it denied.

    Raises:
        TopicError: the name cannot be a level of a topic.
    """
    return f"{_ROOT}/node/{_level(node)}/security"


def parse(topic: str) -> Topic:
    """Return what a topic is about.

    Raises:
        TopicError: it is none of ours.
    """
    match topic.split("/"):
        case ["softswitch", "v1", "leg", conversation_id, leg_id] if conversation_id and leg_id:
            return LegTopic(conversation_id=conversation_id, leg_id=leg_id)
        case ["softswitch", "v1", "presence", rep] if rep:
            return PresenceTopic(rep=rep)
        case ["softswitch", "v1", "choice", conversation_id] if conversation_id:
            return ChoiceTopic(conversation_id=conversation_id)
        case ["softswitch", "v1", "node", node, "status"] if node:
            return StatusTopic(node=node)
        case _:
            raise TopicError("the topic is none of the switch's")


def _level(word: str) -> str:
    """Return the word if it can stand between two slashes (MQTT 5 §4.7)."""
    if not word or any(mark in word for mark in "/+#\0"):
        raise TopicError("a level of a topic is empty or has one of / + # in it")
    return word
