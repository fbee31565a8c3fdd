import msgspec

from switch.call.endings import EndReason
from switch.records.leg import LegRecord, Talk
from switch.threads.waits import WaitView, waited_s, waits_of
from tests.records.samples import at, customer, given_back, rep, story


def newest(stream: list[LegRecord]) -> list[LegRecord]:
    return list({record.leg_id: record for record in stream}.values())


def talk(with_leg: str, start: float, end: float | None) -> Talk:
    return Talk(with_leg=with_leg, started_at=at(start), ended_at=None if end is None else at(end))


def test_the_customer_waits_from_one_who_talks_with_him_to_the_next() -> None:
    waits = waits_of(newest(story()))

    assert waits == (
        WaitView(from_at=at(62), to_at=at(64)),
        WaitView(from_at=at(184), to_at=at(186)),
    )
    assert waited_s(waits) == 4


def test_he_waits_until_he_is_given_back() -> None:
    assert waits_of(newest(given_back())) == (WaitView(from_at=at(62), to_at=at(74)),)


def test_who_hangs_up_on_music_has_waited_to_the_end() -> None:
    kim = customer(
        talks=(talk("leg-1", 2, 62),), ended_at=at(75.25), end_reason=EndReason.ABANDONED
    )

    waits = waits_of([kim])

    assert waits == (WaitView(from_at=at(62), to_at=at(75.25)),)
    assert waited_s(waits) == 13.25


def test_so_has_who_was_told_goodbye() -> None:
    kim = customer(
        talks=(talk("leg-1", 2, 62),), ended_at=at(200), end_reason=EndReason.TRANSFER_FAILED
    )

    assert waited_s(waits_of([kim])) == 138


def test_who_waits_now_is_not_counted_yet() -> None:
    kim = customer(talks=(talk("leg-1", 2, 62),))
    saul = rep("saul", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(62))

    waits = waits_of([kim, saul])

    assert waits == (WaitView(from_at=at(62), to_at=None),)
    assert waited_s(waits) == 0


def test_who_was_waiting_when_the_switch_stopped_has_waited() -> None:
    kim = customer(talks=(talk("leg-1", 2, 62),), ended_at=at(65), end_reason=EndReason.SHUTDOWN)
    saul = rep("saul", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(62))

    assert waited_s(waits_of([kim, saul])) == 3


def test_the_moment_between_a_goodbye_and_the_end_of_the_dialog_is_no_wait() -> None:
    kim = customer(
        talks=(talk("leg-1", 2, 62),), ended_at=at(62.04), end_reason=EndReason.COMPLETED
    )

    assert waits_of([kim, rep("alice", ended_at=at(62))]) == ()


def test_neither_ringing_nor_talking_is_waiting() -> None:
    assert waits_of([customer(), rep("alice")]) == ()
    assert waits_of([customer(talks=(talk("leg-1", 2, None),))]) == ()


def test_a_talk_of_which_no_end_is_known_begins_no_wait() -> None:
    assert waits_of([customer(talks=(talk("leg-1", 2, None), talk("leg-2", 9, None)))]) == ()


def test_in_a_call_between_reps_waits_who_is_transferred_and_not_who_transfers() -> None:
    # saul transfers alice to bob; bob declines, and the two talk on.
    alice = rep("alice", leg_id="leg-0", side="caller", from_leg=None)
    alice = msgspec.structs.replace(alice, talks=(talk("leg-1", 2, 10), talk("leg-1", 18, 20)))
    saul = rep("saul", talks=(talk("leg-0", 2, 10), talk("leg-0", 18, 20)))
    bob = rep("bob", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(10))

    assert waits_of([alice, saul, bob]) == (WaitView(from_at=at(10), to_at=at(18)),)


def test_a_rep_who_transferred_and_left_does_not_wait() -> None:
    alice = rep("alice", leg_id="leg-0", side="caller", from_leg=None)
    alice = msgspec.structs.replace(alice, talks=(talk("leg-1", 2, 10),))
    saul = rep("saul", talks=(talk("leg-0", 2, 10),), ended_at=at(11))
    saul = msgspec.structs.replace(saul, end_reason=EndReason.TRANSFERRED)
    bob = rep("bob", leg_id="leg-2", why="transfer", from_leg="leg-1", offered_at=at(10))

    assert waits_of([alice, saul, bob]) == (WaitView(from_at=at(10), to_at=None),)
