"""A supervisor sees every call, who waits, and how territories are manned."""

from __future__ import annotations

from switch.live.floor import Load, floor_of
from tests.live.moves import ID, board, choice
from tests.records.samples import at, customer, rep, story


def test_the_floor_is_everything_that_goes_on() -> None:
    over = story(conversation_id="conversation-2")
    made = board(customer(), rep("alice"), rep("bob", leg_id="leg-2"), *over)
    made.take_presence("alice", "on_call")
    made.take_presence("saul", "available")
    made.take_choice(ID, choice())

    floor = floor_of(made, {"seattle": ("alice", "saul")})

    (call,) = floor.calls
    assert (call.conversation_id, call.name, call.on_it) == (ID, "Jane Doe", ("alice", "bob"))
    assert call.choice == choice()
    assert floor.states == {"on_call": 1, "available": 1, "offline": 1}
    assert floor.loads == (Load(name="seattle", members=2, available=1, busy=1),)


def test_a_call_without_a_customer_is_shown_too() -> None:
    dialled = rep("x", rep=None, number=None, leg_id="leg-2", dialled=None)
    gone = rep("saul", leg_id="leg-3", state="ended", ended_at=at(3))

    (call,) = floor_of(board(rep("alice"), dialled, gone), {}).calls

    assert (call.name, call.on_it) == (None, ("alice", "somebody"))
