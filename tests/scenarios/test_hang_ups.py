"""The customer hangs up while he waits: all that rings for him stops, and his transferor is told.

Wherever his transfer stands, his hanging up is the end of it: no phone rings on for him, nobody
waits for anybody, and the thread says that he gave up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from switch.config import RecallSettings
from switch.demo.lane import HOUSE
from switch.demo.scenario import ExpectedThread, PartyPlan, Scenario
from switch.demo.stage import Performance
from switch.demo.stage import perform as play
from switch.demo.standing import StandingSwitch, standing
from tests.scenarios.performer import Perform, told

pytestmark = [pytest.mark.scenario, pytest.mark.asyncio(loop_scope="session")]

_WITHIN_S = 10.0  # One is promised; only a hang gets here.
_TRANSFER = {"refer_to": "Refer-To: <sip:saul@{domain}>", "refer_to_2": ""}
_ABANDONED = {"role": "customer", "end_reason": "abandoned"}


def _customer(after: str, after_s: float = 1.0, *, hears: list[str] | None = None) -> PartyPlan:
    """Return a customer who hangs up so long after something."""
    return PartyPlan(
        name="customer",
        side="trunk",
        dials="alice",
        plays="customer_is_prompted",
        hangs_up_after=after,
        hangs_up_after_s=after_s,
        hears=hears or ["alice", "music"],
    )


def _alice(*, leaves: int = 2, back: int = 2, takes: int = 1, **more: Any) -> PartyPlan:
    """Return alice, who transfers to saul; see ``parties/transferor_is_called_back.xml``."""
    return PartyPlan(
        name="alice",
        plays="transferor_is_called_back",
        set={"ring_ms": 200, "talk_ms": 1000, "leaves": leaves, "back": back},
        key=_TRANSFER,
        takes=takes,
        **more,
    )


_DECLINES = PartyPlan(name="saul", plays="declines", set={"ring_ms": 500}, is_called=1)
_RINGS = PartyPlan(name="saul", plays="rings", is_called=1)
_DECLINES_LATE = PartyPlan(
    name="saul", plays="declines_when_prompted", hangs_up_after="carol: 200 INVITE", is_called=1
)
_CALLS_ALICE = PartyPlan(
    name="carol",
    plays="rep_calls",
    dials="alice",
    after="alice: 200 BYE",
    set={"talk_ms": 4000},
    hears=["alice"],
)


def _thread(outcome: str, *, recalls: list[str], fallbacks: list[str]) -> ExpectedThread:
    """Return the thread of a customer who gave up."""
    return ExpectedThread(
        direction="inbound",
        legs=[_ABANDONED, {"rep": "alice", "end_reason": "transferred"}],
        transfers=[{"from": "alice", "to": "saul", "outcome": outcome}],
        recalls=[{"to": "alice", "outcome": one} for one in recalls],
        fallbacks=[{"to": "olympia", "outcome": one} for one in fallbacks],
    )


def _scenario(name: str, *party: PartyPlan, **more: Any) -> Scenario:
    return Scenario(
        folder=Path("hang_up") / name,
        summary=f"A customer hangs up: {name.replace('_', ' ')}.",
        rfc=["RFC 3515 §2.4.5", "RFC 3261 §9.1"],
        party=list(party),
        frees_everybody=True,
        **more,
    )


_IN_LANES = [
    _scenario(
        "the_target_rings_and_the_transferor_waits",
        _customer("saul: 180 INVITE"),
        PartyPlan(
            name="alice",
            plays="transferor_stays",
            set={"ring_ms": 200, "talk_ms": 1000, "transfers": 1, "last_ms": 0},
            key={"refer_to": _TRANSFER["refer_to"]},
            is_notified=[100, 180, 487],
        ),
        _RINGS,
        thread=_thread("abandoned", recalls=[], fallbacks=[]),
    ),
    _scenario(
        "the_target_rings_and_the_transferor_has_left",
        _customer("saul: 180 INVITE"),
        _alice(is_called=1),
        _RINGS,
        thread=_thread("abandoned", recalls=[], fallbacks=[]),
    ),
    _scenario(
        "the_transferor_is_called_back",
        _customer("alice: 2x 180 INVITE"),
        _alice(back=3, takes=2, is_called=2),
        _DECLINES,
        thread=_thread("declined", recalls=["abandoned"], fallbacks=[]),
    ),
    _scenario(
        "the_transferor_is_on_another_call",
        _customer("saul: 603 INVITE"),
        _alice(back=1, takes=2, is_called=2),
        _DECLINES_LATE,
        _CALLS_ALICE,
        each_thread=[
            _thread("declined", recalls=[], fallbacks=[]),
            ExpectedThread(direction="internal", legs=[{"rep": "carol"}, {"rep": "alice"}]),
        ],
    ),
    _scenario(
        "a_fallback_rings",
        _customer("bob: 180 INVITE"),
        _alice(takes=3, is_called=3),
        _DECLINES,
        PartyPlan(name="bob", plays="rings", is_called=1),
        thread=_thread("declined", recalls=["declined"] * 2, fallbacks=["abandoned"]),
    ),
    _scenario(
        "he_hears_the_goodbye",
        _customer("alice: 2x 603 INVITE", 0.4, hears=["alice", "music", "noise?"]),
        _alice(takes=3, is_called=3),
        _DECLINES,
        thread=_thread("declined", recalls=["declined"] * 2, fallbacks=["unreachable"]),
    ),
]
_BY_THEMSELVES = [
    _scenario(
        "the_transferor_will_be_called_back_again",
        _customer("alice: 603 INVITE"),
        _alice(takes=2, is_called=2),
        _DECLINES,
        thread=_thread("declined", recalls=["declined"], fallbacks=[]),
    ),
    _scenario(
        "the_transferor_hears_the_menu",
        _customer("alice: 2x 200 INVITE"),
        _alice(back=1, takes=2, is_called=2, hears=["customer", "noise"]),
        _DECLINES,
        thread=ExpectedThread(
            legs=[_ABANDONED, {"rep": "alice"}, {"rep": "alice", "end_reason": "abandoned"}],
            transfers=[{"outcome": "declined"}],
            recalls=[{"to": "alice", "outcome": "answered"}],
            fallbacks=[],
        ),
    ),
]
"""These want a switch of their own, on which nothing goes on by itself."""


def _told_after_s(performance: Performance) -> dict[str, float]:
    """Return how long after the customer's BYE each of the others was told of it, and how."""
    customer = performance.parties["customer"]
    hung_up_s = next(m.at_s for m in customer.messages if m.is_sent and m.method == "BYE")
    found: dict[str, float] = {}
    for name, party in performance.parties.items():
        calls = {
            message.call_id
            for message in party.messages
            if message.method == "INVITE" and performance.contact in message.header("From")
        }
        for message in party.messages if name != "customer" else []:
            is_told = message.is_request and message.method in {"CANCEL", "BYE", "NOTIFY"}
            if is_told and not message.is_sent and message.call_id in calls:
                after_s = message.at_s - hung_up_s
                if after_s > 0:
                    found.setdefault(f"{message.method} to {name}", after_s)
    return found


