"""Whatever reps do, and in whatever order: what every hunt keeps to."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from dialplan import (
    CallerLeft,
    Candidate,
    GiveUp,
    Hunt,
    HuntCommand,
    HuntEvent,
    HuntState,
    Outcome,
    RepAnswered,
    RepFailed,
    RepRang,
    Ring,
    StepEnded,
    Strategy,
    Territory,
    TimePassed,
    order,
)
from dialplan.hunt import apply, begin

MEMBERS = ("alice", "bob", "carol", "dave", "erin")
TRANSFEROR = "alice"
OVER = {HuntState.ANSWERED, HuntState.EXHAUSTED, HuntState.CANCELLED}

TERRITORIES = st.builds(
    Territory,
    name=st.just("seattle"),
    extension=st.just("801"),
    members=st.just(MEMBERS),
    strategy=st.sampled_from(Strategy),
    ring_s=st.floats(1, 60),
    step_s=st.floats(1, 30),
    grow_s=st.floats(1, 20),
)
AVAILABLE = st.frozensets(st.sampled_from(MEMBERS))
# Not 487: it is what a phone says that we have cancelled.
STATUSES = st.sampled_from([403, 404, 408, 480, 486, 500, 503, 600, 603])


@dataclass
class World:
    """The edge and its phones: knows who rings, independently of the hunt."""

    available: frozenset[str]
    now_s: float = 1000.0
    ringing: set[str] = field(default_factory=set)
    rung: list[str] = field(default_factory=list)
    steps: int = 0
    given_up: int = 0

    def obey(self, hunt: Hunt, command: HuntCommand | None) -> None:
        if isinstance(command, GiveUp):
            assert hunt.state is HuntState.EXHAUSTED
            assert not self.ringing
            self.given_up += 1
        if isinstance(command, Ring):
            self.steps += 1
            assert command.reps
            assert command.for_s >= 1
            assert self.now_s + command.for_s <= hunt.ends_at_s + 1e-6
            assert set(command.reps) <= self.available
            assert TRANSFEROR not in command.reps
            assert not set(command.reps) & self.ringing
            assert command.joins or not self.ringing
            self.ringing |= set(command.reps)
            self.rung += command.reps
        if hunt.state in OVER:
            assert hunt.ringing == ()
            assert hunt.due_s is None
        winners = [one.rep for one in hunt.attempts if one.outcome is Outcome.ANSWERED]
        assert len(winners) <= 1
        assert (hunt.state is HuntState.ANSWERED) == (len(winners) == 1)


def begun(territory: Territory, world: World, draws: list[float]) -> Hunt:
    candidates = [
        Candidate(rep=name, calls=len(name), idle_since_s=draws[place])
        for place, name in enumerate(MEMBERS)
        if name in world.available and name != TRANSFEROR
    ]
    reps = order(
        territory.strategy,
        candidates,
        members=MEMBERS,
        last="carol",
        draws=draws[: len(candidates)],
    )
    hunt, command = begin(territory, reps, at_s=world.now_s)
    world.obey(hunt, command)
    return hunt


@given(
    territory=TERRITORIES,
    available=AVAILABLE,
    draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=5, max_size=5),
    choices=st.data(),
)
def test_a_hunt_ends_rings_whom_it_may_and_has_one_winner_at_most(
    territory: Territory, available: frozenset[str], draws: list[float], choices: st.DataObject
) -> None:
    world = World(available=available)
    hunt = begun(territory, world, draws)
    while hunt.state not in OVER:
        world.now_s += choices.draw(st.floats(0, 20))
        # Reps come and go; who rings for this hunt is no longer available to it.
        world.available = choices.draw(AVAILABLE) - world.ringing
        hunt, command = apply(hunt, next_event(hunt, world, choices))
        world.obey(hunt, command)
        assert set(hunt.ringing) == (world.ringing if hunt.state not in OVER else set())
    assert sorted(world.rung) == sorted(set(world.rung))
    assert world.steps <= len(MEMBERS)
    assert world.given_up == (hunt.state is HuntState.EXHAUSTED)
    assert world.rung == [one.rep for one in hunt.attempts]
    for attempt in hunt.attempts:
        assert attempt.to_s is not None
        assert attempt.from_s <= attempt.to_s <= world.now_s


def next_event(hunt: Hunt, world: World, choices: st.DataObject) -> HuntEvent:
    """Draw what happens next; as at the real edge, a step is over when nobody rings any more."""
    at_s = world.now_s
    if not world.ringing or at_s >= hunt.ends_at_s:
        world.ringing.clear()
        return StepEnded(available=world.available, at_s=at_s)
    rep = choices.draw(st.sampled_from(sorted(world.ringing)))
    match choices.draw(st.sampled_from(["rings", "fails", "fails", "answers", "time", "caller"])):
        case "rings":
            return RepRang(rep=rep, at_s=at_s)
        case "fails":
            world.ringing.discard(rep)
            return RepFailed(rep=rep, sip_status=choices.draw(STATUSES), at_s=at_s)
        case "answers":
            return RepAnswered(rep=rep, at_s=at_s)
        case "time":
            return TimePassed(available=world.available, at_s=at_s)
        case _:
            return CallerLeft(at_s=at_s)


NEWS = st.one_of(
    st.builds(RepRang, rep=st.sampled_from(MEMBERS), at_s=st.just(0.0)),
    st.builds(RepAnswered, rep=st.sampled_from(MEMBERS), at_s=st.just(0.0)),
    st.builds(RepFailed, rep=st.sampled_from(MEMBERS), sip_status=STATUSES, at_s=st.just(0.0)),
    st.builds(StepEnded, available=AVAILABLE, at_s=st.just(0.0)),
    st.builds(TimePassed, available=AVAILABLE, at_s=st.floats(0, 50)),
    st.builds(CallerLeft, at_s=st.just(0.0)),
)


@given(territory=TERRITORIES, reps=AVAILABLE, news=st.lists(NEWS, max_size=30))
def test_even_nonsense_from_the_edge_rings_nobody_twice_and_makes_one_winner_at_most(
    territory: Territory, reps: frozenset[str], news: list[HuntEvent]
) -> None:
    hunt, command = begin(territory, sorted(reps), at_s=0.0)
    rung = list(command.reps) if isinstance(command, Ring) else []
    for event in news:
        hunt, command = apply(hunt, event)
        rung += command.reps if isinstance(command, Ring) else ()

    assert len(rung) == len(set(rung))
    assert set(rung) <= reps
    assert sum(one.outcome is Outcome.ANSWERED for one in hunt.attempts) <= 1


@given(territory=TERRITORIES, reps=st.permutations(MEMBERS), answers=st.lists(STATUSES))
def test_if_everybody_fails_the_steps_come_to_an_end(
    territory: Territory, reps: list[str], answers: list[int]
) -> None:
    hunt, _ = begin(territory, reps, at_s=0.0)
    steps = 0
    while hunt.state is HuntState.RINGING:
        for rep, status in zip(hunt.ringing, answers, strict=False):
            hunt, _ = apply(hunt, RepFailed(rep=rep, sip_status=status, at_s=0.0))
        hunt, _ = apply(hunt, StepEnded(available=MEMBERS, at_s=0.0))
        steps += 1

    assert hunt.state is HuntState.EXHAUSTED
    assert steps <= len(MEMBERS)
    assert {one.rep for one in hunt.attempts} == set(MEMBERS)
