"""Who is away: said by command, kept on the bus, and the newest counts."""

from __future__ import annotations

from switch.node.away import Away
from switch.records import codec, topics
from switch.records.away import AwayRecord
from switch.records.commands import Answer, PresenceCommand
from tests.records.samples import at


class Node:
    """A node of which only this is needed."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s
        self.said: list[AwayRecord] = []
        self.away: dict[str, bool] = {}
        self.knows = Away(self, publish=self.said.append, now=lambda: self.now_s)

    def names(self) -> list[str]:
        return ["alice", "bob"]

    def set_away(self, rep: str, *, is_away: bool) -> None:
        self.away[rep] = is_away

    def hears(self, record: AwayRecord) -> None:
        payload = codec.encode_away(record, node="node2", at=at(1))
        self.knows.heard(topics.away(record.rep), payload)


def test_a_command_is_taken_and_said() -> None:
    node = Node()

    assert node.knows.command(PresenceCommand(rep="alice", away=True)) == Answer(status=200)

    assert node.away == {"alice": True}
    (said,) = node.said
    assert (said.rep, said.away, said.since_at) == ("alice", True, "1970-01-01T00:16:40.000Z")


def test_a_stranger_is_404() -> None:
    node = Node()

    answer = node.knows.command(PresenceCommand(rep="zoe", away=True))

    assert (answer.status, answer.problem) == (404, "there is no rep 'zoe'")
    assert (node.said, node.away) == ([], {})


def test_what_the_bus_has_kept_is_known_after_a_restart_and_kept_on() -> None:
    node = Node()
    kept = AwayRecord(rep="alice", away=True, since_at=at(0))

    node.hears(kept)

    assert node.away == {"alice": True}
    assert node.said == [kept]
    node.hears(kept)
    assert node.said == [kept]


def test_what_is_older_is_put_right() -> None:
    node = Node()
    newer = AwayRecord(rep="alice", away=False, since_at=at(9))
    node.hears(newer)
    node.said.clear()

    node.hears(AwayRecord(rep="alice", away=True, since_at=at(3)))

    assert node.away == {"alice": False}
    assert node.said == [newer]


def test_what_is_no_such_message_is_passed_over() -> None:
    node = Node()
    record = AwayRecord(rep="alice", away=True, since_at=at(0))
    payload = codec.encode_away(record, node="node2", at=at(1))

    node.knows.heard(topics.away("bob"), payload)
    node.knows.heard(topics.away("alice"), b"")
    node.hears(AwayRecord(rep="zoe", away=True, since_at=at(0)))

    assert (node.away, node.said) == ({}, [])
