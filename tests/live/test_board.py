"""The board tells of each change once, and to whom it is of interest."""

from __future__ import annotations

import msgspec

from switch.live.board import NOTHING, Board, utc_s
from tests.live.moves import ID, REPS, board, choice
from tests.records.samples import at, customer, rep, story


def test_what_a_rep_is_doing_is_told_once() -> None:
    made = Board(reps=REPS)

    news = made.take_presence("saul", "available")

    assert news.reps == {"saul"}
    assert made.state("saul") == "available"
    assert made.state("bob") == "offline"
    assert made.take_presence("saul", "available") is NOTHING
    assert made.take_presence("stranger", "available") is NOTHING
    assert not NOTHING


def test_a_territory_counts_who_could_be_rung() -> None:
    made = board()
    made.take_presence("saul", "available")
    made.take_presence("alice", "available")
    made.take_presence("bob", "on_call")

    assert made.available(REPS) == 2
    assert made.available(REPS, but="alice") == 1


def test_a_change_of_a_call_concerns_its_reps_and_the_floor() -> None:
    made = board()

    first = made.take_leg(customer())
    second = made.take_leg(rep("alice"))

    assert (first.calls_of, first.floor) == (frozenset(), True)
    assert second.calls_of == {"alice"}
    assert made.take_leg(rep("alice")) is NOTHING
    assert made.concerns("alice", ID)
    assert not made.concerns("saul", ID)
    assert not made.concerns("alice", "another")
    assert [seen.conversation_id for seen in made.live()] == [ID]
    assert made.open_ids() == (ID,)
    assert made.records("another") == ()
    assert made.thread("another") is None


def test_a_choice_concerns_its_transferor_and_whoever_is_in_the_call() -> None:
    made = board(customer(), rep("saul"))

    news = made.take_choice(ID, choice())

    assert news.calls_of == {"alice", "saul"}
    assert made.choices() == (choice(),)
    assert made.take_choice(ID, choice()) is NOTHING
    assert made.take_choice("another", None) is NOTHING
    assert made.take_choice(ID, None).calls_of == {"alice", "saul"}
    assert made.choices() == ()


def test_a_choice_of_a_call_that_is_not_known_yet_concerns_its_transferor() -> None:
    assert board().take_choice(ID, choice()).calls_of == {"alice"}


def test_what_a_node_said_that_is_down_counts_no_more() -> None:
    made = board(customer(), rep("alice"))
    made.take_choice(ID, choice())

    news = made.take_status("node1", is_up=False)

    assert news.calls_of == {"alice"}
    assert (made.is_up, made.choice(ID), made.choices()) == (False, None, ())
    assert made.take_status("node1", is_up=False) is NOTHING
    assert made.take_status("node1", is_up=True).calls_of == {"alice"}
    assert made.choice(ID) == choice()


def test_what_is_over_stays_for_a_while() -> None:
    made = board(*story(conversation_id=ID))
    (seen,) = made.of_rep("alice")
    assert seen.ended_at is not None
    ended_s = utc_s(seen.ended_at)

    assert made.forget(ended_s + 599) is not None
    assert made.of_rep("alice")
    assert made.forget(ended_s + 601).calls_of == {"alice", "saul"}
    assert made.of_rep("alice") == ()
    assert not made.forget(ended_s + 601)


def test_what_never_ended_is_forgotten_after_a_day_unless_somebody_waits() -> None:
    made = board(customer(), rep("alice"))
    made.take_choice(ID, choice())
    tomorrow_s = utc_s(at(0)) + 86_401

    assert not made.forget(tomorrow_s)
    made.take_choice(ID, None)
    assert made.forget(tomorrow_s)
    assert made.live() == ()


def test_nothing_of_a_thread_that_is_known_already_is_news() -> None:
    made = board(*story(conversation_id=ID))

    assert not made.take_thread(story(conversation_id=ID))


def test_the_newest_calls_of_a_rep_come_first() -> None:
    later = msgspec.structs.replace(
        rep("alice"), conversation_id="conversation-2", offered_at=at(500)
    )
    made = board(customer(), rep("alice"), later)

    assert [seen.conversation_id for seen in made.of_rep("alice")] == ["conversation-2", ID]


def test_it_is_known_who_is_away_and_until_when_somebody_wraps_up() -> None:
    made = board()
    assert not made.is_away("saul")

    assert made.take_presence("saul", "on_call", is_away=True).reps == {"saul"}
    assert made.take_presence("saul", "on_call", is_away=True) is NOTHING
    assert made.take_presence("saul", "wrap_up", until_at=at(60)).reps == {"saul"}

    assert not made.is_away("saul")
    assert made.wraps_up_until_at("saul") == at(60)
    assert made.wraps_up_until_at("bob") is None


def test_who_is_offline_is_known_only_if_it_was_said() -> None:
    made = board()
    assert (made.state("saul"), made.is_known_offline("saul")) == ("offline", False)

    made.take_presence("saul", "offline")
    made.take_presence("bob", "available")

    assert [made.is_known_offline(one) for one in ("saul", "bob", "alice")] == [True, False, False]