_HOW = {
    "the_target_rings_and_the_transferor_waits": {
        "CANCEL to saul",
        "NOTIFY to alice",
        "BYE to alice",
    },
    "the_target_rings_and_the_transferor_has_left": {"CANCEL to saul"},
    "the_transferor_is_called_back": {"CANCEL to alice"},
    "the_transferor_will_be_called_back_again": set(),
    "the_transferor_is_on_another_call": set(),
    "a_fallback_rings": {"CANCEL to bob"},
    "he_hears_the_goodbye": set(),
    "the_transferor_hears_the_menu": {"BYE to alice"},
}
"""Who is told that the customer has hung up: whoever rings, or waits on the line."""


def _look(performance: Performance, capsys: pytest.CaptureFixture[str]) -> None:
    assert not performance.failures, told(performance)
    told_s = _told_after_s(performance)
    name = performance.scenario.folder.name
    with capsys.disabled():
        words = ", ".join(f"{how} after {1000 * after_s:.0f} ms" for how, after_s in told_s.items())
        print(f"\nhangs up while {name.replace('_', ' ')}: {words or 'nobody rings'}")  # noqa: T201
    assert set(told_s) == _HOW[name]
    assert max(told_s.values(), default=0) < _WITHIN_S


@pytest.mark.parametrize("played", _IN_LANES, ids=lambda played: played.name)
async def test_all_that_rings_for_a_customer_stops_when_he_hangs_up(
    played: Scenario, perform: Perform, capsys: pytest.CaptureFixture[str]
) -> None:
    _look(await perform(played), capsys)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def waits(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandingSwitch]:
    """A switch on which a transferor who is called back has all the time in the world."""
    recall = RecallSettings(menu=True, menu_s=60, pause_s=600)
    async with standing(tmp_path_factory.mktemp("waits") / "switch", recall=recall) as running:
        yield running


@pytest.mark.parametrize("scenario", _BY_THEMSELVES, ids=lambda scenario: scenario.name)
async def test_nothing_is_waited_for_when_the_customer_has_hung_up(
    scenario: Scenario, waits: StandingSwitch, traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _look(await play(scenario, waits, traces, contact=HOUSE.contact(0)), capsys)
