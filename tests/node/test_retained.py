"""What is retained on the bus: of each topic only the newest."""

from __future__ import annotations

import msgspec

from switch.node.retained import Retained
from switch.records import codec, topics
from switch.records.choice import ChoiceRecord, record_of_choice
from tests.records.samples import at
from tests.records.test_choice import DECLINED


def everything(retained: Retained) -> list[tuple[str, bytes]]:
    """Say what there is to be said, and return it."""
    said = []
    while (one := retained.next) is not None:
        said.append(one)
        retained.confirmed(*one)
    return said


def test_topics_are_said_in_order_and_each_once() -> None:
    retained = Retained()
    retained.keep("a", b"1")
    retained.keep("b", b"2")

    assert everything(retained) == [("a", b"1"), ("b", b"2")]
    assert retained.next is None


def test_only_the_newest_counts() -> None:
    retained = Retained()
    retained.keep("a", b"1")
    retained.keep("a", b"2")

    assert everything(retained) == [("a", b"2")]


def test_what_came_while_another_was_being_said_is_said_too() -> None:
    retained = Retained()
    retained.keep("a", bytes([1]))
    first = retained.next
    assert first is not None
    retained.keep("a", bytes([2]))

    retained.confirmed(*first)

    assert everything(retained) == [("a", b"\2")]


def test_on_a_new_connection_all_is_said_again_but_what_was_taken_away() -> None:
    retained = Retained()
    retained.keep("a", b"1")
    retained.keep("b", b"2")
    everything(retained)
    retained.keep("b", b"")
    assert everything(retained) == [("b", b"")]

    retained.say_all_again()

    assert everything(retained) == [("a", b"1")]


def test_what_is_to_be_taken_away_is_so_also_over_the_next_connection() -> None:
    retained = Retained()
    retained.keep("b", b"")
    retained.say_all_again()

    assert everything(retained) == [("b", b"")]


CHOICE = record_of_choice("conversation-1", DECLINED, node="node1")
TOPIC = topics.choice("conversation-1")


def is_stale(retained: Retained, record: ChoiceRecord = CHOICE, topic: str = TOPIC) -> bool:
    payload = codec.encode_choice(record, at=at(1))
    return retained.take_away_stale_choice(topic, payload, node="node1")


def test_a_choice_that_a_node_of_our_name_left_behind_is_taken_away() -> None:
    retained = Retained()

    assert is_stale(retained)
    assert everything(retained) == [(TOPIC, b"")]


def test_a_choice_that_we_know_stays() -> None:
    retained = Retained()
    retained.keep(TOPIC, b"ours")

    assert not is_stale(retained)
    assert everything(retained) == [(TOPIC, b"ours")]


def test_what_another_node_said_is_not_ours_to_take_away() -> None:
    retained = Retained()

    assert not is_stale(retained, msgspec.structs.replace(CHOICE, node="node2"))
    assert not is_stale(retained, topic=topics.choice("conversation-2"))
    assert not is_stale(retained, topic=topics.presence("conversation-1"))
    assert not retained.take_away_stale_choice(TOPIC, b"{}", node="node1")
    assert not retained.take_away_stale_choice(TOPIC, b"", node="node1")
    assert retained.next is None
